import { CorruptDataError } from '../errors';
import { Reader } from '../reader';
import { DW_FORM, DW_LLE } from './constants';
import type { Die } from './die';
import type { Unit } from './unit';

/** A list with more entries than this is damage. */
const LONGEST_LIST = 1 << 20;

/** What an attribute of class location says at one pc. */
export type LocationAt =
  | { readonly kind: 'expression'; readonly bytes: Uint8Array }
  /** The attribute is a list that has no entry for this pc: the value is optimized out here. */
  | { readonly kind: 'nowhere' }
  /** The DIE has no such attribute. */
  | { readonly kind: 'absent' };

/** The location expression of a DIE's attribute that is valid at a link-time pc (DWARF 5, 2.6). */
export function locationAt(die: Die, attribute: number, pc: number | undefined): LocationAt {
  const raw = die.raw(attribute);
  if (!raw) return { kind: 'absent' };
  if (raw.value instanceof Uint8Array) return { kind: 'expression', bytes: raw.value };
  const { unit } = die;
  const value = Number(raw.value);
  const list =
    unit.header.version >= 5
      ? locationList5(unit, raw.form === DW_FORM.loclistx ? locationListOffset(unit, value) : value, pc)
      : locationList4(unit, value, pc);
  return list ? { kind: 'expression', bytes: list } : { kind: 'nowhere' };
}

/** Whether the attribute is a location list, that is, says where the value is at each pc. */
export function isLocationList(die: Die, attribute: number): boolean {
  const raw = die.raw(attribute);
  return raw !== undefined && !(raw.value instanceof Uint8Array);
}

function locationListOffset(unit: Unit, index: number): number {
  const base = unit.locationListsBase;
  const size = unit.header.offsetSize;
  const reader = new Reader(unit.info.sections('.debug_loclists'), '.debug_loclists', base + index * size);
  return base + reader.unsigned(size);
}

function locationList4(unit: Unit, offset: number, pc: number | undefined): Uint8Array | undefined {
  const { addressSize } = unit.header;
  const reader = new Reader(unit.info.sections('.debug_loc'), '.debug_loc', offset);
  const largest = addressSize === 4 ? 0xffffffff : Number.MAX_SAFE_INTEGER;
  let base = unit.baseAddress;
  for (let count = 0; count < LONGEST_LIST; count++) {
    const low = reader.unsigned(addressSize);
    const high = reader.unsigned(addressSize);
    if (low === 0 && high === 0) return undefined;
    if (low === largest) {
      base = high;
      continue;
    }
    const expression = reader.slice(reader.u16());
    if (pc !== undefined && pc >= base + low && pc < base + high) return expression;
  }
  throw new CorruptDataError('.debug_loc', offset, 'a location list has no end');
}

function locationList5(unit: Unit, offset: number, pc: number | undefined): Uint8Array | undefined {
  const { addressSize } = unit.header;
  const reader = new Reader(unit.info.sections('.debug_loclists'), '.debug_loclists', offset);
  let base = unit.baseAddress;
  let fallback: Uint8Array | undefined;
  for (let count = 0; count < LONGEST_LIST; count++) {
    const kind = reader.u8();
    let low = 0;
    let high = 0;
    switch (kind) {
      case DW_LLE.end_of_list:
        return fallback;
      case DW_LLE.base_addressx:
        base = unit.indexedAddress(reader.uleb());
        continue;
      case DW_LLE.base_address:
        base = reader.unsigned(addressSize);
        continue;
      case DW_LLE.GNU_view_pair:
        reader.skipLeb();
        reader.skipLeb();
        continue;
      case DW_LLE.default_location:
        fallback = reader.slice(reader.uleb());
        continue;
      case DW_LLE.startx_endx:
        low = unit.indexedAddress(reader.uleb());
        high = unit.indexedAddress(reader.uleb());
        break;
      case DW_LLE.startx_length:
        low = unit.indexedAddress(reader.uleb());
        high = low + reader.uleb();
        break;
      case DW_LLE.offset_pair:
        low = base + reader.uleb();
        high = base + reader.uleb();
        break;
      case DW_LLE.start_end:
        low = reader.unsigned(addressSize);
        high = reader.unsigned(addressSize);
        break;
      case DW_LLE.start_length:
        low = reader.unsigned(addressSize);
        high = low + reader.uleb();
        break;
      default:
        reader.fail(`location list entry kind ${kind} is not known`);
    }
    const expression = reader.slice(reader.uleb());
    if (pc !== undefined && pc >= low && pc < high) return expression;
  }
  throw new CorruptDataError('.debug_loclists', offset, 'a location list has no end');
}
