// Texts of the disassembler: chosen ones, and random encodings against Capstone.
import assert from 'node:assert/strict';
import MCapstone from '@alexaltea/capstone-js';
import { disassemble } from '../../../emulator/isa/disassembler';
import type { InstructionSet } from '../../../emulator/isa/row';
import { assertSameText, bytesOf, randomWords, rowIs } from './oracle/compare';
import type { Difference } from './oracle/compare';

const ADDRESS = 0x1000;

function text(word: number, set: InstructionSet = 'A32', itstate = 0): string {
  return disassemble(word, { set, address: ADDRESS, itstate }).text;
}

describe('the disassembler', () => {
  it('writes what the source said', () => {
    assert.equal(text(0xe3a00001), 'mov r0, #1');
    assert.equal(text(0x13510000), 'cmpne r1, #0');
    assert.equal(text(0xe92d4010), 'push {r4, lr}');
    assert.equal(text(0xe59f0010), 'ldr r0, [pc, #16] ; 0x1018');
    assert.equal(text(0xeafffffe), 'b 0x1000');
    assert.equal(text(0xe1400070), 'hvc #0');
    assert.equal(text(0xe160006e), 'eret');
    assert.equal(text(0xe10ef300), 'mrs pc, ELR_hyp ; UNPREDICTABLE');
    assert.equal(text(0xe30e0300), 'movw r0, #58112');
    assert.equal(text(0xbf08, 'T32'), 'it eq');
    assert.equal(text(0xbf0c, 'T32'), 'ite eq');
    assert.equal(text(0xbf1a, 'T32'), 'itte ne');
    assert.equal(text(0x1840, 'T32'), 'adds r0, r0, r1');
    assert.equal(text(0x1840, 'T32', 0x08), 'addeq r0, r0, r1');
    assert.equal(text(0xffff_ffff), '.word 0xffffffff');
  });

  it('says how long an instruction is, whether it is UNDEFINED and of which row', () => {
    assert.deepEqual(
      { ...disassemble(0xde01, { set: 'T32', address: 0, itstate: 0 }), row: undefined },
      { text: 'udf #1', bytes: 2, undefined: false, row: undefined },
    );
    const unallocated = disassemble(0xf0000000, { set: 'A32', address: 0, itstate: 0 });
    assert.equal(unallocated.undefined, true);
    assert.equal(unallocated.row, undefined);
    assert.equal(
      disassemble(0xf000f800, { set: 'T32', address: 0, itstate: 0 }).row?.name,
      'BL, BLX (immediate) T1',
    );
  });

  it('names the system register of a coprocessor access', () => {
    const context = { set: 'A32', address: 0, itstate: 0 } as const;
    const names = (register: {
      coprocessor: number;
      opc1: number;
      crn: number;
      crm: number;
      opc2: number;
    }): string => JSON.stringify(Object.values(register));
    assert.equal(disassemble(0xee810f11, context, names).text, 'mcr p15, 4, r0, c1, c1, 0 ; [15,4,1,1,0]');
    assert.equal(disassemble(0xec510f1e, context, names).text, 'mrrc p15, 1, r0, r1, c14 ; [15,1,0,14,-1]');
    assert.equal(disassemble(0xee810f11, context, () => undefined).text, 'mcr p15, 4, r0, c1, c1, 0');
  });
});

/** Later architectures' instructions in ARMv7's unallocated space, as Capstone has them whatever the mode. */
const LATER =
  /^(ldaex|stlex|lda|stl|hint|vudot|vsdot|vusdot|vsudot|vmmla|vummla|vsmmla|vusmmla|vdot|vfmal|vfmsl|vcmla|vcadd|bf)/;

