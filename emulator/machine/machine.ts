/**
 * A machine: cores, memory, interrupt controller, timers and devices on a board, and the clock they share. It is a
 * function of its images, its configuration and its inputs: nothing here looks at the world outside.
 */
import { EventHub } from '../events/event-hub';
import type { MachineEvent } from '../events/events';
import { CheckedCompiler } from '../compiler/checked-compiler';
import type { Translations } from '../compiler/translations';
import { Compiler, DEFAULT_OPTIONS, PACED_OPTIONS, type CompilerOptions } from '../compiler/compiler';
import { BlockCache } from '../interpreter/block-cache';
import { decode } from '../isa/decoder';
import type { Mmu } from '../mmu/mmu';
import { PhysicalMemory } from '../mmu/physical-memory';
import type { MemoryRegion } from '../devices/device';
import type { Watch, WatchHit } from '../mmu/watch';
import { StopBefore } from '../mmu/memory-access';
import { Clock } from '../state/clock';
import { CORE, GUEST_MEMORY_OFFSET, HEADER, LEVEL1_OFFSET, PendingLine, RunState } from '../state/layout';
import { type CoreState, MachineState } from '../state/machine-state';
import { Mode } from '../state/psr';
import type { SystemContext } from '../system/context';
import { untilOverflow } from '../system/performance';
import { takeReset } from '../system/reset';
import { GenericTimers } from '../timer/generic-timers';
import { BOARDS, type Board, type BoardName, type BoardRow, type HoldingPen } from './board';
import type { VirtioPlug } from './board-virtio';
import { loadImages, writeImage, type BootImages, type BootPlan, type PhysicalWriter } from './boot';
import type { ConsolePort } from './console-port';
import { bootTree } from './boot-tree';
import { Core, type CoreSurroundings } from './core';
import { machineEffects, type EffectTargets } from './effects';
import { ImageError } from './image-error';
import { Scheduler, type ScheduleEnd } from './scheduler';
import { StateHash } from './state-hash';

/** 'jit' compiles hot code to WebAssembly; 'check' has the interpreter do again whatever compiled code does. */
export type Engine = 'interpreter' | 'jit' | 'check';

/** Whoever checks wants much to be compiled. */
const CHECKED_THRESHOLD = 50;

export interface MachineConfiguration {
  readonly board: BoardName;
  /** Cores, 1 to 8. */
  readonly cpus: number;
  /** Bytes of RAM, a multiple of 64 KiB. */
  readonly memory: number;
  /** Virtualization Extensions: the first core starts in Hyp mode. */
  readonly virtualization: boolean;
  /**
   * Security Extensions: what boots starts in Secure Supervisor mode, all cores at once, and no PSCI call is answered;
   * but Linux images are entered as Secure firmware would enter them.
   */
  readonly secure: boolean;
  /**
   * Firmware will be booted: board `virt` has the configuration space of PCIe below 4 GiB then. The images do not say
   * so, since the bus is there before them.
   */
  readonly firmware?: boolean;
  /** List registers of the virtual interface, 1 to 64. */
  readonly listRegisters: number;
  /** Instructions of one core's slice. */
  readonly slice: number;
  /** How instructions are executed; no result depends on it. The interpreter when not given. */
  readonly engine?: Engine;
  /** What is plugged into the board's virtio transports, as QEMU's `-device` options in their order. */
  readonly virtio: readonly VirtioPlug[];
  /** Seed of the bytes that virtio entropy devices give, 32 bits. */
  readonly entropySeed: number;
}

export const DEFAULT_CONFIGURATION: MachineConfiguration = {
  board: 'virt',
  cpus: 1,
  memory: 512 * 1024 * 1024,
  virtualization: true,
  secure: false,
  listRegisters: 4,
  slice: 5000,
  virtio: [],
  entropySeed: 1,
};

/** How a machine came to rest for good. */
export type MachineEnd = 'powered off';

/** Why `Machine.run` came back. */
export interface RunOutcome {
  /** Instructions retired by all cores. */
  readonly retired: number;
  /** As the scheduler's; or the guest powered the machine off, or reset it: the next run boots the same images. */
  readonly end: ScheduleEnd | MachineEnd | 'reset';
  /** The core whose turn it is. */
  readonly core: number;
  /** Events whose listeners asked for the stop. */
  readonly events: readonly MachineEvent[];
  /** The watched access before which the core stands. */
  readonly watch: WatchHit | undefined;
}

