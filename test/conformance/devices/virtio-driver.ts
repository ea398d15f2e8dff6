/** Drives a virtio device by register accesses, so that the same list can be carried out here and on QEMU. */
import { Operation, type Access } from '../gic/access-list';

export const REGISTER = {
  hostFeatures: 0x10,
  hostFeaturesSel: 0x14,
  guestFeatures: 0x20,
  guestFeaturesSel: 0x24,
  guestPageSize: 0x28,
  queueSel: 0x30,
  queueNumMax: 0x34,
  queueNum: 0x38,
  queueAlign: 0x3c,
  queuePfn: 0x40,
  queueNotify: 0x50,
  interruptStatus: 0x60,
  interruptAck: 0x64,
  status: 0x70,
} as const;

export const NEXT = 1;
export const WRITE = 2;
export const INDIRECT = 4;

export interface Descriptor {
  readonly address: number;
  readonly length: number;
  readonly flags: number;
  readonly next: number;
}

export function access(operation: Operation, address: number, value = 0): Access {
  return { core: 0, operation, address: address >>> 0, value: value >>> 0 };
}
export const read = (address: number): Access => access(Operation.Read32, address);
export const write = (address: number, value: number): Access => access(Operation.Write32, address, value);

/** A queue of `size` entries at `address`, with the registers of its device at `base`. */
export class QueueDriver {
  private available = 0;

  constructor(
    private readonly base: number,
    readonly index: number,
    readonly address: number,
    readonly size: number,
    private readonly align = 4096,
  ) {}

  get availableRing(): number {
    return this.address + 16 * this.size;
  }
  get usedRing(): number {
    const end = this.availableRing + 4 + 2 * this.size + 2;
    return Math.ceil((end - 2) / this.align) * this.align;
  }

  setUp(): Access[] {
    const { base } = this;
    return [
      write(base + REGISTER.queueSel, this.index),
      write(base + REGISTER.queueNum, this.size),
      write(base + REGISTER.queueAlign, this.align),
      write(base + REGISTER.queuePfn, this.address / 4096),
    ];
  }

  descriptor(index: number, { address, length, flags, next }: Descriptor, table = this.address): Access[] {
    const at = table + 16 * index;
    return [
      write(at, address),
      write(at + 4, Math.floor(address / 2 ** 32)),
      write(at + 8, length),
      write(at + 12, (next << 16) | flags),
    ];
  }

  /** Makes a chain available; the device is not told. */
  offer(head: number): Access[] {
    const slot = this.available % this.size;
    this.available = (this.available + 1) & 0xffff;
    return [
      access(Operation.Write16, this.availableRing + 4 + 2 * slot, head),
      access(Operation.Write16, this.availableRing + 2, this.available),
    ];
  }

  notify(): Access {
    return write(this.base + REGISTER.queueNotify, this.index);
  }

  /** Waits until everything offered was used. */
  wait(): Access {
    return access(Operation.WaitFor, this.usedRing, this.available << 16);
  }

  /** The used ring, from its flags to the index at which the device wants to be notified. */
  readUsed(): Access[] {
    return Array.from({ length: 2 + 2 * this.size }, (_, i) => read(this.usedRing + 4 * i));
  }
}
