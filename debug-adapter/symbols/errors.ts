/**
 * A symbol file, or one part of it, that cannot be read. The message is one sentence for a person: what is wrong,
 * where, and what to do about it.
 */
export class SymbolFileError extends Error {
  /**
   * @param file name of the file as the user knows it
   * @param what what is wrong
   * @param where section and offset, or another place in the file
   * @param remedy what the user can do
   */
  constructor(
    readonly file: string,
    readonly what: string,
    readonly where: string,
    readonly remedy: string,
  ) {
    super(`${file}: ${what} (${where}). ${remedy}`);
    this.name = 'SymbolFileError';
  }
}

/** DWARF or unwind data that contradicts itself or ends early; caught for each unit and turned into a problem. */
export class CorruptDataError extends Error {
  constructor(
    readonly section: string,
    readonly offset: number,
    readonly what: string,
  ) {
    super(`${what} (${section}+0x${offset.toString(16)})`);
    this.name = 'CorruptDataError';
  }
}
