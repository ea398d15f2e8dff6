/**
 * What a boot loader writes into `/chosen` of a device tree. For a kernel: command line and initial RAM disk. For a
 * hypervisor that boots like Xen (docs/misc/arm/device-tree/booting.txt there): its own command line, and a node for
 * each module, that is, each file that was loaded for its first domain.
 */
import {
  DeviceTreeError,
  cells,
  nodeAt,
  property,
  readDeviceTree,
  strings,
  withProperties,
  writeDeviceTree,
  type DeviceTree,
  type DeviceTreeNode,
} from '../devices/fdt';
import { ImageError } from './image-error';
import type { NamedFile } from './boot';

/** What a module is to the first domain. */
export type ModuleKind = 'linux-zimage' | 'linux-initrd';

export interface BootModule {
  readonly file: NamedFile;
  readonly kind: ModuleKind;
  /** The command line of a kernel. */
  readonly append?: string | undefined;
}

/** A module in memory: physical address of its first byte and of the byte after it. */
export interface PlacedModule {
  readonly module: BootModule;
  readonly start: number;
  readonly end: number;
}

/** The names of each kind: the generic one, and the one that older versions of Xen know alone. */
const COMPATIBLE: Readonly<Record<ModuleKind, readonly string[]>> = {
  'linux-zimage': ['multiboot,kernel', 'xen,linux-zimage'],
  'linux-initrd': ['multiboot,ramdisk', 'xen,linux-initrd'],
};
const MODULE = ['multiboot,module', 'xen,multiboot-module'];

/** Cells of addresses and sizes below `/chosen` when it does not say. */
const CELLS = 2;

/** What is passed on through the tree. */
export interface Chosen {
  /** Command line of what is booted. */
  readonly append: string | undefined;
  readonly initrd: { readonly start: number; readonly end: number } | undefined;
  /** With modules, what is booted is a hypervisor. */
  readonly modules: readonly PlacedModule[];
}

/**
 * The blob with what was given written into its `/chosen`; the blob itself when that is nothing.
 * @throws ImageError when it is no sound device tree.
 */
export function withChosen(blob: Uint8Array, chosen: Chosen): Uint8Array {
  const { append, initrd, modules } = chosen;
  if (append === undefined && initrd === undefined && modules.length === 0) return blob;
  try {
    const tree = readDeviceTree(blob);
    const written = modules.length > 0 ? withModules(tree, modules, append) : withKernel(tree, chosen);
    return writeDeviceTree(written);
  } catch (error) {
    if (error instanceof DeviceTreeError) throw new ImageError(error.message);
    throw error;
  }
}

function withKernel(tree: DeviceTree, { append, initrd }: Chosen): DeviceTree {
  return withProperties(tree, '/chosen', {
    ...(append !== undefined && { bootargs: strings(append) }),
    ...(initrd !== undefined && {
      'linux,initrd-start': cells(initrd.start),
      'linux,initrd-end': cells(initrd.end),
    }),
  });
}

function withModules(
  tree: DeviceTree,
  modules: readonly PlacedModule[],
  append: string | undefined,
): DeviceTree {
  const chosen = nodeAt(tree, '/chosen');
  const addressCells = cellCount(chosen, '#address-cells');
  const sizeCells = cellCount(chosen, '#size-cells');
  const withArguments = withProperties(tree, '/chosen', {
    '#address-cells': cells(addressCells),
    '#size-cells': cells(sizeCells),
    ...(append !== undefined && { 'xen,xen-bootargs': strings(append) }),
  });
  return modules.reduce(
    (at, { module, start, end }) =>
      withProperties(at, `/chosen/module@${start.toString(16)}`, {
        compatible: strings(...COMPATIBLE[module.kind], ...MODULE),
        reg: cells(...wide(start, addressCells), ...wide(end - start, sizeCells)),
        ...(module.append !== undefined && { bootargs: strings(module.append) }),
      }),
    withArguments,
  );
}

function cellCount(chosen: DeviceTreeNode | undefined, name: string): number {
  const value = chosen && property(chosen, name);
  if (value === undefined) return CELLS;
  const count = value.length === 4 ? new DataView(value.buffer, value.byteOffset).getUint32(0) : 0;
  if (count !== 1 && count !== 2)
    throw new ImageError(
      `the device tree's /chosen has ${name} that is neither 1 nor 2: remove it, or correct it`,
    );
  return count;
}

const wide = (value: number, count: number): readonly number[] => [
  ...(count === 2 ? [Math.floor(value / 2 ** 32)] : []),
  value % 2 ** 32,
];
