/** The handlers that are kept in the repository for review. */
import type { Handlers } from './handlers';
import { handlerFunction } from './interpreter-text';

/** Labels of the handlers shown: between them, every kind of step that a builder has. */
export const GOLDEN: readonly string[] = [
  'ADD (register) A1 dest=0 shift=0',
  'SUB (immediate) A1 dest=1',
  'ADC (register) A1 dest=1 shift=1',
  'AND (register-shifted register) A1 dest=1 type=0',
  'MOV (register) A1 dest=2 shift=0',
  'SUBS PC, LR and related instructions (immediate) A1 op=2',
  'LDR (immediate) A1 index=2 dest=0',
  'LDRSB (immediate) A1 index=1',
  'STRH (immediate) A1 index=1',
  'LDRT A1 index=2',
  'LDRD (immediate) A1 index=0',
  'STRD (immediate) A1 index=1',
  'LDM/LDMIA/LDMDA/LDMDB/LDMIB (with PC) A1 wback=1',
  'STM/STMIA/STMDA/STMDB/STMIB A1 wback=1',
  'LDREXD A1',
  'STREX A1',
  'UMLAL A1 S=1',
  'SSAT A1 shift=1',
  'SADD16 A1',
  'SDIV A1',
  'MRC, MRC2 A1 flags=1',
  'MCR, MCR2 A1',
  'MSR (register) A1 spsr=0',
  'SVC A1',
  'BL, BLX (immediate) A2',
  'VLDR A1 doubles=1 literal=0',
];

/** @throws Error when a label of GOLDEN is of no row. */
export function goldenText({ handlers }: Handlers): string {
  return GOLDEN.map((label) => {
    const handler = handlers.find(({ labels }) => labels.includes(label));
    if (handler === undefined) throw new Error(`no handler has the label ${label}`);
    return handlerFunction({ ...handler, labels: [label] }) + '\n';
  }).join('\n');
}
