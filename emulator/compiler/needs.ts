/** What a region's instructions have to do with, all of them together. */
import { ALWAYS } from './code-reader';
import type { Usage } from './extension-registers';
import type { Region } from './region';
import { loopsOf, type Item } from './structure';

/** How often an instruction in a loop is executed, against one before it. */
const LOOP_WEIGHT = 8;

export interface Needs {
  /** R0–R14 that are read or written, as bits. */
  readonly registers: number;
  /** R0–R14 that are written. */
  readonly written: number;
  readonly flags: boolean;
  /** There are instructions of VFP or Advanced SIMD. */
  readonly forms: boolean;
}

export function needsOf({ blocks }: Region): Needs {
  let registers = 0;
  let written = 0;
  let flags = false;
  let forms = false;
  for (const { instructions } of blocks)
    for (const { facts, condition } of instructions) {
      if (condition !== ALWAYS) flags = true;
      if (!facts.supported) continue;
      registers |= facts.registers;
      written |= facts.written;
      flags ||= facts.readsFlags || facts.writesFlags;
      forms ||= facts.extension;
    }
  return { registers, written, flags, forms };
}

/** What instructions do with the D registers; what is in loops counts more. */
export function usagesOf({ blocks }: Region, items: readonly Item[]): Usage[] {
  const loops = loopsOf(items);
  return blocks.flatMap(({ instructions }, node) => {
    const weight = LOOP_WEIGHT ** loops.filter(({ nodes }) => nodes.has(node)).length;
    return instructions
      .filter(({ facts }) => facts.supported && facts.extension)
      .map(({ facts }) => ({ accesses: facts.accesses, weight }));
  });
}
