/** Lists of register accesses, carried out by QEMU's machine and by ours. */
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a record does; the numbers are those of accesses.S. */
export const enum Operation {
  Read32 = 0,
  Write32 = 1,
  Read8 = 2,
  Write8 = 3,
  Read16 = 4,
  Write16 = 5,
  /** ISR in Hyp mode: bit 7 IRQ, bit 6 FIQ. */
  PhysicalLines = 6,
  /** ISR in Supervisor mode with HCR.IMO and HCR.FMO: bit 7 virtual IRQ, bit 6 virtual FIQ; all ones when a physical one is pending. */
  VirtualLines = 7,
  /** MCR or MCRR of a generic timer register; `address` is its number in accesses.S. */
  WriteTimer = 8,
  /** MRC or MRRC of a generic timer register; the result is its low word. */
  ReadTimer = 9,
  /** LDR until it gives `value`: for devices that work beside the core. */
  WaitFor = 10,
  /** Takes the interrupt that is due in Supervisor mode and acknowledges it: vector (6, 7; virtual 0x16, 0x17) << 24 | IAR, or 0. */
  Take = 11,
}

export interface Access {
  readonly core: number;
  readonly operation: Operation;
  readonly address: number;
  readonly value: number;
  /** High word of what WriteTimer writes. */
  readonly high?: number;
  /** Lists for `secure` machines: made in Non-secure state. */
  readonly nonSecure?: boolean;
}

/** Access size in bytes of a read or write. */
export function accessSize(operation: Operation): 1 | 2 | 4 {
  return ([4, 4, 1, 1, 2, 2] as const)[operation as 0 | 1 | 2 | 3 | 4 | 5];
}
export function isWrite(operation: Operation): boolean {
  return operation === Operation.Write32 || operation === Operation.Write8 || operation === Operation.Write16;
}

/** Physical address of the list, and its offset in the machine's RAM. */
export const LIST = 0x4400_0000;
const LIST_OFFSET = LIST - 0x4000_0000;
const HEADER_BYTES = 16;
const RECORD_BYTES = 16;

/** Which machine, and which program carries the list out. */
const MACHINES = {
  virtualization: { source: 'accesses.S', options: 'virtualization=on', arguments: [] },
  /** Security Extensions, one core. */
  secure: { source: 'accesses-secure.S', options: 'secure=on', arguments: ['-semihosting'] },
} as const;

/**
 * Runs the list on QEMU's `virt` with a Cortex-A15 and gives the result of each access (0 for writes), unsigned.
 * @throws Error when the tools are missing, or when QEMU ends before the list does.
 */
export function runOnQemu(
  sourceDirectory: string,
  cores: number,
  list: readonly Access[],
  machine: keyof typeof MACHINES = 'virtualization',
  /** More of QEMU's options. */
  additions: readonly string[] = [],
): Uint32Array {
  const { source, options } = MACHINES[machine];
  const more = [...MACHINES[machine].arguments, ...additions];
  const directory = mkdtempSync(join(tmpdir(), 'worldswitch-accesses-'));
  try {
    const elf = join(directory, 'accesses.elf');
    buildProgram(join(sourceDirectory, source), elf);
    const words = listWords(cores, list);
    const ram = join(directory, 'ram');
    const file = openSync(ram, 'w+');
    try {
      ftruncateSync(file, 256 << 20);
      writeSync(file, words, 0, words.byteLength, LIST_OFFSET);
      execFileSync(
        'qemu-system-arm',
        [
          ...['-M', `virt,${options},memory-backend=ram`, '-cpu', 'cortex-a15'],
          ...['-object', `memory-backend-file,id=ram,size=256M,mem-path=${ram},share=on`, '-m', '256M'],
          ...['-smp', String(cores), '-display', 'none', '-serial', 'null', '-monitor', 'none'],
          ...['-nic', 'none', '-kernel', elf, ...more],
          // One thread for all cores: they take turns instead of waiting for each other in real time.
          ...['-accel', 'tcg,thread=single'],
        ],
        { timeout: 20_000, stdio: ['ignore', 'ignore', 'pipe'] },
      );
      readSync(file, words, 0, words.byteLength, LIST_OFFSET);
    } finally {
      closeSync(file);
    }
    return listResults(words, list.length);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Assembles the program that carries lists out. @throws Error when there is no assembler. */
export function buildProgram(source: string, elf: string): void {
  execFileSync('arm-none-eabi-gcc', [
    ...['-nostdlib', '-static', '-Wl,-Ttext=0x40010000', '-Wl,--build-id=none'],
    ...['-o', elf, source],
  ]);
}

/** A list as it lies at LIST. */
export function listWords(cores: number, list: readonly Access[]): Uint32Array {
  const words = new Uint32Array((HEADER_BYTES + list.length * RECORD_BYTES) / 4);
  words.set([list.length, 0, cores, 0]);
  list.forEach((access, i) =>
    words.set(
      [
        access.operation | (access.nonSecure ? 0x80 : 0) | (access.core << 8),
        access.address,
        access.value,
        access.high ?? 0,
      ],
      4 + i * 4,
    ),
  );
  return words;
}

/** What the accesses of a list that was carried out gave. @throws Error when it was not carried out to its end. */
export function listResults(words: Uint32Array, count: number): Uint32Array {
  if (words[1] !== count) throw new Error(`the machine ended after ${words[1]} of ${count} accesses`);
  return Uint32Array.from({ length: count }, (_, i) => words[4 + i * 4 + 3]);
}

/** A small generator of pseudo-random numbers (xorshift32), the same for a seed everywhere. */
export function randomNumbers(seed: number): {
  below(limit: number): number;
  word(): number;
  pick<T>(from: readonly T[]): T;
} {
  let state = (seed * 0x9e37_79b9) | 1;
  const word = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const below = (limit: number): number => Math.floor((word() / 2 ** 32) * limit);
  return { word, below, pick: (from) => from[below(from.length)] };
}
