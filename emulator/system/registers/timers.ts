/** The Generic Timer's registers (CP15 c14; ARM ARM B8). */
import { SYS } from '../../state/layout';
import type { CoreState } from '../../state/machine-state';
import { Mode } from '../../state/psr';
import type { SystemContext } from '../context';
import { accessBank } from './bank';
import {
  ALL_RO,
  ALL_RW,
  bit,
  cp15,
  cp15Wide,
  field,
  HYP_RW,
  PL1_RW,
  type Access,
  type RegisterRow,
  type RowOptions,
} from './row';

const TWO_32 = 2 ** 32;

/** Bits of CNTKCTL that open the counters and timers to PL0. */
const enum Cntkctl {
  PL0PCTEN = 1,
  PL0VCTEN = 2,
  PL0VTEN = 1 << 8,
  PL0PTEN = 1 << 9,
}
/** A gate that lets PL0 pass where one of CNTKCTL's bits is set. */
function opened(mask: number) {
  return (core: CoreState): boolean => (core.i32[SYS.CNTKCTL] & mask) !== 0;
}

/** Physical or virtual count as an exact unsigned pair: the low word, the high one in system.highWord. */
function count(core: CoreState, system: SystemContext, virtual: boolean): number {
  const physical = system.effects.physicalCount(core);
  let low = physical % TWO_32;
  let high = Math.floor(physical / TWO_32);
  if (virtual) {
    low -= core.u32[SYS.CNTVOFF];
    high -= core.u32[SYS.CNTVOFF + 1];
    if (low < 0) {
      low += TWO_32;
      high -= 1;
    }
  }
  system.highWord = high | 0;
  return low | 0;
}

/** True when the timer's condition is met: count - CVAL, as unsigned 64-bit integers, is not negative. */
function conditionMet(core: CoreState, system: SystemContext, cval: number, virtual: boolean): boolean {
  const low = count(core, system, virtual) >>> 0;
  const high = system.highWord >>> 0;
  const compareHigh = core.u32[cval + 1];
  return high > compareHigh || (high === compareHigh && low >= core.u32[cval]);
}

const CTL_FIELDS = [
  bit('ISTATUS', 2, 'The timer condition is met (read-only).'),
  bit('IMASK', 1, 'The timer interrupt is masked.'),
  bit('ENABLE', 0, 'The timer is enabled.'),
];

interface Timer {
  readonly name: 'CNTP' | 'CNTV' | 'CNTHP';
  readonly what: string;
  readonly virtual: boolean;
  readonly banked: boolean;
  readonly access: Access;
  readonly options: RowOptions;
  /** opc1 and CRm of TVAL and CTL; opc1 of the 64-bit CVAL. */
  readonly opc1: number;
  readonly crm: number;
  readonly wide: number;
}

function timer(t: Timer): readonly RegisterRow[] {
  const ctlName = `${t.name}_CTL` as const;
  const cvalName = `${t.name}_CVAL` as const;
  const bank = (core: CoreState): number => (t.banked ? accessBank(core) : 0);
  const ctl = (core: CoreState): number => SYS[ctlName] + bank(core);
  const cval = (core: CoreState): number => SYS[cvalName] + bank(core);
  return [
    cp15(
      `${t.name}_TVAL`,
      [t.opc1, 14, t.crm, 0],
      t.access,
      `${t.what} timer value: CVAL minus the count, counts down.`,
      {
        ...t.options,
        volatile: true,
        read: (core, system) => (core.i32[cval(core)] - count(core, system, t.virtual)) | 0,
        write: (core, system, value) => {
          // CVAL := count + SignExtend(value)
          const low = (count(core, system, t.virtual) >>> 0) + value;
          const carry = Math.floor(low / TWO_32);
          core.i32[cval(core)] = low | 0;
          core.i32[cval(core) + 1] = (system.highWord + carry) | 0;
          system.effects.timerChanged(core);
        },
      },
    ),
    cp15(ctlName, [t.opc1, 14, t.crm, 1], t.access, `${t.what} timer control.`, {
      ...t.options,
      storage: ctlName,
      banked: t.banked,
      writable: 3,
      quietWhile: [{ at: SYS[ctlName], mask: 1 }],
      volatile: true,
      read: (core, system) => {
        const value = core.i32[ctl(core)] & 3;
        return (value & 1) !== 0 && conditionMet(core, system, cval(core), t.virtual) ? value | 4 : value;
      },
      write: (core, system, value) => {
        core.i32[ctl(core)] = value & 3;
        system.effects.timerChanged(core);
      },
      fields: CTL_FIELDS,
    }),
    cp15Wide(cvalName, [t.wide, 14], t.access, `${t.what} timer compare value.`, {
      ...t.options,
      storage: cvalName,
      banked: t.banked,
      consequences: ['timer'],
      quietWhile: [{ at: SYS[ctlName], mask: 1 }],
    }),
  ];
}

