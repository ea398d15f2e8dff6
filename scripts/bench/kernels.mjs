// Kernels and hypervisors that others wrote, from reset to a shell that prints a line and powers off.
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { asGuest } from './guests.mjs';
import { benchFolder } from './programs.mjs';

/** The build has made these of test/boots, which downloads the packages. */
const require = createRequire(import.meta.url);
const images = () => require(resolve('out/test/boots/images.js'));
const xenFiles = () => require(resolve('out/test/boots/xen-files.js'));

const COMMANDS = '/bin/busybox echo BENCH $(/bin/busybox uname -r); /bin/busybox poweroff -f';
const SHELL = `rdinit=/bin/busybox -- sh -c "${COMMANDS}"`;

export function debianKernel() {
  const { debianKernel: kernel, initrd } = images();
  return {
    kernel: kernel('armmp-lpae').path,
    initrd: initrd(),
    append: `console=ttyAMA0 ${SHELL}`,
    virtualization: true,
  };
}

export function debianWithoutDecompressor() {
  const { uImage, uncompressed } = images();
  const boot = debianKernel();
  const kernel = join(benchFolder(), 'debian.uimage');
  writeFileSync(kernel, uImage(uncompressed(boot.kernel)));
  return { ...boot, kernel };
}

export function debianAsGuest() {
  const { kernel, initrd, append } = debianKernel();
  return asGuest(kernel, { initrd, append });
}

const XEN_MEMORY = 1024;

export async function xenWithDom0() {
  const { debianKernel: kernel, initrd, xen } = images();
  const { treeWithoutPcie, modulesOnQemu } = xenFiles();
  const append = 'dom0_mem=256M';
  const dtb = treeWithoutPcie(benchFolder());
  const linux = { file: kernel('armmp-lpae').path, kind: 'linux-zimage', append: `console=hvc0 ${SHELL}` };
  const modules = [linux, { file: initrd(), kind: 'linux-initrd' }];
  const given = { kernel: xen().path, append, dtb, modules, memory: `${XEN_MEMORY}M` };
  return {
    kernel: xen().path,
    virtualization: true,
    memory: XEN_MEMORY,
    options: [
      ...['--append', append, '--dtb', dtb],
      ...modules.flatMap(({ file, kind, append: own }) => [
        '--module',
        `${file}@${kind}${own ? ` ${own}` : ''}`,
      ]),
    ],
    qemu: await modulesOnQemu(given, benchFolder()),
  };
}
