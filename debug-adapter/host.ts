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
  /** Calls back once the messages that have arrived are dealt with. */
  later(callback: () => void): void;
  /** Milliseconds of real time since some start; for pacing slices, never seen by the machine. */
  milliseconds(): number;
}
