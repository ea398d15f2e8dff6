// Random encodings disassembled here and by GNU objdump.
import { assertSameText, bytesOf, randomWords, rowIs } from '../../emulator/isa/oracle/compare';
import type { Difference } from '../../emulator/isa/oracle/compare';
import { objdump } from './objdump';

const DIFFERENCES: readonly Difference[] = [
  {
    reason: 'UNPREDICTABLE or UNDEFINED here: what objdump makes of it is its own affair',
    applies: (_, __, decoded) => decoded.undefined,
  },
  {
    reason: 'VFP and Advanced SIMD without rows of their own yet',
    applies: (_, __, decoded) => rowIs(decoded, 'VFP ', 'Advanced SIMD '),
  },
  {
    reason: 'the second register of LDRD, STRD is left out there',
    set: 'A32',
    applies: (ours, theirs, decoded) =>
      rowIs(decoded, 'LDRD', 'STRD', 'LDREXD', 'STREXD') &&
      ours.replace(/^(\w+ (?:\w+, )??\w+), \w+, \[/, '$1, [') === theirs,
  },
  {
    reason: 'NOP with its number; later hints by name; reserved memory hints as nothing, PLDW or LDRSH of PC',
    applies: (_, theirs, decoded) =>
      rowIs(decoded, 'NOP', 'Unallocated ') &&
      (theirs === '' ||
        /^(nop\w* \{#0\}|sevl|csdb|esb|tsb|psb|pldw|ldrsht? pc|aut|bti|pac|pacbti)/.test(theirs)),
  },
  {
    reason: 'barrier options of ARMv8 by name, un for nsh',
    applies: (_, theirs, decoded) =>
      rowIs(decoded, 'DSB', 'DMB') && /^((dsb|dmb) (un|unst|\w*ld)|ssbb|pssbb|dfb)$/.test(theirs),
  },
  {
    reason:
      'coprocessors 1, 2, 4, 5, 6, 8, 9, 12, 13 and 15 in ways of other processors (FPA, Maverick, iWMMXt, MVE, dot product)',
    applies: (ours, theirs) =>
      /^(mcr|mrc|mcrr|mrrc|ldc|stc|cdp)/.test(ours) &&
      (!/^(mcr|mrc|mcrr|mrrc|ldc|stc|cdp)/.test(theirs) || /^(ldc|stc)\w* #9, /.test(theirs)),
  },
  {
    reason: 'Rt = 15 of MRC2 is PC there',
    applies: (ours, theirs) => ours.startsWith('mrc2') && ours.replace('apsr_nzcv', 'pc') === theirs,
  },
  {
    reason: 'an offset of 0 is left out there with its sign and its write-back, or loses its sign',
    applies: (ours, theirs) => {
      const bare = (text: string): string => text.replace(/, #-?0\]!?$/, ']').replace(/\]!?(, #-?0)?$/, ']');
      return /#-?0\b/.test(ours) && bare(ours) === bare(theirs);
    },
  },
  {
    reason: 'a shift of ASR #0 is ASR #32 here',
    set: 'A32',
    applies: (ours, theirs, decoded) =>
      rowIs(decoded, 'SSAT', 'USAT') && ours.replace(/asr #32$/, 'asr #0') === theirs,
  },
  {
    reason: 'STM of no condition is STMIA there when it writes back',
    applies: (ours, theirs, decoded) =>
      rowIs(decoded, 'STM', 'LDM') && ours === theirs.replace(/^(stm|ldm)ia/, '$1'),
  },
  {
    reason: 'RSB #0 is NEG there, MUL has two operands, MOV r8, r8 is NOP',
    set: 'T32',
    applies: (_, theirs, decoded) =>
      (rowIs(decoded, 'RSB (immediate) T1') && theirs.startsWith('neg')) ||
      (rowIs(decoded, 'MUL T1') && /^muls? \w+, \w+$/.test(theirs)) ||
      (rowIs(decoded, 'MOV (register) T1') && theirs === 'nop'),
  },
  {
    reason: 'shifts by a constant are MOV with a shift there',
    set: 'T32',
    applies: (ours, theirs) =>
      theirs === ours.replace(/^(lsl|lsr|asr|ror)(s?) (\w+), (\w+), (#\d+)$/, 'mov$2 $3, $4, $1 $5') ||
      theirs === ours.replace(/^rrx(s?) (\w+), (\w+)$/, 'mov$1 $2, $3, rrx'),
  },
  {
    reason: 'ERET of the Virtualization Extensions is SUBS PC, LR, #0 there',
    set: 'T32',
    applies: (ours, theirs) => ours === 'eret' && theirs === 'subs pc, lr, #0',
  },
  {
    reason:
      'literal loads with the bits of an unprivileged one; Rn = 15 is the literal form (A8.8.64 and others)',
    set: 'T32',
    applies: (ours, theirs, decoded) =>
      /\(literal\)/.test(decoded.row?.name ?? '') && theirs.replace(/^(ldr\w*)t /, '$1 ') === ours,
  },
  {
    reason: 'PLD (literal) with bit 21 set is PLDW there',
    set: 'T32',
    applies: (ours, theirs, decoded) =>
      rowIs(decoded, 'PLD (literal)') &&
      theirs.replace('pldw', 'pld') === ours.replace(/ \[pc, #-0\]$/, ' [pc]').replace(/, #-0\]$/, ']'),
  },
  {
    reason: 'the registers of a load to all lanes are a range there',
    applies: (ours, theirs, decoded) =>
      rowIs(decoded, 'VLD') &&
      ours.replace(/\{(d\d+\[\]),(?: d\d+\[\],)* (d\d+\[\])\}/, '{$1-$2}') === theirs,
  },
  {
    reason: 'VSHL (immediate) has elements without a sign (I) in the manual, signed ones there',
    applies: (ours, theirs, decoded) =>
      rowIs(decoded, 'VSHL (immediate)') && ours.replace(/\.i(\d+)/, '.s$1') === theirs,
  },
];

const COUNT = 200_000;

describe('the disassembler against objdump', () => {
  for (const set of ['A32', 'T32'] as const) {
    it(`${set}: ${COUNT} random encodings`, () => {
      const words = randomWords(set, COUNT, 7);
      const code = new Uint8Array(COUNT * 4);
      words.forEach((word, i) => {
        const bytes = bytesOf(word, set);
        // A 16-bit instruction is followed by a NOP.
        code.set(bytes.length === 2 ? [...bytes, 0x00, 0xbf] : bytes, i * 4);
      });
      const lines = objdump(code, set);
      assertSameText(words, set, DIFFERENCES, (i) => ({ text: lines.get(i * 4) ?? '', address: i * 4 }));
    });
  }
});
