// A register as a view shows it: its raw value and, for a register with a layout, each field decoded.

/** An unsigned number as text: `0x` and lower-case hexadecimal digits, in the full width of what it came from. */
export type Hex = `0x${string}`;

/**
 * The text form of an unsigned number.
 * @param value 0 or more
 * @param bits width of the number's home in bits; digits are padded to it (default 32)
 */
export function hex(value: number | bigint, bits = 32): Hex {
  return `0x${value.toString(16).padStart(Math.ceil(bits / 4), '0')}`;
}

/** The number a Hex stands for. */
export function fromHex(text: string): bigint {
  return BigInt(text);
}

/** One field of a register, as the ARM Architecture Reference Manual lays it out. */
export interface RegisterField {
  /** The manual's name, e.g. `VM`. */
  name: string;
  /** Highest and lowest bit, e.g. [31, 28]; the same number twice for a single bit. */
  bits: [high: number, low: number];
  value: Hex;
  /** What this value means, in words, e.g. `Stage 2 translation on`; empty when the value speaks for itself. */
  meaning: string;
}

export interface Register {
  /** The manual's name, e.g. `HCR`, `R0`, `SP_svc`, `D7`. */
  name: string;
  value: Hex;
  width: 32 | 64;
  /** The value in a few words, for the row's description, e.g. `SVC mode, IRQ masked`. */
  summary?: string;
  /** What the register is, in one sentence, and the manual's section. */
  description?: string;
  /** Highest bits first. */
  fields?: RegisterField[];
  /** True when the value differs from that of the stop before. */
  changed?: boolean;
  /** An expression that `evaluate` and `setExpression` take for this register, e.g. `vm1:$HCR`. */
  evaluateName?: string;
  /** For setDataBreakpoints: break when this register changes. Absent when that cannot be watched. */
  dataId?: string;
}

/** Registers that belong together, in the manual's order. */
export interface RegisterGroup<Kind extends string = string> {
  kind: Kind;
  /** Row label, e.g. `General`. */
  title: string;
  registers: Register[];
}

/**
 * Where the values of a context that is not executing come from: `live` from the core itself, `saved` from the
 * hypervisor's own memory (awareness), `last seen` when the machine remembers them from when the context ran.
 */
export type Provenance = 'live' | 'saved' | 'last seen';
