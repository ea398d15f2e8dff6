// Experiments from Monitor mode: Secure and Non-secure state, on QEMU and here.
import { ExceptionTaken } from '../../../emulator/isa/helpers';
import { EventHub } from '../../../emulator/events/event-hub';
import { CORE, SECURE_BANK, SYS } from '../../../emulator/state/layout';
import { MachineState, type CoreState } from '../../../emulator/state/machine-state';
import { Mode, writeCpsr } from '../../../emulator/state/psr';
import type { SystemContext } from '../../../emulator/system/context';
import { SystemHelpers } from '../../../emulator/system/helpers';
import { REGISTER_ROWS } from '../../../emulator/system/registers/table';
import { takeReset } from '../../../emulator/system/reset';
import { access } from './encodings';
import { CODE_OFFSET, EXPERIMENTS_AT, R2, R3 } from './experiment';
import { NO_EFFECTS } from './model';

export const SECURE_VECTORS = 0x4020_0000;
export const NON_SECURE_VECTORS = 0x4020_0100;
export const HYP_VECTORS = 0x4020_0200;
const MONITOR_VECTORS = 0x4030_0000;
export const SMC = 0xe160_0070;

export interface MonitorExperiment {
  readonly name: string;
  readonly psr: number;
  readonly scr: number;
  readonly code: readonly number[];
  readonly act: (model: MonitorModel) => void;
}
/** Where it ended; `link` is LR_mon, relative to the experiment where it is there. */
export interface MonitorOutcome {
  readonly vector: number;
  readonly link: number;
  readonly spsr: number;
  readonly scr: number;
  readonly hsr: number;
  readonly r2: number;
  readonly r3: number;
}
export const MONITOR_OUTCOME: readonly (keyof MonitorOutcome)[] = [
  'vector',
  'link',
  'spsr',
  'scr',
  'hsr',
  'r2',
  'r3',
];

const START = EXPERIMENTS_AT + CODE_OFFSET;

export class MonitorModel {
  readonly core: CoreState = new MachineState(1, 0, true, true).cores[0];
  readonly system: SystemContext = {
    effects: { ...NO_EFFECTS, firmwareCall: () => false },
    events: new EventHub(() => 0),
    cores: 1,
    peripheralBase: 0x0800_0000,
    highWord: 0,
  };
  readonly helpers = new SystemHelpers(this.system);
  private ended = false;

  step(run: () => void, setsPc = false): void {
    if (this.ended) return;
    try {
      run();
      if (!setsPc) this.core.i32[CORE.R + 15] += 4;
    } catch (error) {
      if (!(error instanceof ExceptionTaken)) throw error;
      this.ended = true;
    }
    if (setsPc) this.ended = this.core.pc >>> 12 !== START >>> 12;
  }

  run(experiment: MonitorExperiment): MonitorOutcome {
    const { core } = this;
    this.ended = false;
    takeReset(core, this.system);
    const s = core.i32;
    s[SYS.VBAR + SECURE_BANK] = SECURE_VECTORS;
    s[SYS.VBAR] = NON_SECURE_VECTORS;
    s[SYS.HVBAR] = HYP_VECTORS;
    s[SYS.MVBAR] = MONITOR_VECTORS;
    s[SYS.NSACR] = 0xc00;
    s[SYS.SCR] = experiment.scr;
    writeCpsr(core, (experiment.psr & 0x1f) === Mode.mon ? experiment.psr | 0x1c0 : experiment.psr);
    s[CORE.R + 2] = R2;
    s[CORE.R + 3] = R3;
    s[CORE.R + 15] = START;
    experiment.act(this);
    while (core.pc >>> 8 !== MONITOR_VECTORS >>> 8) {
      try {
        this.helpers.secureMonitorCall(core, 0);
      } catch (error) {
        if (!(error instanceof ExceptionTaken)) throw error;
      }
    }
    const u = core.u32;
    return {
      vector: core.pc - MONITOR_VECTORS,
      link: relative(u[CORE.R + 14], START),
      spsr: u[CORE.SPSR_MON],
      scr: u[SYS.SCR],
      hsr: u[SYS.HSR],
      r2: u[CORE.R + 2],
      r3: u[CORE.R + 3],
    };
  }
}

/** A link inside an experiment relative to it, any other as it is. */
export function relative(link: number, start: number): number {
  const distance = (link - start) >>> 0;
  return distance < 64 ? distance : link;
}