const CAPSTONE_DIFFERENCES: readonly Difference[] = [
  {
    reason: 'of CP10, CP11 and Advanced SIMD unallocated in ARMv7; later architectures have some of it',
    applies: (_, __, decoded) => rowIs(decoded, 'VFP ', 'Advanced SIMD '),
  },
  {
    reason:
      'the constant of VMOV is its imm8 here, as objdump writes it, and the number there; 0.0 is 0 there',
    applies: (_, __, decoded) => rowIs(decoded, 'VMOV (immediate)', 'VMOV, VMVN', 'VCMP, VCMPE (zero)'),
  },
  {
    reason: 'half-precision arithmetic is of a later architecture',
    applies: (ours, theirs) => ours.startsWith('.') && /\.[fsu]16[. ]/.test(theirs),
  },
  {
    reason: 'objdump, and we, put a space before the alignment of an address',
    applies: (ours, theirs) => /^v(ld|st)/.test(ours) && ours.replace(' :', ':') === theirs,
  },
  {
    reason: 'VEXT by whole elements is written with their size there, as bytes here and by objdump',
    applies: (ours, theirs) => ours.startsWith('vext') && theirs.startsWith('vext'),
  },
  {
    reason: 'UNPREDICTABLE here: what another disassembler makes of it is its own affair',
    applies: (ours, _, decoded) => decoded.undefined && !ours.startsWith('.'),
  },
  {
    reason:
      'UNDEFINED here and there; or of a later architecture: among them all of CP10 and CP11 with 1111, and MVFR2',
    applies: (ours, theirs, decoded) =>
      ours.startsWith('.') &&
      (theirs === '' || LATER.test(theirs) || rowIs(decoded, 'CDP2, MCR2', 'LDC2, STC2', 'VMRS', 'VMSR')),
  },
  {
    reason: 'unallocated hints and memory hints are NOPs here, "hint #n" or nothing there',
    applies: (_, theirs, decoded) =>
      rowIs(decoded, 'Unallocated ') && (theirs === '' || /^(hint|csdb|esb|sevl)/.test(theirs)),
  },
  {
    reason: 'CPSR and its fields are called APSR there where only flags are named',
    applies: (ours, theirs, decoded) =>
      rowIs(decoded, 'MRS', 'MSR') && /[ac]psr/.test(ours) && /apsr/.test(theirs),
  },
  {
    reason: 'ADR is written as ADD or SUB to PC here, as objdump does',
    set: 'T32',
    applies: (_, theirs, decoded) => rowIs(decoded, 'ADR') && /^adr/.test(theirs),
  },
  {
    reason: 'coprocessors 8, 9, 12 and 13: half precision and later extensions',
    applies: (ours, theirs) =>
      /#(8|9|12|13), /.test(ours) && (theirs === '' || /\.|^v/.test(theirs) || LATER.test(theirs)),
  },
  {
    reason: 'ADD (SP plus register) with SP written twice',
    set: 'T32',
    applies: (ours, theirs, decoded) =>
      rowIs(decoded, 'ADD (register) T2') && /^add(?:ne)? (\w+), sp, \1$/.test(theirs) && /, sp$/.test(ours),
  },
  {
    reason: 'a wide LDM or STMDB of SP is POP or PUSH there',
    set: 'T32',
    applies: (_, theirs, decoded) => rowIs(decoded, 'LDM/LDMIA/LDMFD', 'STMDB') && /^(pop|push)/.test(theirs),
  },
  {
    reason: 'FLDMX and FSTMX beyond D15, and PLD (literal) with bit 21 set, are nothing there',
    applies: (ours, theirs) =>
      theirs === '' && /^(f(ldm|stm)(ia|db)x|pld(ne)? \[pc)/.test(ours.replace(/^(f\w+x)\w\w /, '$1 ')),
  },
  {
    reason: 'UDF #254 is a trap by convention there, UDF #249 nothing',
    set: 'T32',
    applies: (ours, theirs) =>
      (ours === 'udf #254' && theirs === 'trap') || (ours === 'udf #249' && theirs === ''),
  },
  {
    reason: 'option 12 of DSB has a name of ARMv8-R there',
    applies: (ours, theirs) => /^dsb(ne)? #12$/.test(ours) && theirs.startsWith('dfb'),
  },
];

/** IT NE, which makes what follows it conditional. */
const IT_NE = [0x18, 0xbf];

describe('the disassembler against Capstone', () => {
  const cases = [
    { name: 'A32', set: 'A32', count: 200_000, before: [], itstate: 0 },
    { name: 'T32', set: 'T32', count: 200_000, before: [], itstate: 0 },
    { name: 'T32 in an IT block', set: 'T32', count: 120_000, before: IT_NE, itstate: 0x18 },
  ] as const;
  for (const { name, set, count, before, itstate } of cases) {
    it(`${name}: ${count} random encodings`, async () => {
      const capstone = await MCapstone();
      const mode = set === 'A32' ? capstone.MODE_ARM : capstone.MODE_THUMB;
      const there = new capstone.Capstone(capstone.ARCH_ARM, mode);
      const words = randomWords(set, count, 2024);
      const textThere = (word: number): string => {
        try {
          const code = [...before, ...bytesOf(word, set)];
          const instruction = there
            .disasm(code, ADDRESS - before.length)
            .find(({ address }) => Number(address) === ADDRESS);
          return instruction === undefined ? '' : `${instruction.mnemonic} ${instruction.op_str}`;
        } catch {
          return ''; // Capstone throws where it finds no instruction.
        }
      };
      assertSameText(
        words,
        set,
        CAPSTONE_DIFFERENCES,
        (i) => ({ text: textThere(words[i]), address: ADDRESS }),
        itstate,
      );
      there.close();
    });
  }
});
