// The packages of package-lock.json: are they installed, and if not, `npm ci`. Nothing outside the repository is written.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Whether node_modules holds what package-lock.json says. Optional packages are for other systems and may lack. */
export function isUpToDate(root) {
  const installedList = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedList)) return false;
  const wanted = readJson(join(root, 'package-lock.json')).packages;
  const installed = readJson(installedList).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      (installed[path]
        ? installed[path].version === entry.version && existsSync(join(root, path))
        : entry.optional === true),
  );
}

/** npm with a cache inside the repository; returns its exit code. */
export function npm(args, { cwd, cache, quiet = false }) {
  const run = spawnSync(
    'npm',
    [...args, '--cache', cache, '--no-audit', '--no-fund', '--no-update-notifier'],
    {
      cwd,
      stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  return run.status ?? 1;
}

export function installDependencies(root) {
  if (isUpToDate(root)) return;
  console.log('Installing the packages of package-lock.json ...');
  const code = npm(['ci'], { cwd: root, cache: join(root, '.cache', 'npm') });
  if (code !== 0) {
    console.error('npm ci failed: see above.');
    process.exit(code);
  }
}
