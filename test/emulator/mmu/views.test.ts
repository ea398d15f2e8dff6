// What a debugger shows of translation: regimes as ranges, walks explained, memory through any world's registers.
import assert from 'node:assert/strict';
import { memoryName } from '../../../emulator/mmu/attributes';
import { readVirtual, writeVirtual } from '../../../emulator/mmu/debug-access';
import { decodeDescriptor } from '../../../emulator/mmu/explain';
import { Permission } from '../../../emulator/mmu/permissions';
import { mapStage1, mapStage2, type MappedRange } from '../../../emulator/mmu/ranges';
import { readTranslationRegisters } from '../../../emulator/mmu/registers';
import { explainTranslation } from '../../../emulator/mmu/translate';
import { addressOf } from '../../../emulator/mmu/descriptor-words';
import type { TableMemory } from '../../../emulator/mmu/walk';
import { makeSetUp } from '../../conformance/mmu/batch';
import { RAM, SmallMachine } from './small-machine';

const VA = 0x8000_0000;

/** Memory for tables, of words; undefined: nothing answers. */
function tablesOf(word: (pa: number) => number | undefined): TableMemory {
  return {
    readDescriptor: (addressLow, addressHigh, bytes, _nonSecure, into) => {
      const pa = addressOf(addressLow, addressHigh);
      const [low, high] = [word(pa), bytes === 8 ? word(pa + 4) : 0];
      if (low === undefined || high === undefined) return false;
      into.low = low | 0;
      into.high = high | 0;
      return true;
    },
  };
}

/** A guest with its own tables; afterwards the core is in the host, stage 2 off. */
function parkedGuest() {
  const m = new SmallMachine();
  const base = m.short();
  m.page(base, VA, 0x0123_4000); // an IPA
  const root = m.stage2(5);
  for (let pa = RAM + 0x0100_0000; pa < RAM + 0x0110_0000; pa += 4096) m.page2(root, pa, pa);
  m.page2(root, 0x0123_4000, RAM + 0x5000);
  m.page2(root, 0x0123_5000, RAM + 0x6000);
  m.page2(root, 0x0123_6000, RAM + 0x8000, 0x77f); // read only, Normal
  m.page2(root, 0x0900_0000, 0x0804_0000, 0x7c7, 1 << 22); // Device, XN
  m.word(RAM + 0x5000, 0xcafe_f00d);
  const registers = readTranslationRegisters(m.core, false);
  m.set({ HCR: 0, VTTBR: 0, VTTBR_HIGH: 0, SCTLR: 0 });
  return { m, registers, root };
}

