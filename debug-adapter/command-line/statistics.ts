/** Counts over a run, as `--stats` writes them and the table of exits shows them. */
import { EVENT_KINDS, TRAP_ROWS, type EventKind, type Machine, type MachineEvent } from '../../emulator';

export interface ExitClass {
  /** HSR.EC, or the interrupt that was taken. */
  readonly name: string;
  count: number;
  /** Instructions retired in Hyp mode and the host from these exits until the guest was entered again. */
  instructions: number;
  least: number;
  most: number;
}

/** What `--stats` writes. */
export interface RunStatistics {
  /** Retired by all cores. */
  readonly instructions: number;
  readonly perCore: readonly number[];
  /** Real time spent running, in seconds. */
  readonly hostSeconds: number;
  /** Million instructions a second. */
  readonly mips: number;
  /** Virtual time in nanoseconds. */
  readonly nanoseconds: number;
  /** Exits out of guests by exception class. */
  readonly exits: Readonly<Record<string, number>>;
  /** Changes between host and guest, in and out. */
  readonly worldSwitches: number;
  readonly stage2Faults: number;
  readonly listRegisterChanges: number;
  /**
   * Of the compiler: functions made, their instructions, and most instructions compiled at once; functions taken from
   * earlier runs.
   */
  readonly compiled?: {
    readonly regions: number;
    readonly instructions: number;
    readonly mostAtOnce: number;
    readonly brought: number;
  };
  /** `powered off`, `reset`, `until`, `limit`, `idle`, `lost` or `interrupted`. */
  readonly ended: string;
}

const VECTORS: Readonly<Record<number, string>> = { 0x18: 'IRQ', 0x1c: 'FIQ', 0x10: 'asynchronous abort' };

/** Name of the exception class of a trap to Hyp mode, such as `0x24 Data Abort from below Hyp`. */
export function exitName(event: MachineEvent & { kind: 'trap-to-hyp' }): string {
  if (event.ec === undefined) return VECTORS[event.vector] ?? `vector 0x${event.vector.toString(16)}`;
  const row = TRAP_ROWS.find(({ ec }) => ec === event.ec);
  return `0x${event.ec.toString(16).padStart(2, '0')} ${row?.name ?? 'reserved'}`;
}

/** Listens to a machine and counts. */
export class Statistics {
  readonly exits = new Map<string, ExitClass>();
  worldSwitches = 0;
  stage2Faults = 0;
  listRegisterChanges = 0;
  /** Per core: the exit that is being dealt with, and when it happened. */
  private readonly open: ({ exit: ExitClass; since: number } | undefined)[] = [];

  constructor(machine: Machine) {
    machine.events.subscribe(
      ['trap-to-hyp', 'return-from-hyp', 'world-enter', 'world-exit', 'stage2-fault', 'list-register'],
      (event) => this.count(event, machine),
      { counts: true },
    );
  }

  private count(event: MachineEvent, machine: Machine): void {
    switch (event.kind) {
      case 'trap-to-hyp':
        if (event.fromWorld === 'guest')
          this.open[event.core] = { exit: this.exit(exitName(event)), since: machine.retired };
        break;
      case 'return-from-hyp':
        if (event.toWorld === 'guest') this.close(event.core, machine.retired);
        break;
      case 'world-enter':
      case 'world-exit':
        this.worldSwitches++;
        break;
      case 'stage2-fault':
        this.stage2Faults++;
        break;
      case 'list-register':
        this.listRegisterChanges++;
        break;
      default:
    }
  }

  private exit(name: string): ExitClass {
    let exit = this.exits.get(name);
    if (exit === undefined) {
      exit = { name, count: 0, instructions: 0, least: Infinity, most: 0 };
      this.exits.set(name, exit);
    }
    exit.count++;
    return exit;
  }

  private close(core: number, now: number): void {
    const open = this.open[core];
    if (open === undefined) return;
    this.open[core] = undefined;
    const spent = now - open.since;
    open.exit.instructions += spent;
    open.exit.least = Math.min(open.exit.least, spent);
    open.exit.most = Math.max(open.exit.most, spent);
  }

  summary(machine: Machine, seconds: number, ended: string): RunStatistics {
    const instructions = machine.retired;
    const { compiler } = machine;
    return {
      instructions,
      perCore: machine.cores.map(({ state }) => state.retired),
      hostSeconds: seconds,
      mips: seconds > 0 ? instructions / seconds / 1e6 : 0,
      nanoseconds: machine.state.now,
      exits: Object.fromEntries([...this.exits.values()].map(({ name, count }) => [name, count])),
      worldSwitches: this.worldSwitches,
      stage2Faults: this.stage2Faults,
      listRegisterChanges: this.listRegisterChanges,
      ...(compiler !== undefined && {
        compiled: {
          regions: compiler.regions,
          instructions: compiler.instructions,
          mostAtOnce: compiler.mostAtOnce,
          brought: compiler.brought,
        },
      }),
      ended,
    };
  }

  /** The table of exits, in the manner of `perf kvm stat`. */
  table(): string {
    const rows = [...this.exits.values()].sort((a, b) => b.count - a.count);
    const total = rows.reduce((sum, { count }) => sum + count, 0);
    const lines = rows.map(({ name, count, instructions, least, most }) =>
      [
        name.padEnd(36),
        String(count).padStart(9),
        `${((100 * count) / Math.max(total, 1)).toFixed(2)}%`.padStart(8),
        String(instructions).padStart(13),
        String(least === Infinity ? 0 : least).padStart(9),
        (instructions / Math.max(count, 1)).toFixed(0).padStart(9),
        String(most).padStart(9),
      ].join(' '),
    );
    const head = [
      'exit class'.padEnd(36),
      'count'.padStart(9),
      'share'.padStart(8),
      'instructions'.padStart(13),
      'min'.padStart(9),
      'mean'.padStart(9),
      'max'.padStart(9),
    ].join(' ');
    return [head, ...lines, `${'total'.padEnd(36)} ${String(total).padStart(9)}`, ''].join('\n');
  }
}

/** Kinds of events that `--events` names. @throws Error in words for an unknown one */
export function eventKinds(names: readonly string[]): EventKind[] {
  if (names.includes('all')) return [...EVENT_KINDS];
  return names.map((name) => {
    const kind = EVENT_KINDS.find((known) => known === name);
    if (kind === undefined)
      throw new Error(`--events: there is no event '${name}'; there are ${EVENT_KINDS.join(', ')}, and all`);
    return kind;
  });
}

const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/** One event as one line: time in ns, core, name, then every field. */
export function eventLine(event: MachineEvent): string {
  const { kind, core, time, ...fields } = event as MachineEvent & Record<string, unknown>;
  const words = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${fieldText(name, value)}`);
  return `${String(time ?? 0).padStart(12)} CPU${core} ${kind}: ${words.join(' ')}\n`;
}

const DECIMAL: readonly string[] = ['index', 'level', 'size'];

function fieldText(name: string, value: unknown): string {
  if (typeof value === 'number') return DECIMAL.includes(name) ? String(value) : hex(value);
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  if (Array.isArray(value)) return `[${value.map((item) => fieldText('', item)).join(' ')}]`;
  return String(value);
}
