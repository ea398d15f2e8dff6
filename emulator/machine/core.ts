/**
 * One core: its registers, its MMU and its interpreter, bound to the exception model. It is what an engine sees of
 * the machine.
 */
import type { EventHub } from '../events/event-hub';
import type { EngineBindings, RunResult } from '../interpreter/bindings';
import type { BlockCache } from '../interpreter/block-cache';
import { Interpreter } from '../interpreter/interpreter';
import { Mmu } from '../mmu/mmu';
import type { PhysicalMemory } from '../mmu/physical-memory';
import { CORE, RunState } from '../state/layout';
import type { CoreState, MachineState } from '../state/machine-state';
import { takeMemoryFault } from '../system/aborts';
import type { SystemContext } from '../system/context';
import type { DataAccessSyndrome, MemoryFault } from '../system/fault';
import { SystemHelpers } from '../system/helpers';
import {
  breakpointAddresses,
  eventBefore,
  eventsAnywhereNow,
  hasEventsAnywhere,
} from '../system/breakpoint-events';
import { consumeEvent } from '../system/hints';
import { noteOverflow, untilOverflow } from '../system/performance';
import { Interrupt, pendingInterrupt, takeInterrupt, wakesFromWfe, wakesFromWfi } from '../system/interrupts';

/** What all cores of a machine share. */
export interface CoreSurroundings {
  readonly state: MachineState;
  readonly events: EventHub;
  readonly memory: PhysicalMemory;
  readonly blocks: BlockCache;
  /** Every MMU of the machine, filled as cores are made. */
  readonly mmus: Mmu[];
  /** True when the address is one of a debugger's breakpoints. */
  isBreakpoint(va: number): boolean;
  /** Asked before the instruction there; true stops there. */
  onBreakpoint(core: CoreState, va: number): boolean;
}

export class Core implements EngineBindings {
  readonly mmu: Mmu;
  readonly memory: Mmu;
  readonly helpers: SystemHelpers;
  readonly interpreter: Interpreter;
  /** Addresses at which the guest's own breakpoints of this core may hit. */
  breakpoints: readonly number[] = [];
  /** True while the guest has debug events on this core that are at no certain address. */
  private eventsAnywhere = false;

  constructor(
    private readonly surroundings: CoreSurroundings,
    /** The registers. */
    readonly state: CoreState,
    private readonly system: SystemContext,
  ) {
    const { memory, events, mmus } = surroundings;
    this.mmu = new Mmu(state, memory, events, mmus);
    mmus.push(this.mmu);
    this.memory = this.mmu;
    this.helpers = new SystemHelpers(system);
    this.interpreter = new Interpreter(surroundings.state, this, surroundings.blocks);
  }

  get core(): CoreState {
    return this.state;
  }

  run(budget: number, resuming: boolean): RunResult {
    const left = untilOverflow(this.state);
    if (left === Infinity) return this.interpreter.run(budget, resuming);
    const result = this.interpreter.run(Math.min(budget, left), resuming);
    noteOverflow(this.state, this.system);
    return result;
  }

  /** True when a core that waits has reason to go on: an interrupt (WFE: one that it would take) or an event (WFE). */
  wakes(): boolean {
    const waiting = this.state.i32[CORE.RUN_STATE]! as RunState;
    if (waiting === RunState.Off) return false;
    if (waiting === RunState.WaitEvent && this.state.i32[CORE.EVENT] !== 0) {
      consumeEvent(this.state, this.system);
      return true;
    }
    return waiting === RunState.WaitEvent ? wakesFromWfe(this.state) : wakesFromWfi(this.state);
  }

  takeMemoryFault(
    core: CoreState,
    fault: MemoryFault,
    syndrome: DataAccessSyndrome | undefined,
    length: 2 | 4,
  ): void {
    takeMemoryFault(core, this.system, fault, syndrome, length);
  }

  checkInterrupts(core: CoreState): boolean {
    const interrupt = pendingInterrupt(core);
    if (interrupt === Interrupt.None) return false;
    takeInterrupt(core, this.system, interrupt);
    return true;
  }

  /** The core's debug registers changed. */
  debugChanged(): void {
    this.mmu.debugChanged();
    this.breakpoints = breakpointAddresses(this.state);
    this.eventsAnywhere = hasEventsAnywhere(this.state);
    this.interpreter.attention();
  }

  checkDebugEvent(core: CoreState, va: number): void {
    const event = eventBefore(core, va);
    if (event !== undefined) throw event;
  }

  asksAlways(core: CoreState): boolean {
    return this.eventsAnywhere && eventsAnywhereNow(core);
  }

  onBreakpoint(core: CoreState, va: number): boolean {
    return this.surroundings.isBreakpoint(va) && this.surroundings.onBreakpoint(core, va);
  }
}
