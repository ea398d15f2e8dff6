/**
 * Split virtqueues (virtio 1.1, 2.6) in the legacy layout (2.6.2): descriptors, the driver's ring of available
 * chains and the device's ring of used ones, in guest memory. The driver is not trusted: what it may not do breaks
 * the device until it is reset, as with QEMU.
 */
import type { BusMaster } from '../bus-master';

/** Feature bits of the ring, by position. */
export const enum RingFeature {
  NotifyOnEmpty = 24,
  IndirectDescriptors = 28,
  EventIndex = 29,
}

/** Most entries of a queue, and of one chain. */
export const QUEUE_MOST = 1024;

const DESCRIPTOR_BYTES = 16;
const USED_BYTES = 8;
const enum DescriptorFlag {
  Next = 1,
  Write = 2,
  Indirect = 4,
}
/** Bit of the available ring's flags: the driver does not want to be interrupted. */
const NO_INTERRUPT = 1;

/** The driver did what no driver may: the device answers nothing more until it is reset. The message says what. */
export class BrokenDriver extends Error {}

/** A piece of guest memory, at a physical address. */
export interface Piece {
  readonly address: number;
  readonly length: number;
}

/** A chain of descriptors: what the device reads, and what it writes, in order. */
export class Chain {
  readonly out: Piece[] = [];
  readonly in: Piece[] = [];

  constructor(
    private readonly memory: BusMaster,
    /** Index of its first descriptor, by which the driver knows it. */
    readonly head: number,
  ) {}

  get outBytes(): number {
    return total(this.out);
  }
  get inBytes(): number {
    return total(this.in);
  }

  /**
   * Copies what the device may read, from byte `from` on, into `bytes`; gives how many bytes there were.
   * @throws BrokenDriver where there is no memory
   */
  read(from: number, bytes: Uint8Array): number {
    return this.copy(this.out, from, bytes, (pa, part) => this.memory.read(pa, part));
  }

  /**
   * Copies `bytes` to what the device may write, from byte `from` on; gives how many had room.
   * @throws BrokenDriver where there is no memory
   */
  write(from: number, bytes: Uint8Array): number {
    return this.copy(this.in, from, bytes, (pa, part) => this.memory.write(pa, part));
  }

  private copy(
    pieces: readonly Piece[],
    from: number,
    bytes: Uint8Array,
    transfer: (pa: number, part: Uint8Array) => boolean,
  ): number {
    let done = 0;
    let skip = from;
    for (const { address, length } of pieces) {
      if (done === bytes.length) break;
      if (skip >= length) {
        skip -= length;
        continue;
      }
      const part = Math.min(length - skip, bytes.length - done);
      if (!transfer(address + skip, bytes.subarray(done, done + part)))
        throw new BrokenDriver(`a buffer at 0x${address.toString(16)} is not in memory`);
      done += part;
      skip = 0;
    }
    return done;
  }
}