/** What to boot, with what the boot protocol passes on. */
export interface BootOptions extends BootImages {
  /** Device tree: 'generated' from the board, or a blob. */
  readonly deviceTree?: 'generated' | Uint8Array;
  /** Kernel command line. */
  readonly append?: string | undefined;
}

export class Machine implements CoreSurroundings, EffectTargets {
  readonly state: MachineState;
  readonly clock: Clock;
  readonly events: EventHub;
  readonly memory: PhysicalMemory;
  readonly blocks: BlockCache;
  readonly mmus: Mmu[] = [];
  readonly timers: GenericTimers;
  readonly board: Board;
  readonly cores: readonly Core[];
  readonly system: SystemContext;
  /** The instruction with which the machine's own firmware is called; undefined when the machine boots firmware. */
  conduit: 'smc' | 'hvc' | undefined;
  /** Asked before the instruction at one of `setBreakpoints`; true stops there. */
  onBreakpoint: (core: CoreState, va: number) => boolean = () => true;
  /** What was loaded, after `boot`. */
  plan: BootPlan | undefined;
  /** Set when the guest powered off; the machine runs no further. */
  ended: MachineEnd | undefined;

  /** What compiles hot code, if anything does. */
  compiler: Compiler | undefined;

  private readonly row: BoardRow;
  private breakpoints: ReadonlySet<number> = new Set();
  private readonly scheduler: Scheduler;
  /** What `boot` was given. */
  private booted: BootOptions | undefined;
  /** Within a run: the guest asked for a reset. */
  private resetWanted = false;
  private resuming = false;
  /** False while the memory is as it was made: all zero. */
  private used = false;
  /** Made when somebody first asks: it makes the first write to each page slower. */
  private hash: StateHash | undefined;

  /** @throws RangeError when the configuration is not one that a machine can have. */
  constructor(readonly configuration: MachineConfiguration) {
    const { cpus, memory, virtualization, secure } = configuration;
    const board = BOARDS[configuration.board];
    if (board === undefined) throw new RangeError(`there is no board '${configuration.board}'`);
    if (cpus > board.mostCores)
      throw new RangeError(
        `the board ${configuration.board} has ${board.mostCores} cores at most, not ${cpus}`,
      );
    this.row = board;
    this.state = new MachineState(cpus, memory + board.otherMemory(configuration), secure, virtualization);
    this.clock = new Clock(this.state);
    this.events = new EventHub(() => this.state.now);
    this.conduit = this.ownConduit;
    this.board = board.build(configuration, {
      state: this.state,
      clock: this.clock,
      events: this.events,
      busMaster: {
        read: (pa, bytes) => this.memory.copyOut(pa, bytes),
        write: (pa, bytes) => this.memory.copyIn(pa, bytes),
      },
      storage: {
        read: (offset, bytes) => bytes.set(this.state.u8.subarray(offset, offset + bytes.length)),
        write: (offset, bytes) => this.memory.writeBytes(offset, bytes),
      },
      power: (what) => {
        const core = this.state.cores[this.currentCore]!;
        if (what === 'off') this.powerOff(core);
        else this.systemReset(core);
      },
      windowChanged: () => this.windowChanged(),
      lineChanged: (core) => this.cores[core]?.interpreter.attention(),
      yieldTurn: () => this.cores[this.currentCore]?.interpreter.endSlice(),
    });
    this.memory = new PhysicalMemory(this.state, this.board.map);
    this.blocks = new BlockCache(this.state, (word, context) => decode(word, context));
    if (configuration.engine === 'jit') this.compile(PACED_OPTIONS);
    if (configuration.engine === 'check') this.check({ ...DEFAULT_OPTIONS, threshold: CHECKED_THRESHOLD });
    const { gic } = this.board;
    this.timers = new GenericTimers(
      this.state.cores,
      this.clock,
      board.counterFrequency,
      {
        setPpi: (core, id, level) => gic.setPpi(core, id, level),
        sendEvent: (core) => {
          this.state.cores[core]!.i32[CORE.EVENT] = 1;
        },
      },
      this.events,
    );
    this.system = {
      effects: machineEffects(this),
      events: this.events,
      cores: cpus,
      peripheralBase: this.board.peripheralBase,
      highWord: 0,
    };
    this.cores = this.state.cores.map((core) => new Core(this, core, this.system));
    this.events.onStop = () => this.requestStop();
    this.events.onInterest = (kind, wanted) => {
      if (kind === 'system-register-write') this.blocks.tier?.tellRegisterWrites(wanted);
      if (kind === 'mmio') this.windowChanged();
    };
    this.clock.onEarlier = () => this.cores[this.currentCore]?.interpreter.limit(this.clock.nextDeadline);
    this.scheduler = new Scheduler(
      {
        state: this.state,
        clock: this.clock,
        turn: (core, budget) => {
          const resuming = this.resuming;
          this.resuming = false;
          return this.cores[core.index]!.run(budget, resuming);
        },
        wakes: (core) => this.cores[core.index]!.wakes(),
        isTired: () => this.blocks.patience.left < 0,
      },
      configuration.slice,
    );
    this.reset();
  }

