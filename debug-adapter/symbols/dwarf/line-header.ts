import type { DebugInfo } from './debug-info';
import { Reader, stringAt } from '../reader';
import { DW_FORM, DW_LNCT } from './constants';
import { type RawValue, readForm } from './forms';
import { readInitialLength, type UnitHeader } from './unit-header';

/** Header of a line number program (DWARF 5, 6.2.4; earlier versions back to 2). */
export interface LineHeader {
  readonly version: number;
  readonly addressSize: number;
  /** First byte of the program and the offset after it. */
  readonly program: number;
  readonly end: number;
  readonly minimumInstructionLength: number;
  readonly defaultIsStmt: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly standardLengths: readonly number[];
  /**
   * Full path of each file by the number that the program uses: from 1 up to DWARF 4 (0 is then the unit's own file),
   * from 0 in DWARF 5.
   */
  readonly files: readonly string[];
}

/** A table with more entries than this is damage. */
const MOST_FILES = 1 << 20;

/**
 * Reads the header at an offset of `.debug_line`.
 * @param unit the unit's header, name and directory, to complete paths
 * @throws CorruptDataError
 */
export function readLineHeader(
  info: DebugInfo,
  offset: number,
  unit: { readonly header: UnitHeader; readonly name: string; readonly directory: string },
): LineHeader {
  const bytes = info.sections('.debug_line');
  const reader = new Reader(bytes, '.debug_line', offset);
  const { length, offsetSize } = readInitialLength(reader);
  const end = reader.offset + length;
  if (end > bytes.length) reader.fail('a line table ends after its section');
  const version = reader.u16();
  if (version < 2 || version > 5) reader.fail(`line table version ${version} is not supported (2 to 5 are)`);
  let addressSize = unit.header.addressSize;
  if (version >= 5) {
    addressSize = reader.u8();
    reader.skip(1);
  }
  const headerLength = reader.unsigned(offsetSize);
  const program = reader.offset + headerLength;
  if (program > end) reader.fail('the header of a line table is longer than the table');
  const minimumInstructionLength = reader.u8();
  if (version >= 4) reader.skip(1);
  const defaultIsStmt = reader.u8() !== 0;
  const lineBase = reader.i8();
  const lineRange = reader.u8();
  if (lineRange === 0) reader.fail('a line table has a line range of 0');
  const opcodeBase = reader.u8();
  const standardLengths = [0];
  for (let opcode = 1; opcode < opcodeBase; opcode++) standardLengths.push(reader.u8());
  const files =
    version >= 5
      ? readTables5(info, reader, { ...unit.header, offsetSize, addressSize }, unit.directory)
      : readTables2(reader, unit.name, unit.directory);
  return {
    version,
    addressSize,
    program,
    end,
    minimumInstructionLength,
    defaultIsStmt,
    lineBase,
    lineRange,
    opcodeBase,
    standardLengths,
    files,
  };
}

function readTables2(reader: Reader, unitName: string, directory: string): string[] {
  const directories = [directory];
  for (let name = reader.string(); name !== ''; name = reader.string())
    directories.push(joinPath(directory, name));
  const files = [joinPath(directory, unitName)];
  for (let name = reader.string(); name !== ''; name = reader.string()) {
    files.push(joinPath(directories[reader.uleb()] ?? directory, name));
    reader.skipLeb();
    reader.skipLeb();
  }
  return files;
}

function readTables5(info: DebugInfo, reader: Reader, header: UnitHeader, directory: string): string[] {
  const directories = readEntries(info, reader, header).map((entry) => joinPath(directory, entry.path));
  return readEntries(info, reader, header).map((entry) =>
    joinPath(directories[entry.directory] ?? directory, entry.path),
  );
}

/** A directory or file table of DWARF 5: a description of the columns, then the rows. */
function readEntries(
  info: DebugInfo,
  reader: Reader,
  header: UnitHeader,
): { path: string; directory: number }[] {
  const formats: [number, number][] = [];
  for (let count = reader.u8(); count > 0; count--) formats.push([reader.uleb(), reader.uleb()]);
  const count = reader.uleb();
  if (count > MOST_FILES || (count > 0 && formats.length === 0))
    reader.fail('a file table has too many entries');
  const entries: { path: string; directory: number }[] = [];
  for (let index = 0; index < count; index++) {
    let path = '';
    let directory = 0;
    for (const [content, form] of formats) {
      const value = readForm(header, reader, form, undefined);
      if (content === DW_LNCT.path) path = textOf(info, reader, form, value);
      else if (content === DW_LNCT.directory_index) directory = Number(value);
    }
    entries.push({ path, directory });
  }
  return entries;
}

function textOf(info: DebugInfo, reader: Reader, form: number, value: RawValue): string {
  const at = Number(value);
  if (form === DW_FORM.string) return stringAt(reader.bytes, reader.section, at);
  if (form === DW_FORM.line_strp) return info.stringAt('.debug_line_str', at);
  if (form === DW_FORM.strp) return info.stringAt('.debug_str', at);
  return reader.fail(`a file name has form 0x${form.toString(16)}`);
}

/** Absolute names stay; others are put behind `directory`. `.` and `..` are resolved, Windows paths kept. */
export function joinPath(directory: string, name: string): string {
  const absolute = name.startsWith('/') || /^[A-Za-z]:[\\/]/.test(name) || directory === '';
  const path = absolute ? name : `${directory}/${name}`;
  return path.includes('/.') || path.includes('//') || path.startsWith('./') ? normalizePath(path) : path;
}

export function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '.' || (part === '' && parts.length > 0)) continue;
    if (
      part === '..' &&
      parts.length > 0 &&
      parts[parts.length - 1] !== '..' &&
      parts[parts.length - 1] !== ''
    )
      parts.pop();
    else if (part === '..' && parts.length === 1 && parts[0] === '') continue;
    else parts.push(part);
  }
  return parts.length === 1 && parts[0] === '' ? '/' : parts.join('/');
}
