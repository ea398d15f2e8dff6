/** The state hash tells every two states apart, and looking at it changes nothing. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE, DEFAULT_CONFIGURATION, Machine, SYS } from '../../../emulator';
import { Hasher } from '../../../emulator/machine/hasher';
import { VIRT_MAP } from '../../../emulator/devices/board-virt-map';
import { TLB_OFFSET } from '../../../emulator/state/layout';
import { IMAGES } from '../../hypervisor/paths';

const IMAGE = { name: 'kvm-arm.elf', bytes: readFileSync(join(IMAGES, 'kvm-arm.elf')) };
const RAM = VIRT_MAP.ram.base;
const MEMORY = 32 * 1024 * 1024;

function boot(): Machine {
  const machine = new Machine({ ...DEFAULT_CONFIGURATION, memory: MEMORY });
  machine.boot({ kernel: IMAGE, deviceTree: 'generated' });
  return machine;
}

describe('machine: state hash', function () {
  this.timeout(60_000);

  it('is the same however often it was asked for', () => {
    const often = boot();
    for (let i = 0; i < 50; i++) {
      often.run(20_000);
      often.stateHash();
    }
    const once = boot();
    once.run(1_000_000);
    assert.equal(often.stateHash(), once.stateHash());
  });

  it('changes with one bit of anything, and comes back with it', () => {
    const machine = boot();
    machine.run(100_000);
    const { state } = machine;
    const before = machine.stateHash();
    const flip = (word: () => number, set: (value: number) => void): void => {
      const value = word();
      set(value ^ 0x10);
      assert.notEqual(machine.stateHash(), before);
      set(value);
      assert.equal(machine.stateHash(), before);
    };
    const core = state.cores[0]!;
    for (const word of [CORE.R, CORE.R + 15, CORE.SP_HYP, CORE.D + 63, SYS.VTTBR, SYS.PAR])
      flip(
        () => core.i32[word]!,
        (value) => void (core.i32[word] = value),
      );
    flip(
      () => state.i32[TLB_OFFSET / 4]!,
      (value) => void (state.i32[TLB_OFFSET / 4] = value),
    );
    for (const pa of [RAM, RAM + 0x12345, RAM + MEMORY - 1])
      flip(
        () => machine.memory.readPhysical(pa, 1).bytes[0]!,
        (value) => void machine.memory.writePhysical(pa, Uint8Array.of(value)),
      );
    const gicc = machine.board.gic.devices.gicc;
    const access = { core: 0, secure: false, privileged: true };
    flip(
      () => gicc.peek(4, 4, access)!,
      (value) => void gicc.write(4, 4, value, access),
    );
    flip(
      () => state.now,
      (value) => void (state.now = value),
    );
  });

  it('knows two bytes that change places, and a page that changes places', () => {
    const machine = boot();
    const write = (at: number, ...bytes: number[]): string => {
      machine.memory.writePhysical(RAM + at, Uint8Array.from(bytes));
      return machine.stateHash();
    };
    const page = 8 * 1024 * 1024;
    const hashes = [write(page, 1, 2), write(page, 2, 1), (write(page, 0, 0), write(page + 4096, 1, 2))];
    assert.equal(new Set(hashes).size, 3);
  });

  it('after a reset and a boot is that of a new machine', () => {
    const machine = boot();
    const fresh = machine.stateHash();
    machine.run(300_000);
    assert.notEqual(machine.stateHash(), fresh);
    machine.reset();
    machine.boot({ kernel: IMAGE, deviceTree: 'generated' });
    assert.equal(machine.stateHash(), fresh);
  });
});

describe('machine: hasher', () => {
  const hashOf = (value: unknown): string => {
    const hasher = new Hasher();
    hasher.data(value);
    return hasher.digest();
  };

  it('takes data by value, whatever the order of its names', () => {
    assert.equal(hashOf({ a: 1, b: [2, 3n] }), hashOf({ b: [2, 3n], a: 1 }));
    const different = [
      { a: 1 },
      { a: 2 },
      { b: 1 },
      [1],
      [1, 2],
      [2, 1],
      [[1], 2],
      null,
      undefined,
      Infinity,
      -Infinity,
      1n,
      '',
    ];
    assert.equal(new Set(different.map(hashOf)).size, different.length);
    assert.equal(hashOf(Uint8Array.of(1, 2)), hashOf(Uint16Array.of(1, 2)));
  });

  it('spreads every bit: 100,000 words that differ in one or two bits have different hashes', () => {
    const seen = new Set<string>();
    const words = new Int32Array(8);
    for (let i = 0; i < 100_000; i++) {
      words.fill(0);
      words[i % 8] = i >> 3;
      words[(i + 3) % 8]! ^= 1 << (i % 31);
      const hasher = new Hasher();
      hasher.words(words);
      seen.add(`${words.join()} ${hasher.digest()}`);
    }
    const hashes = new Set([...seen].map((line) => line.split(' ')[1]));
    assert.equal(hashes.size, seen.size);
  });
});