function total(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

export interface VirtqueueState {
  readonly size: number;
  readonly align: number;
  readonly address: number;
  readonly lastAvailable: number;
  readonly used: number;
  readonly signalled: number;
  readonly signalledValid: boolean;
}

export class Virtqueue {
  /** Entries; the driver may change it. */
  size: number;
  /** Alignment of the used ring, in bytes. */
  align = 4096;
  /** Physical address of the descriptors; 0: the driver has not set the queue up. */
  address = 0;
  /** Next entry of the available ring to be taken, modulo 2^16. */
  private lastAvailable = 0;
  /** Entries of the used ring filled so far, modulo 2^16. */
  private used = 0;
  /** `used` when the driver was last asked whether it wants an interrupt; of no account while not valid. */
  private signalled = 0;
  private signalledValid = false;
  private readonly descriptor = new DataView(new ArrayBuffer(DESCRIPTOR_BYTES));
  private readonly half = new DataView(new ArrayBuffer(2));

  constructor(
    private readonly memory: BusMaster,
    /** Entries after a reset; 0 for a queue that is not there. */
    private readonly defaultSize: number,
  ) {
    this.size = defaultSize;
  }

  get ready(): boolean {
    return this.address !== 0;
  }

  /** As after a reset of the device; the alignment stays, as with QEMU. */
  reset(): void {
    this.size = this.defaultSize;
    this.address = this.lastAvailable = this.used = this.signalled = 0;
    this.signalledValid = false;
  }

  /** True when the driver has made no chain available that was not taken yet. @throws BrokenDriver */
  get isEmpty(): boolean {
    return this.load16(this.availableRing + 2) === this.lastAvailable;
  }

  /** The next chain; undefined when there is none. @throws BrokenDriver */
  take(features: number): Chain | undefined {
    const available = this.load16(this.availableRing + 2);
    const waiting = (available - this.lastAvailable) & 0xffff;
    if (waiting === 0) return undefined;
    if (waiting > this.size)
      throw new BrokenDriver(`${waiting} chains are available in ${this.size} entries`);
    const head = this.load16(this.availableRing + 4 + 2 * (this.lastAvailable % this.size));
    if (head >= this.size) throw new BrokenDriver(`descriptor ${head} is available, of ${this.size}`);
    this.lastAvailable = (this.lastAvailable + 1) & 0xffff;
    if (has(features, RingFeature.EventIndex)) this.askForNotification();
    return this.chain(head);
  }

  /** Puts the chain taken last back: the next `take` gives it again. */
  putBack(): void {
    this.lastAvailable = (this.lastAvailable - 1) & 0xffff;
  }

  /** Gives a chain back to the driver; `written`: bytes that the device wrote. @throws BrokenDriver */
  give(chain: Chain, written: number): void {
    const at = this.usedRing + 4 + USED_BYTES * (this.used % this.size);
    const entry = new DataView(new ArrayBuffer(USED_BYTES));
    entry.setUint32(0, chain.head, true);
    entry.setUint32(4, written, true);
    if (!this.memory.write(at, new Uint8Array(entry.buffer))) this.outside('used ring');
    const before = this.used;
    this.used = (this.used + 1) & 0xffff;
    this.store16(this.usedRing + 2, this.used);
    // Half of all indices later, the one at which an interrupt was last considered says nothing any more.
    if (((this.used - this.signalled) << 16) >> 16 < ((this.used - before) & 0xffff))
      this.signalledValid = false;
  }

  /** Whether the driver is to be interrupted for what was given since it was last asked (2.6.7.2). @throws BrokenDriver */
  wantsInterrupt(features: number): boolean {
    if (has(features, RingFeature.NotifyOnEmpty) && this.isEmpty) return true;
    if (!has(features, RingFeature.EventIndex)) return (this.load16(this.availableRing) & NO_INTERRUPT) === 0;
    const valid = this.signalledValid;
    const old = this.signalled;
    this.signalledValid = true;
    this.signalled = this.used;
    if (!valid) return true;
    const event = this.load16(this.availableRing + 4 + 2 * this.size);
    return ((this.used - event - 1) & 0xffff) < ((this.used - old) & 0xffff);
  }

  save(): VirtqueueState {
    const { size, align, address, lastAvailable, used, signalled, signalledValid } = this;
    return { size, align, address, lastAvailable, used, signalled, signalledValid };
  }
  restore(state: VirtqueueState): void {
    this.size = state.size;
    this.align = state.align;
    this.address = state.address;
    this.lastAvailable = state.lastAvailable;
    this.used = state.used;
    this.signalled = state.signalled;
    this.signalledValid = state.signalledValid;
  }

  private get availableRing(): number {
    return this.address + DESCRIPTOR_BYTES * this.size;
  }
  private get usedRing(): number {
    const end = this.availableRing + 4 + 2 * this.size;
    return Math.ceil(end / this.align) * this.align;
  }

  /** With EventIndex: the driver notifies when it makes the next chain available. */
  private askForNotification(): void {
    this.store16(this.usedRing + 4 + USED_BYTES * this.size, this.lastAvailable);
  }

  private chain(head: number): Chain {
    const chain = new Chain(this.memory, head);
    let table = this.address;
    let entries = this.size;
    let next: number | undefined = head;
    this.readDescriptor(table + DESCRIPTOR_BYTES * head);
    if (this.descriptor.getUint16(12, true) & DescriptorFlag.Indirect) {
      const bytes = this.descriptor.getUint32(8, true);
      if (bytes === 0 || bytes % DESCRIPTOR_BYTES !== 0)
        throw new BrokenDriver(`an indirect table of ${bytes} bytes holds no descriptors`);
      table = this.descriptorAddress;
      entries = bytes / DESCRIPTOR_BYTES;
      next = 0;
      this.readDescriptor(table);
    }
    for (let count = 0; next !== undefined;) {
      if (++count > Math.min(entries, QUEUE_MOST))
        throw new BrokenDriver('a chain of descriptors is endless');
      next = this.append(chain, entries);
      if (next !== undefined) this.readDescriptor(table + DESCRIPTOR_BYTES * next);
    }
    return chain;
  }

  /** Adds the descriptor just read to `chain`; gives the index of the next one. */
  private append(chain: Chain, entries: number): number | undefined {
    const { descriptor } = this;
    const flags = descriptor.getUint16(12, true);
    const piece = { address: this.descriptorAddress, length: descriptor.getUint32(8, true) };
    if (piece.length === 0) throw new BrokenDriver('a buffer has no bytes');
    if (flags & DescriptorFlag.Write) chain.in.push(piece);
    else if (chain.in.length > 0) throw new BrokenDriver('what the device reads comes after what it writes');
    else chain.out.push(piece);
    if ((flags & DescriptorFlag.Next) === 0) return undefined;
    const next = descriptor.getUint16(14, true);
    if (next >= entries) throw new BrokenDriver(`descriptor ${next} is next, of ${entries}`);
    return next;
  }

  private get descriptorAddress(): number {
    return this.descriptor.getUint32(4, true) * 2 ** 32 + this.descriptor.getUint32(0, true);
  }

  private readDescriptor(pa: number): void {
    if (!this.memory.read(pa, new Uint8Array(this.descriptor.buffer))) this.outside('descriptor table');
  }
  private load16(pa: number): number {
    if (!this.memory.read(pa, new Uint8Array(this.half.buffer))) this.outside('available ring');
    return this.half.getUint16(0, true);
  }
  private store16(pa: number, value: number): void {
    this.half.setUint16(0, value, true);
    if (!this.memory.write(pa, new Uint8Array(this.half.buffer))) this.outside('used ring');
  }
  private outside(what: string): never {
    throw new BrokenDriver(`the ${what} of the queue at 0x${this.address.toString(16)} is not in memory`);
  }
}

/** Whether a feature, by bit position, is among those that were negotiated. */
export function has(features: number, bit: number): boolean {
  return ((features >>> bit) & 1) !== 0;
}
