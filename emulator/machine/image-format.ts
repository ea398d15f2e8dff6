/** Which kind of image a file is, and what its own header says (Documentation/arch/arm/booting.rst, U-Boot's image.h). */
import { isElf } from './elf';
import { ImageError } from './image-error';

export type ImageFormat = 'elf' | 'zImage' | 'Image' | 'uImage' | 'raw';

const ZIMAGE_MAGIC = 0x016f2818;
/** What the word after the header's three is in Linux's images: the order of their bytes. */
const ZIMAGE_LINUX_BYTE_ORDER = 0x04030201;
const UIMAGE_MAGIC = 0x27051956;
/** Bytes before a uImage's payload. */
const UIMAGE_HEADER = 64;

function hasZImageMagic(view: DataView): boolean {
  return view.byteLength >= 0x30 && view.getUint32(0x24, true) === ZIMAGE_MAGIC;
}
function hasUImageMagic(view: DataView): boolean {
  return view.byteLength >= UIMAGE_HEADER && view.getUint32(0, false) === UIMAGE_MAGIC;
}

/** Recognises ELF, zImage and uImage by their magic numbers; anything else is raw. */
export function recogniseImage(bytes: Uint8Array): ImageFormat {
  if (isElf(bytes)) return 'elf';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (hasZImageMagic(view)) return 'zImage';
  if (hasUImageMagic(view)) return 'uImage';
  return 'raw';
}

/**
 * Checks a zImage's header. The end that it names is the end of the file in Linux's images; other programs with this
 * header (Xen) count memory that they clear themselves.
 * @throws ImageError when it has none, or a Linux image is shorter than it says.
 */
export function checkZImage(bytes: Uint8Array, name: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!hasZImageMagic(view))
    throw new ImageError(
      `${name}: is not a zImage (its word at 0x24 is not 0x016f2818); leave its format to 'auto'`,
    );
  const size = view.getUint32(0x2c, true) - view.getUint32(0x28, true);
  const linux = view.byteLength >= 0x34 && view.getUint32(0x30, true) === ZIMAGE_LINUX_BYTE_ORDER;
  if (linux && size > bytes.length)
    throw new ImageError(
      `${name}: is truncated: the zImage header promises ${size} bytes, the file has ${bytes.length}`,
    );
}

/** Bytes from the start of an image that it uses before it knows how much memory there is; at least its own. */
export function memoryOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const named = hasZImageMagic(view) ? view.getUint32(0x2c, true) - view.getUint32(0x28, true) : 0;
  return Math.max(named, bytes.length);
}

/** The payload of a uImage and where its header wants it. */
export interface UImage {
  readonly load: number;
  readonly entry: number;
  readonly payload: Uint8Array;
}

/**
 * Reads a legacy U-Boot image that holds an uncompressed ARM kernel.
 * @throws ImageError when it is truncated, compressed or for another architecture.
 */
export function readUImage(bytes: Uint8Array, name: string): UImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!hasUImageMagic(view))
    throw new ImageError(
      `${name}: is not a uImage (it does not begin with 27 05 19 56); leave its format to 'auto'`,
    );
  const size = view.getUint32(12, false);
  const architecture = bytes[29]!;
  const compression = bytes[31]!;
  if (64 + size > bytes.length)
    throw new ImageError(
      `${name}: is truncated: its header promises ${size} bytes after the first 64, ${bytes.length - 64} are there`,
    );
  if (architecture !== 2)
    throw new ImageError(`${name}: is a uImage for architecture ${architecture}, not for ARM (2)`);
  if (compression !== 0)
    throw new ImageError(
      `${name}: is a compressed uImage (method ${compression}); make it with mkimage -C none`,
    );
  return {
    load: view.getUint32(16, false),
    entry: view.getUint32(20, false),
    payload: bytes.subarray(64, 64 + size),
  };
}
