/**
 * Where QEMU 7.2 is not the oracle for a single instruction: each with the manual's section, and the tests of our own
 * that stand in for it. Everything else must be equal.
 */
import type { Row } from '../../../emulator/isa/row';

/** One test that differs. */
export interface DifferentTest {
  readonly row: Row;
  readonly word: number;
  /** r0–r14, CPSR, SPSR as the test began. */
  readonly input: Uint32Array;
  /** What our machine, and QEMU, wrote down: words 0 on are r0 … (see runner.S). */
  readonly ours: Uint32Array;
  readonly theirs: Uint32Array;
}

export interface Deviation {
  readonly what: string;
  /** Section of ARM DDI 0406C. */
  readonly section: string;
  readonly applies: (test: DifferentTest) => boolean;
}

/** Word of HSR among what the runner writes down, and its value behind the PL1 vector of Data Aborts. */
const HSR = 16;
const DATA_ABORT_AT_PL1 = 0x4a00_0105;
const PREFETCH_ABORT_AT_PL1 = 0x4a00_0104;
const ELR_HYP = 17;
const SPSR_HYP = 15;
const SPSR_ABT = 29;
const SPSR_UND = 32;
const THUMB = 0x20;
const IT_BITS = 0x0600_fc00;
const OPCODE_SUB = 2;
const OPCODE_MOV = 13;
const USR = 0x10;
const SYS = 0x1f;
const mode = (input: Uint32Array): number => input[15]! & 0x1f;
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
    what: 'Exception returns in User and System mode are UNPREDICTABLE (there is no SPSR): UNDEFINED here; QEMU goes on with another SPSR',
    section: 'B9.3.19, B9.3.20',
    applies: ({ row, input }) =>
      /^(SUBS PC|LDM \(exception|ERET|MRS|MSR)/.test(row.name) && unprivilegedOrSystem(input),
  },
  {
    what: 'In an IT block, QEMU gives SPSR_hyp the IT state of an earlier moment when an instruction asked whether it traps',
    section: 'B1.8.3, A2.5.2',
    applies: ({ row, ours, theirs }) =>
      /^(SMC|VMRS|VMSR|MRS|MSR)/.test(row.name) && ((ours[SPSR_HYP]! ^ theirs[SPSR_HYP]!) & ~IT_BITS) === 0,
  },
  {
    what: 'STREX at an unaligned address takes an alignment fault whether or not the monitor is set; QEMU only says that the store failed',
    section: 'A3.4.1, B2.4.4 ExclusiveMonitorsPass',
    applies: ({ row, ours }) => /^STREX/.test(row.name) && ours[HSR] === DATA_ABORT_AT_PL1,
  },
  {
    what: 'A branch to A32 state at an address with bits 1:0 = 0b10 is UNPREDICTABLE: bit 1 is cleared here; QEMU keeps it and takes a Prefetch Abort there',
    section: 'A2.3.2 BXWritePC, BranchWritePC',
    applies: ({ ours, theirs }) =>
      theirs[HSR] === PREFETCH_ABORT_AT_PL1 ||
      ((ours[ELR_HYP]! ^ theirs[ELR_HYP]!) === 2 && (theirs[ELR_HYP]! & 3) === 2),
  },
  {
    what: 'A computed branch led into other tests in the other instruction set, where much of their code is UNPREDICTABLE',
    section: 'A2.5.1',
    applies: ({ input, ours, theirs }) =>
      [ours, theirs].some((words) =>
        [SPSR_HYP, SPSR_ABT, SPSR_UND].some(
          (n) => n < words.length && leftSet(input[15]!, words[n]!, input[16]!),
        ),
      ),
  },
  {
    what: 'VLDn and VSTn with :256 at an address aligned to 128 bits take an alignment fault; QEMU checks 128 bits alone',
    section: 'A8.8.320 and kin, A3.2.1',
    applies: ({ row, word, input, ours }) =>
      /^V(LD|ST)[124] \(multiple/.test(row.name) &&
      ((word >>> 4) & 3) === 3 &&
      (input[(word >>> 16) & 15]! & 31) === 16 &&
      ours[HSR] === DATA_ABORT_AT_PL1,
  },
];

/** True when a saved status is neither what the test began with nor in its instruction set. */
function leftSet(cpsr: number, saved: number, untouched: number): boolean {
  return saved !== untouched && ((saved ^ cpsr) & THUMB) !== 0;
}
