/** Translations as a file: what comes back, and that nothing is taken from a file that is damaged or another machine's. */
import assert from 'node:assert/strict';
import {
  DEFAULT_CONFIGURATION,
  decodeTranslations,
  encodeTranslations,
  SavedTranslationsError,
  Translations,
  translationsName,
} from '../../../emulator';
import { Compiler, DEFAULT_OPTIONS } from '../../../emulator/compiler/compiler';
import { CORE } from '../../../emulator/state/layout';
import { FlatMachine, RAM_BASE } from '../interpreter/flat-machine';

const NAME = translationsName(DEFAULT_CONFIGURATION);
const LOOPS = 50;
const PROGRAM = [
  0xe3a0_1032, // mov r1, #50
  0xe280_0001, // loop: add r0, r0, #1
  0xe580_2000, // str r2, [r0]
  0xe251_1001, // subs r1, r1, #1
  0x1aff_fffb, // bne loop
  0xeaff_fffe, // b .
];

function run(translations: Translations): { readonly tier: Compiler; readonly r0: number } {
  const m = new FlatMachine(1 << 16);
  const tier = new Compiler(m.state, m.blocks, { ...DEFAULT_OPTIONS, threshold: 3, batch: 1 });
  tier.translations = translations;
  for (const [i, word] of PROGRAM.entries()) m.memory.write(RAM_BASE + 4 * i, 4, word, 0, 1);
  m.s[CORE.R] = RAM_BASE + 0x2000;
  m.s[CORE.R + 15] = RAM_BASE;
  m.interpreter.run(1 + 4 * LOOPS);
  return { tier, r0: m.s[CORE.R]! };
}

describe('saved translations', () => {
  const made = new Translations();
  const { r0, tier: first } = run(made);
  const bytes = encodeTranslations(made, NAME);

  it('come back as they were', () => {
    const again = decodeTranslations(bytes, NAME);
    assert.deepEqual(Buffer.from(encodeTranslations(again, NAME)), Buffer.from(bytes));
    const { tier, r0: result } = run(again);
    assert.ok(first.regions > 0);
    assert.equal(tier.regions, 0);
    assert.ok(tier.brought > 0);
    assert.equal(result, r0);
  });

  it('are refused with any bit changed', () => {
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 << (at & 7);
      assert.throws(() => decodeTranslations(damaged, NAME), SavedTranslationsError, `byte ${at}`);
    }
  });

  it('are refused when they end too early, or have more', () => {
    for (let length = 0; length < bytes.length; length++)
      assert.throws(() => decodeTranslations(bytes.subarray(0, length), NAME), SavedTranslationsError);
    assert.throws(
      () => decodeTranslations(Buffer.concat([bytes, Buffer.alloc(1)]), NAME),
      SavedTranslationsError,
    );
  });

  it('are refused for a machine with another configuration', () => {
    for (const change of [{ cpus: 2 }, { memory: 256 << 20 }, { secure: true }, { virtualization: false }]) {
      const other = translationsName({ ...DEFAULT_CONFIGURATION, ...change });
      assert.throws(() => decodeTranslations(bytes, other), SavedTranslationsError);
    }
  });

  it('do not depend on what no code depends on', () => {
    const same = { slice: 100, entropySeed: 7, listRegisters: 2, engine: 'jit' } as const;
    assert.equal(translationsName({ ...DEFAULT_CONFIGURATION, ...same }), NAME);
  });

  it('are as many as fit into 32 MiB, those first that this machine needed first', () => {
    const [one] = made.all();
    const MOST_BYTES = 32 << 20;
    const contents = new Uint8Array(5 << 20);
    const many = Array.from({ length: 10 }, (_, va) => ({
      translation: { ...one!.translation, va, entries: [{ pc: va, label: 1 }] },
      contents,
    }));
    const file = encodeTranslations(new Translations(many), NAME);
    assert.ok(
      file.length > MOST_BYTES - contents.length && file.length < MOST_BYTES + (1 << 20),
      `${file.length}`,
    );
    const back = decodeTranslations(file, NAME).all();
    assert.deepEqual(
      back.map(({ translation }) => translation.va),
      [0, 1, 2, 3, 4, 5],
    );
  });
});
