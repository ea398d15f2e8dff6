/**
 * How long a run keeps its caller waiting, where the number of instructions does not say: an instruction takes a
 * nanosecond in compiled code, and microseconds where it is predecoded, faults, reaches a device, or brings something to
 * be compiled. These are counted, so that a run can be over after so much of them, at whatever instruction that is. No
 * clock; and where a run is over changes no result.
 */
export class Patience {
  /** What is left, in units of some quarter of a microsecond; below 0 the run is over at the next block. */
  left = Infinity;
}

/** What is charged, in the same units: the usual case, and not the worst. */
export const Effort = {
  /** An access, or a helper, that the fast paths do not do. */
  SlowPath: 4,
  /** A fault, trap or call. */
  Exception: 16,
  /** Interrupts were looked at. */
  Look: 2,
  /** Compiled code was entered. */
  Entry: 1,
  /** An instruction was predecoded. */
  Predecoded: 8,
  /** An instruction was compiled. */
  Compiled: 80,
  /** One that had been translated before was made code. */
  Brought: 8,
} as const;
