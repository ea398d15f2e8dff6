/** Compares what two machines made of a batch, and says of each difference what it is. */
import { disassemble } from '../../../emulator/isa/disassembler';
import type { Batch } from './batch';
import { DEVIATIONS } from './deviations';
import { codeAt, INPUT, OUTPUT, OUTPUT_NAMES, OUTPUTS, RECORD_WORDS } from './layout';
import type { Outcome } from './machines';

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
const HSR = OUTPUTS + OUTPUT.HSR;
const PREFETCH_ABORT_OF_HYP = 0x21;
const DATA_ABORT_OF_HYP = 0x25;
const HSR_IL = 1 << 25;
/** ISV, SAS, SSE, SRT. */
const HSR_INSTRUCTION = 0x01ff_0000;
/** In QEMU, as in ARMv8, these are one register with those of Hyp mode. */
const SECURE_ALIAS: Readonly<Record<string, (typeof OUTPUT_NAMES)[number]>> = {
  'Secure DFAR': 'HDFAR',
  'Secure IFAR': 'HIFAR',
};
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
    if (a[OUTPUTS + OUTPUT.TIMEOUT] !== 0 || b[OUTPUTS + OUTPUT.TIMEOUT] !== 0) {
      timeouts.push(i);
      continue;
    }
    const different: string[] = [];
    const words: number[] = [];
    OUTPUT_NAMES.forEach((name, n) => {
      const x = name === 'HSR' ? comparedHsr(a[OUTPUTS + n]!) : a[OUTPUTS + n]!;
      const y = name === 'HSR' ? comparedHsr(b[OUTPUTS + n]!) : b[OUTPUTS + n]!;
      if (x === y || name === 'timeout') return;
      const alias = SECURE_ALIAS[name];
      if (alias !== undefined && y === b[OUTPUTS + OUTPUT_NAMES.indexOf(alias)]) return;
      if (WRITTEN_BY[name] !== undefined && !WRITTEN_BY[name].includes(b[HSR]! >>> 26)) return;
      different.push(`${name} ${hex(x)}, QEMU ${hex(y)}`);
      words.push(n);
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
      address: codeAt(i),
      landing: batch.landing,
      words,
      onlyWords: words.length === different.length,
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

/**
 * What is compared of HSR. QEMU gives COND 14 for every trapped instruction, where it is the instruction's own; it gives
 * an instruction syndrome of aborts that Hyp mode itself meets, which have none; and IL of Prefetch Aborts, which is not
 * written (WriteHSR, B3.13.6).
 */
function comparedHsr(hsr: number): number {
  const ec = hsr >>> 26;
  if (ec > 0 && ec < 0x10) return hsr & ~0x00f0_0000;
  if (ec === PREFETCH_ABORT_OF_HYP) return hsr & ~HSR_IL;
  return ec === DATA_ABORT_OF_HYP ? hsr & ~(HSR_IL | HSR_INSTRUCTION) : hsr;
}

function describe(batch: Batch, i: number, different: readonly string[]): string {
  const input = batch.records.subarray(i * RECORD_WORDS, i * RECORD_WORDS + 18);
  const set = batch.selection.set;
  const cpsr = input[INPUT.CPSR]!;
  const itstate = ((cpsr >>> 25) & 3) | ((cpsr >>> 8) & 0xfc);
  const address = codeAt(i);
  const { text } = disassemble(batch.words[i]!, { set, address, itstate: set === 'T32' ? itstate : 0 });
  const registers = Array.from(input.subarray(0, 15), (value, n) => `r${n}=${hex(value)}`).join(' ');
  return [
    `seed ${batch.seed} test ${i} ${set} ${hex(batch.words[i]!)} ${text} [${batch.rows[i]!.name}] at ${hex(address)}`,
    `  cpsr=${hex(cpsr)} spsr=${hex(input[INPUT.SPSR]!)} fpscr=${hex(input[INPUT.FPSCR]!)} sctlr=${hex(batch.sctlr)} ${registers}`,
    ...different.map((line) => `  ${line}`),
  ].join('\n');
}
