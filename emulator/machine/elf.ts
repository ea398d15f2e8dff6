/** Reads the loadable segments of a 32-bit little-endian ARM ELF executable (ELF for the Arm Architecture). */
import { ImageError } from './image-error';

/** One PT_LOAD segment. Addresses unsigned. */
export interface ElfSegment {
  readonly physical: number;
  readonly virtual: number;
  readonly bytes: Uint8Array;
  /** Bytes in memory: `bytes`, then zeros. */
  readonly memorySize: number;
}

export interface ElfImage {
  /** e_entry: bit 0 set for T32. */
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
}

const ET_EXEC = 2;
const ET_DYN = 3;
const EM_ARM = 40;
const PT_LOAD = 1;

/** True when the bytes begin as an ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * @param name the file's name, for messages.
 * @throws ImageError when the file is truncated, not for this machine, or has nothing to load.
 */
export function readElf(bytes: Uint8Array, name: string): ElfImage {
  const fail = (what: string): never => {
    throw new ImageError(`${name}: ${what}`);
  };
  if (!isElf(bytes)) fail('is not an ELF file (it does not begin with 7f 45 4c 46)');
  if (bytes.length < 52) fail(`the ELF header is truncated (${bytes.length} of 52 bytes)`);
  if (bytes[4] !== 1) fail('is a 64-bit ELF file; this machine runs 32-bit ARM code');
  if (bytes[5] !== 1) fail('is a big-endian ELF file; build it little-endian');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine = view.getUint16(18, true);
  if (machine !== EM_ARM)
    fail(`is built for ELF machine ${machine}, not for ARM (40); check the cross compiler`);
  const type = view.getUint16(16, true);
  if (type !== ET_EXEC && type !== ET_DYN)
    fail(`is not an executable (e_type ${type}); link it first: an object file has no addresses`);
  const table = view.getUint32(28, true);
  const entrySize = view.getUint16(42, true);
  const count = view.getUint16(44, true);
  if (count > 0 && entrySize < 32) fail(`has program headers of ${entrySize} bytes; 32 are needed`);
  if (table + count * entrySize > bytes.length)
    fail(
      `is truncated: its program headers end at byte ${table + count * entrySize}, the file at ${bytes.length}`,
    );
  const segments: ElfSegment[] = [];
  for (let i = 0; i < count; i++) {
    const at = table + i * entrySize;
    if (view.getUint32(at, true) !== PT_LOAD) continue;
    const offset = view.getUint32(at + 4, true);
    const fileSize = view.getUint32(at + 16, true);
    const memorySize = view.getUint32(at + 20, true);
    if (memorySize === 0) continue;
    if (offset + fileSize > bytes.length)
      fail(`is truncated: segment ${i} ends at byte ${offset + fileSize}, the file at ${bytes.length}`);
    if (fileSize > memorySize)
      fail(`segment ${i} is larger in the file (${fileSize}) than in memory (${memorySize})`);
    segments.push({
      virtual: view.getUint32(at + 8, true),
      physical: view.getUint32(at + 12, true),
      bytes: bytes.subarray(offset, offset + fileSize),
      memorySize,
    });
  }
  if (segments.length === 0) fail('has no loadable segment (PT_LOAD): nothing of it would be in memory');
  return { entry: view.getUint32(24, true), segments };
}
