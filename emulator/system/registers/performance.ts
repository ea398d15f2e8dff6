/** The registers of the performance monitors (CP15 c9; ARM ARM C12); what they do is in ../performance.ts. */
import { SYS } from '../../state/layout';
import type { CoreState } from '../../state/machine-state';
import type { SystemContext } from '../context';
import { trapsToHyp } from '../exceptions';
import {
  ALL_COUNTERS,
  COUNTED_EVENTS,
  countersChanged,
  CYCLE_FILTER,
  EVENT_COUNTERS,
  Pmcr,
  softwareIncrement,
  synchronize,
  visible,
} from '../performance';
import {
  ALL_RW,
  ALL_WO,
  bit,
  cp15,
  field,
  PL1_RW,
  PL1_RW_PL0_RO,
  ALL_RO,
  type RegisterRow,
  type RowOptions,
} from './row';

/** PMCR's implementer, identification code and number of counters. */
const PMCR_FIXED = 0x410f_0000 | (EVENT_COUNTERS << 11);
const PMCR_WRITABLE = 0x39;

/** Events that PMCEID0 tells of. */
const COMMON_EVENTS = Object.keys(COUNTED_EVENTS).map(Number);

const CYCLE_SELECT = 31;
/** The counter that PMSELR selects, or -1 when there is none (or Hyp keeps it). */
function selected(core: CoreState): number {
  const n = core.i32[SYS.PMSELR] & 31;
  return n < EVENT_COUNTERS && visible(core) & (1 << n) ? n : -1;
}

/** PL0 may, where PMUSERENR.EN is set. */
function userEnabled(core: CoreState): boolean {
  return (core.i32[SYS.PMUSERENR] & 1) !== 0;
}

type At = readonly [number, number, number, number];
function monitor(name: string, at: At, text: string, options: RowOptions, access = ALL_RW): RegisterRow {
  return cp15(name, at, access, text, {
    traps: ['HDCR.TPM'],
    userGate: userEnabled,
    volatile: true,
    ...options,
  });
}

/** A pair of registers over one word of bits: writing 1 to a bit of one sets it, of the other clears it. */
function bitPair(
  set: readonly [string, At],
  clear: readonly [string, At],
  storage: 'PMCNTENSET' | 'PMINTENSET' | 'PMOVSR',
  text: string,
  pl0: boolean,
): readonly RegisterRow[] {
  const row = ([name, at]: readonly [string, At], sets: boolean): RegisterRow =>
    monitor(
      name,
      at,
      `${text}; writing 1 to a bit ${sets ? 'sets' : 'clears'} it.`,
      {
        storage,
        userGate: pl0 ? userEnabled : undefined,
        read: (core) => {
          synchronize(core);
          return core.i32[SYS[storage]] & visible(core);
        },
        write: (core, system, value) => {
          synchronize(core);
          const bits = value & visible(core) & ALL_COUNTERS;
          core.i32[SYS[storage]] = sets ? core.i32[SYS[storage]] | bits : core.i32[SYS[storage]] & ~bits;
          countersChanged(core, system);
        },
        fields: COUNTER_BITS,
      },
      pl0 ? ALL_RW : PL1_RW,
    );
  return [row(set, true), row(clear, false)];
}
const COUNTER_BITS = [
  bit('C', 31, 'The cycle counter.'),
  ...[5, 4, 3, 2, 1, 0].map((n) => bit(`P${n}`, n, `Event counter ${n}.`)),
];

function writePmcr(core: CoreState, system: SystemContext, value: number): void {
  synchronize(core);
  const s = core.i32;
  s[SYS.PMCR] = value & PMCR_WRITABLE;
  if (value & Pmcr.C) s[SYS.PMCCNTR] = 0;
  if (value & Pmcr.P)
    for (let n = 0; n < EVENT_COUNTERS; n++) if (visible(core) & (1 << n)) s[SYS.PMXEVCNTR + n] = 0;
  countersChanged(core, system);
}

