// Which loads and stores describe themselves in HSR (ISV = 1): one register, no write-back, not PC.
import assert from 'node:assert/strict';
import { decode } from '../../../emulator/isa/decoder';
import type { InstructionSet } from '../../../emulator/isa/row';
import type { DataAccessSyndrome } from '../../../emulator/isa/syndrome';

function syndrome(word: number, set: InstructionSet = 'A32'): DataAccessSyndrome | undefined {
  const { row, fields } = decode(word, { set, address: 0, itstate: 0 });
  assert.ok(!row.name.startsWith('UNDEFINED'), `${word.toString(16)} is ${row.name}`);
  return row.syndrome?.(fields);
}

describe('the instruction syndrome of a data access', () => {
  it('is given by single-register loads and stores without write-back', () => {
    assert.deepEqual(syndrome(0xe5913000), { sas: 2, signExtend: false, rt: 3 }, 'ldr r3, [r1]');
    assert.deepEqual(syndrome(0xe7c14002), { sas: 0, signExtend: false, rt: 4 }, 'strb r4, [r1, r2]');
    assert.deepEqual(syndrome(0xe1d150f2), { sas: 1, signExtend: true, rt: 5 }, 'ldrsh r5, [r1, #2]');
    assert.deepEqual(syndrome(0xe59f6004), { sas: 2, signExtend: false, rt: 6 }, 'ldr r6, [pc, #4]');
    assert.deepEqual(syndrome(0x6808, 'T32'), { sas: 2, signExtend: false, rt: 0 }, 'ldr r0, [r1]');
    assert.deepEqual(syndrome(0xf9910000, 'T32'), { sas: 0, signExtend: true, rt: 0 }, 'ldrsb r0, [r1]');
    assert.deepEqual(syndrome(0xf8510e00, 'T32'), { sas: 2, signExtend: false, rt: 0 }, 'ldrt r0, [r1]');
  });

  it('is not given with write-back, for PC, for two registers, exclusives, SWP and lists', () => {
    const words: readonly (readonly [string, number, InstructionSet])[] = [
      ['ldr r3, [r1, #4]!', 0xe5b13004, 'A32'],
      ['ldr r3, [r1], #4', 0xe4913004, 'A32'],
      ['ldrt r3, [r1]', 0xe4b13000, 'A32'],
      ['ldr pc, [r1]', 0xe591f000, 'A32'],
      ['ldrd r2, r3, [r1]', 0xe1c120d0, 'A32'],
      ['ldrex r2, [r1]', 0xe1912f9f, 'A32'],
      ['swp r2, r3, [r1]', 0xe1012093, 'A32'],
      ['ldm r1, {r2}', 0xe8910004, 'A32'],
      ['push {r4, lr}', 0xb510, 'T32'],
      ['str r0, [r1, #4]!', 0xf8410f04, 'T32'],
    ];
    for (const [text, word, set] of words) assert.equal(syndrome(word, set), undefined, text);
  });
});