/** CNTFRQ is written at the highest privilege level there is. */
function mayWriteFrequency(core: CoreState): boolean {
  if (core.hasSecurity) return core.secure && core.mode !== Mode.usr;
  return core.hasVirtualization ? core.mode === Mode.hyp : core.mode !== Mode.usr;
}
const EVNTEN = 4;
const EVENT_STREAM = [
  field('EVNTI', 7, 4, 'Bit of the counter that triggers the event stream.'),
  bit('EVNTDIR', 3, 'Transition that triggers.', { 0: '0 to 1', 1: '1 to 0' }),
  bit('EVNTEN', 2, 'Event stream enable.'),
];

/** System counter frequency of `virt`, in Hz. */
export const COUNTER_FREQUENCY = 62_500_000;

export const TIMERS: readonly RegisterRow[] = [
  cp15('CNTFRQ', [0, 14, 0, 0], { ...ALL_RW, user: 'r' }, 'Counter Frequency Register, in Hz.', {
    storage: 'CNTFRQ',
    reset: COUNTER_FREQUENCY,
    gate: (core, write) =>
      write
        ? mayWriteFrequency(core)
        : core.mode !== Mode.usr || opened(Cntkctl.PL0PCTEN | Cntkctl.PL0VCTEN)(core),
  }),
  cp15(
    'CNTKCTL',
    [0, 14, 1, 0],
    PL1_RW,
    'Timer PL1 Control Register: what PL0 may access, and the event stream.',
    {
      storage: 'CNTKCTL',
      writable: 0x3ff,
      consequences: ['timer'],
      quietWhile: [{ at: SYS.CNTKCTL, mask: EVNTEN }],
      fields: [
        bit('PL0PTEN', 9, 'PL0 may access the physical timer.'),
        bit('PL0VTEN', 8, 'PL0 may access the virtual timer.'),
        ...EVENT_STREAM,
        bit('PL0VCTEN', 1, 'PL0 may read the virtual counter.'),
        bit('PL0PCTEN', 0, 'PL0 may read the physical counter.'),
      ],
    },
  ),
  cp15(
    'CNTHCTL',
    [4, 14, 1, 0],
    HYP_RW,
    'Timer PL2 Control Register: what Non-secure PL1 and PL0 may access, and an event stream.',
    {
      storage: 'CNTHCTL',
      needs: 'virtualization',
      reset: 3,
      writable: 0xff,
      consequences: ['timer'],
      quietWhile: [{ at: SYS.CNTHCTL, mask: EVNTEN }],
      fields: [
        ...EVENT_STREAM,
        bit('PL1PCEN', 1, 'Non-secure PL1 and PL0 may access the physical timer; else it traps.'),
        bit('PL1PCTEN', 0, 'Non-secure PL1 and PL0 may read the physical counter; else it traps.'),
      ],
    },
  ),
  ...timer({
    name: 'CNTP',
    what: 'PL1 physical',
    virtual: false,
    banked: true,
    access: ALL_RW,
    options: { userGate: opened(Cntkctl.PL0PTEN), traps: ['CNTHCTL.PL1PCEN'] },
    opc1: 0,
    crm: 2,
    wide: 2,
  }),
  ...timer({
    name: 'CNTV',
    what: 'Virtual',
    virtual: true,
    banked: false,
    access: ALL_RW,
    options: { userGate: opened(Cntkctl.PL0VTEN) },
    opc1: 0,
    crm: 3,
    wide: 3,
  }),
  ...timer({
    name: 'CNTHP',
    what: 'PL2 physical',
    virtual: false,
    banked: false,
    access: HYP_RW,
    options: { needs: 'virtualization' },
    opc1: 4,
    crm: 2,
    wide: 6,
  }),
  cp15Wide('CNTPCT', [0, 14], ALL_RO, 'Physical Count Register.', {
    userGate: opened(Cntkctl.PL0PCTEN),
    traps: ['CNTHCTL.PL1PCTEN'],
    volatile: true,
    read: (core, system) => count(core, system, false),
  }),
  cp15Wide('CNTVCT', [1, 14], ALL_RO, 'Virtual Count Register: the physical count minus CNTVOFF.', {
    userGate: opened(Cntkctl.PL0VCTEN),
    volatile: true,
    read: (core, system) => count(core, system, true),
  }),
  cp15Wide('CNTVOFF', [4, 14], HYP_RW, 'Virtual Offset Register.', {
    storage: 'CNTVOFF',
    needs: 'virtualization',
    consequences: ['timer'],
    quietWhile: [
      { at: SYS.CNTV_CTL, mask: 1 },
      { at: SYS.CNTKCTL, mask: EVNTEN },
    ],
  }),
];