  /** Accesses to a window are made in another way from now on. */
  private windowChanged(): void {
    for (const core of this.cores ?? []) {
      core.mmu.windowChanged();
      core.interpreter.attention();
    }
  }

  private get mainRam(): MemoryRegion | undefined {
    return this.board.map.regions.find(
      (region): region is MemoryRegion => region.kind === 'ram' && region.offset === GUEST_MEMORY_OFFSET,
    );
  }

  /** From now on hot code is compiled. */
  compile(options: CompilerOptions): Compiler {
    return this.attach(new Compiler(this.state, this.blocks, options, this.mainRam));
  }

  /** As `compile`; a run throws EngineDifference where the interpreter comes to something else. */
  check(options: CompilerOptions): CheckedCompiler {
    return this.attach(
      new CheckedCompiler(this.state, this.blocks, options, this.mainRam, (core) => this.cores[core]!),
    );
  }
  private attach<C extends Compiler>(compiler: C): C {
    this.compiler = compiler;
    compiler.tellRegisterWrites(this.events.wants['system-register-write']);
    return compiler;
  }

  /** What was compiled for other machines of this configuration is used again, and what this one compiles is added. */
  useTranslations(translations: Translations): void {
    // Under supervision code tells of its stores.
    if (this.configuration.engine === 'jit' && this.compiler !== undefined)
      this.compiler.translations = translations;
  }

  // Boot

  /** Every register, device and byte of RAM as after power-on; nothing is loaded. */
  reset(): void {
    const { state } = this;
    if (this.used) {
      this.memory.beforeWritingAll();
      state.u8.fill(0, 0, LEVEL1_OFFSET);
      state.u8.fill(0, GUEST_MEMORY_OFFSET);
    }
    this.used = true;
    this.ended = undefined;
    this.plan = undefined;
    this.booted = undefined;
    this.resetWanted = false;
    this.resetParts('power-on');
  }

  /** Everything but memory and time, as after a reset of that kind. */
  private resetParts(kind: 'power-on' | 'system'): void {
    this.clock.restore({});
    this.board.reset(kind);
    this.blocks.clear();
    for (const mmu of this.mmus) mmu.reset();
    for (const core of this.state.cores) {
      takeReset(core, this.system, { mode: this.startMode });
      core.i32[CORE.RUN_STATE] = core.index === 0 ? RunState.Running : RunState.Off;
    }
    this.scheduler.select(0);
  }

  /**
   * The reset that a guest asks for, as on QEMU's boards: RAM keeps what no image is loaded over, flash and disks what
   * was written to them. Time and counts of instructions go on.
   */
  private resetSystem(): void {
    this.resetWanted = false;
    this.resetParts('system');
    if (this.booted !== undefined) this.bootImages(this.booted, true);
  }

  /**
   * Loads the images and points the first core at them.
   * @throws ImageError naming the file, what is wrong and what to do.
   */
  boot(options: BootOptions): void {
    this.bootImages(options, false);
    this.booted = options;
  }

