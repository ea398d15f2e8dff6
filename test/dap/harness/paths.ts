import { join } from 'node:path';
import { nodeHost } from '../../../debug-adapter/node/node-host';

/** The folder of the bundled hypervisor, as the adapter finds it. */
export const HYPERVISOR = nodeHost().hypervisorFolder;
/** The repository's root, wherever the compiled tests lie. */
export const ROOT = process.cwd();
export const ADAPTER = join(ROOT, 'dist/debug-adapter.js');
export const COMMAND_LINE = join(ROOT, 'dist/worldswitch.js');

export const image = (name: string): string => join(HYPERVISOR, 'images', name);
export const source = (name: string): string => join(HYPERVISOR, name);
