// npm run demo: the debugger in a real VS Code, stopped inside a world switch.
//
//   npm run demo                    opens a window (or prints an address) and starts the session
//   npm run demo -- --headless      plays the scripted session in headless Chromium; exit code 0 only if all was seen
//
// Everything that is started gets a profile of its own and ends with this program.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDependencies } from './house/dependencies.mjs';
import { endRunning, runLimited } from './house/process-group.mjs';
import { WORKBENCH_TOOLS, findProgram, provideTools } from './house/tools.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);

/** Within the installed extension, whose sources are those that are debugged. */
const SAMPLE = join('samples', 'kvm-arm', 'kvm-arm.code-workspace');
/** The views of a hypervisor debugger need room: the side bar is wide, and what isn't needed first is folded. */
const SETTINGS = {
  'debug.openDebug': 'openOnDebugBreak',
  'window.restoreWindows': 'none',
  'debug.internalConsoleOptions': 'neverOpen',
};

const args = process.argv.slice(2);
const headless = args.includes('--headless');
/** Plays only the scenes whose names have this text. */
const scene = args.find((argument) => argument.startsWith('--scene='))?.slice('--scene='.length);
for (const argument of args)
  if (argument !== '--headless' && !(headless && argument.startsWith('--scene='))) {
    console.error(
      `${argument} is not expected. Usage: npm run demo, or npm run demo -- --headless [--scene=NAME]`,
    );
    process.exit(2);
  }

/** What has been started, ended in reverse order. */
const started = [];
let ending;

function end(code) {
  ending ??= (async () => {
    endRunning();
    for (const stop of started.splice(0).reverse()) await Promise.resolve(stop()).catch(() => undefined);
    process.exit(code);
  })();
  return ending;
}

function fail(message, code = 1) {
  console.error(message);
  return end(code);
}

async function prepare() {
  installDependencies(root);
  console.log('Building ...');
  if ((await runLimited(process.execPath, ['scripts/build.mjs'], { limit: 300 })) !== 0)
    await fail('The build failed: see above.');
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-demo-'));
  started.push(() => rmSync(folder, { recursive: true, force: true }));
  const { packExtensions } = await import('./demo/pack.mjs');
  return packExtensions(folder);
}

async function playHeadless() {
  const trouble = provideTools(WORKBENCH_TOOLS);
  if (trouble) return fail(trouble, 2);
  const { own } = await prepare();
  const { startServer } = await import('./vscode/server.mjs');
  const { openBrowser } = await import('./vscode/browser.mjs');
  const { playSession } = await import('./session/scripted-session.mjs');
  mkdirSync('artifacts', { recursive: true });
  const server = await startServer({
    extensions: [own],
    automation: true,
    trusted: true,
    settings: SETTINGS,
  });
  started.push(server.stop);
  const browser = await openBrowser();
  started.push(browser.close);
  const seen = await playSession({
    server,
    page: browser.page,
    artifacts: join(root, 'artifacts'),
    only: scene,
  });
  return end(seen ? 0 : 1);
}

async function showDesktop(program) {
  const { own, autostart } = await prepare();
  const { openDesktop } = await import('./demo/desktop.mjs');
  const { watchWindows } = await import('./demo/watcher.mjs');
  const watcher = await watchWindows();
  started.push(watcher.stop);
  const desktop = openDesktop(program, {
    extensions: [own, autostart],
    workspaceInExtension: SAMPLE,
    settings: SETTINGS,
    env: { WORLDSWITCH_DEMO: watcher.variable },
  });
  started.push(desktop.stop, watcher.closeWindows);
  console.log(
    'VS Code is open; the session starts by itself. Close its window, or press Ctrl+C here, to end.',
  );
  await desktop.ended;
  return end(0);
}

async function showInBrowser() {
  const { own, autostart } = await prepare();
  const { installedFolder, startServer, workbenchUrl } = await import('./vscode/server.mjs');
  const { watchWindows } = await import('./demo/watcher.mjs');
  const watcher = await watchWindows();
  started.push(watcher.stop);
  const server = await startServer({
    extensions: [own, autostart],
    settings: SETTINGS,
    // The profile is for this sample alone, and a question would stand before the session.
    trusted: true,
    env: { WORLDSWITCH_DEMO: watcher.variable },
  });
  started.push(server.stop);
  const url = workbenchUrl(server, { workspace: join(installedFolder(server.home), SAMPLE) });
  console.log(
    `\nVS Code is ready. Open this address in a browser on this machine; the session starts by itself:\n\n  ${url}\n`,
  );
  console.log('Close the window, or press Ctrl+C here, to end everything.');
  openUsersBrowser(url);
  server.child.once('exit', () => {
    if (!ending) void fail('The VS Code server has ended.');
  });
  await watcher.closed;
  console.log('The window has been closed.');
  return end(0);
}

function openUsersBrowser(url) {
  const display = process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  const opener = display && process.getuid?.() !== 0 ? findProgram('xdg-open') : undefined;
  if (opener)
    spawn(opener, [url], { stdio: 'ignore', detached: true })
      .on('error', () => undefined)
      .unref();
}

async function main() {
  if (headless) return playHeadless();
  const { findDesktop } = await import('./demo/desktop.mjs');
  const desktop = findDesktop();
  if (desktop) return showDesktop(desktop);
  if (process.platform === 'linux') return showInBrowser();
  return fail(
    'The command `code` was not found. Install Visual Studio Code, run "Shell Command: Install \'code\' command in PATH" from its command palette, and try again.',
    2,
  );
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    console.log('\nEnding ...');
    void end(signal === 'SIGINT' ? 130 : 143);
  });
main().catch((error) => fail(error instanceof Error ? (error.stack ?? error.message) : String(error)));
