/**
 * Where QEMU 7.2 is not the oracle for a single instruction: each with the manual's section, and the tests of our own
 * that stand in for it. Everything else must be equal.
 */
import type { Row } from '../../../emulator/isa/row';
import { LANDING_BYTES, type Landing } from './inputs';
import { CODE_AT, CODE_BYTES, INPUT, MOST_CODE, OUTPUT, OUTPUT_NAMES } from './layout';

/** One test that differs. */
export interface DifferentTest {
  readonly row: Row;
  readonly word: number;
  readonly address: number;
  readonly landing: Landing;
  /** r0–r14, CPSR, SPSR as the test began. */
  readonly input: Uint32Array;
  /** What our machine, and QEMU, wrote down: words 0 on are r0 … (see runner.S). */
  readonly ours: Uint32Array;
  readonly theirs: Uint32Array;
  /** Which of these words differ, and whether nothing else does (a D register). */
  readonly words: readonly number[];
  readonly onlyWords: boolean;
}

/** True when nothing differs but bits of `mask` in words that `fits` holds of. */
function onlyBits(test: DifferentTest, mask: number, fits: (word: number) => boolean): boolean {
  const { words, onlyWords, ours, theirs } = test;
  return onlyWords && words.every((n) => fits(n) && ((ours[n]! ^ theirs[n]!) & ~mask) === 0);
}
const isSpsr = (word: number): boolean => OUTPUT_NAMES[word]!.startsWith('spsr_');
const isSpsrHyp = (word: number): boolean => word === SPSR_HYP;

export interface Deviation {
  readonly what: string;
  /** Section of ARM DDI 0406C. */
  readonly section: string;
  readonly applies: (test: DifferentTest) => boolean;
}

