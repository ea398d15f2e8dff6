/** What is booted: kernels, an initial RAM disk with a shell, Xen, U-Boot; each from the Debian package of its name. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cpio } from './cpio';
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

const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
export PS1='${PROMPT}'
exec /bin/sh -i
`;

function busyboxInitrd(): Uint8Array {
  const busybox = readFileSync(join(debianPackage('busybox-static').folder, 'bin/busybox'));
  const empty = new Uint8Array(0);
  return gzipSync(
    cpio([
      ...['bin', 'dev', 'proc', 'sys'].map((name) => ({ name, mode: 0o040755, content: empty })),
      { name: 'dev/console', mode: 0o020600, content: empty, device: [5, 1] as const },
      { name: 'bin/busybox', mode: 0o100755, content: busybox },
      { name: 'init', mode: 0o100755, content: Buffer.from(INIT) },
    ]),
  );
}

let initrdFile: string | undefined;

/** Path of an initial RAM disk with busybox and a shell on the console; it is there until the tests end. */
export function initrd(): string {
  if (initrdFile === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'worldswitch-boots-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    initrdFile = join(folder, 'initrd.gz');
    writeFileSync(initrdFile, busyboxInitrd());
  }
  return initrdFile;
}
