/**
 * Puts images into memory and says how the first core starts, as QEMU's boards do it, so that the same files boot
 * on both: ELF files at their physical addresses, Linux images (zImage, Image, uImage) by the boot protocol of
 * Documentation/arch/arm/booting.rst, raw files where the user says.
 */
import type { MemoryRegion, PhysicalMap, Region } from '../devices/device';
import { isElf, readElf } from './elf';
import { checkZImage, memoryOf, recogniseImage, readUImage, type ImageFormat } from './image-format';
import { ImageError } from './image-error';
import type { BootModule, PlacedModule } from './chosen';

/** A file's bytes with its name for messages. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a machine boots. Addresses are physical. */
export interface BootImages {
  readonly kernel?: NamedFile;
  /** What the first bank of flash holds, without a kernel: the first core starts there. */
  readonly firmware?: NamedFile | undefined;
  /** Absent or 'auto': recognised by its content. */
  readonly format?: ImageFormat | 'auto';
  /** Raw images: where to put it (RAM start + 0x10000 by default) and where to start. */
  readonly loadAddress?: number;
  readonly entry?: number;
  /** Extra blobs. */
  readonly load?: readonly { readonly file: NamedFile; readonly address: number }[];
  readonly initrd?: NamedFile;
  /** What a hypervisor finds through the device tree: its first domain's kernel and initial RAM disk. */
  readonly modules?: readonly BootModule[];
}

/** Where the first core starts, and with what in r0–r2. */
export interface BootPlan {
  readonly entry: number;
  readonly r0: number;
  readonly r1: number;
  readonly r2: number;
  /** True for Linux images, which are told where the device tree is. */
  readonly linux: boolean;
  readonly format: ImageFormat;
  /** Where a device tree goes, or undefined when it does not fit beside the image. */
  readonly deviceTree: { readonly address: number; readonly limit: number } | undefined;
  readonly initrd: { readonly start: number; readonly end: number } | undefined;
  readonly modules: readonly PlacedModule[];
}

/** Writes bytes to physical memory of a machine that is not running. */
export interface PhysicalWriter {
  readonly map: PhysicalMap;
  /** The machine's memory. */
  readonly bytes: Uint8Array;
  /** What flash holds stays: it was written once, and is now the guest's. */
  readonly keepFlash?: boolean;
}

/** Offset of a raw or zImage kernel from the start of RAM. */
const KERNEL_OFFSET = 0x10000;
/** A kernel that decompresses itself needs the space above it: the initial RAM disk goes no higher than this. */
const INITRD_MAX_OFFSET = 128 * 1024 * 1024;
const PAGE = 4096;
const MODULE_ALIGNMENT = 1024 * 1024;

function memoryAt(target: PhysicalWriter, address: number, size: number, what: string): MemoryRegion {
  const region = target.map.find(address);
  const hex = `0x${address.toString(16)}`;
  if (region === undefined || region.kind === 'device')
    throw new ImageError(
      `${what} would be loaded at ${hex}, where there is ${region === undefined ? 'nothing' : `the device ${region.name}`}; ` +
        `link it for RAM (${describeRam(target.map)}) or give the load address`,
    );
  if (address + size > region.base + region.size)
    throw new ImageError(
      `${what} (${size} bytes at ${hex}) reaches beyond ${region.name}, which ends at 0x${(region.base + region.size).toString(16)}; give the machine more memory`,
    );
  return region;
}

function describeRam(map: PhysicalMap): string {
  const { base, size } = mainRam(map);
  return `0x${base.toString(16)} to 0x${(base + size - 1).toString(16)}`;
}

/**
 * Copies `bytes` to physical address `address`; RAM and ROM alike.
 * @throws ImageError when there is no memory for all of it.
 */
export function writeImage(
  target: PhysicalWriter,
  address: number,
  bytes: Uint8Array,
  memorySize: number,
  what: string,
): void {
  const region = memoryAt(target, address, memorySize, what);
  if (region.kind === 'flash' && target.keepFlash === true) return;
  const at = region.offset + (address - region.base);
  target.bytes.set(bytes, at);
  target.bytes.fill(0, at + bytes.length, at + memorySize);
}

/** The machine's main RAM: the first RAM region. */
export function mainRam(map: PhysicalMap): Region {
  const ram = map.regions.find((region) => region.kind === 'ram' && region.name === 'ram');
  if (ram === undefined) throw new ImageError('the machine has no RAM');
  return ram;
}

/**
 * Loads every image and plans the start.
 * @param machineNumber what a kernel finds in r1.
 * @throws ImageError naming the file, what is wrong with it and what to do.
 */
export function loadImages(target: PhysicalWriter, images: BootImages, machineNumber: number): BootPlan {
  const ram = mainRam(target.map);
  for (const { file, address } of images.load ?? [])
    writeImage(target, address, file.bytes, file.bytes.length, file.name);
  const { kernel } = images;
  if (kernel === undefined) {
    const entry = images.entry ?? (images.firmware === undefined ? 0 : loadFirmware(target, images.firmware));
    return {
      entry,
      r0: 0,
      r1: 0,
      r2: 0,
      linux: false,
      format: 'raw',
      deviceTree: { address: ram.base, limit: ram.base + ram.size },
      initrd: undefined,
      modules: [],
    };
  }
  if (kernel.bytes.length === 0) throw new ImageError(`${kernel.name}: the file is empty`);
  const format =
    images.format === undefined || images.format === 'auto' ? recogniseImage(kernel.bytes) : images.format;
  if (format === 'elf' || isElf(kernel.bytes)) return loadElfKernel(target, images, kernel, ram);
  return { ...loadLinux(target, images, kernel, format, ram), r1: machineNumber };
}

