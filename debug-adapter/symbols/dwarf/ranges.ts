import { CorruptDataError } from '../errors';
import { Reader } from '../reader';
import { DW_AT, DW_FORM, DW_RLE } from './constants';
import type { Die } from './die';
import type { Unit } from './unit';

/** Link-time addresses `[low, high)`. */
export interface AddressRange {
  readonly low: number;
  readonly high: number;
}

/** A list that has more entries than this is damage: vmlinux's longest has some thousands. */
const LONGEST_LIST = 1 << 20;

/** Addresses of a DIE, from DW_AT_low_pc/high_pc or DW_AT_ranges (DWARF 5, 2.17). */
export function rangesOf(die: Die): readonly AddressRange[] {
  const { unit } = die;
  const ranges = die.raw(DW_AT.ranges);
  if (ranges) {
    if (unit.header.version >= 5) {
      const offset =
        ranges.form === DW_FORM.rnglistx
          ? rangeListOffset(unit, ranges.value as number)
          : (ranges.value as number);
      return readRangeList5(unit, offset);
    }
    const base = unit.root.sectionOffset(DW_AT.GNU_ranges_base) ?? 0;
    return readRanges4(unit, (die.sectionOffset(DW_AT.ranges) ?? 0) + (die === unit.root ? 0 : base));
  }
  const low = die.address(DW_AT.low_pc);
  if (low === undefined) return [];
  // DW_AT_high_pc is an address, or since DWARF 4 a constant: the length.
  const high = die.address(DW_AT.high_pc) ?? low + (die.number(DW_AT.high_pc) ?? 0);
  return high > low ? [{ low, high }] : [];
}

function rangeListOffset(unit: Unit, index: number): number {
  const base = unit.rangeListsBase;
  const size = unit.header.offsetSize;
  const reader = new Reader(unit.info.sections('.debug_rnglists'), '.debug_rnglists', base + index * size);
  return base + reader.unsigned(size);
}

function readRanges4(unit: Unit, offset: number): AddressRange[] {
  const { addressSize } = unit.header;
  const reader = new Reader(unit.info.sections('.debug_ranges'), '.debug_ranges', offset);
  const largest = addressSize === 4 ? 0xffffffff : Number.MAX_SAFE_INTEGER;
  const ranges: AddressRange[] = [];
  let base = unit.baseAddress;
  for (let count = 0; count < LONGEST_LIST; count++) {
    const low = reader.unsigned(addressSize);
    const high = reader.unsigned(addressSize);
    if (low === 0 && high === 0) return ranges;
    if (low === largest) base = high;
    else if (high > low) ranges.push({ low: base + low, high: base + high });
  }
  throw new CorruptDataError('.debug_ranges', offset, 'a range list has no end');
}

function readRangeList5(unit: Unit, offset: number): AddressRange[] {
  const { addressSize } = unit.header;
  const reader = new Reader(unit.info.sections('.debug_rnglists'), '.debug_rnglists', offset);
  const ranges: AddressRange[] = [];
  const add = (low: number, high: number) => {
    if (high > low) ranges.push({ low, high });
  };
  let base = unit.baseAddress;
  for (let count = 0; count < LONGEST_LIST; count++) {
    const kind = reader.u8();
    switch (kind) {
      case DW_RLE.end_of_list:
        return ranges;
      case DW_RLE.base_addressx:
        base = unit.indexedAddress(reader.uleb());
        break;
      case DW_RLE.startx_endx:
        add(unit.indexedAddress(reader.uleb()), unit.indexedAddress(reader.uleb()));
        break;
      case DW_RLE.startx_length: {
        const low = unit.indexedAddress(reader.uleb());
        add(low, low + reader.uleb());
        break;
      }
      case DW_RLE.offset_pair: {
        const low = base + reader.uleb();
        add(low, base + reader.uleb());
        break;
      }
      case DW_RLE.base_address:
        base = reader.unsigned(addressSize);
        break;
      case DW_RLE.start_end: {
        const low = reader.unsigned(addressSize);
        add(low, reader.unsigned(addressSize));
        break;
      }
      case DW_RLE.start_length: {
        const low = reader.unsigned(addressSize);
        add(low, low + reader.uleb());
        break;
      }
      default:
        reader.fail(`range list entry kind ${kind} is not known`);
    }
  }
  throw new CorruptDataError('.debug_rnglists', offset, 'a range list has no end');
}
