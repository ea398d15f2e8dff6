// A core with this floor around it and nothing outside, for unit tests.
import { EventHub } from '../../../emulator/events/event-hub';
import { EVENT_KINDS, type EventKind, type MachineEvent } from '../../../emulator/events/events';
import { ExceptionTaken } from '../../../emulator/isa/helpers';
import { CORE, SYS, type StoredName } from '../../../emulator/state/layout';
import { MachineState, type CoreState } from '../../../emulator/state/machine-state';
import { Mode, readCpsr, writeCpsr } from '../../../emulator/state/psr';
import type { SystemContext } from '../../../emulator/system/context';
import type { SystemEffects } from '../../../emulator/system/effects';
import { SystemHelpers } from '../../../emulator/system/helpers';
import { requireRegister } from '../../../emulator/system/registers/table';
import type { RegisterRow } from '../../../emulator/system/registers/row';
import { takeReset } from '../../../emulator/system/reset';

export const HYP_VECTORS = 0x1000;
export const PL1_VECTORS = 0x2000;
export const MONITOR_VECTORS = 0x3000;
export const CODE = 0x8000;

export interface BenchOptions {
  readonly security?: boolean;
  readonly virtualization?: boolean;
}

/** A core in a chosen mode, with what it asked of the outside and what it published. */
export class Bench {
  readonly core: CoreState;
  readonly system: SystemContext;
  readonly helpers: SystemHelpers;
  readonly asked: string[] = [];
  readonly events: MachineEvent[] = [];
  readonly hub = new EventHub(() => 0);
  count = 0;
  firmware: 'smc' | 'hvc' | undefined;

  constructor(mode: Mode, options: BenchOptions = {}) {
    const { security = false, virtualization = true } = options;
    this.core = new MachineState(1, 0, security, virtualization).cores[0];
    const note =
      (name: string) =>
      (_core: CoreState, operation?: string): void => {
        this.asked.push(operation === undefined ? name : `${name} ${operation}`);
      };
    const effects: SystemEffects = {
      translationChanged: note('translation'),
      modeChanged: note('mode'),
      tlbMaintenance: note('tlb'),
      addressTranslation: note('translate'),
      cacheMaintenance: note('cache'),
      physicalCount: () => this.count,
      timerChanged: note('timer'),
      interruptMaskChanged: note('masks'),
      debugChanged: note('debug'),
      performanceChanged: (core) => note('performance')(core),
      readWord: () => 0x1234_5678,
      writeWord: (_core, va, value) => {
        this.asked.push(`store ${value} at ${va}`);
      },
      sendEvent: note('event'),
      yieldTurn: note('yield'),
      firmwareCall: (_core, conduit) => conduit === this.firmware,
    };
    this.system = { effects, events: this.hub, cores: 1, peripheralBase: 0, highWord: 0 };
    this.helpers = new SystemHelpers(this.system);
    const start = mode === Mode.mon || !virtualization ? Mode.svc : mode === Mode.hyp ? Mode.hyp : Mode.svc;
    takeReset(this.core, this.system, { mode: start, nonSecure: security, address: CODE });
    this.set('HVBAR', HYP_VECTORS);
    this.set('VBAR', PL1_VECTORS);
    this.set('MVBAR', MONITOR_VECTORS);
    writeCpsr(this.core, mode);
    this.asked.length = 0;
  }

  /** Puts a value into a register's storage (the Non-secure copy), with no effect. */
  set(name: StoredName, value: number): this {
    this.core.i32[SYS[name]] = value;
    return this;
  }
  get(name: StoredName): number {
    return this.core.u32[SYS[name]];
  }
  word(at: number): number {
    return this.core.u32[at];
  }
  get cpsr(): number {
    return readCpsr(this.core) >>> 0;
  }
  get pc(): number {
    return this.word(CORE.R + 15);
  }
  /** Keeps the events of the given kinds from now on. */
  listen(...kinds: readonly EventKind[]): this {
    this.hub.subscribe(kinds.length === 0 ? EVENT_KINDS : kinds, (event) => {
      this.events.push(event);
    });
    return this;
  }
  /** Runs something that may take an exception; true when it did. */
  takes(run: () => void): boolean {
    try {
      run();
      return false;
    } catch (error) {
      if (error instanceof ExceptionTaken) return true;
      throw error;
    }
  }
  read(name: string, rt = 2): number {
    return this.helpers.coprocessorRead(this.core, encodingOf(requireRegister(name), false, rt)) >>> 0;
  }
  write(name: string, value: number, rt = 2): void {
    this.helpers.coprocessorWrite(this.core, encodingOf(requireRegister(name), true, rt), value);
  }
}

/** MRC or MCR (MRRC or MCRR) of a row, condition AL. */
export function encodingOf(row: RegisterRow, write: boolean, rt: number): number {
  if (row.width === 64)
    return (
      (write ? 0xec40_0000 : 0xec50_0000) |
      ((rt + 1) << 16) |
      (rt << 12) |
      (row.cp << 8) |
      (row.opc1 << 4) |
      row.crm
    );
  return (
    (write ? 0xee00_0010 : 0xee10_0010) |
    (row.opc1 << 21) |
    (row.crn << 16) |
    (rt << 12) |
    (row.cp << 8) |
    (row.opc2 << 5) |
    row.crm
  );
}
