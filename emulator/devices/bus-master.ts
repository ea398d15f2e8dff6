/** Physical memory, as a device that masters the bus sees it. Neither call reaches the windows of devices. */
export interface BusMaster {
  /** Copies memory at `pa` into `bytes`; false when there is no memory. */
  read(pa: number, bytes: Uint8Array): boolean;
  /** Copies `bytes` to memory at `pa`; false when there is no memory. */
  write(pa: number, bytes: Uint8Array): boolean;
}
