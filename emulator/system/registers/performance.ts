/**
 * The performance monitors (CP15 c9; ARM ARM C12): a cycle counter and six event counters. One instruction retired
 * is one cycle. A counter's value is brought up to date when software looks: beside each counter stands the count
 * of retired instructions at which it was last exact. There is no overflow interrupt; PMOVSR tells.
 */
import { SYS } from '../../state/layout';
import type { CoreState } from '../../state/machine-state';
import { Mode } from '../../state/psr';
import type { SystemContext } from '../context';
import { trapsToHyp } from '../exceptions';
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

export const EVENT_COUNTERS = 6;
/** PMCR's implementer, identification code and number of counters. */
const PMCR_FIXED = 0x410f_0000 | (EVENT_COUNTERS << 11);
const PMCR_WRITABLE = 0x39;
const CYCLE_COUNTER = 1 << 31;
const ALL_COUNTERS = CYCLE_COUNTER | ((1 << EVENT_COUNTERS) - 1);
const enum Pmcr {
  E = 1,
  P = 2,
  C = 4,
  D = 8,
}
/** Events that count; any other number counts nothing. */
const enum CountedEvent {
  SoftwareIncrement = 0x00,
  InstructionsRetired = 0x08,
  Cycles = 0x11,
}
/** Words of PMXEVCNTR from a counter to the base it was last exact at. */
const BASE = 8;

/** Counters that PL1 may see: HDCR.HPMN of them below Hyp, and the cycle counter. */
function visible(core: CoreState): number {
  if (!trapsToHyp(core)) return ALL_COUNTERS;
  const n = Math.min(core.i32[SYS.HDCR] & 31, EVENT_COUNTERS);
  return CYCLE_COUNTER | ((1 << n) - 1);
}

/** Advances one counter word by what its base is behind, and notes its overflow. */
function advance(core: CoreState, counter: number, base: number, divider: number, overflow: number): void {
  const s = core.u32;
  const retired = core.retired % 2 ** 32;
  const elapsed = (retired - s[base] + 2 ** 32) % 2 ** 32;
  const ticks = Math.floor(elapsed / divider);
  const value = s[counter] + ticks;
  if (value >= 2 ** 32) core.i32[SYS.PMOVSR] = core.i32[SYS.PMOVSR] | overflow;
  s[counter] = value;
  s[base] = s[base] + ticks * divider;
}

/** Makes every counter exact. */
function synchronize(core: CoreState): void {
  const s = core.i32;
  const enabled = s[SYS.PMCR] & Pmcr.E ? s[SYS.PMCNTENSET] : 0;
  const now = (core.retired % 2 ** 32) | 0;
  if (enabled & CYCLE_COUNTER)
    advance(core, SYS.PMCCNTR, SYS.PMCCNTR + 1, s[SYS.PMCR] & Pmcr.D ? 64 : 1, CYCLE_COUNTER);
  else s[SYS.PMCCNTR + 1] = now;
  for (let n = 0; n < EVENT_COUNTERS; n++) {
    const event = s[SYS.PMXEVTYPER + n] & 0xff;
    const counts = event === CountedEvent.InstructionsRetired || event === CountedEvent.Cycles;
    if (counts && enabled & (1 << n)) advance(core, SYS.PMXEVCNTR + n, SYS.PMXEVCNTR + BASE + n, 1, 1 << n);
    else s[SYS.PMXEVCNTR + BASE + n] = now;
  }
}

const CYCLE_SELECT = 31;
/** The counter that PMSELR selects, or -1 when there is none (or Hyp keeps it). */
function selected(core: CoreState): number {
  const n = core.i32[SYS.PMSELR] & 31;
  return n < EVENT_COUNTERS && visible(core) & (1 << n) ? n : -1;
}

/** PL0 may, where PMUSERENR.EN is set. */
function userEnabled(core: CoreState): boolean {
  return core.mode !== Mode.usr || (core.i32[SYS.PMUSERENR] & 1) !== 0;
}

