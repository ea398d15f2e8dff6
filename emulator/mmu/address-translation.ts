/** Address translation operations and PAR (ARM ARM B4.2.4 and B4.1.112). */
import type { CoreState } from '../state/machine-state';
import { Mode } from '../state/psr';
import { longStatus, shortStatus } from '../system/aborts';
import { MemoryFault } from '../system/fault';
import { Shareability, isDevice, type MemoryAttributes } from './attributes';
import { longFormat, readTranslationRegisters, stage2Enabled, type TranslationRegisters } from './registers';
import { translateAddress } from './translate';
import type { TranslatedAddress } from './translation-records';
import { Walk, type TableMemory } from './walk';

/** What an operation translates. */
interface Operation {
  readonly regime: 'current' | 'Non-secure, both stages' | 'Hyp';
  readonly privileged: boolean;
  readonly access: 'read' | 'write';
}

const FORMS = [
  ['PR', true, 'read'],
  ['PW', true, 'write'],
  ['UR', false, 'read'],
  ['UW', false, 'write'],
] as const;

/** Every operation by the manual's name. */
export const ADDRESS_TRANSLATIONS: ReadonlyMap<string, Operation> = new Map([
  ...FORMS.map(([form, privileged, access]): [string, Operation] => [
    `ATS1C${form}`,
    { regime: 'current', privileged, access },
  ]),
  ...FORMS.map(([form, privileged, access]): [string, Operation] => [
    `ATS12NSO${form}`,
    { regime: 'Non-secure, both stages', privileged, access },
  ]),
  ['ATS1HR', { regime: 'Hyp', privileged: true, access: 'read' }],
  ['ATS1HW', { regime: 'Hyp', privileged: true, access: 'write' }],
]);

/**
 * Carries out an operation: the value of PAR, as its low and high word. Nothing is written; the TLB has no part.
 * @throws MemoryFault for what the operation takes as an abort instead of reporting it in PAR: a stage 2 fault on
 *   the stage 1 walk of ATS1Cxx executed at Non-secure PL1 (to Hyp), and external aborts on any walk.
 * @throws RangeError for a name that is none.
 */
export function addressTranslation(
  core: CoreState,
  memory: TableMemory,
  operation: string,
  va: number,
): readonly [low: number, high: number] {
  const row = ADDRESS_TRANSLATIONS.get(operation);
  if (row === undefined) throw new RangeError(`${operation} is not an address translation operation`);
  const atHyp = core.mode === Mode.hyp;
  const r = readTranslationRegisters(core, row.regime === 'current' && core.secure);
  const hyp = row.regime === 'Hyp';
  // The format of PAR: long for the long format and for Hyp, and where stage 2 takes part.
  const long = hyp || longFormat(r, false) || (row.regime === 'current' ? atHyp : stage2Enabled(r));
  const walk = new Walk(r, memory, hyp, va, row.access, true);
  const result = translateAddress(walk, row.privileged, true, row.regime === 'current' ? 1 : 2);
  if (!(result instanceof MemoryFault)) return long ? longResult(r, hyp, result) : [shortResult(result), 0];
  if (result.kind === 'external abort on walk') throw result;
  if (row.regime === 'current' && result.stage2 && !atHyp) throw result;
  return [long ? longFault(result) : shortFault(result), 0];
}

function longResult(r: TranslationRegisters, hyp: boolean, t: TranslatedAddress): readonly [number, number] {
  const { pa, attributes } = t;
  const nonSecure = hyp || !r.secure || t.stage1.nonSecure;
  const low =
    ((pa % 0x1_0000_0000) & 0xffff_f000) |
    (1 << 11) |
    (nonSecure ? 1 << 9 : 0) |
    (shareability(attributes) << 7);
  return [low, Math.floor(pa / 0x1_0000_0000) | ((attributes & 0xff) << 24)];
}

/** SH as PAR reports it: Outer Shareable for Device, Strongly-ordered and Non-cacheable memory. */
function shareability(a: MemoryAttributes): number {
  return isDevice(a) || (a & 0xff) === 0x44 ? Shareability.Outer : (a >>> 8) & 3;
}

function longFault(fault: MemoryFault): number {
  return 1 | (longStatus(fault) << 1) | (fault.onWalk ? 1 << 8 : 0) | (fault.stage2 ? 1 << 9 : 0) | (1 << 11);
}

function shortFault(fault: MemoryFault): number {
  return 1 | (shortStatus(fault) << 1);
}

/** PAR's Inner field by the inner nibble of the attributes: NC, WBWA, WT, WB no WA. */
function shortInner(nibble: number): number {
  return nibble === 4 ? 0b000 : nibble >> 2 === 2 ? 0b110 : nibble & 1 ? 0b101 : 0b111;
}
/** PAR's Outer field. */
function shortOuter(nibble: number): number {
  return nibble === 4 ? 0b00 : nibble >> 2 === 2 ? 0b10 : nibble & 1 ? 0b01 : 0b11;
}

function shortResult(t: TranslatedAddress): number {
  const { attributes: a, stage1 } = t;
  const sh = (a >>> 8) & 3;
  const inner = isDevice(a) ? ((a & 0xff) === 0 ? 0b001 : 0b011) : shortInner(a & 15);
  const outer = isDevice(a) ? 0 : shortOuter((a >>> 4) & 15);
  const flags =
    (stage1.nonSecure ? 1 << 9 : 0) |
    (sh !== Shareability.None ? 1 << 7 : 0) |
    (sh === Shareability.Inner ? 1 << 10 : 0) |
    (inner << 4) |
    (outer << 2);
  if (stage1.shift === 24) {
    // Supersection: PA[31:24] in place, PA[39:32] in bits 23–16, SS set.
    const top = Math.floor(t.pa / 0x1_0000_0000) & 0xff;
    return ((t.pa % 0x1_0000_0000) & 0xff00_0000) | (top << 16) | flags | 2;
  }
  return ((t.pa % 0x1_0000_0000) & 0xffff_f000) | flags;
}
