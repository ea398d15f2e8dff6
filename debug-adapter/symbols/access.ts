/**
 * Memory and registers of one context (a world on a core, or one frame of its call stack), as the symbol code sees
 * them. Whoever owns the machine implements this.
 */
export interface MachineAccess {
  /** Name of the space that addresses belong to (`host`, `vm1`), shown before addresses; undefined shows none. */
  readonly space?: string;
  /**
   * `length` bytes at `address`.
   * @throws Error with the reason in words (unmapped, translation fault, ...) when any of them cannot be read
   */
  readMemory(address: number, length: number): Uint8Array;
  /** Writes `bytes` at `address`; absent where memory cannot be written. @throws Error with the reason in words */
  writeMemory?(address: number, bytes: Uint8Array): void;
  /**
   * Value of a register by DWARF number (ARM IHI 0040, 4.1): 0–15 core registers, 256–287 D0–D31, 64–95 S0–S31.
   * undefined when it isn't known in this frame.
   */
  readRegister(register: number): number | bigint | undefined;
  /** Sets a register by DWARF number; absent where registers cannot be written. */
  writeRegister?(register: number, value: number | bigint): void;
  /** `symbol` or `symbol+0x12` for an address, for showing pointers. */
  symbolize?(address: number): string | undefined;
}

/** DWARF numbers of the ARM core registers with a role (ARM IHI 0040). */
export const REGISTER_SP = 13;
export const REGISTER_LR = 14;
export const REGISTER_PC = 15;
/** D0 in the DWARF numbering of VFPv3. */
export const REGISTER_D0 = 256;
/** S0 in the older numbering that GCC still uses for single-precision values. */
export const REGISTER_S0 = 64;

/** Name of a register by DWARF number, as disassembly writes it. */
export function registerName(register: number): string {
  if (register === REGISTER_SP) return 'sp';
  if (register === REGISTER_LR) return 'lr';
  if (register === REGISTER_PC) return 'pc';
  if (register >= 0 && register < 16) return `r${register}`;
  if (register >= REGISTER_S0 && register < REGISTER_S0 + 32) return `s${register - REGISTER_S0}`;
  if (register >= REGISTER_D0 && register < REGISTER_D0 + 32) return `d${register - REGISTER_D0}`;
  return `DWARF register ${register}`;
}

/** Size in bytes of a register by DWARF number. */
export function registerSize(register: number): number {
  return register >= REGISTER_D0 && register < REGISTER_D0 + 32 ? 8 : 4;
}

export function hex(value: number | bigint, digits = 0): string {
  return '0x' + value.toString(16).padStart(digits, '0');
}

/** The message of anything thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
