/**
 * The system counter (ARM ARM B8.1.1): derived from the machine's clock by exact integer arithmetic, so that a
 * count belongs to one moment of virtual time and no other.
 */

/** Counts below this are exact. */
const EXACT = 2 ** 53;

export class SystemCounter {
  /** Ticks per `nanoseconds` ns, in lowest terms. */
  private readonly ticks: number;
  private readonly nanoseconds: number;

  /**
   * @param frequency ticks per second; CNTFRQ's value (62.5 MHz on `virt`).
   * @throws RangeError when it is not an integer from 1 to 10^9 or its ratio to 1 ns is not exact in a double.
   */
  constructor(readonly frequency: number) {
    if (!Number.isInteger(frequency) || frequency < 1 || frequency > 1e9)
      throw new RangeError(`a system counter counts at 1 Hz to 1 GHz, not ${frequency}`);
    const divisor = greatestCommonDivisor(frequency, 1e9);
    this.ticks = frequency / divisor;
    this.nanoseconds = 1e9 / divisor;
    if (this.ticks * this.nanoseconds >= EXACT)
      throw new RangeError(`a system counter of ${frequency} Hz cannot be counted exactly`);
  }

  /** The count at virtual time `now` (ns): an integer below 2^53. */
  at(now: number): number {
    const whole = Math.floor(now / this.nanoseconds);
    const rest = now - whole * this.nanoseconds;
    return whole * this.ticks + Math.floor((rest * this.ticks) / this.nanoseconds);
  }

  /** The first virtual time (ns) at which the count is `count` or more; Infinity beyond what can be represented. */
  timeOf(count: number): number {
    if (count <= 0) return 0;
    const whole = Math.floor(count / this.ticks);
    const rest = count - whole * this.ticks;
    const time = whole * this.nanoseconds + Math.ceil((rest * this.nanoseconds) / this.ticks);
    return time < EXACT ? time : Infinity;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
