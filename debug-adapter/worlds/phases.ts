/**
 * The ten activities of a world switch, five in and five out, as the founding document names them. Where the
 * hypervisor marks them with symbols (`ws_in_1…` to `ws_out_5…`) they are known by name.
 */
import type { WorldSwitchPhase } from '../protocol/status';
import type { Program } from '../symbols/program';
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
/** More marks than a world switch has. */
const MOST_MARKS = 100;

interface Mark extends WorldSwitchPhase {
  readonly address: number;
}

/** Marks of each program by address. A mark may lie at the address of a function, which `symbolAt` would give. */
const marksOf = new WeakMap<Program, readonly Mark[]>();

function marks(program: Program): readonly Mark[] {
  let found = marksOf.get(program);
  if (found === undefined) {
    found = program
      .symbolsStartingWith('ws_', MOST_MARKS)
      .flatMap((name): Mark[] => {
        const parts = MARK.exec(name);
        const symbol = program.symbolByName(name);
        if (parts === null || symbol === undefined) return [];
        const direction = parts[1] as WorldSwitchPhase['direction'];
        const step = Number(parts[2]) as WorldSwitchPhase['step'];
        return [{ direction, step, name: NAMES[direction][step - 1]!, address: symbol.address }];
      })
      .sort((a, b) => a.address - b.address);
    marksOf.set(program, found);
  }
  return found;
}

/** The phase that the instruction at a context's PC belongs to; undefined outside of a world switch. */
export function phaseAt(symbols: SymbolTable, context: Context): WorldSwitchPhase | undefined {
  if (context.world !== 'hyp') return undefined;
  const { pc } = context.registers;
  const program = symbols.at(context, pc);
  const last = program === undefined ? undefined : marks(program).findLast(({ address }) => address <= pc);
  if (program === undefined || last === undefined) return undefined;
  // Behind the last mark other code follows: the phase ends with the function that holds it.
  if (program.findFunction(pc)?.lowPc !== program.findFunction(last.address)?.lowPc) return undefined;
  const { direction, step, name } = last;
  return { direction, step, name };
}
