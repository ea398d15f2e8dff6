/**
 * The language in which an instruction's meaning is written, once. A semantic function receives a builder and says
 * what the instruction does in the steps of the Arm pseudocode. Run with symbolic operands it makes the
 * interpreter's handlers (at build time); run with one decoded instruction's constants it can emit WebAssembly.
 *
 * Rules for semantic functions:
 * - read every operand before writing any register or flag (a Value is an expression: what was read stays read);
 * - no architectural write before the last step that can fault, so that an instruction that faults can be restarted;
 * - decisions at decode time belong in `form` (row.ts), decisions at run time in `when` and `select`;
 * - never look inside a Value or an Operand: they are opaque here.
 */
import type { HelperName } from './helpers';

/** A 32-bit integer known when the instruction executes. Booleans are 0 or 1. */
export interface Value {
  readonly __value: 'i32';
}
/** A 64-bit integer known when the instruction executes. */
export interface Wide {
  readonly __value: 'i64';
}
/** A number fixed when the instruction is decoded: a register number, an immediate, a list of registers, a target. */
export interface Operand {
  readonly __operand: true;
}

export interface MemoryOptions {
  /** Sign-extend a byte or halfword load. */
  readonly signed?: boolean;
  /** LDRT, STRT and kin: with PL0's permissions. */
  readonly unprivileged?: boolean;
  /** Bytes to which the address must be aligned whatever SCTLR.A says (LDRD and VLDR: 4). 1 by default. */
  readonly alignment?: 1 | 2 | 4 | 8;
  /** Little- or big-endian by CPSR.E unless 'little' (what the manual calls MemU of an instruction stream constant never needs this). */
  readonly endian?: 'cpsr' | 'little';
}

export type FlagName = 'N' | 'Z' | 'C' | 'V' | 'Q';

/** How loadVfpMultiple and storeVfpMultiple see their words. */
export interface VfpTransferOptions {
  readonly doubles?: boolean;
}

export interface Builder {
  // --- constants and operands ---
  /** A constant. */
  c(value: number): Value;
  /** The operand as a number. */
  imm(operand: Operand): Value;

  // --- registers ---
  /** R[n] as an instruction reads it; R15 gives the instruction's address + 8 (A32) or + 4 (T32). */
  r(register: Operand | number): Value;
  /** R[n] := value, n = 0–14. Writes to R15 are one of the …WritePC steps. */
  setR(register: Operand | number, value: Value): void;
  /** Align(PC, 4) as literal loads and ADR use it. */
  alignedPc(): Value;
  /** Address of this instruction. */
  address(): Value;
  /** Address of the next instruction; bit 0 set in T32 when `withT` (what BL puts into LR). */
  nextAddress(withT: boolean): Value;
  /** One word of the D registers: index 2n is D[n]<31:0>, 2n + 1 is D[n]<63:32>; equally S[index] for index < 32. */
  vfp(word: Operand, plus?: number): Value;
  setVfp(word: Operand, value: Value, plus?: number): void;

  // --- flags ---
  /** A flag as 0 or 1. */
  flag(name: FlagName): Value;
  /** APSR.N := result<31>; APSR.Z := IsZeroBit(result). */
  setNZ(result: Value): void;
  /** N and Z of a 64-bit result. */
  setNZWide(result: Wide): void;
  /** APSR.{N,Z,C,V} := bits<31:28> (MRC and VMRS to APSR_nzcv). */
  setNZCV(bits: Value): void;
  setC(bit: Value): void;
  setV(bit: Value): void;
  /** APSR.Q := 1 when `bit` is not 0 (sticky). */
  setQ(bit: Value): void;
  /** APSR.GE as 0–15. */
  ge(): Value;
  setGE(bits: Value): void;
  /** AddWithCarry(x, y, carryIn) of the manual; with `flags` it sets N, Z, C and V. SUB is x + NOT(y) + 1: use subtract. */
  addWithCarry(x: Value, y: Value, carryIn: Value, flags: boolean): Value;
  add2(x: Value, y: Value, flags: boolean): Value;
  /** x - y, flags as AddWithCarry(x, NOT(y), 1). */
  subtract(x: Value, y: Value, flags: boolean): Value;

  // --- arithmetic modulo 2^32 ---
  add(x: Value, y: Value): Value;
  sub(x: Value, y: Value): Value;
  mul(x: Value, y: Value): Value;
  and(x: Value, y: Value): Value;
  or(x: Value, y: Value): Value;
  xor(x: Value, y: Value): Value;
  not(x: Value): Value;
  /** Shifts by 0–31; the amount is taken modulo 32. */
  shl(x: Value, amount: Value): Value;
  shr(x: Value, amount: Value): Value;
  sar(x: Value, amount: Value): Value;
  ror(x: Value, amount: Value): Value;
  clz(x: Value): Value;
  /** Sign-extends the low 8 or 16 bits. */
  sext(x: Value, bits: 8 | 16): Value;
  /** Quotient rounded towards zero; division by 0 gives 0; 0x80000000 / -1 gives 0x80000000. */
  divS(x: Value, y: Value): Value;
  divU(x: Value, y: Value): Value;

