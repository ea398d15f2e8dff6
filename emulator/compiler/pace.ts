/**
 * What compiling costs and when it pays, in one unit: instructions that the interpreter executes meanwhile. Counts alone
 * decide, no clock: two runs of the same compile the same at the same places.
 */

export interface PaceOptions {
  /** A block pays when so many of its instructions were interpreted, once the compiler itself is warm. */
  readonly worth: number;
  /**
   * Most that one batch may cost, but for the region that it ends with. As much must be interpreted before the next one
   * may cost as much again.
   */
  readonly burst: number;
}

/** Costs, about. */
const PER_MODULE = 7_500;
const PER_INSTRUCTION_READ = 60;
const PER_INSTRUCTION_WRITTEN = 175;
/** What the interpreter takes to come to a block from compiled code, and to go back. */
export const PER_ENTRY = 10;
/** The compiler, too, begins as code that runs for the first time: it takes so many times as long, ... */
const COLD = 2;
/** ... less and less until it has done so much. */
const WARM_AFTER = 1_000_000;

/** What a region took. */
export interface Effort {
  /** Instructions decoded to find out what belongs together. */
  readonly read: number;
  /** Instructions of the region. */
  readonly written: number;
}

export class Pace {
  private credit: number;
  private done = 0;

  /** @param options nothing where everything hot is compiled at once. */
  constructor(private readonly options: PaceOptions | undefined) {
    this.credit = options?.burst ?? 0;
  }

  /** So many more instructions were interpreted. */
  interpreted(count: number): void {
    if (this.options !== undefined) this.credit = Math.min(this.options.burst, this.credit + count);
  }

  /** A block of which so many instructions were interpreted pays. */
  pays(instructions: number): boolean {
    return this.options === undefined || instructions >= this.options.worth * this.slowness;
  }

  /** There is time for another region. */
  get allows(): boolean {
    return this.options === undefined || this.credit > 0;
  }

  /** A region was made, or was found not to be worth while. */
  spent({ read, written }: Effort): void {
    this.spend(PER_INSTRUCTION_READ * read + PER_INSTRUCTION_WRITTEN * written);
  }

  /** Regions became code. */
  spentOnModule(): void {
    this.spend(PER_MODULE);
  }

  private spend(cost: number): void {
    this.credit -= cost * this.slowness;
    this.done += cost;
  }

  /** How many times as long compiling takes as when it has been done often. */
  private get slowness(): number {
    return 1 + (COLD - 1) * Math.max(0, 1 - this.done / WARM_AFTER);
  }
}
