/** The device tree that is put into memory: the board's own or the user's, with what a boot loader writes into it. */
import { DeviceTreeError, readDeviceTree, writeDeviceTree } from '../devices/fdt';
import type { Board, BoardConfiguration } from './board';
import type { BootPlan, NamedFile } from './boot';
import { withChosen } from './chosen';
import { ImageError } from './image-error';

/** The tree that firmware finds is as large as QEMU's, in bytes: firmware adds to it in place. */
const FIRMWARE_TREE_BYTES = 2 ** 20;

/** Which tree, and what is passed on in it. */
export interface TreeOptions {
  readonly deviceTree?: 'generated' | Uint8Array;
  /** Kernel command line. */
  readonly append?: string | undefined;
  /** What is booted with it; without one, firmware looks after itself. */
  readonly kernel?: NamedFile | undefined;
}

/**
 * The blob, or undefined when none is asked for.
 * @throws ImageError when the user's is no sound device tree.
 */
export function bootTree(
  board: Board,
  configuration: BoardConfiguration & { readonly psci: boolean },
  { deviceTree, append, kernel }: TreeOptions,
  { modules, initrd }: BootPlan,
): Uint8Array | undefined {
  if (deviceTree === undefined) return undefined;
  const chosen = { append, initrd, modules };
  if (deviceTree !== 'generated') return withChosen(completed(deviceTree, board, configuration), chosen);
  const { psci } = configuration;
  if (modules.length > 0)
    return withChosen(writeDeviceTree(board.deviceTree(configuration, { psci })), chosen);
  const contents = {
    ...(append !== undefined && { bootargs: append }),
    ...(initrd !== undefined && { initrd }),
    psci,
  };
  const tree = board.deviceTree(configuration, contents);
  const blob = writeDeviceTree(tree);
  return kernel === undefined ? writeDeviceTree(tree, FIRMWARE_TREE_BYTES - blob.length) : blob;
}

/** The user's tree with what the board's boot loader changes in it beside `/chosen`. */
function completed(blob: Uint8Array, board: Board, configuration: BoardConfiguration): Uint8Array {
  if (board.completeTree === undefined) return blob;
  try {
    return writeDeviceTree(board.completeTree(readDeviceTree(blob), configuration));
  } catch (error) {
    if (error instanceof DeviceTreeError) throw new ImageError(error.message);
    throw error;
  }
}
