/** The handlers that are kept in the repository for review. */
import type { Handlers } from './handlers';
import { handlerFunction } from './interpreter-text';

/** Labels of the handlers shown: one of each kind of step that a builder has. */
export const GOLDEN: readonly string[] = ['ADD (register) A1 dest=0 shift=0'];

/** @throws Error when a label of GOLDEN is of no row. */
export function goldenText({ handlers }: Handlers): string {
  return GOLDEN.map((label) => {
    const handler = handlers.find(({ labels }) => labels.includes(label));
    if (handler === undefined) throw new Error(`no handler has the label ${label}`);
    return handlerFunction({ ...handler, labels: [label] }) + '\n';
  }).join('\n');
}