const NS = 1;
const HCE = 0x100;
const STATES: readonly (readonly [name: string, mode: Mode, scr: number])[] = [
  ['Secure usr', Mode.usr, 0],
  ['Secure svc', Mode.svc, 0],
  ['Monitor with NS = 0', Mode.mon, 0],
  ['Monitor with NS = 1', Mode.mon, NS | HCE],
  ['Non-secure svc', Mode.svc, NS | HCE],
  ['Non-secure usr', Mode.usr, NS | HCE],
  ['hyp', Mode.hyp, NS | HCE],
];
const MASKS = 0x1c0;

/** Registers that, written, would take the experiment away from its end, or whose value time changes. */
const LEFT_OUT = /^(VBAR|HVBAR|MVBAR|HSCTLR|SCR|CNTP?V?H?P?_?TVAL|CNT[PV]CT|PMCCNTR|CNT\w+_TVAL)$/;

/** Every row read, then every row written, from every state: what is written stays. */
export function everySecureAccess(): MonitorExperiment[] {
  return [false, true].flatMap((write) =>
    STATES.flatMap(([state, mode, scr]) =>
      REGISTER_ROWS.filter((row) => !LEFT_OUT.test(row.name)).map((row) => {
        const encoding = access(row, write, 2);
        return {
          name: `${state} ${write ? 'writes' : 'reads'} ${row.name}`,
          psr: mode | MASKS,
          scr,
          code: write ? [0xe3a0_2000, 0xe3a0_3000, encoding] : [encoding],
          act: (model: MonitorModel) => {
            const { core, helpers } = model;
            if (write) {
              model.step(() => (core.i32[CORE.R + 2] = 0));
              model.step(() => (core.i32[CORE.R + 3] = 0));
            }
            model.step(() => {
              if (write && row.width === 64) helpers.coprocessorWritePair(core, encoding, 0, 0);
              else if (write) helpers.coprocessorWrite(core, encoding, 0);
              else if (row.width === 64) {
                core.i32[CORE.R + 2] = helpers.coprocessorReadPair(core, encoding);
                core.i32[CORE.R + 3] = helpers.highWord(core);
              } else core.i32[CORE.R + 2] = helpers.coprocessorRead(core, encoding);
            });
          },
        };
      }),
    ),
  );
}

/** SVC, HVC, SMC, UDF and BKPT from every state, with SCR.HCE and SCR.SCD. */
export function everySecureCall(): MonitorExperiment[] {
  const calls: readonly (readonly [string, number, (model: MonitorModel) => void])[] = [
    ['svc', 0xef00_0012, (m) => m.helpers.supervisorCall(m.core, 0x12)],
    ['hvc', 0xe140_0172, (m) => m.helpers.hypervisorCall(m.core, 0x12)],
    ['smc', SMC, (m) => m.helpers.secureMonitorCall(m.core, 0)],
    ['udf', 0xe7f0_00f0, (m) => m.helpers.undefinedInstruction(m.core, 0xe7f0_00f0)],
    ['bkpt', 0xe120_0070, (m) => m.helpers.breakpointInstruction(m.core, 0)],
  ];
  return STATES.flatMap(([state, mode, scr]) =>
    [0, HCE].flatMap((flip) =>
      calls.map(([name, code, run]) => ({
        name: `${state} ${name}${flip && scr ? ' without SCR.HCE' : ''}`,
        psr: mode | MASKS,
        scr: scr & NS ? scr ^ flip : scr,
        code: [code],
        act: (model: MonitorModel) => model.step(() => run(model), true),
      })),
    ),
  );
}

/** MSR CPSR_c with every mode, from every state. */
export function everySecureModeChange(): MonitorExperiment[] {
  return STATES.flatMap(([state, mode, scr]) =>
    [0x10, 0x11, 0x12, 0x13, 0x16, 0x17, 0x1a, 0x1b, 0x1f, 0x14].map((target) => ({
      name: `${state} msr cpsr_c, mode 0x${target.toString(16)}`,
      psr: mode | MASKS,
      scr,
      code: [0xe3a0_2000 | 0xc0 | target, 0xe121_f002],
      act: (model: MonitorModel) => {
        model.step(() => (model.core.i32[CORE.R + 2] = 0xc0 | target));
        model.step(() => model.helpers.writeCpsr(model.core, 0xc0 | target, 1));
      },
    })),
  );
}
