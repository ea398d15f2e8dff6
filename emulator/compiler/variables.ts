/** Parameters and variables of the function that a region becomes, by number. */
import { WIDE_VARIABLES } from './function-writer';

export const PARAMETERS = 4;

const FIRST = PARAMETERS + WIDE_VARIABLES;

export const VARIABLE = {
  // Parameters
  /** Byte offset of the core's block in the machine's memory. */
  core: 0,
  /** Byte offset of the context of the TLB's first level that data accesses look into. */
  context: 1,
  /** Instructions that may still be executed. */
  left: 2,
  /** Which of the places that are jumped to by a label: entries, and the middles of loops; 0 none. */
  label: 3,
  // Variables
  /** R0–R14. */
  r: FIRST,
  /** CORE.N and CORE.Z. */
  n: FIRST + 15,
  z: FIRST + 16,
  /** A FlagKind, and what C and V follow from by it. */
  kind: FIRST + 17,
  x: FIRST + 18,
  y: FIRST + 19,
  /** Where execution goes on after the region: the address, with bit 0 set for T32. */
  target: FIRST + 20,
  /** A Leave. */
  leave: FIRST + 21,
  /** What VFP and Advanced SIMD instructions need and do not have, and CORE.FPSCR: see form-writer.ts. */
  unready: FIRST + 22,
  fpscr: FIRST + 23,
} as const;
/** The numbers of registers of which `list` has the bits, lowest first. */
export function registersIn(list: number): number[] {
  const found: number[] = [];
  for (let n = 0; n < 16; n++) if ((list >>> n) & 1) found.push(n);
  return found;
}
/** Number of the first variable that has no name. */
export const FIRST_TEMPORARY = FIRST + 24;
