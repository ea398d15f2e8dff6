import { CorruptDataError } from '../errors';
import type { Reader } from '../reader';
import { DW_UT } from './constants';

/** The fixed part of a unit (DWARF 5, 7.5.1). */
export interface UnitHeader {
  readonly section: '.debug_info' | '.debug_types';
  /** Offset of the header in the section; `end` is the offset after the unit. */
  readonly offset: number;
  readonly end: number;
  readonly version: number;
  /** DW_UT_*; DWARF 4 units of .debug_info count as compile units. */
  readonly type: number;
  /** 4 for the 32-bit DWARF format, 8 for the 64-bit one. */
  readonly offsetSize: 4 | 8;
  readonly addressSize: number;
  readonly abbreviationOffset: number;
  /** Offset of the unit's first DIE. */
  readonly firstDie: number;
  /** For type units: signature and offset of the type's DIE from the header. */
  readonly signature?: bigint;
  readonly typeOffset?: number;
}

/** Reads the header of the unit at the reader and leaves the reader at the unit's end. */
export function readUnitHeader(reader: Reader, section: '.debug_info' | '.debug_types'): UnitHeader {
  const offset = reader.offset;
  const { length, offsetSize } = readInitialLength(reader);
  const end = reader.offset + length;
  if (end > reader.end) reader.fail('a unit ends after its section: the file is truncated');
  const version = reader.u16();
  if (version < 2 || version > 5) {
    reader.seek(end);
    throw new CorruptDataError(section, offset, `DWARF version ${version} is not supported (2 to 5 are)`);
  }
  let type: number = section === '.debug_types' ? DW_UT.type : DW_UT.compile;
  let addressSize: number;
  let abbreviationOffset: number;
  let signature: bigint | undefined;
  let typeOffset: number | undefined;
  if (version >= 5) {
    type = reader.u8();
    addressSize = reader.u8();
    abbreviationOffset = reader.unsigned(offsetSize);
    if (type === DW_UT.skeleton || type === DW_UT.split_compile) reader.skip(8);
  } else {
    abbreviationOffset = reader.unsigned(offsetSize);
    addressSize = reader.u8();
  }
  if (type === DW_UT.type || type === DW_UT.split_type) {
    signature = reader.u64();
    typeOffset = reader.unsigned(offsetSize);
  }
  const firstDie = reader.offset;
  if (firstDie > end) reader.fail('a unit is shorter than its header');
  if (addressSize !== 4 && addressSize !== 8)
    throw new CorruptDataError(section, offset, `a unit has addresses of ${addressSize} bytes`);
  reader.seek(end);
  return {
    section,
    offset,
    end,
    version,
    type,
    offsetSize,
    addressSize,
    abbreviationOffset,
    firstDie,
    signature,
    typeOffset,
  };
}

/** The length that begins every DWARF table, and the format it announces (DWARF 5, 7.4). */
export function readInitialLength(reader: Reader): { length: number; offsetSize: 4 | 8 } {
  const first = reader.u32();
  if (first < 0xfffffff0) return { length: first, offsetSize: 4 };
  if (first !== 0xffffffff) reader.fail('a length is one of the reserved values');
  return { length: reader.u64AsNumber(), offsetSize: 8 };
}
