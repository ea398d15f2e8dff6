/** Runs a batch of the runner here and under QEMU, and gives back what both left in memory. */
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../../emulator';
import type { CompilerOptions } from '../../../emulator/compiler/compiler';
import { header, type Batch } from './batch';
import type { World } from './inputs';
import { CODE_AT, DATA_AT, DATA_BYTES, D_REGISTERS_AT, HEADER_AT, RECORDS_AT, RECORD_WORDS } from './layout';

const RAM_AT = 0x4000_0000;
const RAM_BYTES = 2 ** 30;
/** QEMU's clock is the host's, which may have other things to do: 200 ms. Here time is what was executed: 0.5 ms. */
const QEMU_TICKS = 12_500_000;
/** From Monitor mode everything takes longer, as the runner turns translation on and off: 1 s. */
const QEMU_MONITOR_TICKS = 62_500_000;
const OUR_TICKS = 31_250;

/** What a machine made of a batch. */
export interface Outcome {
  readonly records: Uint32Array;
  readonly data: Uint32Array;
  /** 64 words a test; empty when they are not compared. */
  readonly dRegisters: Uint32Array;
}

/** @throws Error with the assembler's words when the runner does not build */
export function buildRunner(folder: string, world: World): string {
  const elf = join(folder, 'runner.elf');
  run('arm-none-eabi-gcc', [
    '-nostdlib', '-Wl,-Ttext=0x40010000', '-Wl,--build-id=none', '-o', elf,
    join(process.cwd(), 'test/conformance/instructions', world === 'non-secure' ? 'runner.S' : 'monitor-runner.S'),
  ]); // prettier-ignore
  return elf;
}

function run(program: string, args: readonly string[]): void {
  const { status, error, stderr, signal } = spawnSync(program, args, { encoding: 'utf8', timeout: 900_000 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ended with ${signal ?? status}:\n${stderr}`);
}

const bytesOf = (words: Uint32Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

/** The stretches of memory that a batch begins with. */
function contents(batch: Batch, ticks: number): readonly (readonly [number, Uint8Array])[] {
  return [
    [HEADER_AT, bytesOf(header(batch, ticks))],
    [CODE_AT, bytesOf(batch.code)],
    [RECORDS_AT, bytesOf(batch.records)],
    [DATA_AT, bytesOf(batch.data)],
    [D_REGISTERS_AT, bytesOf(batch.dRegisters)],
  ];
}

export function runOnQemu(elf: string, folder: string, batch: Batch): Outcome {
  const ram = join(folder, 'ram');
  const file = openSync(ram, 'w');
  ftruncateSync(file, RAM_BYTES);
  for (const [at, bytes] of contents(batch, secure(batch) ? QEMU_MONITOR_TICKS : QEMU_TICKS))
    writeSync(file, bytes, 0, bytes.length, at - RAM_AT);
  closeSync(file);
  run('qemu-system-arm', [
    '-M', `virt,virtualization=on,secure=${secure(batch) ? 'on' : 'off'},memory-backend=m`, '-cpu', 'cortex-a15', '-m', '1G',
    '-object', `memory-backend-file,id=m,size=1G,mem-path=${ram},share=on`,
    '-nographic', '-monitor', 'none', '-serial', 'none', '-nic', 'none', '-kernel', elf,
  ]); // prettier-ignore
  const result = openSync(ram, 'r');
  try {
    return readOutcome(batch, (at, bytes) => {
      readSync(result, bytes, 0, bytes.length, at - RAM_AT);
    });
  } finally {
    closeSync(result);
  }
}

const secure = (batch: Batch): boolean => batch.selection.world !== 'non-secure';
/** Where the runner in Monitor mode says that it is done, as no firmware is there to power off. */
const DONE_AT = HEADER_AT + 0x100;
const isDone = (machine: Machine): boolean => machine.memory.readPhysical(DONE_AT, 1).bytes[0] === 1;
const PIECE = 2_000_000;

/**
 * @param options to compile what is hot; interpreted when not given.
 * @throws Error when our machine does not come to the end of the batch
 */
export function runHere(
  elf: string,
  batch: Batch,
  options?: CompilerOptions,
): Outcome & { readonly retired: number; readonly regions: number } {
  const machine = new Machine({ ...DEFAULT_CONFIGURATION, memory: RAM_BYTES, secure: secure(batch) });
  if (options !== undefined) machine.compile(options);
  machine.boot({ kernel: { name: elf, bytes: readFileSync(elf) } });
  for (const [at, bytes] of contents(batch, OUR_TICKS)) machine.memory.writePhysical(at, bytes);
  const limit = batch.words.length * 20_000 + 1_000_000;
  let retired = 0;
  for (;;) {
    const outcome = machine.run(PIECE);
    retired += outcome.retired;
    if (outcome.end === 'powered off' || (secure(batch) && isDone(machine))) break;
    if (outcome.end !== 'budget' || retired > limit)
      throw new Error(
        `the runner came to '${outcome.end}' after ${retired} instructions, at 0x${machine.cores[0]!.state.pc.toString(16)}`,
      );
  }
  const outcome = readOutcome(batch, (at, bytes) => {
    bytes.set(machine.memory.readPhysical(at, bytes.length).bytes);
  });
  return { ...outcome, retired, regions: machine.compiler?.regions ?? 0 };
}

function readOutcome(batch: Batch, read: (at: number, into: Uint8Array) => void): Outcome {
  const count = batch.words.length;
  const records = new Uint32Array(count * RECORD_WORDS);
  const data = new Uint32Array(DATA_BYTES / 4);
  const dRegisters = new Uint32Array(batch.selection.vfp ? count * 64 : 0);
  read(RECORDS_AT, bytesOf(records));
  read(DATA_AT, bytesOf(data));
  if (batch.selection.vfp) read(D_REGISTERS_AT, bytesOf(dRegisters));
  return { records, data, dRegisters };
}
