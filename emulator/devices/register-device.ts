/**
 * Registers as rows: the map of a device's registers is a table, used by the device to answer accesses and by the
 * debugger to name and decode what it shows.
 */
import { BUS_ERROR, type AccessSize, type BusAccess, type Device, type DeviceState } from './device';

/** One field of a register. */
export interface RegisterField {
  readonly name: string;
  /** Lowest bit, 0–31. */
  readonly lsb: number;
  /** Bits, 1–32. */
  readonly width: number;
  /** What the field means, in a sentence. */
  readonly description: string;
}

/** One register, or a run of `count` registers with consecutive word offsets. */
export interface RegisterRow {
  readonly name: string;
  /** Byte offset of the first (or only) register; a multiple of 4. */
  readonly offset: number;
  /** Number of consecutive words, 1 when absent. */
  readonly count?: number;
  readonly access: 'RO' | 'RW' | 'WO';
  /** True when bytes and halfwords can be accessed by themselves. */
  readonly byteAccess?: boolean;
  /** What the register has a copy for each of; every index of the run unless `bankedCount` says less. */
  readonly banked?: readonly ('core' | 'security')[];
  /** How many of the first words of the run are banked by core. */
  readonly bankedCount?: number;
  readonly description: string;
  readonly fields?: readonly RegisterField[];
  /** For registers that hold one element for each interrupt, line or byte: bits of an element. */
  readonly elementBits?: number;
}

/** How a register (or run of registers) answers. */
export interface RegisterHandler {
  /** Value of word `index` of the run. `effects` is false when the debugger looks: nothing may change then. */
  readonly read?: (index: number, access: BusAccess, effects: boolean) => number;
  /** Writes the bits of `value` that `lanes` has set (all of them, unless the row has `byteAccess`). */
  readonly write?: (index: number, value: number, access: BusAccess, lanes: number) => void;
}

/** A word of the window: what its row and its handler say, in objects of one shape, as V8 finds their fields soonest. */
interface Slot {
  readonly name: string;
  readonly index: number;
  readonly byteAccess: boolean;
  /** Undefined: reads as zero, or ignores writes. */
  readonly read: RegisterHandler['read'] | undefined;
  readonly write: RegisterHandler['write'] | undefined;
}

/** A device made of 32-bit registers. Offsets that no row names read as zero and ignore writes. */
export abstract class RegisterDevice implements Device {
  /** By word offset. */
  private readonly slots: (Slot | undefined)[];

  constructor(
    readonly name: string,
    readonly size: number,
    /** The register map. */
    readonly rows: readonly RegisterRow[],
  ) {
    this.slots = new Array<Slot | undefined>(size >> 2).fill(undefined);
  }

  /**
   * Gives each row its behaviour; called once, by the subclass's constructor.
   * @throws Error when a row has no handler, a handler no row, or two rows share an offset.
   */
  protected bind(handlers: Readonly<Record<string, RegisterHandler>>): void {
    const unused = new Set(Object.keys(handlers));
    for (const row of this.rows) {
      const handler = handlers[row.name];
      if (handler === undefined) throw new Error(`${this.name}: nothing answers ${row.name}`);
      unused.delete(row.name);
      for (let index = 0; index < (row.count ?? 1); index++) {
        const word = (row.offset >> 2) + index;
        const other = this.slots[word];
        if (other !== undefined) throw new Error(`${this.name}: ${row.name} overlaps ${other.name}`);
        this.slots[word] = {
          name: row.name,
          index,
          byteAccess: row.byteAccess === true,
          read: row.access === 'WO' ? undefined : handler.read,
          write: row.access === 'RO' ? undefined : handler.write,
        };
      }
    }
    if (unused.size > 0) throw new Error(`${this.name}: no row for ${[...unused].join(', ')}`);
  }

  read(offset: number, size: AccessSize, access: BusAccess): number {
    return this.readSlot(offset, size, access, true);
  }

  peek(offset: number, size: AccessSize, access: BusAccess): number | undefined {
    const value = this.readSlot(offset, size, access, false);
    return value === BUS_ERROR ? undefined : value;
  }

  write(offset: number, size: AccessSize, value: number, access: BusAccess): boolean {
    if (offset & (size - 1)) return false;
    const slot = this.slots[offset >> 2];
    if (slot?.write === undefined) return true;
    const shift = (offset & 3) * 8;
    const lanes = size === 4 ? -1 : ((1 << (size * 8)) - 1) << shift;
    if (lanes === -1 || slot.byteAccess) slot.write(slot.index, (value << shift) & lanes, access, lanes);
    return true;
  }

  abstract reset(): void;
  abstract save(): DeviceState;
  abstract restore(state: DeviceState): void;

  private readSlot(offset: number, size: AccessSize, access: BusAccess, effects: boolean): number {
    if (offset & (size - 1)) return BUS_ERROR;
    const slot = this.slots[offset >> 2];
    if (slot?.read === undefined) return 0;
    const value = slot.read(slot.index, access, effects);
    if (size === 4) return value >>> 0;
    return (value >>> ((offset & 3) * 8)) & (size === 1 ? 0xff : 0xffff);
  }
}

/** The row and the index within its run of the register at `offset`, or undefined. */
export function registerAt(
  rows: readonly RegisterRow[],
  offset: number,
): { readonly row: RegisterRow; readonly index: number } | undefined {
  const row = rows.find((r) => offset >= r.offset && offset < r.offset + 4 * (r.count ?? 1));
  return row && { row, index: (offset - row.offset) >> 2 };
}

/** The value of one field of a register. */
export function fieldValue(field: RegisterField, value: number): number {
  return field.width === 32 ? value >>> 0 : (value >>> field.lsb) & (2 ** field.width - 1);
}

/** Every field of `row` with its value in `value`, in the order of the row. */
export function decodeFields(
  row: RegisterRow,
  value: number,
): { readonly field: RegisterField; readonly value: number }[] {
  return (row.fields ?? []).map((field) => ({ field, value: fieldValue(field, value) }));
}

/** Rows of the eight identification registers of a PrimeCell peripheral, at the end of its 4 KiB. */
export function primeCellIdRows(prefix: string): readonly RegisterRow[] {
  return [
    {
      name: `${prefix}PeriphID`,
      offset: 0xfe0,
      count: 4,
      access: 'RO',
      description: 'Peripheral identification: part number, designer, revision.',
    },
    {
      name: `${prefix}PCellID`,
      offset: 0xff0,
      count: 4,
      access: 'RO',
      description: 'PrimeCell identification.',
    },
  ];
}

/** Handlers of the rows that `primeCellIdRows` gives; `peripheral` is the four bytes of PeriphID. */
export function primeCellIdHandlers(
  prefix: string,
  peripheral: readonly [number, number, number, number],
): Readonly<Record<string, RegisterHandler>> {
  return {
    [`${prefix}PeriphID`]: { read: (index) => peripheral[index as 0 | 1 | 2 | 3] },
    [`${prefix}PCellID`]: { read: (index) => PCELL_ID[index as 0 | 1 | 2 | 3] },
  };
}

const PCELL_ID = [0x0d, 0xf0, 0x05, 0xb1] as const;
