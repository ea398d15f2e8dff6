/**
 * Debian's armhf packages as test data: downloaded by name, checked by the archive's own hash, unpacked, never installed.
 * Downloads stay in `.cache`, by the name of the package's file, which has the version in it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

/** Where downloads are kept from one run to the next. */
const CACHE = resolve('.cache/debian-armhf');
/** A download of 45 MB over a slow line. */
const LIMIT = 600_000;

/** A package that is there. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Where its files are. */
  readonly folder: string;
}

interface Run {
  readonly ok: boolean;
  readonly stdout: string;
  /** What the program complained about, on one line. */
  readonly complaint: string;
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): Run {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...environment },
    timeout: LIMIT,
  });
  const lines = (stderr ?? '').split('\n').filter((line) => /^(E|W|Err|dpkg)/.test(line));
  const complaint = error?.message ?? `${program} ended with ${status}: ${lines.slice(0, 3).join(' ')}`;
  return { ok: status === 0, stdout: stdout ?? '', complaint };
}

/** apt with a configuration and state of its own, so that the machine's stay as they are. */
function apt(program: string, args: readonly string[], cwd = CACHE): Run {
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
  }
  return run(program, args, cwd, { APT_CONFIG: configuration });
}

/** The lists of packages, fetched anew. A source of the machine without armhf is no reason to fail. */
const refreshLists = (): Run => apt('apt-get', ['update', '-qq']);

/** What a field of a package's record says, in the newest version that the lists know; undefined when none. */
function field(record: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'm').exec(record.split('\n\n')[0]!)?.[1];
}

/** @throws Error in one sentence when the lists cannot be had or know no such package */
function recordOf(name: string): string {
  const known = apt('apt-cache', ['show', '--no-all-versions', name]);
  if (known.ok && field(known.stdout, 'Filename') !== undefined) return known.stdout;
  const refreshed = refreshLists();
  const again = apt('apt-cache', ['show', '--no-all-versions', name]);
  if (again.ok && field(again.stdout, 'Filename') !== undefined) return again.stdout;
  throw new Error(
    `Debian's armhf package ${name}, which this test boots, is not in the lists of packages: ${refreshed.ok ? again.complaint : refreshed.complaint}`,
  );
}

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** The name that the archive gives the file, and the one that apt-get saves it under: epochs have %3a. */
function fileOf(record: string, name: string): string {
  const version = field(record, 'Version')!.replaceAll(':', '%3a');
  return `${name}_${version}_${field(record, 'Architecture')!}.deb`;
}

/** Does `work` in a new folder beside the others and moves what it names into its place when all of it is there. */
function whole(place: string, work: (folder: string) => string): void {
  const folder = mkdtempSync(join(CACHE, 'partial-'));
  try {
    renameSync(work(folder), place);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function download(name: string, record: string, place: string): void {
  whole(place, (folder) => {
    const got = apt('apt-get', ['download', '-qq', name], folder);
    const file = join(folder, basename(place));
    if (!got.ok || !existsSync(file)) throw new Error(got.complaint);
    if (hashOf(file) !== field(record, 'SHA256')) throw new Error('what came has not the hash of the lists');
    return file;
  });
}

const found = new Map<string, Package>();

/**
 * A package in the newest version that the lists know, unpacked.
 * @throws Error in one sentence when it cannot be had
 */
export function debianPackage(name: string): Package {
  const known = found.get(name);
  if (known !== undefined) return known;
  mkdirSync(CACHE, { recursive: true });
  let record = recordOf(name);
  let file = join(CACHE, fileOf(record, name));
  const sound = (): boolean => existsSync(file) && hashOf(file) === field(record, 'SHA256');
  if (!sound()) {
    try {
      download(name, record, file);
    } catch (first) {
      // The archive may have a newer version than the lists.
      refreshLists();
      record = recordOf(name);
      file = join(CACHE, fileOf(record, name));
      try {
        if (!sound()) download(name, record, file);
      } catch {
        throw new Error(
          `Debian's armhf package ${name}, which this test boots, could not be downloaded: ${(first as Error).message}`,
        );
      }
    }
  }
  const folder = file.replace(/\.deb$/, '');
  if (!existsSync(folder))
    whole(folder, (partial) => {
      const unpacked = join(partial, 'files');
      const got = run('dpkg', ['-x', file, unpacked], CACHE);
      if (!got.ok) throw new Error(`${file} cannot be unpacked: ${got.complaint}`);
      return unpacked;
    });
  const result = { name, version: field(record, 'Version')!, folder };
  found.set(name, result);
  return result;
}

/** The package that a meta-package (`linux-image-armmp`) stands for today. @throws Error as `debianPackage` */
export function dependencyOf(name: string, pattern: RegExp): string {
  mkdirSync(CACHE, { recursive: true });
  const depends = field(recordOf(name), 'Depends') ?? '';
  const found = depends
    .split(/, */)
    .map((one) => one.split(' ')[0]!)
    .find((one) => pattern.test(one));
  if (found === undefined) throw new Error(`Debian's ${name} depends on nothing like ${pattern}: ${depends}`);
  return found;
}
