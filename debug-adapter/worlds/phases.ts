/**
 * The ten activities of a world switch, five in and five out, as the founding document names them. Where the
 * hypervisor marks them with symbols (`ws_in_1…` to `ws_out_5…`) they are known by name.
 */
import type { WorldSwitchPhase } from '../protocol/status';
import type { Context } from './context';
import type { SymbolTable } from './symbol-table';

const NAMES = {
  in: [
    'store host state',
    'configure and load VM state',
    'enable traps from Supervisor to Hyp',
    'enable Stage 2',
    'trap to Supervisor or User',
  ],
  out: ['store VM state', 'load host state', 'disable traps', 'disable Stage 2', 'trap to host'],
} as const;

const MARK = /^ws_(in|out)_([1-5])[a-z]?_/;

/** The phase that the instruction at a context's PC belongs to; undefined outside of a world switch. */
export function phaseAt(symbols: SymbolTable, context: Context): WorldSwitchPhase | undefined {
  if (context.world !== 'hyp') return undefined;
  const { pc } = context.registers;
  const symbol = symbols.at(context, pc)?.symbolAt(pc);
  const mark = symbol === undefined ? null : MARK.exec(symbol.name);
  if (mark === null) return undefined;
  const direction = mark[1] as WorldSwitchPhase['direction'];
  const step = Number(mark[2]) as WorldSwitchPhase['step'];
  return { direction, step, name: NAMES[direction][step - 1]! };
}
