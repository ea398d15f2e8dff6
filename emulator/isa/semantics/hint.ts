/** Hints and barriers (A4.8, A3.8.3). */
import type { Semantics } from './types';

/** NOP, DBG and hints that are not allocated. */
export const noOperation: Semantics = () => undefined;
export const yieldHint: Semantics = (b) => void b.call('yieldHint');
export const waitForEvent: Semantics = (b) => void b.call('waitForEvent');
export const waitForInterrupt: Semantics = (b) => void b.call('waitForInterrupt');
export const sendEvent: Semantics = (b) => void b.call('sendEvent');

/** DMB (0), DSB (1), ISB (2): operand option. */
export function barrier(kind: 0 | 1 | 2): Semantics {
  return (b, _, o) => void b.call('barrier', b.c(kind), b.imm(o.option));
}

/** Hints by number, as A32 `MSR CPSR_, #n` space and T32 have them; others execute as NOP. */
export const HINTS: readonly (readonly [name: string, number: number, semantics: Semantics])[] = [
  ['NOP', 0, noOperation],
  ['YIELD', 1, yieldHint],
  ['WFE', 2, waitForEvent],
  ['WFI', 3, waitForInterrupt],
  ['SEV', 4, sendEvent],
];