describe('translation for the debugger', () => {
  it('explains a translation of a parked guest, both stages interleaved, with no side effect', () => {
    const { m, registers } = parkedGuest();
    const before = m.state.u8.slice(0, 0x20_0000);
    const { steps, result, fault } = explainTranslation(registers, m.memory, 'PL1&0', VA + 0x10);
    assert.equal(fault, undefined);
    assert.deepEqual([result?.pa, result?.ipa], [RAM + 0x5010, 0x0123_4010]);
    assert.deepEqual(
      steps.map(({ stage, level, onWalk }) => `${stage}.${level}${onWalk ? ' on walk' : ''}`),
      [
        '2.1 on walk',
        '2.2 on walk',
        '2.3 on walk',
        '1.1',
        '2.1 on walk',
        '2.2 on walk',
        '2.3 on walk',
        '1.2',
        '2.1',
        '2.2',
        '2.3',
      ],
    );
    assert.equal(steps[3]?.input, VA + 0x10);
    assert.equal(steps[10]?.input, 0x0123_4010);
    const kinds = steps.map((step) => decodeDescriptor(step, registers, false).kind);
    assert.deepEqual(kinds.slice(6), ['page', 'small page', 'table', 'table', 'page']);
    assert.deepEqual(m.state.u8.slice(0, 0x20_0000), before);
  });

  it('translates an IPA alone, and tells faults', () => {
    const { m, registers } = parkedGuest();
    assert.equal(explainTranslation(registers, m.memory, 'stage 2', 0x0123_4abc).result?.pa, RAM + 0x5abc);
    const { fault, steps } = explainTranslation(registers, m.memory, 'stage 2', 0x0123_6000, 'write');
    assert.deepEqual(
      [fault?.kind, fault?.level, fault?.ipa, steps.length],
      ['permission', 3, 0x0123_6000, 3],
    );
    assert.equal(explainTranslation(registers, m.memory, 'PL1&0', 0).fault?.kind, 'translation');
  });

  it('decodes descriptors to fields with meanings', () => {
    const { m, registers } = parkedGuest();
    const { steps } = explainTranslation(registers, m.memory, 'PL1&0', VA);
    const page = decodeDescriptor(steps[7]!, registers, false);
    assert.equal(page.address, 0x0123_4000);
    assert.equal(page.meaning, 'Maps 4 KiB to 0x1234000.');
    const field = (name: string) => page.fields.find((f) => f.name === name);
    assert.equal(field('AP[1:0]')?.meaning, 'AP[2:0] = 3: read and write at any level');
    assert.deepEqual([field('TEX')?.high, field('TEX')?.low], [8, 6]);
    assert.equal(field('TEX')?.meaning, 'Normal, Inner and Outer Write-Back, Non-shareable');
    const leaf = decodeDescriptor(steps[10]!, registers, false);
    assert.deepEqual(
      leaf.fields.map(({ name, value, meaning }) => [name, value, meaning]),
      [
        ['XN', 0, ''],
        ['Contiguous', 0, ''],
        ['output address', (RAM + 0x5000) / 4096, ''],
        ['AF', 1, ''],
        ['SH', 3, 'Inner Shareable'],
        ['HAP', 3, 'read and write'],
        ['MemAttr', 15, 'Normal, Inner and Outer Write-Back'],
      ],
    );
    // Every field together gives the descriptor back.
    for (const step of steps) {
      const { fields, kind } = decodeDescriptor(step, registers, false);
      let value =
        step.format === 'long'
          ? kind === 'table' || step.level === 3
            ? 3n
            : 1n
          : kind === 'table'
            ? 1n
            : 2n;
      for (const f of fields) value |= BigInt(f.value) << BigInt(f.low);
      assert.equal(value, (BigInt(step.high) << 32n) | BigInt(step.low));
    }
  });

  it('merges stage 2 into ranges', () => {
    const { m, registers } = parkedGuest();
    const { ranges, problems } = mapStage2(registers, m.memory);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      ranges.map(({ start, output, size, privileged, attributes, descriptors, level }) => [
        start, output, size, privileged, memoryName(attributes), descriptors, level,
      ]), // prettier-ignore
      [
        [0x0123_4000, RAM + 0x5000, 0x2000, Permission.All, 'Normal, Inner and Outer Write-Back', 2, 3],
        [
          0x0123_6000,
          RAM + 0x8000,
          0x1000,
          Permission.Read | Permission.Execute,
          'Normal, Inner and Outer Write-Back',
          1,
          3,
        ],
        [0x0900_0000, 0x0804_0000, 0x1000, Permission.Read | Permission.Write, 'Device', 1, 3],
        [
          RAM + 0x0100_0000,
          RAM + 0x0100_0000,
          0x10_0000,
          Permission.All,
          'Normal, Inner and Outer Write-Back',
          256,
          3,
        ],
      ],
    );
  });

  it('is bounded and says so when tables are hostile', () => {
    const { m, registers, root } = parkedGuest();
    for (let i = 0; i < 1024; i++) m.wide(root + i * 8, (root | 3) >>> 0); // every entry is the root itself
    const { ranges, problems } = mapStage2(registers, m.memory, { tables: 100, ranges: 50 });
    assert.ok(ranges.length <= 50);
    assert.match(problems.join(), /more than 50 ranges/);
    m.wide(root, 0x2000_0003);
    m.wide(root + 8, 0);
    for (let i = 2; i < 1024; i++) m.wide(root + i * 8, 0);
    assert.deepEqual(mapStage2(registers, m.memory).problems, [
      'a table at PA 0x20000000 lies outside of RAM',
    ]);
    assert.match(
      mapStage1(registers, m.memory, false).problems[0] ?? '',
      /IPA 0x4100.*stage 2 translation fault/,
    );
  });

  it('takes any bytes for tables', () => {
    const hash = (n: number): number => {
      let x = Math.imul((n ^ (n / 2 ** 32)) | 0, 0x9e37_79b1);
      x = Math.imul(x ^ (x >>> 15), 0x85eb_ca6b);
      return (x ^ (x >>> 13)) >>> 0;
    };
    for (let seed = 0; seed < 40; seed++) {
      // One word in eight answers with an external abort.
      const memory = tablesOf((pa) => (hash(pa + seed) % 8 === 0 ? undefined : hash(pa * 3 + seed)));
      const r = { ...makeSetUp(seed, 1).registers };
      for (const [i, name] of (
        ['TTBCR', 'VTCR', 'HTCR', 'SCTLR', 'DACR', 'TTBR0', 'VTTBR', 'VTTBR_HIGH'] as const
      ).entries())
        r[name] = hash(seed * 16 + i) | 0;
      r.HCR = seed & 1;
      const limits = { tables: 300, ranges: 1000 };
      for (const map of [
        mapStage2(r, memory, limits),
        mapStage1(r, memory, false, limits),
        mapStage1(r, memory, true, limits),
      ]) {
        assert.ok(map.ranges.length <= 1000 && map.problems.length <= 64);
        for (const { start, output, size } of map.ranges)
          assert.ok(
            size > 0 &&
              start >= 0 &&
              start + size <= 2 ** 40 &&
              output >= 0 &&
              output + size <= 2 ** 40 + 2 ** 30,
          );
      }
      for (let i = 0; i < 50; i++)
        for (const regime of ['PL1&0', 'Hyp', 'stage 2'] as const) {
          const { steps, result, fault } = explainTranslation(r, memory, regime, hash(i));
          assert.equal(result === undefined, fault !== undefined);
          for (const step of steps) decodeDescriptor(step, r, regime === 'Hyp');
        }
    }
  });

  it('ranges agree with translation in random set-ups', () => {
    let compared = 0;
    for (let i = 0; i < 60; i++) {
      const { registers, words, operations } = makeSetUp(77, i);
      const memory = tablesOf((pa) => words.get(pa) ?? 0);
      const r = { ...registers, HSCTLR: registers.HSCTLR | 1 };
      const hyp = mapStage1(r, memory, true).ranges;
      const pl1 =
        (r.SCTLR & 1) !== 0 && (r.HCR & 0x1000) === 0 ? mapStage1(r, memory, false).ranges : undefined;
      const two = mapStage2(r, memory).ranges;
      for (const { va } of operations) {
        compared += checkRange(hyp, va, explainTranslation(r, memory, 'Hyp', va));
        if (pl1 !== undefined)
          compared += checkRange(
            pl1,
            va,
            explainTranslation({ ...r, HCR: r.HCR & ~1 }, memory, 'PL1&0', va),
            (r.HCR & 1) !== 0,
          );
        const ipa = explainTranslation(r, memory, 'stage 2', va);
        compared += checkRange(two, va, ipa);
      }
    }
    assert.ok(compared > 500, `${compared}`);
  });

  it("reads and writes memory through a world's registers, with holes", () => {
    const { m, registers } = parkedGuest();
    const { bytes, known } = readVirtual(registers, m.memory, 'PL1&0', VA - 2, 6);
    assert.deepEqual([...known], [0, 0, 1, 1, 1, 1]);
    assert.deepEqual([...bytes.slice(2)], [0x0d, 0xf0, 0xfe, 0xca]);
    assert.equal(writeVirtual(registers, m.memory, 'PL1&0', VA + 0xffe, Uint8Array.of(1, 2, 3)), 2);
    assert.equal(m.word(RAM + 0x5ffc), 0x0201_0000);
    assert.deepEqual([...readVirtual(registers, m.memory, 'stage 2', 0x0123_4fff, 2).bytes], [2, 0]);
  });
});

/** 1 when an address that translates lies in a range that gives the same output; fails when they differ. */
function checkRange(
  ranges: readonly MappedRange[],
  address: number,
  { result }: ReturnType<typeof explainTranslation>,
  underStage2 = false,
): number {
  if (result === undefined || underStage2) return 0;
  const range = ranges.find(({ start, size }) => address >= start && address < start + size);
  assert.ok(range, `0x${address.toString(16)} is in no range`);
  assert.equal(range.output + address - range.start, result.pa);
  assert.equal(range.attributes, result.attributes);
  assert.ok((range.privileged & Permission.Read) !== 0 && range.accessFlag);
  return 1;
}
