/** Hints and barriers (A4.8, A3.8.3). */
import type { Fields } from '../row';
import type { Semantics } from './types';

/** NOP, DBG and hints that are not allocated. */
export const noOperation: Semantics = () => undefined;
export const yieldHint: Semantics = (b) => void b.call('yieldHint');
/** WFE and WFI: operand encoding. */
export const waitForEvent: Semantics = (b, _, o) => void b.call('waitForEvent', b.imm(o.encoding));
export const waitForInterrupt: Semantics = (b, _, o) => void b.call('waitForInterrupt', b.imm(o.encoding));
export const sendEvent: Semantics = (b) => void b.call('sendEvent');

/** DMB (0), DSB (1), ISB (2): operand option. */
export function barrier(kind: 0 | 1 | 2): Semantics {
  return (b, _, o) => void b.call('barrier', b.c(kind), b.imm(o.option));
}

/** Operands of every hint. */
export const hintOperands = (f: Fields): Readonly<Record<string, number>> => ({ encoding: f.word });

/** Hints by number, as A32 `MSR CPSR_, #n` space and T32 have them; others execute as NOP. */
export const HINTS: readonly (readonly [name: string, number: number, semantics: Semantics])[] = [
  ['NOP', 0, noOperation],
  ['YIELD', 1, yieldHint],
  ['WFE', 2, waitForEvent],
  ['WFI', 3, waitForInterrupt],
  ['SEV', 4, sendEvent],
];