const { HSR, ELR_HYP, SPSR_HYP, LR_SVC, LR_ABT, LR_UND, SPSR_SVC, SPSR_ABT, SPSR_UND, VECTOR, IFAR } = OUTPUT;
/** HSR behind the PL1 vector of Prefetch Aborts. */
const PREFETCH_ABORT_AT_PL1 = 0x4a00_0104;
/** HSR.EC of ARMv8's PC alignment fault, and the vector of Secure Prefetch Aborts. */
const PC_ALIGNMENT = 0x22;
const SECURE_PREFETCH_ABORT = 19;
/** HSR behind the PL1 vector of Undefined Instruction exceptions. */
const UNDEFINED_AT_PL1 = 0x4a00_0102;
/** IL of ARMv8's PSTATE. */
const ILLEGAL_STATE = 1 << 20;
const THUMB = 0x20;
const IT_BITS = 0x0600_fc00;
/** J, and bits 23:20. */
const RESERVED_STATUS = 0x01f0_0000;
const OPCODE_SUB = 2;
const OPCODE_MOV = 13;
const EXCEPTION_RETURN = /^(RFE|LDM \(exception|SUBS PC|ERET)/;
const USR = 0x10;
const SYS = 0x1f;
const HYP = 0x1a;
const MON = 0x16;
const mode = (input: Uint32Array): number => input[INPUT.CPSR]! & 0x1f;
const unprivilegedOrSystem = (input: Uint32Array): boolean => mode(input) === USR || mode(input) === SYS;

export const DEVIATIONS: readonly Deviation[] = [
  {
    what: 'ANDS, EORS, ADDS, ADCS, … with Rd = PC return from an exception like SUBS and MOVS (their use is deprecated); QEMU branches and sets flags',
    section: 'B9.3.20',
    applies: ({ row, word }) =>
      /^SUBS PC/.test(row.name) && ![OPCODE_SUB, OPCODE_MOV].includes((word >>> 21) & 15),
  },
  {
    what: 'LDM and STM (User registers) are UNPREDICTABLE in User and System mode: UNDEFINED here; QEMU executes them in System mode',
    section: 'B9.3.6, B9.3.17',
    applies: ({ row, input }) => /\(User registers\)/.test(row.name) && unprivilegedOrSystem(input),
  },
  {
    what: 'SWP and SWPB are UNDEFINED in Hyp mode, whose HSCTLR has no SW; QEMU executes them',
    section: 'A8.8.229, B4.1.75',
    applies: ({ row, input }) => mode(input) === HYP && row.name.startsWith('SWP'),
  },
  {
    what: 'HVC is UNDEFINED in Monitor mode, which is Secure; QEMU takes it with SCR.NS = 1',
    section: 'B9.3.4',
    applies: ({ row, input }) => mode(input) === MON && row.name.startsWith('HVC'),
  },
  {
    what: 'MRS and MSR of Hyp registers in Monitor mode with SCR.NS = 0 are UNPREDICTABLE: UNDEFINED here; QEMU executes them',
    section: 'B9.2.3 BankedRegisterAccessValid',
    applies: ({ row, input }) =>
      mode(input) === MON && (input[INPUT.SCR]! & 1) === 0 && row.name.includes('(Banked register)'),
  },
  {
    what: 'LDRT, STRT and kin in Monitor mode are made as from Secure PL0, under its tables; QEMU makes them under others',
    section: 'A4.6.6, B1.5.1',
    applies: ({ row, input }) => mode(input) === MON && /^(LD|ST)RS?[BH]?T /.test(row.name),
  },
  {
    what: 'LDRT, STRT and kin are UNPREDICTABLE in Hyp mode: made as its own accesses here; QEMU makes them under tables of PL0',
    section: 'A8.8.92 and kin',
    applies: ({ row, input }) => mode(input) === HYP && /^(LD|ST)RS?[BH]?T /.test(row.name),
  },
  {
    what: 'SRS to the stack of Hyp mode is UNPREDICTABLE: UNDEFINED here; QEMU stores there in Secure state',
    section: 'B9.3.16',
    applies: ({ row, word }) => row.name.startsWith('SRS') && (word & 31) === HYP,
  },
  {
    what: 'LDM and STM (User registers), RFE, SRS and exception returns but ERET are UNDEFINED in Hyp mode; QEMU executes some of them',
    section: 'B9.3.5, B9.3.6, B9.3.13, B9.3.16, B9.3.17, B9.3.20',
    applies: ({ row, input }) =>
      mode(input) === HYP && /\(User registers\)|^(RFE|SRS|SUBS PC|LDM \(exception)/.test(row.name),
  },
  {
    what: 'Exception returns in User and System mode are UNPREDICTABLE (there is no SPSR): UNDEFINED here; QEMU goes on with another SPSR',
    section: 'B9.3.19, B9.3.20',
    applies: ({ row, input }) =>
      /^(SUBS PC|LDM \(exception|ERET|MRS|MSR)/.test(row.name) && unprivilegedOrSystem(input),
  },
  {
    what: 'In an IT block, QEMU gives SPSR_hyp the IT state of an earlier moment when an instruction asked whether it traps',
    section: 'B1.8.3, A2.5.2',
    applies: (test) =>
      test.row.set === 'T32' &&
      /^(SMC|WFI|VMRS|VMSR|MRS|MSR|M[CR]{2,3},)/.test(test.row.name) &&
      onlyBits(test, IT_BITS, isSpsrHyp),
  },
  {
    what: 'LDC and STC of coprocessor 9, which is not there: UNDEFINED; QEMU executes them as VLDR.16 and VSTR.16 of ARMv8',
    section: 'A2.9',
    applies: ({ row, word }) => /^(LDC|STC)/.test(row.name) && ((word >>> 8) & 15) === 9,
  },
  {
    what: 'VMSR to MVFR0 and MVFR1, which are read-only: UNDEFINED; QEMU ignores the write',
    section: 'B9.3.22',
    applies: ({ row, word }) => row.name.startsWith('VMSR') && [6, 7].includes((word >>> 16) & 15),
  },
  {
    what: 'An exception return that loads J or bits 23:20, which are reserved without Jazelle and ThumbEE: they stay 0; QEMU keeps them in CPSR. IT bits in A32 state are UNPREDICTABLE: they advance here',
    section: 'B1.3.3, A2.5.1',
    applies: (test) =>
      EXCEPTION_RETURN.test(test.row.name) &&
      onlyBits(
        test,
        RESERVED_STATUS | (test.theirs[SPSR_HYP]! & THUMB ? 0 : IT_BITS),
        (word) => isSpsr(word) || isSpsrHyp(word),
      ),
  },
  {
    what: 'An exception return that loads bit 20, which is reserved: it stays 0; for QEMU it is IL of ARMv8, with which the next instruction is UNDEFINED, whatever it is',
    section: 'B1.3.3',
    applies: ({ row, theirs }) =>
      EXCEPTION_RETURN.test(row.name) &&
      theirs[HSR] === UNDEFINED_AT_PL1 &&
      (theirs[SPSR_UND]! & ILLEGAL_STATE) !== 0,
  },
  {
    what: 'An exception return into an IT block whose next instruction is the HVC that ends the test, which is UNPREDICTABLE there: IT advances here; QEMU leaves it',
    section: 'B9.3.4',
    applies: (test) => EXCEPTION_RETURN.test(test.row.name) && onlyBits(test, IT_BITS, isSpsrHyp),
  },
  {
    what: 'SPSR<23:20> is not written by MSR; QEMU writes bit 20',
    section: 'SPSRWriteByInstr, B9.3.12',
    applies: (test) =>
      test.row.name.startsWith('MSR') &&
      onlyBits(test, RESERVED_STATUS, (word) => isSpsr(word) || isSpsrHyp(word)),
  },
  {
    what: 'STREX at an unaligned address takes an alignment fault whether or not the monitor is set; QEMU only says that the store failed',
    section: 'A3.4.1, B2.4.4 ExclusiveMonitorsPass',
    applies: ({ row, word, input }) => {
      const suffix = /^STREX([BHD]?) /.exec(row.name)?.[1];
      if (suffix === undefined) return false;
      const size = { '': 4, B: 1, H: 2, D: 8 }[suffix]!;
      return (input[(word >>> 16) & 15]! & (size - 1)) !== 0;
    },
  },
  {
    what: 'A branch to A32 state at an address with bits 1:0 = 0b10 is UNPREDICTABLE: bit 1 is cleared here; QEMU keeps it and takes a Prefetch Abort there',
    section: 'A2.3.2 BXWritePC, BranchWritePC',
    applies: ({ ours, theirs, words }) =>
      theirs[HSR] === PREFETCH_ABORT_AT_PL1 ||
      theirs[HSR]! >>> 26 === PC_ALIGNMENT ||
      (theirs[VECTOR] === SECURE_PREFETCH_ABORT && (theirs[LR_ABT]! & 3) === 2) ||
      (words.includes(IFAR) && (theirs[IFAR]! & 3) === 2) ||
      words.every((n) => (ours[n]! ^ theirs[n]!) === 2 && (theirs[n]! & 3) === 2),
  },
  {
    what: 'A computed branch led into other tests in the other instruction set, where much of their code is UNPREDICTABLE',
    section: 'A2.5.1',
    applies: ({ landing, input, ours, theirs }) =>
      ![ours, theirs].every((words) => landed(words, landing)) &&
      [ours, theirs].some((words) =>
        [SPSR_HYP, SPSR_SVC, SPSR_ABT, SPSR_UND].some(
          (n) => n < words.length && leftSet(input[INPUT.CPSR]!, words[n]!, input[INPUT.SPSR]!),
        ),
      ),
  },
  {
    what: 'A computed branch led into other code in T32, where halves of instructions, or calls in an IT block, may be UNPREDICTABLE',
    section: 'A6.1',
    applies: ({ row, address, landing, ours, theirs }) =>
      row.set === 'T32' &&
      [ours, theirs].some((words) =>
        [ELR_HYP, LR_SVC, LR_ABT, LR_UND].some((n) => {
          const link = words[n]!;
          const inCode = link >= CODE_AT && link < CODE_AT + MOST_CODE;
          return inCode && !ownCode(link, address) && !afterTests(link, landing);
        }),
      ),
  },
  {
    what: 'VLDn and VSTn with :256 at an address aligned to 128 bits take an alignment fault; QEMU checks 128 bits alone',
    section: 'A8.8.320 and kin, A3.2.1',
    applies: ({ row, word, input }) =>
      /^V(LD|ST)[124] \(multiple/.test(row.name) &&
      ((word >>> 4) & 3) === 3 &&
      (input[(word >>> 16) & 15]! & 31) === 16,
  },
  {
    what: 'A computed branch led to an exception return that loads J or bits 23:20: they stay 0; QEMU keeps them in CPSR',
    section: 'B1.3.3',
    applies: (test) =>
      onlyBits(test, RESERVED_STATUS, (word) => isSpsr(word) || isSpsrHyp(word)) &&
      test.words.every((n) => (test.ours[n]! & RESERVED_STATUS) === 0),
  },
];

/** True in the slot at `address`, or just behind it. */
function ownCode(link: number, address: number): boolean {
  return link >= address && link <= address + CODE_BYTES;
}
/** True in the landings, and in the vectors behind them. */
function afterTests(link: number, { a32 }: Landing): boolean {
  return link >= a32 && link < a32 + 3 * LANDING_BYTES;
}

/** Where a test ended that came to a Secure vector, by its number; link and status. All others end with ELR_HYP. */
const ENDED_AT: Readonly<Record<number, readonly [number, number]>> = {
  17: [LR_UND, SPSR_UND],
  18: [LR_SVC, SPSR_SVC],
  19: [LR_ABT, SPSR_ABT],
  20: [LR_ABT, SPSR_ABT],
};

/** True of a test that ended in the landing of the instruction set that it was in. */
function landed(words: Uint32Array, { a32, t32 }: Landing): boolean {
  const [link, saved] = ENDED_AT[words[VECTOR]!] ?? [ELR_HYP, SPSR_HYP];
  const address = words[link]!;
  const status = words[saved]!;
  const from = status & THUMB ? t32 : a32;
  return address >= from && address < from + LANDING_BYTES;
}

/** True when a saved status is neither what the test began with nor in its instruction set. */
function leftSet(cpsr: number, saved: number, untouched: number): boolean {
  return saved !== untouched && ((saved ^ cpsr) & THUMB) !== 0;
}
