/** What a device is to the rest of the machine, and the map of physical addresses. */

/** Size of one bus access, in bytes. */
export type AccessSize = 1 | 2 | 4;

/** Who makes a bus access. */
export interface BusAccess {
  /** Core number. */
  readonly core: number;
  /** True for an access made in Secure state. */
  readonly secure: boolean;
  readonly privileged: boolean;
}

/** What `Device.read` gives for an access the device answers with an external abort. */
export const BUS_ERROR = -1;

/** A device's own state, as plain data that can be cloned and compared. */
export type DeviceState = Readonly<Record<string, unknown>>;

export interface Device {
  /** Unique in its machine, for example `pl011@9000000`. */
  readonly name: string;
  /** Bytes of its window on the bus. */
  readonly size: number;
  /** An access touches nothing but the device itself and interrupt lines: no memory, no other device. */
  readonly selfContained?: true;
  /**
   * Byte offset in the machine's memory of a page that holds what reads of the window's first page give a core, always: such
   * reads have no effect, and are made there. Nor has it any effect to write a word that is there. Undefined: there is none.
   */
  readonly readsAs?: (core: number) => number | undefined;
  /** Reads 1, 2 or 4 bytes, zero-extended (0 to 2^32 - 1), or gives BUS_ERROR. */
  read(offset: number, size: AccessSize, access: BusAccess): number;
  /** Writes 1, 2 or 4 bytes (`value` 0 to 2^32 - 1); false: external abort. */
  write(offset: number, size: AccessSize, value: number, access: BusAccess): boolean;
  /**
   * Reads without side effect, for the debugger: what `read` would give, changing nothing. `undefined` where
   * that cannot be known.
   */
  peek(offset: number, size: AccessSize, access: BusAccess): number | undefined;
  reset(): void;
  save(): DeviceState;
  restore(state: DeviceState): void;
}

/**
 * A device whose window reads as memory while it says so, and takes every write: flash. Code can be executed from it
 * then, and reads of it cost what reads of RAM cost.
 */
export interface MemoryDevice extends Device {
  /** True while the window reads as the memory behind it. */
  readonly isMemory: boolean;
  /** True when the last write meant nothing to the device: most likely it was not meant for a device. */
  readonly ignoredWrite: boolean;
}

/** An interrupt input of the interrupt controller, as a device holds it. */
export interface InterruptLine {
  set(level: boolean): void;
}

/** What all stretches of the physical address space have. `base` and `size` in bytes, up to 2^40. */
interface Stretch {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  /** For a Non-secure access nothing is there. */
  readonly secureOnly?: boolean;
}

/** A stretch of the physical address space. */
export type Region =
  | (Stretch & {
      readonly kind: 'ram' | 'rom';
      /** Byte offset in the machine's memory. */
      readonly offset: number;
    })
  | (Stretch & {
      readonly kind: 'flash';
      /** Byte offset in the machine's memory of what it reads as. */
      readonly offset: number;
      readonly device: MemoryDevice;
    })
  | (Stretch & { readonly kind: 'device'; readonly device: Device });

/** A region with bytes in the machine's memory. */
export type MemoryRegion = Exclude<Region, { readonly kind: 'device' }>;

/** True where reads and fetches get the bytes of the machine's memory. */
export function readsAsMemory(region: Region): region is MemoryRegion {
  return region.kind === 'flash' ? region.device.isMemory : region.kind !== 'device';
}

/** Bytes of the physical address space. */
const ADDRESS_SPACE = 2 ** 40;

/** The physical address space: regions, never overlapping. */
export class PhysicalMap {
  private readonly sorted: Region[] = [];

  /**
   * @param nobody answers, on boards whose bus has no errors, where no region is; on those a device's bus error is
   *   none either.
   */
  constructor(private readonly nobody?: Device) {}

  /** True when no access ends in an external abort. */
  get withoutErrors(): boolean {
    return this.nobody !== undefined;
  }

  get regions(): readonly Region[] {
    return this.sorted;
  }

  /** @throws RangeError when the region overlaps one that is there. */
  add(region: Region): void {
    for (const other of this.sorted)
      if (region.base < other.base + other.size && other.base < region.base + region.size)
        throw new RangeError(`${region.name} overlaps ${other.name} at 0x${region.base.toString(16)}`);
    this.sorted.push(region);
    this.sorted.sort((a, b) => a.base - b.base);
  }

  /** The region that holds physical address `pa`, or undefined: nothing was put there. */
  find(pa: number): Region | undefined {
    const region = this.sorted[this.before(pa) - 1];
    return region !== undefined && pa < region.base + region.size ? region : undefined;
  }

  /** What an access to `pa` reaches: a region, the device that stands in where there is none, or undefined: an abort. */
  answering(pa: number): Region | undefined {
    const next = this.before(pa);
    const region = this.sorted[next - 1];
    const end = region === undefined ? 0 : region.base + region.size;
    if (pa < end) return region;
    const { nobody: device } = this;
    if (device === undefined) return undefined;
    const size = (this.sorted[next]?.base ?? ADDRESS_SPACE) - end;
    return { kind: 'device', name: device.name, base: end, size, device };
  }

  /** How many regions begin at or before `pa`. */
  private before(pa: number): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle].base <= pa) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
