/** Compares what two machines made of a batch, and says of each difference what it is. */
import { disassemble } from '../../../emulator/isa/disassembler';
import { CODE_AT, CODE_BYTES, RECORD_WORDS, type Batch } from './batch';
import { DEVIATIONS } from './deviations';
import type { Outcome } from './machines';

/** First word of what the runner writes down, and names of the words from there on. */
const OUTPUTS = 32;
const NAMES = [
  ...Array.from({ length: 13 }, (_, n) => `r${n}`), 'sp_usr', 'lr_usr', 'SPSR_hyp', 'HSR', 'ELR_hyp', 'HDFAR', 'HIFAR',
  'HPFAR', 'timeout', 'sp_usr', 'lr_usr', 'sp_svc', 'lr_svc', 'spsr_svc', 'sp_abt', 'lr_abt', 'spsr_abt', 'sp_und',
  'lr_und', 'spsr_und', 'sp_irq', 'lr_irq', 'spsr_irq', 'r8_fiq', 'r9_fiq', 'r10_fiq', 'r11_fiq', 'r12_fiq', 'sp_fiq',
  'lr_fiq', 'spsr_fiq', 'FPSCR', 'vector', 'FPEXC',
]; // prettier-ignore
const TIMEOUT = NAMES.indexOf('timeout');

export interface Difference {
  readonly test: number;
  readonly row: string;
  /** The instruction, its inputs and what differs, for people. */
  readonly text: string;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Tests that ran into the watchdog on either machine: nothing is compared. */
  readonly timeouts: readonly number[];
  /** Numbers of the tests that differ where QEMU is not the oracle. */
  readonly deviating: readonly number[];
  /** How many there are, by what the deviation is. */
  readonly deviations: ReadonlyMap<string, number>;
  /** First byte of the data that differs, or -1. */
  readonly dataDifference: number;
}

const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/** Syndrome words that an exception writes; those of other exceptions keep old values and are not compared. */
const HSR = OUTPUTS + NAMES.indexOf('HSR');
const WRITTEN_BY: Readonly<Record<string, readonly number[]>> = {
  HDFAR: [0x24, 0x25],
  HIFAR: [0x20, 0x21],
  HPFAR: [0x20, 0x24],
};

export function compare(batch: Batch, ours: Outcome, theirs: Outcome): Comparison {
  const differences: Difference[] = [];
  const deviations = new Map<string, number>();
  const timeouts: number[] = [];
  const deviating: number[] = [];
  for (let i = 0; i < batch.words.length; i++) {
    const at = i * RECORD_WORDS;
    const a = ours.records.subarray(at, at + RECORD_WORDS);
    const b = theirs.records.subarray(at, at + RECORD_WORDS);
    if (a[OUTPUTS + TIMEOUT] !== 0 || b[OUTPUTS + TIMEOUT] !== 0) {
      timeouts.push(i);
      continue;
    }
    const different: string[] = [];
    NAMES.forEach((name, n) => {
      const x = name === 'HSR' ? withoutCondition(a[OUTPUTS + n]!) : a[OUTPUTS + n]!;
      const y = name === 'HSR' ? withoutCondition(b[OUTPUTS + n]!) : b[OUTPUTS + n]!;
      if (x === y || name === 'timeout') return;
      if (WRITTEN_BY[name] !== undefined && !WRITTEN_BY[name].includes(b[HSR]! >>> 26)) return;
      different.push(`${name} ${hex(x)}, QEMU ${hex(y)}`);
    });
    for (let n = 0; n < 64 && batch.selection.vfp; n++) {
      const x = ours.dRegisters[i * 64 + n]!;
      const y = theirs.dRegisters[i * 64 + n]!;
      if (x !== y) different.push(`d${n >> 1}[${n & 1}] ${hex(x)}, QEMU ${hex(y)}`);
    }
    if (different.length === 0) continue;
    const test = {
      row: batch.rows[i]!,
      word: batch.words[i]!,
      input: b.subarray(0, OUTPUTS),
      ours: a.subarray(OUTPUTS),
      theirs: b.subarray(OUTPUTS),
    };
    const deviation = DEVIATIONS.find(({ applies }) => applies(test));
    if (deviation !== undefined) deviating.push(i);
    if (deviation !== undefined) deviations.set(deviation.what, (deviations.get(deviation.what) ?? 0) + 1);
    else differences.push({ test: i, row: batch.rows[i]!.name, text: describe(batch, i, different) });
  }
  return {
    differences,
    timeouts,
    deviations,
    deviating,
    dataDifference: ours.data.findIndex((word, n) => word !== theirs.data[n]),
  };
}

/** QEMU gives COND 14 for every trapped instruction; here it is the instruction's own (B3.13.6). */
function withoutCondition(hsr: number): number {
  const ec = hsr >>> 26;
  return ec > 0 && ec < 0x10 ? hsr & ~0x00f0_0000 : hsr;
}

function describe(batch: Batch, i: number, different: readonly string[]): string {
  const input = batch.records.subarray(i * RECORD_WORDS, i * RECORD_WORDS + 18);
  const set = batch.selection.set;
  const cpsr = input[15]!;
  const itstate = ((cpsr >>> 25) & 3) | ((cpsr >>> 8) & 0xfc);
  const address = CODE_AT + i * CODE_BYTES;
  const { text } = disassemble(batch.words[i]!, { set, address, itstate: set === 'T32' ? itstate : 0 });
  const registers = Array.from(input.subarray(0, 15), (value, n) => `r${n}=${hex(value)}`).join(' ');
  return [
    `seed ${batch.seed} test ${i} ${set} ${hex(batch.words[i]!)} ${text} [${batch.rows[i]!.name}] at ${hex(address)}`,
    `  cpsr=${hex(cpsr)} spsr=${hex(input[16]!)} ${registers}`,
    ...different.map((line) => `  ${line}`),
  ].join('\n');
}