  private bootImages(options: BootOptions, keepFlash: boolean): void {
    this.memory.beforeWritingAll();
    const target = { map: this.board.map, bytes: this.state.u8, keepFlash };
    const plan = loadImages(target, options, this.row.machineNumber);
    const psci = !this.configuration.secure || this.entersAsLinux(plan);
    const tree = bootTree(this.board, { ...this.configuration, psci }, options, plan);
    if (tree !== undefined && plan.deviceTree !== undefined) {
      const { address, limit } = plan.deviceTree;
      if (address + tree.length > limit)
        throw new ImageError(
          `the device tree (${tree.length} bytes) does not fit at 0x${address.toString(16)}: only ${limit - address} bytes are free there`,
        );
      writeImage(target, address, tree, tree.length, 'the device tree');
    }
    this.start(plan, tree !== undefined, target);
    this.plan = plan;
  }

  /** Lets the cores begin as QEMU's boards do: with the Security Extensions, what is no Linux image is the firmware. */
  private start(plan: BootPlan, hasTree: boolean, target: PhysicalWriter): void {
    const { state } = this;
    const nonSecure = this.row.hasFirmware && this.configuration.secure && this.entersAsLinux(plan);
    const mode = nonSecure && this.configuration.virtualization ? Mode.hyp : this.startMode;
    if (nonSecure) this.board.gic.giveToNonSecure();
    this.conduit = this.configuration.secure && !nonSecure ? undefined : this.ownConduit;
    const starting = this.conduit === undefined ? state.cores : [state.cores[0]!];
    for (const core of starting) {
      takeReset(core, this.system, { mode, address: plan.entry, nonSecure });
      core.u32[CORE.R] = plan.r0;
      core.u32[CORE.R + 1] = plan.r1;
      core.u32[CORE.R + 2] = hasTree ? plan.r2 : 0;
    }
    const { holdingPen } = this.board;
    if (holdingPen !== undefined && this.entersAsLinux(plan)) this.pen(holdingPen, target);
  }

  /** Secondary cores wait in the holding pen, which is put into memory for them. */
  private pen({ address, code }: HoldingPen, target: PhysicalWriter): void {
    const secondaries = this.state.cores.slice(1);
    if (secondaries.length === 0) return;
    const bytes = new Uint8Array(Uint32Array.from(code).buffer);
    writeImage(target, address, bytes, bytes.length, 'the holding pen');
    for (const core of secondaries) takeReset(core, this.system, { mode: this.startMode, address });
  }

  /** Bytes that the user says are raw are a bare program; Linux images are entered by a firmware's rules. */
  private entersAsLinux(plan: BootPlan): boolean {
    return plan.linux && plan.format !== 'raw';
  }

  private get ownConduit(): 'smc' | 'hvc' | undefined {
    if (!this.row.hasFirmware) return undefined;
    return this.configuration.virtualization ? 'smc' : 'hvc';
  }

  private get startMode(): Mode {
    return this.configuration.virtualization && !this.configuration.secure ? Mode.hyp : Mode.svc;
  }

  // Running

  /** Number of the core whose turn it is. */
  get currentCore(): number {
    return this.state.i32[HEADER.CURRENT_CORE]!;
  }

  /** Instructions retired by all cores since power-on. */
  get retired(): number {
    return this.state.cores.reduce((sum, core) => sum + core.retired, 0);
  }

  /**
   * Runs until `budget` instructions of all cores together are retired, a stop, or an end.
   * @param resuming passes a breakpoint at the current instruction.
   * @param patience how much may happen meanwhile that takes much longer than instructions do (interpreter/patience.ts):
   * after that the run ends as if so many instructions had been the budget. It says nothing of time, but bounds it.
   */
  run(budget: number, resuming = false, patience = Infinity): RunOutcome {
    this.blocks.patience.left = patience;
    if (this.ended !== undefined) return this.outcome(0, this.ended);
    this.events.stops.length = 0;
    this.resuming = resuming;
    const { retired, end } = this.scheduler.run(budget);
    if (this.resetWanted && this.ended === undefined) {
      this.resetSystem();
      return this.outcome(retired, 'reset');
    }
    return this.outcome(retired, this.ended ?? end);
  }

  private outcome(retired: number, end: RunOutcome['end']): RunOutcome {
    const core = this.currentCore;
    const before: StopBefore | undefined =
      end === 'stop' ? this.cores[core]!.interpreter.stoppedBefore : undefined;
    return {
      retired,
      end,
      core,
      events: this.events.stops.splice(0),
      watch: before?.cause as WatchHit | undefined,
    };
  }

  /** Ends a run after the current instruction; without effect between runs. */
  requestStop(): void {
    for (const core of this.cores) core.interpreter.requestStop();
  }