/** Fills the first bank of flash, where the core starts; gives its address. */
function loadFirmware(target: PhysicalWriter, file: NamedFile): number {
  const bank = target.map.regions.find((region) => region.kind === 'flash');
  if (bank === undefined) throw new ImageError(`${file.name}: the board has no flash for firmware`);
  if (file.bytes.length === 0) throw new ImageError(`${file.name}: the file is empty`);
  if (file.bytes.length > bank.size)
    throw new ImageError(
      `${file.name}: ${file.bytes.length} bytes do not fit the flash of ${bank.size} bytes`,
    );
  writeImage(target, bank.base, file.bytes, file.bytes.length, file.name);
  return bank.base;
}

function loadElfKernel(target: PhysicalWriter, images: BootImages, kernel: NamedFile, ram: Region): BootPlan {
  const elf = readElf(kernel.bytes, kernel.name);
  let low = Infinity;
  let high = 0;
  elf.segments.forEach((segment, i) => {
    writeImage(target, segment.physical, segment.bytes, segment.memorySize, `${kernel.name}, segment ${i}`);
    low = Math.min(low, segment.physical);
    high = Math.max(high, segment.physical + segment.memorySize);
  });
  // The entry is a virtual address; before the MMU is on it means the physical address of the same place.
  const home = elf.segments.find((s) => elf.entry >= s.virtual && elf.entry < s.virtual + s.memorySize);
  const entry =
    images.entry ?? (home === undefined ? elf.entry : (elf.entry - home.virtual + home.physical) >>> 0);
  // As on QEMU's boards, the tree goes to the start of RAM when the image leaves room there.
  const beside = low > ram.base || high < ram.base;
  const limit = low > ram.base && low < ram.base + ram.size ? low : ram.base + ram.size;
  const initrd = images.initrd === undefined ? undefined : placeInitrd(target, images.initrd, ram);
  const modules = placeModules(target, images.modules ?? [], high);
  if (modules.length > 0 && !beside)
    throw new ImageError(
      `${kernel.name}: is linked for the start of RAM, where the device tree that names the modules would go; link it 1 MiB higher`,
    );
  return {
    entry,
    r0: 0,
    r1: 0,
    r2: 0,
    linux: false,
    format: 'elf',
    deviceTree: beside ? { address: ram.base, limit } : undefined,
    initrd,
    modules,
  };
}

function loadLinux(
  target: PhysicalWriter,
  images: BootImages,
  kernel: NamedFile,
  format: ImageFormat,
  ram: Region,
): BootPlan {
  let load = images.loadAddress ?? ram.base + KERNEL_OFFSET;
  let payload = kernel.bytes;
  let entry = images.entry;
  if (format === 'uImage') {
    const image = readUImage(kernel.bytes, kernel.name);
    load = images.loadAddress ?? image.load;
    entry ??= image.entry;
    payload = image.payload;
  } else if (format === 'Image') load = images.loadAddress ?? ram.base + 0x8000;
  if (format === 'zImage') checkZImage(payload, kernel.name);
  writeImage(target, load, payload, payload.length, kernel.name);
  const initrd = images.initrd === undefined ? undefined : placeInitrd(target, images.initrd, ram);
  const initrdEnd = initrd?.end ?? ram.base + Math.min(Math.floor(ram.size / 2), INITRD_MAX_OFFSET);
  const modules = placeModules(target, images.modules ?? [], load + memoryOf(payload));
  const tree = Math.ceil((modules.at(-1)?.end ?? initrdEnd) / PAGE) * PAGE;
  return {
    entry: entry ?? load,
    r0: 0,
    r1: 0,
    r2: tree,
    linux: true,
    format,
    deviceTree: { address: tree, limit: ram.base + ram.size },
    initrd,
    modules,
  };
}

/**
 * Modules lie close above the image `from` on, so that the rest of RAM is whole: the hypervisor cuts its first domain's
 * memory out of it in large aligned pieces.
 */
function placeModules(
  target: PhysicalWriter,
  modules: readonly BootModule[],
  from: number,
): readonly PlacedModule[] {
  let next = from;
  return modules.map((module) => {
    const { name, bytes } = module.file;
    const start = Math.ceil(next / MODULE_ALIGNMENT) * MODULE_ALIGNMENT;
    const end = (next = start + bytes.length);
    if (bytes.length === 0) throw new ImageError(`${name}: the file is empty`);
    writeImage(target, start, bytes, bytes.length, name);
    return { module, start, end };
  });
}

function placeInitrd(target: PhysicalWriter, file: NamedFile, ram: Region): { start: number; end: number } {
  const start = ram.base + Math.min(Math.floor(ram.size / 2), INITRD_MAX_OFFSET);
  writeImage(target, start, file.bytes, file.bytes.length, file.name);
  return { start, end: start + file.bytes.length };
}
