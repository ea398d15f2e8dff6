/** The device tree that is put into memory: the board's own or the user's, with what a boot loader writes into it. */
import { DeviceTreeError, readDeviceTree, writeDeviceTree } from '../devices/fdt';
import type { Board, BoardConfiguration } from './board';
import type { BootPlan } from './boot';
import { withChosen } from './chosen';
import { ImageError } from './image-error';

/** Which tree, and what is passed on in it. */
export interface TreeOptions {
  readonly deviceTree?: 'generated' | Uint8Array;
  /** Kernel command line. */
  readonly append?: string | undefined;
}

/**
 * The blob, or undefined when none is asked for.
 * @throws ImageError when the user's is no sound device tree.
 */
export function bootTree(
  board: Board,
  configuration: BoardConfiguration & { readonly psci: boolean },
  { deviceTree, append }: TreeOptions,
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
  return writeDeviceTree(board.deviceTree(configuration, contents));
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
