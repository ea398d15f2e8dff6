/** What is booted: kernels, an initial RAM disk with a shell, Xen, U-Boot; each from the Debian package of its name. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cpio, type Entry } from './cpio';
import { debianPackage, dependencyOf } from './packages';

/** A file to boot, and the version of the package that it is from. */
export interface Image {
  readonly path: string;
  readonly version: string;
}

/** Flavours of Debian's kernel for ARMv7: with short descriptors, and with long ones. */
export type Flavour = 'armmp' | 'armmp-lpae';

/** A kernel; `release` is what `uname -r` says. */
export function debianKernel(flavour: Flavour): Image & { readonly release: string } {
  const pattern = new RegExp(`^linux-image-[0-9][^ ]*-${flavour}$`);
  const { name, version, folder } = debianPackage(dependencyOf(`linux-image-${flavour}`, pattern));
  const release = name.replace('linux-image-', '');
  return { release, version, path: join(folder, 'boot', `vmlinuz-${release}`) };
}

/** The device tree of that name which comes with a kernel. */
export function debianTree(flavour: Flavour, name: string): string {
  const { release, path } = debianKernel(flavour);
  return join(path, '../../usr/lib', `linux-image-${release}`, name);
}

/** Where the `Image` of these kernels belongs in RAM at 1 GiB: their TEXT_OFFSET is 0x208000. */
export const IMAGE_ADDRESS = 0x4020_8000;

/** Magic number and first byte of flags of the xz format. */
const XZ = Buffer.from('\xfd7zXZ\0\0', 'latin1');

/** The kernel that a zImage decompresses: an `Image`. @throws Error when the file has none in the xz format */
export function uncompressed(zImage: string): Uint8Array {
  const bytes = readFileSync(zImage);
  for (let at = bytes.indexOf(XZ); at >= 0; at = bytes.indexOf(XZ, at + 1)) {
    const input = bytes.subarray(at);
    const { status, stdout } = spawnSync('xz', ['-dc', '--single-stream'], { input, maxBuffer: 2 ** 28 });
    if (status === 0) return stdout;
  }
  throw new Error(`${zImage} has no kernel in the xz format in it`);
}

const UIMAGE_HEADER = 64;

/** An `Image` in U-Boot's legacy format (struct image_header, include/image.h of U-Boot). */
export function uImage(image: Uint8Array): Uint8Array {
  const file = new Uint8Array(UIMAGE_HEADER + image.length);
  const view = new DataView(file.buffer);
  const load = IMAGE_ADDRESS;
  [0x2705_1956, 0, 0, image.length, load, load, crc32(image)].forEach((word, i) =>
    view.setUint32(4 * i, word),
  );
  file.set([5, 2, 2, 0], 28); // Linux, ARM, a kernel, not compressed.
  file.set(image, UIMAGE_HEADER);
  view.setUint32(4, crc32(file.subarray(0, UIMAGE_HEADER)));
  return file;
}

/** The CRC of ISO 3309, as U-Boot's and zlib's. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
}

export function xen(): Image {
  const { version, folder } = debianPackage('xen-hypervisor-4.17-armhf');
  return { version, path: join(folder, 'boot/xen-4.17-armhf') };
}

/** U-Boot for board `virt`, to be executed from its flash. */
export function uBoot(): Image {
  const { version, folder } = debianPackage('u-boot-qemu');
  return { version, path: join(folder, 'usr/lib/u-boot/qemu_arm/u-boot.bin') };
}

/** The shell's prompt: what a conversation waits for. */
export const PROMPT = 'READY> ';

/** The same as a line of its own: for consoles that come line by line, as those of several VMs do. */
export const BY_LINES = `${PROMPT}\n`;

const init = (prompt: string): string => `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
export PS1='${prompt}'
exec /bin/sh -i
`;

function busyboxInitrd(more: readonly Entry[], prompt: string): Uint8Array {
  const busybox = readFileSync(join(debianPackage('busybox-static').folder, 'bin/busybox'));
  const empty = new Uint8Array(0);
  return gzipSync(
    cpio([
      ...['bin', 'dev', 'proc', 'sys'].map((name) => ({ name, mode: 0o040755, content: empty })),
      { name: 'dev/console', mode: 0o020600, content: empty, device: [5, 1] as const },
      { name: 'bin/busybox', mode: 0o100755, content: busybox },
      { name: 'init', mode: 0o100755, content: Buffer.from(init(prompt)) },
      ...more,
    ]),
  );
}

/** Modules of a flavour's kernel as entries of an initial RAM disk, in `/modules`, by their paths below `kernel/`. */
function kernelModules(flavour: Flavour, paths: readonly string[]): readonly Entry[] {
  const { release, path } = debianKernel(flavour);
  const folder = join(path, '../../lib/modules', release, 'kernel');
  const directory = { name: 'modules', mode: 0o040755, content: new Uint8Array(0) };
  return [
    directory,
    ...paths.map((module) => ({
      name: `modules/${basename(module)}`,
      mode: 0o100644,
      content: readFileSync(join(folder, module)),
    })),
  ];
}

let folder: string | undefined;

/** Path of a file that is there until the tests end, made when it is first asked for. */
export function temporaryFile(name: string, content: () => Uint8Array): string {
  if (folder === undefined) {
    const made = (folder = mkdtempSync(join(tmpdir(), 'worldswitch-boots-')));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  }
  const path = join(folder, name);
  if (!existsSync(path)) writeFileSync(path, content());
  return path;
}

const nameFor = (name: string, prompt: string): string =>
  `${name}${prompt === BY_LINES ? '-by-lines' : ''}.gz`;

/** Path of an initial RAM disk with busybox and a shell on the console. */
export const initrd = (prompt = PROMPT): string =>
  temporaryFile(nameFor('initrd', prompt), () => busyboxInitrd([], prompt));

/** The same with modules of a kernel: see `kernelModules`. */
export const initrdWithModules = (flavour: Flavour, paths: readonly string[], prompt = PROMPT): string =>
  temporaryFile(nameFor('initrd-modules', prompt), () =>
    busyboxInitrd(kernelModules(flavour, paths), prompt),
  );
