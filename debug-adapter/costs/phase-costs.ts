/**
 * Books what a machine executes on the phases of a world switch: instructions, exactly, and modelled cycles. The
 * machine is stepped instruction by instruction, so the account is complete and the machine none the wiser.
 */
import { CORE, Psr, disassembleInstruction, type Machine } from '../../emulator';
import type { Program } from '../symbols/program';
import { Contexts } from '../worlds/contexts';
import type { Context } from '../worlds/context';
import { readMemory, viewOfContext } from '../worlds/memory';
import { DEFAULT_CYCLES, instructionCycles, type Cycles } from './cost-model';

export interface Account {
  instructions: number;
  cycles: number;
  /** Accesses to devices among them. */
  devices: number;
}

export type Phase =
  | 'guest'
  | 'trap and return'
  | 'general-purpose registers'
  | 'control registers'
  | 'VGIC'
  | 'timer'
  | 'VFP'
  | 'traps on and off'
  | 'Stage 2 on and off'
  | 'host kernel and highvisor'
  | 'VMM';

/** Every phase, in the order in which tables list them. */
export const PHASES: readonly Phase[] = [
  'guest',
  'trap and return',
  'general-purpose registers',
  'control registers',
  'VGIC',
  'timer',
  'VFP',
  'traps on and off',
  'Stage 2 on and off',
  'host kernel and highvisor',
  'VMM',
];

/** Phases by what the marks of a world switch are called (`ws_in_2a_load_vgic`). */
const MARKED: readonly (readonly [RegExp, Phase])[] = [
  [/_vgic$/, 'VGIC'],
  [/_timer$/, 'timer'],
  [/_(vfp|fpexc)$/, 'VFP'],
  [/_(cp15|ids)$/, 'control registers'],
  [/_gp$/, 'general-purpose registers'],
  [/_(traps|virtualization)$/, 'traps on and off'],
  [/_stage2$/, 'Stage 2 on and off'],
];
/** More marks than a world switch has. */
const MOST_MARKS = 100;

interface Mark {
  readonly address: number;
  readonly phase: Phase;
  /** Where the function ends that the mark is in. */
  readonly end: number;
}

function marksOf(lowvisor: Program): Mark[] {
  return lowvisor
    .symbolsStartingWith('ws_', MOST_MARKS)
    .flatMap((name) => {
      const address = lowvisor.symbolByName(name)?.address;
      if (address === undefined) return [];
      const phase = MARKED.find(([pattern]) => pattern.test(name))?.[1] ?? 'trap and return';
      const ends = lowvisor.findFunction(address)?.ranges.map(({ high }) => high) ?? [];
      return [{ address, phase, end: Math.max(address, ...ends) }];
    })
    .sort((a, b) => a.address - b.address);
}

interface Cost {
  readonly cycles: number;
}

export class PhaseCosts {
  private readonly contexts: Contexts;
  private readonly marks: readonly Mark[];
  /** Cycles by world, instruction set and address: code doesn't change while it is measured. */
  private readonly known = new Map<string, Cost>();
  private accounts = new Map<Phase, Account>();
  private exceptions = 0;
  private devices = 0;

  /**
   * @param lowvisor the program whose marks (`ws_…`) say which phase an address in Hyp mode is in.
   */
  constructor(
    private readonly machine: Machine,
    lowvisor: Program,
    private readonly cycles: Cycles = DEFAULT_CYCLES,
  ) {
    this.contexts = new Contexts(machine);
    this.marks = marksOf(lowvisor);
    machine.events.subscribe(['trap-to-hyp', 'pl1-exception'], () => void this.exceptions++);
    machine.events.subscribe(['mmio'], () => void this.devices++);
  }

  /** What was booked since the last call, by phase. */
  take(): Map<Phase, Account> {
    const { accounts } = this;
    this.accounts = new Map();
    return accounts;
  }

  /** Executes one instruction, of whichever core has its turn; it is booked if `booked` says so of the core. */
  step(booked: (core: number) => boolean = () => true): void {
    const { cores } = this.machine;
    const before = cores.map(({ state }, core) => {
      const context = this.contexts.executingOn(core);
      return { retired: state.retired, phase: this.phase(context), cost: this.costAt(context) };
    });
    this.exceptions = this.devices = 0;
    const { memory } = this.machine;
    const descriptorsBefore = memory.descriptorsRead;
    this.machine.run(1);
    const descriptors = (memory.descriptorsRead - descriptorsBefore) | 0;
    const core = before.findIndex(({ retired }, index) => cores[index]!.state.retired !== retired);
    if (core < 0 || !booked(core)) return;
    const { phase, cost } = before[core]!;
    const { exception, device, descriptor } = this.cycles;
    const account = this.account(phase);
    account.instructions++;
    account.devices += this.devices;
    account.cycles +=
      cost.cycles + this.exceptions * exception + this.devices * device + descriptors * descriptor;
  }

  private account(phase: Phase): Account {
    let account = this.accounts.get(phase);
    if (account === undefined)
      this.accounts.set(phase, (account = { instructions: 0, cycles: 0, devices: 0 }));
    return account;
  }

  private phase({ world, registers }: Context): Phase {
    if (world === 'guest') return 'guest';
    if (world !== 'hyp') return registers.privilegeLevel === 0 ? 'VMM' : 'host kernel and highvisor';
    const { pc } = registers;
    const mark = this.marks.findLast(({ address, end }) => address <= pc && pc < end);
    return mark?.phase ?? 'trap and return';
  }

  private costAt(context: Context): Cost {
    const { pc } = context.registers;
    const thumb = (context.registers.i32[CORE.PSR]! & Psr.T) !== 0;
    const key = `${context.world} ${context.registers.privilegeLevel} ${thumb} ${pc}`;
    let cost = this.known.get(key);
    if (cost === undefined) this.known.set(key, (cost = { cycles: this.decode(context, pc, thumb) }));
    return cost;
  }

  private decode(context: Context, pc: number, thumb: boolean): number {
    const view = viewOfContext(this.machine, context);
    const data = new DataView(readMemory(this.machine, view, pc, 4).bytes.buffer);
    const first = data.getUint16(0, true);
    const wide = first >>> 11 >= 0x1d;
    const word = !thumb ? data.getUint32(0, true) : wide ? first * 65536 + data.getUint16(2, true) : first;
    const text = disassembleInstruction(word, { set: thumb ? 'T32' : 'A32', address: pc, itstate: 0 });
    return instructionCycles(text, this.cycles);
  }
}
