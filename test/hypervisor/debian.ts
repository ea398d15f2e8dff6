/** Debian's armhf packages as test data: downloaded by name, unpacked, never installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Where downloads are kept from one run to the next. */
const CACHE = resolve('.cache/debian-armhf');

function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    cwd: CACHE,
    env: { ...process.env, ...environment },
    timeout: 300_000,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stderr}`);
  return stdout;
}

/** apt with a configuration of its own, so that the machine's stays as it is. */
function apt(program: string, ...args: string[]): string {
  const configuration = join(CACHE, 'apt.conf');
  if (!existsSync(configuration)) {
    for (const folder of ['state/lists/partial', 'cache/archives/partial'])
      mkdirSync(join(CACHE, folder), { recursive: true });
    writeFileSync(
      configuration,
      [
        `Dir::State "${join(CACHE, 'state')}";`,
        'Dir::State::status "/dev/null";',
        `Dir::Cache "${join(CACHE, 'cache')}";`,
        'APT::Architecture "armhf";',
        'APT::Architectures "armhf";',
        'APT::Sandbox::User "root";',
      ].join('\n'),
    );
    // A package's index without armhf (an additional source of the machine) is no reason to fail.
    spawnSync('apt-get', ['update', '-qq'], { env: { ...process.env, APT_CONFIG: configuration }, cwd: CACHE });
  }
  return run(program, args, { APT_CONFIG: configuration });
}

/** Unpacks a package and gives its folder. @throws Error when it cannot be had */
function unpack(name: string): string {
  mkdirSync(CACHE, { recursive: true });
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  apt('apt-get', 'download', '-qq', name);
  const file = readdirSync(CACHE).find((entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'));
  if (file === undefined) throw new Error(`apt-get downloaded no file of ${name}`);
  run('dpkg', ['-x', file, folder]);
  return folder;
}

/** Debian's kernel of a flavour (`armmp`, `armmp-lpae`): the zImage and its version. */
export function debianKernel(flavour: string): { readonly version: string; readonly zImage: Uint8Array; readonly path: string } {
  mkdirSync(CACHE, { recursive: true });
  const depends = apt('apt-cache', 'depends', `linux-image-${flavour}`);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`linux-image-${flavour} names no kernel:\n${depends}`);
  const version = name.replace('linux-image-', '');
  const path = join(unpack(name), 'boot', `vmlinuz-${version}`);
  return { version, zImage: readFileSync(path), path };
}

const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
export PS1='READY> '
exec /bin/sh -i
`;

/** An initial RAM disk with busybox and a shell on the console. */
export function busyboxInitrd(): Uint8Array {
  const busybox = readFileSync(join(unpack('busybox-static'), 'bin/busybox'));
  const empty = new Uint8Array(0);
  return gzipSync(
    cpio([
      ...['bin', 'dev', 'proc', 'sys'].map((name) => ({ name, mode: 0o040755, content: empty })),
      { name: 'dev/console', mode: 0o020600, content: empty, device: [5, 1] as const },
      { name: 'bin/busybox', mode: 0o100755, content: busybox },
      { name: 'init', mode: 0o100755, content: Buffer.from(INIT) },
    ]),
  );
}

interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly content: Uint8Array;
  readonly device?: readonly [number, number];
}

/** The "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst). */
function cpio(entries: readonly Entry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const pad = (length: number): Uint8Array => new Uint8Array((4 - (length % 4)) % 4);
  [...entries, { name: 'TRAILER!!!', mode: 0, content: new Uint8Array(0) }].forEach((entry: Entry, inode) => {
    const { name, mode, content, device = [0, 0] } = entry;
    const fields = [inode + 1, mode, 0, 0, 1, 0, content.length, 0, 0, ...device, name.length + 1, 0];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
    parts.push(Buffer.from(header), pad(header.length), content, pad(content.length));
  });
  return Buffer.concat(parts);
}
