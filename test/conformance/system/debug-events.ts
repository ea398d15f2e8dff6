/** Random breakpoints and watchpoints for debug-probe.S, and both machines that run it. */
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
import { Mode } from '../../../emulator/state/psr';

const RAM = 0x4000_0000;
const RAM_BYTES = 256 << 20;
const LIST = 0x4400_0000;
const HEADER_WORDS = 32;
const RECORD_WORDS = 32;
const RESULTS = 16;
export const DATA = 0x4500_0000;

/** What a record writes, in its order. */
export interface DebugSetUp {
  DBGBVR0: number;
  DBGBCR0: number;
  DBGBVR1: number;
  DBGBCR1: number;
  DBGBVR4: number;
  DBGBCR4: number;
  DBGWVR0: number;
  DBGWCR0: number;
  DBGWVR1: number;
  DBGWCR1: number;
  DBGDSCR: number;
  CONTEXTIDR: number;
  HDCR: number;
  SPSR: number;
}
export const RESULT_NAMES = [
  'vector', 'HSR', 'ELR_hyp', 'SPSR_hyp', 'r0', 'IFSR', 'DFSR', 'DFAR', 'HDFAR', 'DBGDSCR', 'LR_abt', 'SPSR_abt',
] as const; // prettier-ignore
export type DebugResult = Readonly<Record<(typeof RESULT_NAMES)[number], number>>;

/** The program, built, and where its pieces of code are. */
export class DebugProbe {
  private readonly folder = mkdtempSync(join(tmpdir(), 'worldswitch-debug-'));
  private readonly elf = join(this.folder, 'probe.elf');
  readonly armCode: number;
  readonly thumbCode: number;

