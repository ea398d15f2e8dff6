// The desktop VS Code with a profile of its own, which goes with it.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QUIET_SETTINGS, installedFolder } from '../vscode/server.mjs';
import { findProgram } from '../house/tools.mjs';

/** The command `code`, when a window could be opened with it: it needs a display, and refuses to run as root. */
export function findDesktop() {
  const windows = process.platform === 'win32';
  const display =
    windows || process.platform === 'darwin' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!display || process.getuid?.() === 0) return undefined;
  return findProgram(windows ? 'code.cmd' : 'code');
}

/** Opens a workspace in a window of its own; `ended` is kept when VS Code has ended. */
export function openDesktop(program, { extensions, workspaceInExtension, settings, env }) {
  const home = mkdtempSync(join(tmpdir(), 'worldswitch-'));
  const data = join(home, 'data');
  const profile = ['--user-data-dir', data, '--extensions-dir', join(home, 'extensions')];
  const shell = process.platform === 'win32';
  mkdirSync(join(data, 'User'), { recursive: true });
  writeFileSync(
    join(data, 'User', 'settings.json'),
    JSON.stringify({ ...QUIET_SETTINGS, ...settings }, null, 2),
  );
  for (const extension of extensions)
    execFileSync(program, [...profile, '--install-extension', extension], {
      stdio: ['ignore', 'ignore', 'inherit'],
      shell,
    });
  const workspace = join(installedFolder(home), workspaceInExtension);
  const child = spawn(
    program,
    [...profile, '--disable-workspace-trust', '--new-window', '--wait', workspace],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...env },
      shell,
    },
  );
  return {
    ended: new Promise((resolve) => child.once('exit', resolve)),
    async stop() {
      for (let round = 0; round < 30 && child.exitCode === null; round++)
        await new Promise((resolve) => setTimeout(resolve, 100));
      endByProfile(home);
      child.kill();
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** What `code` started runs apart from it; all of it names the profile, whose path is ours alone. */
function endByProfile(home) {
  const mine = (pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(home);
    } catch {
      return false;
    }
  };
  if (process.platform !== 'linux') return;
  for (const pid of readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid && mine(name),
  ))
    try {
      process.kill(Number(pid), 'SIGTERM');
    } catch {
      // It has ended already.
    }
}
