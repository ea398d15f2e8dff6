// Starts one VS Code server on a free port of 127.0.0.1, with a profile of its own in a folder that goes with it.
import { randomBytes } from 'node:crypto';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideVSCode } from './install.mjs';

/** A quiet workbench: nothing asks, nothing reaches out, nothing pops up. */
export const QUIET_SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'git.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'typescript.disableAutomaticTypeAcquisition': true,
  'npm.autoDetect': 'off',
  'chat.disableAIFeatures': true,
  'debug.toolBarLocation': 'docked',
};

/** Names in the environment that would make the server behave as a part of another VS Code. */
const FOREIGN = /^(VSCODE_|ELECTRON_|NODE_OPTIONS$)/;

/**
 * @param settings for the user's settings.json, besides the quiet ones
 * @param extensions paths of .vsix files to install
 * @param automation lets a test drive the workbench (VS Code's own smoke-test driver)
 * @param trusted don't ask for Workspace Trust
 */
export async function startServer({
  settings = {},
  extensions = [],
  automation = false,
  trusted = false,
  env = {},
} = {}) {
  const main = provideVSCode();
  const home = mkdtempSync(join(tmpdir(), 'worldswitch-'));
  const token = randomBytes(16).toString('hex');
  const folders = {
    data: join(home, 'data'),
    server: join(home, 'server'),
    extensions: join(home, 'extensions'),
    temporary: join(home, 'tmp'),
  };
  const remove = () => rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  mkdirSync(folders.temporary);
  for (const scope of ['User', 'Machine']) {
    mkdirSync(join(folders.data, scope), { recursive: true });
    writeFileSync(
      join(folders.data, scope, 'settings.json'),
      JSON.stringify({ ...QUIET_SETTINGS, ...settings }, null, 2),
    );
  }
  const profile = [
    '--accept-server-license-terms',
    '--server-data-dir',
    folders.server,
    '--user-data-dir',
    folders.data,
    '--extensions-dir',
    folders.extensions,
  ];
  const environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name))),
    HOME: home,
    TMPDIR: folders.temporary,
    XDG_RUNTIME_DIR: folders.temporary,
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: '', itemUrl: '', resourceUrlTemplate: '' }),
    ...env,
  };
  const options = [
    ...['--host', '127.0.0.1', '--port', '0', '--connection-token', token, '--disable-telemetry'],
    ...['--reconnection-grace-time', '30'],
    ...(automation ? ['--enable-smoke-test-driver'] : []),
    ...(trusted ? ['--disable-workspace-trust'] : []),
  ];
  let child;
  try {
    for (const extension of extensions)
      execFileSync(process.execPath, [main, '--install-extension', extension, ...profile], {
        env: environment,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    child = spawn(process.execPath, [main, ...options, ...profile], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const base = await address(child);
    return { base, authority: new URL(base).host, token, home, child, stop: () => stop(child, remove) };
  } catch (error) {
    if (child) await stop(child, remove);
    else remove();
    throw error;
  }
}

/** Waits for the line that says where the server listens. */
function address(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(
      () => reject(new Error(`The VS Code server did not come up in 60 s:\n${text}`)),
      60000,
    );
    const read = (chunk) => {
      text = (text + chunk).slice(-20000);
      if (process.env.WORLDSWITCH_DEBUG_SERVER) process.stderr.write(chunk);
      const match = /Web UI available at (http:\/\/[^\s?]+)/.exec(text);
      if (!match) return;
      clearTimeout(timer);
      // The authority of remote addresses must be the one in the address bar.
      resolve(match[1].replace(/\/$/, '').replace('localhost', '127.0.0.1'));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`The VS Code server ended with exit code ${code}:\n${text}`));
    });
  });
}

/** Ends the server's process group: extension host, debug adapter and file watcher are in it. */
async function stop(child, remove) {
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
      return true;
    } catch {
      return false; // The group is gone.
    }
  };
  signal('SIGTERM');
  for (let round = 0; round < 30 && signal(0); round++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  signal('SIGKILL');
  remove();
}

/**
 * The address of the workbench.
 * @param folder or workspace: absolute path of what it opens
 * @param development paths of extensions under development
 * @param tests path of the module whose run() the extension host calls
 */
export function workbenchUrl(server, { folder, workspace, development = [], tests }) {
  const remote = (path) => `vscode-remote://${server.authority}${path}`;
  const payload = [
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
    ...development.map((path) => ['extensionDevelopmentPath', remote(path)]),
  ];
  if (tests) payload.push(['extensionTestsPath', remote(tests)]);
  const query = new URLSearchParams({ tkn: server.token, payload: JSON.stringify(payload) });
  if (folder) query.set('folder', folder);
  if (workspace) query.set('workspace', workspace);
  return `${server.base}/?${query}`;
}

/** The folder into which the extension was installed, below a profile's home. */
export function installedFolder(home) {
  const extensions = join(home, 'extensions');
  const name = readdirSync(extensions).find((entry) => /^worldswitch\.worldswitch-\d/.test(entry));
  if (!name) throw new Error('VS Code has not installed the extension.');
  return join(extensions, name);
}
