/** The D registers as numbers of the host, for arithmetic on them (float/host.ts). */
import { CORE } from '../../state/layout';
import { Exception } from '../float/environment';
import { doubleOf, highBits, lowBits, singleBits, singleOf, wasRounded } from '../float/host';

/** FPSCR.RMode: 0 rounds to nearest. */
const RMODE = 3 << 22;

/** How numbers of one precision are read and written; `word` counts from D0's low word. */
export interface HostRegister {
  /** NaN for everything that is not zero or normal. */
  readonly get: (s: Int32Array, word: number) => number;
  readonly set: (s: Int32Array, word: number, value: number) => void;
}

export const HOST_REGISTERS = {
  single: {
    get: (s, word) => singleOf(s[CORE.D + word]!),
    set: (s, word, value) => void (s[CORE.D + word] = singleBits(value)),
  },
  double: {
    get: (s, word) => doubleOf(s[CORE.D + word]!, s[CORE.D + word + 1]!),
    set: (s, word, value) => {
      s[CORE.D + word] = lowBits(value);
      s[CORE.D + word + 1] = highBits();
    },
  },
} as const satisfies Record<string, HostRegister>;

/** True where FPSCR rounds to nearest, as the host does. Flushing and NaNs concern nothing that the host computes. */
export function hostMayCompute(s: Int32Array): boolean {
  return (s[CORE.FPSCR]! & RMODE) === 0;
}

/** FPSCR.IXC := 1 when a step since `beginSteps` was rounded. */
export function noteRounding(s: Int32Array): void {
  if (wasRounded()) s[CORE.FPSCR] = s[CORE.FPSCR]! | Exception.Inexact;
}
