// A package of the npm registry, fetched by name and unpacked: nothing of it becomes part of the repository.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { npm } from './dependencies.mjs';

/** @throws Error where a step of an installation ended badly. */
export function mustEndWell(what, code) {
  if (code !== 0) throw new Error(`${what} ended with exit code ${code}.`);
}

/**
 * Unpacks a package below `folder`, which is empty, into `folder/package`.
 * @param members of the package's archive, those that are wanted
 * @throws Error where it cannot be had, or is not what it was
 */
export function unpackPackage({ name, version, integrity }, { folder, cache, members }) {
  mustEndWell(
    'npm pack',
    npm(['pack', `${name}@${version}`, '--silent'], { cwd: folder, cache: join(cache, 'npm'), quiet: true }),
  );
  const tarball = join(
    folder,
    readdirSync(folder).find((file) => file.endsWith('.tgz')),
  );
  const found = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  if (found !== integrity) throw new Error(`${name} ${version} is not what it was: its hash is ${found}.`);
  mustEndWell(
    'tar',
    spawnSync('tar', ['xzf', tarball, ...members], { cwd: folder, stdio: 'inherit' }).status,
  );
}
