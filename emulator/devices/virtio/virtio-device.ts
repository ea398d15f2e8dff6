/** What a virtio device is to its transport, and the transport to it. */
import type { DeviceState } from '../device';
import type { Virtqueue } from './virtqueue';

/** The transport, as the device behind it sees it. */
export interface VirtioTransport {
  /** What the driver has accepted of the device's features, bits 0–31. */
  readonly features: number;
  /** True once the driver has said that it is ready (DRIVER_OK). */
  readonly driverReady: boolean;
  queue(index: number): Virtqueue;
  /** A chain of the queue was given back: interrupts the driver if it wants that. */
  interrupt(queue: Virtqueue): void;
  /** There may be something to do on a queue though its driver did not notify. */
  wake(queue: number): void;
}

export interface VirtioDevice {
  /** Kind of device, in a word. */
  readonly kind: string;
  /** Kind of device, by number (virtio 1.1, 5). */
  readonly id: number;
  /** Feature bits 0–31 that it offers. */
  readonly features: number;
  /** Entries of each of its queues after a reset. */
  readonly queueSizes: readonly number[];
  /** Bytes of its configuration space. */
  readonly configurationBytes: number;
  /** Called once, before anything else. */
  attach(transport: VirtioTransport): void;
  /** The configuration space as it reads now: `configurationBytes` bytes. */
  configuration(): Uint8Array;
  /** The driver wrote `bytes` bytes at `offset`; `written` is the configuration space with them. */
  configure(offset: number, bytes: number, written: Uint8Array): void;
  /** The driver's status changed (virtio 1.1, 2.1). */
  statusChanged(driverReady: boolean): void;
  /**
   * Deals with the next chain of a queue, or a part of it.
   * @returns how long that keeps the device busy, in ns and at least 1; 0 when there is nothing to do
   * @throws BrokenDriver
   */
  serve(queue: number): number;
  /** The driver reset the device, or the machine was: what the device stores stays. */
  reset(): void;
  save(): DeviceState;
  restore(state: DeviceState): void;
}

/** Busy time of a device for one chain: a microsecond, a tenth of one for each descriptor, and 1 ns for each byte. */
export function busyTime(descriptors: number, bytes: number): number {
  return 1000 + 100 * descriptors + bytes;
}
