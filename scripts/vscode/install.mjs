// Brings VS Code's server and web workbench into the cache, from the npm registry alone.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { npm } from '../house/dependencies.mjs';
import { mustEndWell, unpackPackage } from '../house/npm-package.mjs';
import { findProgram } from '../house/tools.mjs';

/** code-server 4.100.3 carries VS Code 1.100.3, which runs on Node 20. */
const VERSION = '4.100.3';
const INTEGRITY =
  'sha512-q/Fh2DOxCRNhC/WiG/6sAhSKnj7ZACTVBaeeZ+rWjol//0FCbl/qg1ln5ecZ99jYcfqMxZZAyWcN+YBIo0DgpA==';

const root = join(import.meta.dirname, '..', '..');
const cache = join(root, '.cache');
const home = join(cache, `vscode-server-${VERSION}`);

/** The server's entry point, installed when it isn't there. */
export function provideVSCode() {
  const main = join(home, 'out', 'server-main.js');
  if (!existsSync(main)) install();
  linkRipgrep();
  return main;
}

/** In a folder of its own until it is complete: a broken download is never taken for a good one. */
function install() {
  console.log(`Installing VS Code's server from npm (code-server ${VERSION}, some 100 MB) ...`);
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'installing-'));
  try {
    unpackPackage(
      { name: 'code-server', version: VERSION, integrity: INTEGRITY },
      { folder: work, cache, members: ['package/lib/vscode', 'package/LICENSE'] },
    );
    const vscode = join(work, 'package', 'lib', 'vscode');
    // The package's own lock file is out of step with its package.json; ours is not.
    rmSync(join(vscode, 'npm-shrinkwrap.json'), { force: true });
    cpSync(join(import.meta.dirname, 'vscode-server-lock.json'), join(vscode, 'package-lock.json'));
    // No native module is needed for debugging, so nothing is compiled.
    mustEndWell(
      'npm ci',
      npm(['ci', '--omit=dev', '--ignore-scripts', '--legacy-peer-deps', '--loglevel=error'], {
        cwd: vscode,
        cache: join(cache, 'npm'),
        quiet: true,
      }),
    );
    cpSync(join(work, 'package', 'LICENSE'), join(vscode, 'LICENSE'));
    writeShell(vscode);
    leaveNote(vscode);
    if (!existsSync(home)) renameSync(vscode, home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Ctrl+P and findFiles need ripgrep, whose own package would download it. */
function linkRipgrep() {
  const folder = join(home, 'node_modules', '@vscode', 'ripgrep', 'bin');
  const ripgrep = findProgram('rg');
  if (!ripgrep || existsSync(join(folder, 'rg'))) return;
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, 'rg'), { force: true });
  symlinkSync(ripgrep, join(folder, 'rg'));
}

/**
 * Stands in for the module of the integrated shell, which would have to be compiled: without it the process that serves
 * all terminals, our consoles too, ends at its start.
 */
function writeShell(vscode) {
  writeFileSync(
    join(vscode, 'node_modules', 'node-pty', 'lib', 'index.js'),
    "exports.spawn = () => { throw new Error('This VS Code has no integrated shell.'); };\n",
  );
}

/** Written for whoever looks into the cache. */
function leaveNote(vscode) {
  writeFileSync(
    join(vscode, 'ABOUT.txt'),
    `VS Code's server and web workbench from the npm package code-server ${VERSION} (MIT licence).\n` +
      'Native modules were not compiled: no integrated shell, no log files. Delete this folder to install anew.\n',
  );
}
