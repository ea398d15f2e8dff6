/** Bits of Executor.event: what must be looked at before the next instruction. */
export const enum Attention {
  /** Interrupts, the context of translation, RUN_STATE. */
  Look = 1,
  Stop = 2,
  Yield = 4,
  /** The limit moved, or the current block was dropped. */
  Leave = 8,
  /** The patience of who waits for this run is used up. */
  Tired = 16,
}
