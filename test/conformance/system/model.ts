// The same experiments on emulator/system alone: no instruction is decoded, each is the helper that it calls.
import { EventHub } from '../../../emulator/events/event-hub';
import { ExceptionTaken } from '../../../emulator/isa/helpers';
import { CORE, SYS } from '../../../emulator/state/layout';
import { MachineState, type CoreState } from '../../../emulator/state/machine-state';
import { Mode, readCpsr, writeCpsr } from '../../../emulator/state/psr';
import type { SystemContext } from '../../../emulator/system/context';
import type { SystemEffects } from '../../../emulator/system/effects';
import { SystemHelpers } from '../../../emulator/system/helpers';
import { Interrupt, pendingInterrupt, takeInterrupt } from '../../../emulator/system/interrupts';
import { takeReset } from '../../../emulator/system/reset';
import { CODE_OFFSET, END, EXPERIMENTS_AT, R2, R3, type Experiment, type Outcome } from './experiment';
import { HVC } from './encodings';

/** What lies outside this floor does nothing: no experiment depends on it. */
export const NO_EFFECTS: SystemEffects = {
  translationChanged: () => undefined,
  modeChanged: () => undefined,
  tlbMaintenance: () => undefined,
  addressTranslation: () => undefined,
  cacheMaintenance: () => undefined,
  physicalCount: () => 0,
  timerChanged: () => undefined,
  interruptMaskChanged: () => undefined,
  debugChanged: () => undefined,
  performanceChanged: () => undefined,
  readWord: () => 0,
  writeWord: () => undefined,
  sendEvent: () => undefined,
  yieldTurn: () => undefined,
  // QEMU's board answers every SMC, an unknown function too.
  firmwareCall: (_core, conduit) => conduit === 'smc',
};

const START = EXPERIMENTS_AT + CODE_OFFSET;
const HYP_VECTORS = 0x1000;
const PL1_VECTORS = 0x2000;
const THUMB = 0x20;
const VFP_MOVE = 0x0ef0_0a10;

export class Model {
  readonly core: CoreState;
  readonly helpers: SystemHelpers;
  readonly system: SystemContext;
  private ended = false;

  constructor() {
    this.core = new MachineState(1, 0, false, true).cores[0];
    const events = new EventHub(() => 0);
    this.system = { effects: NO_EFFECTS, events, cores: 1, peripheralBase: 0x0800_0000, highWord: 0 };
    this.helpers = new SystemHelpers(this.system);
  }

  register(n: number): number {
    return this.core.u32[CORE.R + n];
  }
  setRegister(n: number, value: number): void {
    this.core.i32[CORE.R + n] = value;
  }

  /** Executes one instruction of `length` bytes; where `setsPc`, `run` leaves R15 where execution goes on. */
  step(run: () => void, length = 4, setsPc = false): void {
    if (this.ended) return;
    try {
      run();
      if (!setsPc) this.core.i32[CORE.R + 15] = this.core.i32[CORE.R + 15] + length;
    } catch (error) {
      if (!(error instanceof ExceptionTaken)) throw error;
      this.ended = true;
    }
    if (setsPc) this.ended = this.core.pc >>> 12 < START >>> 12;
  }

  /** Runs an experiment from the probe's standard state to the first Hyp vector it reaches. */
  run(experiment: Experiment): Outcome {
    const { core, helpers } = this;
    this.ended = false;
    takeReset(core, this.system, { mode: Mode.hyp });
    core.i32[SYS.HVBAR] = HYP_VECTORS;
    core.i32[SYS.VBAR] = PL1_VECTORS;
    for (const sp of [CORE.SP_UND, CORE.SP_SVC, CORE.SP_ABT]) core.i32[sp] = 0x1234;
    for (const [encoding, value] of experiment.prepare) {
      if ((encoding & 0x0ff0_0f10) >>> 0 === VFP_MOVE - 0x10_0000)
        helpers.vfpSystemWrite(core, encoding, (encoding >>> 16) & 15, value);
      else helpers.coprocessorWrite(core, encoding, value);
    }
    const psr = (experiment.psr & 0x1f) === Mode.hyp ? experiment.psr | 0x1c0 : experiment.psr;
    writeCpsr(core, psr);
    core.i32[CORE.R + 2] = R2 | 0;
    core.i32[CORE.R + 3] = R3 | 0;
    core.i32[CORE.R + 15] = START;
    experiment.act(this);
    while (core.pc >>> 8 !== HYP_VECTORS >>> 8) this.leave();
    return this.outcome();
  }

  /** Takes the interrupt that is pending, as a core does between instructions. */
  takesInterrupt(): boolean {
    const interrupt = pendingInterrupt(this.core);
    if (interrupt !== Interrupt.None) takeInterrupt(this.core, this.system, interrupt);
    return interrupt !== Interrupt.None;
  }

  /** The instruction that execution meets outside the experiment's own: its end, or a PL1 vector. */
  private leave(): void {
    const { core, helpers } = this;
    if (this.takesInterrupt()) return;
    const vector = (core.pc - PL1_VECTORS) >>> 2;
    const immediate = vector < 8 ? 0x100 + vector : END;
    try {
      helpers.hypervisorCall(core, immediate);
    } catch (error) {
      if (!(error instanceof ExceptionTaken)) throw error;
    }
  }

  private outcome(): Outcome {
    const u = this.core.u32;
    const link = (at: number): number => (u[at] === 0 ? 0 : (u[at] - START) >>> 0);
    return {
      vector: this.core.pc - HYP_VECTORS,
      hsr: u[SYS.HSR],
      elr: (u[CORE.ELR_HYP] - START) >>> 0,
      spsr: u[CORE.SPSR_HYP],
      cpsr: readCpsr(this.core) >>> 0,
      r2: u[CORE.R + 2],
      r3: u[CORE.R + 3],
      lrUnd: link(CORE.LR_UND),
      spsrUnd: u[CORE.SPSR_UND],
      lrSvc: link(CORE.LR_SVC),
      spsrSvc: u[CORE.SPSR_SVC],
      lrAbt: link(CORE.LR_ABT),
      spsrAbt: u[CORE.SPSR_ABT],
      hdfar: u[SYS.HDFAR],
      ifsr: u[SYS.IFSR],
      hifar: link(SYS.HIFAR),
    };
  }
}

/** An unconditional encoding, to tell helpers the length of what they do. */
export const WIDE = HVC(0);
export { THUMB };
