/** hypervisor/lib/copy.S, A32 and T32: every alignment and size, overlaps, the registers of the caller, and its pace. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CORE } from '../../emulator/state/layout';
import { Psr } from '../../emulator/state/psr';
import { FlatMachine, RAM_BASE } from '../emulator/interpreter/flat-machine';
import { ROOT } from './paths';

const CODE = RAM_BASE + 0x1000;
const END = RAM_BASE + 0x3000;
const MEMORY = RAM_BASE + 0x8000;
const STACK = RAM_BASE + 0x6000;
const PAGE = 4096;
/** More than a call may take; then it goes round at its end. */
const ENOUGH = 4 * PAGE;
/** Around both sides of the blocks of 64 bytes and of 32. */
const SIZES = [...Array.from({ length: 75 }, (_, i) => i), 95, 96, 97, 127, 128, 129, 191, 192, 193, 255];
const GAP = 512;

/** Offsets of the functions, and the code itself. */
function assemble(mode: string): { code: Uint8Array; at: Record<string, number> } {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-copy-'));
  try {
    const [object, raw] = [join(folder, 'copy.o'), join(folder, 'copy.bin')];
    const source = join(ROOT, 'hypervisor/lib/copy.S');
    execFileSync('arm-none-eabi-gcc', ['-mcpu=cortex-a15', mode, '-c', '-o', object, source]);
    execFileSync('arm-none-eabi-objcopy', ['-O', 'binary', '-j', '.text', object, raw]);
    const names = execFileSync('arm-none-eabi-nm', [object], { encoding: 'utf8' });
    const at = [...names.matchAll(/^([0-9a-f]+) T (\w+)$/gm)].map(([, address, name]) => [
      name,
      Number.parseInt(address, 16) & ~1,
    ]);
    return { code: readFileSync(raw), at: Object.fromEntries(at) as Record<string, number> };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const [name, mode] of [
  ['A32', '-marm'],
  ['T32', '-mthumb'],
] as const)
  describe(`hypervisor/lib/copy.S, ${name}`, function () {
    this.timeout(60_000);
    let machine: FlatMachine;
    let at: Record<string, number>;

    before(() => {
      const built = assemble(mode);
      at = built.at;
      machine = new FlatMachine(1 << 16);
      machine.load(CODE, built.code);
      machine.load(END, mode === '-marm' ? [0xeafffffe] : [0xe7fe]); // B to itself
    });

    const memory = (): Uint8Array =>
      machine.state.u8.subarray(machine.memory.ramOffset(MEMORY), machine.memory.ramOffset(MEMORY) + 3 * PAGE);

    /** Calls a function; it comes back within `instructions`, with what it must preserve. */
    function call(
      what: string,
      [r0, r1, r2]: readonly [number, number, number],
      instructions = ENOUGH,
    ): void {
      const { s } = machine;
      const kept = [4, 5, 6, 7, 8, 9, 10, 11];
      for (const n of kept) s[CORE.R + n] = 0x1111_1111 * n;
      s.set([r0, r1, r2], CORE.R);
      s[CORE.R + 13] = STACK;
      s[CORE.R + 14] = END | (mode === '-mthumb' ? 1 : 0);
      s[CORE.R + 15] = CODE + at[what];
      s[CORE.PSR] = mode === '-mthumb' ? s[CORE.PSR] | Psr.T : s[CORE.PSR] & ~Psr.T;
      machine.interpreter.run(instructions);
      assert.deepEqual(machine.exceptions, []);
      assert.equal(machine.core.pc >>> 0, END, `${what} does not come back`);
      assert.equal(s[CORE.R] >>> 0, r0 >>> 0, 'the result is the first argument');
      assert.equal(s[CORE.R + 13] >>> 0, STACK);
      for (const n of kept) assert.equal(s[CORE.R + n], (0x1111_1111 * n) | 0, `r${n}`);
    }

    const fill = (): Uint8Array => memory().map((_, i, all) => (all[i] = (i * 7 + (i >> 8)) & 0xff));

    it('memset sets these bytes and no others', () => {
      for (const size of SIZES)
        for (let align = 0; align < 4; align++) {
          const expected = fill().fill(0xa5, GAP + align, GAP + align + size);
          call('memset', [MEMORY + GAP + align, 0x3a5, size]);
          assert.deepEqual(memory(), expected, `${size} bytes from ${align}`);
        }
    });

    it('memcpy copies these bytes and changes no others', () => {
      for (const size of SIZES)
        for (let to = 0; to < 4; to++)
          for (let from = 0; from < 4; from++) {
            const expected = fill();
            expected.copyWithin(GAP + to, PAGE + from, PAGE + from + size);
            call('memcpy', [MEMORY + GAP + to, MEMORY + PAGE + from, size]);
            assert.deepEqual(memory(), expected, `${size} bytes from ${from} to ${to}`);
          }
    });

    it('memcpy may copy down into what it copies from, which is why memmove calls it', () => {
      for (const size of [40, 100, 255])
        for (const distance of [1, 2, 3, 4, 5, 8, 12, 28, 32, 36, 60, 64, 68]) {
          const expected = fill();
          expected.copyWithin(GAP, GAP + distance, GAP + distance + size);
          call('memcpy', [MEMORY + GAP, MEMORY + GAP + distance, size]);
          assert.deepEqual(memory(), expected, `${size} bytes, ${distance} down`);
        }
    });

    it('a page is cleared in 300 instructions, and copied in 450', () => {
      const expected = fill();
      expected.copyWithin(PAGE, 2 * PAGE, 3 * PAGE);
      call('memcpy', [MEMORY + PAGE, MEMORY + 2 * PAGE, PAGE], 450);
      assert.deepEqual(memory(), expected);
      call('memset', [MEMORY + PAGE, 0, PAGE], 300);
      assert.deepEqual(memory(), expected.fill(0, PAGE, 2 * PAGE));
    });
  });