  /** Gives the turn to a core: how a debugger steps one of many. */
  select(core: number): void {
    if (core !== this.currentCore || this.state.i32[HEADER.SLICE_LEFT]! <= 0) this.scheduler.select(core);
  }

  /** Virtual addresses before which `onBreakpoint` is asked. */
  setBreakpoints(addresses: ReadonlySet<number>): void {
    this.breakpoints = addresses;
    this.splitBlocks();
  }

  isBreakpoint(va: number): boolean {
    return this.breakpoints.has(va);
  }

  /** The debug registers of a core changed: its own breakpoints and watchpoints are others now. */
  debugChanged(core: CoreState): void {
    const { breakpoints } = this.cores[core.index]!;
    this.cores[core.index]!.debugChanged();
    if (breakpoints.length !== 0 || this.cores[core.index]!.breakpoints.length !== 0) this.splitBlocks();
  }

  performanceChanged(core: CoreState, interrupt: boolean): void {
    const { gic, performanceInterrupt } = this.board;
    if (performanceInterrupt !== undefined) gic.setPpi(core.index, performanceInterrupt, interrupt);
    // The run ends where the next overflow is.
    if (untilOverflow(core) !== Infinity) this.cores[core.index]!.interpreter.limit(this.state.now);
  }

  /** Blocks begin at the breakpoints of the debugger and of every core's guest. */
  private splitBlocks(): void {
    const addresses = new Set(this.breakpoints);
    for (const { breakpoints } of this.cores) for (const va of breakpoints) addresses.add(va);
    this.blocks.setBreakpoints(addresses);
  }

  /** Watches memory; `stops` decides at each hit, before the access, whether the machine stops there. */
  setWatches(watches: readonly Watch[], stops: (hit: WatchHit) => boolean): void {
    for (const mmu of this.mmus)
      mmu.setWatches(watches, (hit) => {
        if (stops(hit)) throw new StopBefore(hit);
      });
  }

  /**
   * A hash of all state, 32 hexadecimal digits: two machines of one configuration with equal hashes go on alike. After
   * a run that ended with 'stop' a turn may be over that is not passed on yet; `run(0)` passes it on.
   */
  stateHash(): string {
    this.hash ??= new StateHash(this.state, this.board.map, this.memory, () => [
      this.timers.save(),
      this.clock.save(),
      this.ended,
    ]);
    return this.hash.digest();
  }

  get consoles(): readonly ConsolePort[] {
    return this.board.consoles;
  }

  // Inputs

  /**
   * The memory system reports, late, that an access of this core failed: an asynchronous external abort is pending from
   * now on, and is taken where it is not masked (ARM ARM A3.2.3, B1.9.8). Those that come before it is taken are one with
   * it. No access of these boards has that end, as on QEMU's: what fails on the bus fails at once.
   * @throws RangeError when there is no such core.
   */
  raiseAsynchronousAbort(core: number): void {
    const state = this.state.cores[core];
    if (state === undefined) throw new RangeError(`there is no core ${core}`);
    state.i32[CORE.PENDING] = state.i32[CORE.PENDING]! | PendingLine.SError;
    this.cores[core]!.interpreter.attention();
  }

  // PSCI (PsciHost)

  powerOff(core: CoreState): void {
    this.ended = 'powered off';
    this.cores[core.index]!.interpreter.requestStop();
  }

  /** The guest asked for SYSTEM_RESET: the run ends with it. */
  systemReset(core: CoreState): void {
    this.resetWanted = true;
    this.cores[core.index]!.interpreter.requestStop();
  }

  startCore(target: CoreState, entry: number, context: number): void {
    takeReset(target, this.system, {
      mode: target.hasVirtualization ? Mode.hyp : Mode.svc,
      address: entry,
      nonSecure: target.hasSecurity,
    });
    target.u32[CORE.R] = context;
    this.cores[target.index]!.interpreter.attention();
  }

  stopCore(core: CoreState): void {
    core.i32[CORE.RUN_STATE] = RunState.Off;
    this.cores[core.index]!.interpreter.attention();
  }

  suspend(core: CoreState): void {
    core.i32[CORE.RUN_STATE] = RunState.WaitInterrupt;
    this.cores[core.index]!.interpreter.attention();
  }
}