type At = readonly [number, number, number, number];
function monitor(name: string, at: At, text: string, options: RowOptions, access = ALL_RW): RegisterRow {
  return cp15(name, at, access, text, { traps: ['HDCR.TPM'], gate: userEnabled, volatile: true, ...options });
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
        gate: pl0 ? userEnabled : undefined,
        read: (core) => {
          synchronize(core);
          return core.i32[SYS[storage]] & visible(core);
        },
        write: (core, _system, value) => {
          synchronize(core);
          const bits = value & visible(core) & ALL_COUNTERS;
          core.i32[SYS[storage]] = sets ? core.i32[SYS[storage]] | bits : core.i32[SYS[storage]] & ~bits;
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

function writePmcr(core: CoreState, _system: SystemContext, value: number): void {
  synchronize(core);
  const s = core.i32;
  s[SYS.PMCR] = value & PMCR_WRITABLE;
  if (value & Pmcr.C) s[SYS.PMCCNTR] = 0;
  if (value & Pmcr.P)
    for (let n = 0; n < EVENT_COUNTERS; n++) if (visible(core) & (1 << n)) s[SYS.PMXEVCNTR + n] = 0;
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
      write: (core, _system, value) => {
        synchronize(core);
        const s = core.i32;
        const enabled = s[SYS.PMCR] & Pmcr.E ? s[SYS.PMCNTENSET] & visible(core) : 0;
        for (let n = 0; n < EVENT_COUNTERS; n++) {
          const counts = (s[SYS.PMXEVTYPER + n] & 0xff) === CountedEvent.SoftwareIncrement;
          if (counts && value & enabled & (1 << n)) {
            s[SYS.PMXEVCNTR + n] = s[SYS.PMXEVCNTR + n] + 1;
            if (s[SYS.PMXEVCNTR + n] === 0) s[SYS.PMOVSR] = s[SYS.PMOVSR] | (1 << n);
          }
        }
      },
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
      read: () =>
        (1 << CountedEvent.SoftwareIncrement) |
        (1 << CountedEvent.InstructionsRetired) |
        (1 << CountedEvent.Cycles),
    },
    ALL_RO,
  ),
  monitor('PMCEID1', [0, 9, 12, 7], 'Common Event Identification register 1.', { read: () => 0 }, ALL_RO),
  monitor('PMCCNTR', [0, 9, 13, 0], 'Cycle Count Register.', {
    storage: 'PMCCNTR',
    read: (core) => {
      synchronize(core);
      return core.i32[SYS.PMCCNTR];
    },
    write: (core, _system, value) => {
      synchronize(core);
      core.i32[SYS.PMCCNTR] = value;
    },
  }),
  monitor('PMXEVTYPER', [0, 9, 13, 1], 'Event Type Select Register of the selected counter.', {
    read: (core) => {
      const n = selected(core);
      if ((core.i32[SYS.PMSELR] & 31) === CYCLE_SELECT) return core.i32[SYS.PMXEVTYPER + 15];
      return n < 0 ? 0 : core.i32[SYS.PMXEVTYPER + n];
    },
    write: (core, _system, value) => {
      synchronize(core);
      const n = selected(core);
      if ((core.i32[SYS.PMSELR] & 31) === CYCLE_SELECT) core.i32[SYS.PMXEVTYPER + 15] = value & 0xf800_0000;
      else if (n >= 0) core.i32[SYS.PMXEVTYPER + n] = value & 0xf800_00ff;
    },
    fields: [
      bit('P', 31, 'PL1 is not counted.'),
      bit('U', 30, 'PL0 is not counted.'),
      bit('NSK', 29, 'Non-secure PL1 filter.'),
      bit('NSU', 28, 'Non-secure PL0 filter.'),
      bit('NSH', 27, 'Hyp mode is counted.'),
      field('evtCount', 7, 0, 'Event to count.', {
        0: 'software increment',
        8: 'instructions retired',
        17: 'cycles',
      }),
    ],
  }),
  monitor('PMXEVCNTR', [0, 9, 13, 2], 'Event Count Register of the selected counter.', {
    read: (core) => {
      synchronize(core);
      const n = selected(core);
      return n < 0 ? 0 : core.i32[SYS.PMXEVCNTR + n];
    },
    write: (core, _system, value) => {
      synchronize(core);
      const n = selected(core);
      if (n >= 0) core.i32[SYS.PMXEVCNTR + n] = value;
    },
  }),
  monitor(
    'PMUSERENR',
    [0, 9, 14, 0],
    'User Enable Register: opens the performance monitors to PL0.',
    {
      storage: 'PMUSERENR',
      gate: undefined,
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
