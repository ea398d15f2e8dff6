/**
 * What the adapter needs of the program it runs in: files, and a place in the event loop. Node, a socket server and
 * a browser's worker each give one.
 */
export interface Host {
  /** The whole file. @throws Error in words when it cannot be read */
  readFile(path: string): Promise<Uint8Array>;
  exists(path: string): Promise<boolean>;
  /** Appends text to a file, creating it when needed. @throws Error in words */
  appendFile(path: string, bytes: Uint8Array | string): void;
  /** `path`, taken from `base` when it is relative, with `.` and `..` resolved. */
  resolvePath(base: string, path: string): string;
  /** Folder of the bundled hypervisor: `images/` and the sources. */
  readonly hypervisorFolder: string;
  /** What is kept from one session to the next; undefined where nothing is. */
  readonly kept: KeptFiles | undefined;
  /** Calls back once the messages that have arrived are dealt with. */
  later(callback: () => void): void;
  /** Milliseconds of real time since some start; for pacing slices, never seen by the machine. */
  milliseconds(): number;
}

/** Files that nobody misses when they are gone. */
export interface KeptFiles {
  /** @throws Error in words when there is one that cannot be read */
  load(name: string): Promise<Uint8Array | undefined>;
  /** Takes the place of the one of the same name, all at once. @throws Error in words */
  save(name: string, bytes: Uint8Array): void;
}
