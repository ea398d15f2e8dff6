import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { ElfFile } from '../../../debug-adapter/symbols/elf';
import { SymbolFileError } from '../../../debug-adapter/symbols/errors';
import { inflateZlib } from '../../../debug-adapter/symbols/inflate';
import { Random } from '../expressions/random';

const IMAGE = 'hypervisor/images/hello-hyp.elf';

function image(): Uint8Array {
  return new Uint8Array(readFileSync(IMAGE));
}

function failure(bytes: Uint8Array): string {
  try {
    const elf = new ElfFile(bytes, 'a.elf');
    assert(elf.symbols);
  } catch (error) {
    assert(error instanceof SymbolFileError, String(error));
    return error.message;
  }
  return assert.fail('the file was accepted');
}

describe('ELF files', () => {
  it('segments, sections and symbols agree with one another', () => {
    const elf = new ElfFile(image(), IMAGE);
    assert(elf.loadable.length > 0);
    assert(elf.isLoaded(elf.entry) && elf.isExecutable(elf.entry));
    const text = elf.section('.text');
    assert(text);
    assert.strictEqual(elf.sectionBytes('.text').length, text.size);
    assert.deepStrictEqual(elf.readAtAddress(text.address, 4), elf.sectionBytes('.text').slice(0, 4));
    for (const symbol of elf.symbols.all) {
      if (symbol.kind !== 'function') continue;
      assert.strictEqual(elf.symbols.at(symbol.address)?.address, symbol.address, symbol.name);
      const state = elf.symbols.stateAt(symbol.address);
      assert.strictEqual(state, symbol.thumb ? 'T32' : 'A32', symbol.name);
    }
    assert.strictEqual(elf.symbols.at(0), undefined);
  });

  it('that are not what is needed are refused in words', () => {
    const patched = (offset: number, ...values: number[]) => {
      const bytes = image();
      bytes.set(values, offset);
      return bytes;
    };
    assert.match(failure(new Uint8Array(0)), /a\.elf: the file is empty/);
    assert.match(failure(new TextEncoder().encode('#!/bin/sh\n')), /not an ELF file .*vmlinux, not zImage/);
    assert.match(failure(image().slice(0, 30)), /only 30 bytes/);
    assert.match(failure(patched(4, 2)), /64-bit ELF file .*build for arm, not aarch64/);
    assert.match(failure(patched(5, 2)), /big-endian/);
    assert.match(failure(patched(18, 62, 0)), /for x86-64, not ARM/);
    assert.match(failure(image().slice(0, 200)), /truncated/);
    const last = image();
    assert.match(failure(last.slice(0, last.length - 64)), /truncated/);
  });

  it('cut at any place are read or refused, never worse', () => {
    const whole = image();
    for (let length = 0; length < whole.length; length += 97) {
      try {
        const elf = new ElfFile(whole.slice(0, length), 'cut.elf');
        for (const section of elf.sections) elf.sectionBytes(section.name);
        assert(elf.symbols);
      } catch (error) {
        assert(error instanceof SymbolFileError, `${length}: ${String(error)}`);
      }
    }
  });

  it('with compressed sections are decompressed', () => {
    const random = new Random(3);
    for (const length of [0, 1, 100, 5000, 70_000]) {
      const kinds = [() => random.below(256), () => 65 + random.below(4), () => 0];
      for (const kind of kinds) {
        const bytes = Uint8Array.from({ length }, kind);
        for (const level of [0, 1, 6, 9]) {
          const packed = new Uint8Array(deflateSync(bytes, { level }));
          assert.deepStrictEqual(inflateZlib(packed, length), bytes);
          if (length > 1) assert.throws(() => inflateZlib(packed.slice(0, packed.length / 2), length));
          assert.throws(() => inflateZlib(packed, length + 1));
        }
      }
    }
    assert.throws(() => inflateZlib(new Uint8Array([0x78, 0x9c, 0]), 1 << 30), /too short for the size/);
  });
});
