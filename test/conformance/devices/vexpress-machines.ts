/** Lists of register accesses on board `vexpress-a15`, carried out by vexpress.S on QEMU's machine and on ours. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../../emulator';

const SOURCE = join(process.cwd(), 'test/conformance/devices/vexpress.S');
const RAM = 0x8000_0000;
const LIST = 0x8400_0000;
const MEMORY = 256 << 20;
const HEADER_BYTES = 16;
const RECORD_BYTES = 16;

/** What a record does; the numbers are those of vexpress.S. */
export const enum Operation {
  Read32 = 0,
  Write32 = 1,
  Read8 = 2,
  Write8 = 3,
  Read16 = 4,
  Write16 = 5,
  /** Takes twice `value` instructions. */
  Wait = 6,
}

export interface Access {
  readonly operation: Operation;
  readonly address: number;
  readonly value: number;
  /** Results that depend on time may differ by this much. */
  readonly tolerance?: number;
  /** Bits of the result that are compared; all when absent. */
  readonly mask?: number;
}

/** The results of a list on both machines, unsigned; 0 for writes and waits. */
export interface Results {
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

/** @throws Error when the tools are missing, or a machine ends before the list does */
export function runOnBoth(list: readonly Access[]): Results {
  const directory = mkdtempSync(join(tmpdir(), 'worldswitch-vexpress-'));
  try {
    const elf = join(directory, 'vexpress.elf');
    execFileSync('arm-none-eabi-gcc', [
      ...['-nostdlib', '-static', '-Wl,-Ttext=0x80010000', '-Wl,--build-id=none', '-o', elf, SOURCE],
    ]);
    const words = new Uint32Array((HEADER_BYTES + list.length * RECORD_BYTES) / 4);
    words[0] = list.length;
    list.forEach(({ operation, address, value }, i) => words.set([operation, address, value], 4 + 4 * i));
    return { ours: here(elf, words), theirs: onQemu(directory, elf, words) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function results(words: Uint32Array, who: string): number[] {
  if (words[1] !== words[0]) throw new Error(`${who} ended after ${words[1]} of ${words[0]} accesses`);
  return Array.from({ length: words[0] }, (_, i) => words[4 + 4 * i + 3]);
}

/** What all waits of a list take. */
function waited(words: Uint32Array): number {
  let sum = 0;
  for (let at = 4; at < words.length; at += 4) if (words[at] === Operation.Wait) sum += words[at + 2];
  return sum;
}

function here(elf: string, words: Uint32Array): number[] {
  const machine = new Machine({
    ...DEFAULT_CONFIGURATION,
    board: 'vexpress-a15',
    memory: MEMORY,
    cpus: 2,
    secure: true,
  });
  const list = { name: 'list', bytes: new Uint8Array(words.buffer) };
  machine.boot({
    kernel: { name: elf, bytes: readFileSync(elf) },
    load: [{ file: list, address: LIST }],
  });
  const { end, retired } = machine.run(20_000_000 + 2 * waited(words));
  const { bytes } = machine.memory.readPhysical(LIST, words.byteLength);
  if (end !== 'powered off') throw new Error(`came to '${end}' after ${retired} instructions`);
  return results(new Uint32Array(bytes.buffer), 'the machine');
}

/** With instructions as its clock, one a nanosecond, as ours. */
function onQemu(directory: string, elf: string, words: Uint32Array): number[] {
  const ram = join(directory, 'ram');
  const file = openSync(ram, 'w+');
  try {
    ftruncateSync(file, MEMORY);
    writeSync(file, words, 0, words.byteLength, LIST - RAM);
    execFileSync(
      'qemu-system-arm',
      [
        ...['-M', 'vexpress-a15,memory-backend=ram', '-cpu', 'cortex-a15', '-m', '256M', '-kernel', elf],
        ...['-object', `memory-backend-file,id=ram,size=256M,mem-path=${ram},share=on`],
        ...['-display', 'none', '-serial', 'null', '-monitor', 'none', '-nic', 'none'],
        ...['-icount', 'shift=0,sleep=off', '-smp', '2'],
      ],
      {
        timeout: 20_000,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, QEMU_AUDIO_DRV: 'none' },
      },
    );
    const after = new Uint32Array(words.length);
    readSync(file, after, 0, after.byteLength, LIST - RAM);
    return results(after, 'QEMU');
  } finally {
    closeSync(file);
  }
}
