/** Devices of which only the registers are there: each holds what is written, and nothing comes of it. */
import type { DeviceState } from './device';
import { RegisterDevice, type RegisterHandler, type RegisterRow } from './register-device';

/** A register that holds what is written to the bits of `mask` (none: it is constant), and `reset` before that. */
export type StoredRow = RegisterRow & { readonly mask?: number; readonly reset?: number };

export class StoredRegisters extends RegisterDevice {
  /** The words of each row. */
  private readonly words = new Map<string, Int32Array>();

  /** @param others behaviour of the rows that are not stored. */
  constructor(
    name: string,
    size: number,
    private readonly stored: readonly StoredRow[],
    otherRows: readonly RegisterRow[],
    others: Readonly<Record<string, RegisterHandler>>,
  ) {
    super(name, size, [...stored, ...otherRows]);
    const handlers = stored.map(({ name: row, mask = 0, count = 1 }) => {
      const words = new Int32Array(count);
      this.words.set(row, words);
      const handler: RegisterHandler = {
        read: (index) => words[index],
        write: (index, value, _access, lanes) => {
          const written = lanes & mask;
          words[index] = (words[index]! & ~written) | (value & written);
        },
      };
      return [row, handler] as const;
    });
    this.bind({ ...Object.fromEntries(handlers), ...others });
    this.reset();
  }

  reset(): void {
    for (const { name, reset = 0 } of this.stored) this.words.get(name)?.fill(reset);
  }
  save(): DeviceState {
    return { words: [...this.words.values()].map((words) => [...words]) };
  }
  restore(state: DeviceState): void {
    const saved = state['words'] as number[][];
    [...this.words.values()].forEach((words, i) => words.set(saved[i]));
  }
}
