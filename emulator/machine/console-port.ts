/** A serial console: bytes out, keys in. */
export interface ConsolePort {
  readonly name: string;
  /** Called with each byte that the machine prints. */
  onOutput: (byte: number) => void;
  /** Bytes typed; they wait until the device has room. */
  input(bytes: Uint8Array): void;
}
