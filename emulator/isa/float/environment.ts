/** What floating-point arithmetic depends on besides its operands, and the exceptions it leaves (ARM ARM A2.7.4 FPSCR). */

/** FPSCR.RMode. */
export const Rounding = { Nearest: 0, PlusInfinity: 1, MinusInfinity: 2, Zero: 3 } as const;
export type Rounding = (typeof Rounding)[keyof typeof Rounding];

/** Cumulative exception bits of FPSCR. */
export const Exception = {
  InvalidOperation: 1 << 0,
  DivisionByZero: 1 << 1,
  Overflow: 1 << 2,
  Underflow: 1 << 3,
  Inexact: 1 << 4,
  InputDenormal: 1 << 7,
} as const;

export const FPSCR = {
  /** Cumulative saturation. */
  QC: 1 << 27,
  /** Alternative half precision. */
  AHP: 1 << 26,
  /** Default NaN. */
  DN: 1 << 25,
  /** Flush to zero. */
  FZ: 1 << 24,
  /** LEN and STRIDE: not 0 asks for short vectors. */
  VECTOR: 0x0037_0000,
} as const;

export interface Environment {
  readonly rounding: Rounding;
  readonly flushToZero: boolean;
  readonly defaultNaN: boolean;
  readonly alternativeHalf: boolean;
  /** Exceptions so far, bits of `Exception`. */
  flags: number;
}

/** As FPSCR says, with no exception yet. */
export function environmentOf(fpscr: number): Environment {
  return {
    rounding: ((fpscr >>> 22) & 3) as Rounding,
    flushToZero: (fpscr & FPSCR.FZ) !== 0,
    defaultNaN: (fpscr & FPSCR.DN) !== 0,
    alternativeHalf: (fpscr & FPSCR.AHP) !== 0,
    flags: 0,
  };
}

/** StandardFPSCRValue(): what Advanced SIMD computes with. */
export function standardEnvironment(fpscr: number): Environment {
  return {
    rounding: Rounding.Nearest,
    flushToZero: true,
    defaultNaN: true,
    alternativeHalf: (fpscr & FPSCR.AHP) !== 0,
    flags: 0,
  };
}

/** The same environment with another rounding. `flags` are its own. */
export function rounded(env: Environment, rounding: Rounding): Environment {
  return { ...env, rounding };
}