  constructor() {
    const source = join(process.cwd(), 'test/conformance/system/debug-probe.S');
    execFileSync('arm-none-eabi-gcc', ['-nostdlib', '-Wl,-Ttext=0x40100000', '-o', this.elf, source]);
    const symbols = execFileSync('arm-none-eabi-nm', [this.elf], { encoding: 'utf8' });
    const address = (name: string): number =>
      Number.parseInt(new RegExp(`([0-9a-f]+) . ${name}$`, 'm').exec(symbols)![1], 16);
    this.armCode = address('code_arm');
    this.thumbCode = address('code_thumb');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private words(setUps: readonly DebugSetUp[]): Uint32Array {
    const words = new Uint32Array(HEADER_WORDS + setUps.length * RECORD_WORDS);
    words[0] = setUps.length;
    setUps.forEach((setUp, i) => words.set(Object.values(setUp), HEADER_WORDS + i * RECORD_WORDS));
    return words;
  }

  private results(words: Uint32Array, count: number): readonly DebugResult[] {
    if (words[1] !== count) throw new Error(`the list ended after ${words[1]} of ${count}`);
    return Array.from({ length: count }, (_, i) => {
      const at = HEADER_WORDS + i * RECORD_WORDS + RESULTS;
      return Object.fromEntries(RESULT_NAMES.map((name, n) => [name, words[at + n]])) as DebugResult;
    });
  }

  onQemu(setUps: readonly DebugSetUp[]): readonly DebugResult[] {
    const words = this.words(setUps);
    const ram = join(this.folder, 'ram');
    const file = openSync(ram, 'w+');
    ftruncateSync(file, RAM_BYTES);
    writeSync(file, words, 0, words.byteLength, LIST - RAM);
    execFileSync(
      'qemu-system-arm',
      [
        ...['-M', 'virt,virtualization=on,memory-backend=m', '-cpu', 'cortex-a15', '-m', '256M'],
        ...['-object', `memory-backend-file,id=m,size=256M,mem-path=${ram},share=on`],
        ...['-nic', 'none', '-display', 'none', '-serial', 'none', '-monitor', 'none', '-kernel', this.elf],
      ],
      { timeout: 60_000, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    readSync(file, words, 0, words.byteLength, LIST - RAM);
    closeSync(file);
    return this.results(words, setUps.length);
  }

  here(setUps: readonly DebugSetUp[]): readonly DebugResult[] {
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, memory: RAM_BYTES });
    machine.boot({ kernel: { name: 'probe', bytes: readFileSync(this.elf) } });
    const words = this.words(setUps);
    machine.memory.writePhysical(LIST, new Uint8Array(words.buffer));
    const { end } = machine.run(setUps.length * 1000 + 1000);
    if (end !== 'powered off') throw new Error(`the machine ended with '${end}'`);
    const { bytes } = machine.memory.readPhysical(LIST, words.byteLength);
    return this.results(new Uint32Array(bytes.slice().buffer), setUps.length);
  }
}

export interface Numbers {
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
}

const MODES = [Mode.usr, Mode.svc, Mode.sys, Mode.irq, Mode.fiq, Mode.abt, Mode.und, Mode.hyp];
/** SSC, HMC and PMC that the manual has for breakpoints; watchpoints have those with PMC not 0. */
const STATES = [
  [0, 0, 0], [0, 0, 1], [0, 0, 2], [0, 0, 3], [0, 1, 1], [0, 1, 3],
  [1, 0, 1], [1, 0, 2], [1, 0, 3], [1, 1, 1], [1, 1, 3],
  [2, 0, 1], [2, 0, 2], [2, 0, 3], [3, 1, 0],
] as const; // prettier-ignore

/**
 * What QEMU 7.2 has too: breakpoints that compare an address, alone or linked to a context ID, with byte selects of
 * whole instructions.
 */
export function randomSetUp(random: Numbers, probe: DebugProbe): DebugSetUp {
  const thumb = random.below(2);
  const code = thumb ? probe.thumbCode : probe.armCode;
  const context = random.below(4) + 1;
  const bit = (percent: number): number => (random.below(100) < percent ? 1 : 0);
  const state = (watchpoint: boolean): number => {
    const [ssc, hmc, pmc] = random.pick(
      STATES.filter(([, , levels]) => levels !== 0 || !watchpoint).filter(
        // QEMU makes nothing of PMC = 0b00.
        ([, , levels]) => levels !== 0,
      ),
    );
    return (ssc << 14) | (hmc << 13) | (pmc << 1);
  };
  const link = (): number => (bit(30) ? (1 << 20) | (random.pick([4, 4, 4, 5, 0, 9]) << 16) : 0);
  const breakpoint = (): number =>
    bit(70) | state(false) | (random.pick(thumb ? [3, 12] : [15, 15, 15, 3]) << 5) | link();
  const watchpoint = (): number => {
    const first = random.below(8);
    const count = 1 + random.below(8 - first);
    const mask = bit(15) ? 3 + random.below(4) : 0;
    const select = mask ? 0xff : ((1 << count) - 1) << first;
    return bit(70) | state(true) | (random.below(4) << 3) | (select << 5) | link() | (mask << 24);
  };
  return {
    DBGBVR0: code + 4 * random.below(14),
    DBGBCR0: breakpoint(),
    DBGBVR1: code + 4 * random.below(14),
    DBGBCR1: bit(50) ? breakpoint() : 0,
    DBGBVR4: context,
    DBGBCR4: bit(90) | (random.pick([3, 3, 3, 0]) << 20) | (15 << 5) | (3 << 1),
    DBGWVR0: DATA + 4 * random.below(6),
    DBGWCR0: watchpoint(),
    DBGWVR1: DATA + 4 * random.below(6),
    DBGWCR1: bit(50) ? watchpoint() : 0,
    DBGDSCR: bit(90) << 15,
    CONTEXTIDR: bit(80) ? context : 9,
    HDCR: bit(25) ? 0xf00 : 0,
    SPSR: random.pick(MODES) | 0x1c0 | (thumb << 5),
  };
}