  // --- comparisons: 0 or 1 ---
  eq(x: Value, y: Value): Value;
  ne(x: Value, y: Value): Value;
  ltS(x: Value, y: Value): Value;
  ltU(x: Value, y: Value): Value;

  // --- 64 bits ---
  wideU(x: Value): Wide;
  wideS(x: Value): Wide;
  wide(low: Value, high: Value): Wide;
  low(x: Wide): Value;
  high(x: Wide): Value;
  mulWideU(x: Value, y: Value): Wide;
  mulWideS(x: Value, y: Value): Wide;
  addWide(x: Wide, y: Wide): Wide;
  subWide(x: Wide, y: Wide): Wide;

  // --- control inside an instruction ---
  select(condition: Value, whenTrue: Value, whenFalse: Value): Value;
  when(condition: Value, then: () => void, otherwise?: () => void): void;
  /** Evaluates now, once; use it where an expression is needed more than once. */
  let(value: Value): Value;

  // --- memory ---
  load(address: Value, size: 1 | 2 | 4, options?: MemoryOptions): Value;
  store(address: Value, size: 1 | 2 | 4, value: Value, options?: MemoryOptions): void;
  /** Two words at address and address + 4 (LDRD, VLDR of a D register): both are read before either is returned. */
  loadPair(address: Value, options?: MemoryOptions): readonly [Value, Value];
  /** Both words are known to be writable before the first is written. */
  storePair(address: Value, first: Value, second: Value, options?: MemoryOptions): void;
  /**
   * Loads the registers of `list` (bits 0–14; bit 15 is not transferred here) from ascending word addresses.
   * All words are read before any register is written. `userBank`: the registers of User mode (LDM with ^).
   * Returns nothing; a load of PC uses load + loadWritePC with the address after the list.
   */
  loadMultiple(address: Value, list: Operand, options?: { readonly userBank?: boolean }): void;
  /** As loadMultiple, with the extra word for PC read together with the others and returned. */
  loadMultipleWithPc(address: Value, list: Operand): Value;
  /** Stores registers of `list` (bits 0–15; PC as PCStoreValue) at ascending addresses; all are probed before the first store. `baseReplaced`: value to store in place of register n (a written-back base that is not the lowest). */
  storeMultiple(address: Value, list: Operand, options?: { readonly userBank?: boolean }): void;
  /**
   * `count` consecutive words of the D registers from word index `first` on, word-aligned; VLDM, VLDR. `doubles`: they
   * are doublewords (`first` and `count` even): of big-endian data the high word of each comes first.
   */
  loadVfpMultiple(address: Value, first: Operand, count: Operand, options?: VfpTransferOptions): void;
  storeVfpMultiple(address: Value, first: Operand, count: Operand, options?: VfpTransferOptions): void;
  /**
   * VLDn: elements in ascending memory into the D registers, by `shape` (vfp/element-shape.ts). All are read before any
   * register is written. The shape says how the address must be aligned.
   */
  loadVfpElements(address: Value, shape: Operand): void;
  /** VSTn. All bytes are known to be writable before the first is stored. */
  storeVfpElements(address: Value, shape: Operand): void;
  /** LDREX family: marks the physical address; 8 gives two words. Alignment to `size` is checked. */
  loadExclusive(address: Value, size: 1 | 2 | 4 | 8): readonly [Value, Value];
  /** STREX family: 0 when the store was made, 1 when not. */
  storeExclusive(address: Value, size: 1 | 2 | 4 | 8, value: Value, second?: Value): Value;
  clearExclusive(): void;

  // --- branches (each ends the instruction) ---
  /** To a target fixed at decode time, in the same instruction set. */
  branch(target: Operand): void;
  /** BranchWritePC: no change of instruction set; low bits cleared. */
  branchWritePC(target: Value): void;
  /** BXWritePC: bit 0 chooses T32 (UNPREDICTABLE <1:0> = 10: to A32, bits cleared). */
  bxWritePC(target: Value): void;
  /** LoadWritePC: as BXWritePC. */
  loadWritePC(target: Value): void;
  /** ALUWritePC: in A32 as BXWritePC, in T32 as BranchWritePC. */
  aluWritePC(target: Value): void;
  /** To a target fixed at decode time, changing between A32 and T32 (BLX immediate). */
  branchExchange(target: Operand): void;

  // --- what is intricate lives in helpers, shared by both tiers ---
  /** Calls a helper (helpers.ts); where it gives a result, that is the Value. */
  call(helper: HelperName, ...args: readonly Value[]): Value;
}