export const PERFORMANCE: readonly RegisterRow[] = [
  monitor('PMCR', [0, 9, 12, 0], 'Performance Monitors Control Register.', {
    storage: 'PMCR',
    traps: ['HDCR.TPM', 'HDCR.TPMCR'],
    read: (core) => {
      const below = trapsToHyp(core);
      const n = below ? core.i32[SYS.HDCR] & 31 : EVENT_COUNTERS;
      return (PMCR_FIXED & ~0xf800) | (n << 11) | core.i32[SYS.PMCR];
    },
    write: writePmcr,
    fields: [
      field('IMP', 31, 24, 'Implementer.'),
      field('IDCODE', 23, 16, 'Identification code.'),
      field('N', 15, 11, 'Number of event counters.'),
      bit('DP', 5, 'The cycle counter stops where counting is prohibited.'),
      bit('X', 4, 'Events are exported.'),
      bit('D', 3, 'The cycle counter counts every 64th cycle.'),
      bit('C', 2, 'Writing 1 resets the cycle counter.'),
      bit('P', 1, 'Writing 1 resets the event counters.'),
      bit('E', 0, 'The counters are enabled.'),
    ],
  }),
  ...bitPair(
    ['PMCNTENSET', [0, 9, 12, 1]],
    ['PMCNTENCLR', [0, 9, 12, 2]],
    'PMCNTENSET',
    'Counters that are enabled',
    true,
  ),
  ...bitPair(
    ['PMOVSSET', [0, 9, 14, 3]],
    ['PMOVSR', [0, 9, 12, 3]],
    'PMOVSR',
    'Counters that have overflowed',
    true,
  ),
  monitor(
    'PMSWINC',
    [0, 9, 12, 4],
    'Software Increment register.',
    {
      operation: true,
      write: softwareIncrement,
    },
    ALL_WO,
  ),
  monitor('PMSELR', [0, 9, 12, 5], 'Event Counter Selection Register.', {
    storage: 'PMSELR',
    writable: 0x1f,
    volatile: false,
    fields: [field('SEL', 4, 0, 'Counter that PMXEVTYPER and PMXEVCNTR reach; 31: the cycle counter.')],
  }),
  monitor(
    'PMCEID0',
    [0, 9, 12, 6],
    'Common Event Identification register 0.',
    {
      read: () => COMMON_EVENTS.reduce((bits, event) => bits | (1 << event), 0),
      fields: COMMON_EVENTS.map((event) =>
        bit(`ID${event}`, event, `Counts ${COUNTED_EVENTS[event]}.`),
      ).reverse(),
    },
    ALL_RO,
  ),
  monitor(
    'PMCEID1',
    [0, 9, 12, 7],
    'Common Event Identification register 1.',
    { read: () => 0, fields: [field('ID', 31, 0, 'Common events 32 to 63: none is counted.')] },
    ALL_RO,
  ),
  monitor('PMCCNTR', [0, 9, 13, 0], 'Cycle Count Register.', {
    storage: 'PMCCNTR',
    read: (core) => {
      synchronize(core);
      return core.i32[SYS.PMCCNTR];
    },
    write: (core, system, value) => {
      synchronize(core);
      core.i32[SYS.PMCCNTR] = value;
      countersChanged(core, system);
    },
  }),
  monitor('PMXEVTYPER', [0, 9, 13, 1], 'Event Type Select Register of the selected counter.', {
    read: (core) => {
      const n = selected(core);
      if ((core.i32[SYS.PMSELR] & 31) === CYCLE_SELECT) return core.i32[SYS.PMXEVTYPER + CYCLE_FILTER];
      return n < 0 ? 0 : core.i32[SYS.PMXEVTYPER + n];
    },
    write: (core, system, value) => {
      synchronize(core);
      const n = selected(core);
      if ((core.i32[SYS.PMSELR] & 31) === CYCLE_SELECT)
        core.i32[SYS.PMXEVTYPER + CYCLE_FILTER] = value & 0xf800_0000;
      else if (n >= 0) core.i32[SYS.PMXEVTYPER + n] = value & 0xf800_00ff;
      countersChanged(core, system);
    },
    fields: [
      bit('P', 31, 'PL1 is not counted (Secure PL1; see NSK).'),
      bit('U', 30, 'PL0 is not counted (Secure PL0; see NSU).'),
      bit('NSK', 29, 'Other than P: Non-secure PL1 is not counted.'),
      bit('NSU', 28, 'Other than U: Non-secure PL0 is not counted.'),
      bit('NSH', 27, 'Hyp mode is counted.'),
      field('evtCount', 7, 0, 'Event to count.', COUNTED_EVENTS),
    ],
  }),
  monitor('PMXEVCNTR', [0, 9, 13, 2], 'Event Count Register of the selected counter.', {
    read: (core) => {
      synchronize(core);
      const n = selected(core);
      return n < 0 ? 0 : core.i32[SYS.PMXEVCNTR + n];
    },
    write: (core, system, value) => {
      synchronize(core);
      const n = selected(core);
      if (n >= 0) core.i32[SYS.PMXEVCNTR + n] = value;
      countersChanged(core, system);
    },
  }),
  monitor(
    'PMUSERENR',
    [0, 9, 14, 0],
    'User Enable Register: opens the performance monitors to PL0.',
    {
      storage: 'PMUSERENR',
      userGate: undefined,
      writable: 1,
      volatile: false,
      fields: [bit('EN', 0, 'PL0 may access the performance monitors.')],
    },
    PL1_RW_PL0_RO,
  ),
  ...bitPair(
    ['PMINTENSET', [0, 9, 14, 1]],
    ['PMINTENCLR', [0, 9, 14, 2]],
    'PMINTENSET',
    'Overflow interrupts that are enabled',
    false,
  ),
];
