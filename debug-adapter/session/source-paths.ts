/**
 * From the names of source files in debug information to files on this machine and back: the launch attribute
 * `sourceMap`, the bundled hypervisor's own folder, absolute names as they are.
 */
import type { Host } from '../host';
import type { Target } from '../launch/target';

const BUNDLED = 'hypervisor/';

export class SourcePaths {
  private readonly toFile = new Map<string, string>();
  private readonly map: readonly (readonly [string, string])[];

  constructor(
    target: Target,
    private readonly host: Host,
  ) {
    // The longest beginning wins.
    this.map = Object.entries(target.configuration.sourceMap ?? {}).sort(([a], [b]) => b.length - a.length);
  }

  /** Path of the file that a program names `name`. */
  fileOf(name: string): string {
    const known = this.toFile.get(name);
    if (known !== undefined) return known;
    const file = this.find(name);
    this.toFile.set(name, file);
    return file;
  }

  /** True when `path`, as the editor names it, is the file that a program names `name`. */
  same(name: string, path: string): boolean {
    return normalise(this.fileOf(name)) === normalise(path);
  }

  private find(name: string): string {
    for (const [from, to] of this.map)
      if (name === from || name.startsWith(from.endsWith('/') ? from : `${from}/`))
        return this.host.resolvePath(to, `./${name.slice(from.length).replace(/^\/+/, '')}`);
    const clean = name.replace(/^(\.\/)+/, '');
    if (clean.startsWith(BUNDLED))
      return this.host.resolvePath(this.host.hypervisorFolder, clean.slice(BUNDLED.length));
    return name;
  }
}

/** Windows has two ways to write the same path. */
function normalise(path: string): string {
  const slashes = path.replaceAll('\\', '/');
  return /^[a-zA-Z]:/.test(slashes) ? slashes[0]!.toLowerCase() + slashes.slice(1) : slashes;
}
