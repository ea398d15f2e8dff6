/** The block device (virtio 1.1, 5.2), with the features and the configuration that QEMU's has. */
import type { DeviceState } from '../device';
import type { CopyOnWriteDisk } from './disk';
import { busyTime, type VirtioDevice, type VirtioTransport } from './virtio-device';
import { BrokenDriver, type Chain } from './virtqueue';

/** Types of request. */
const enum Request {
  In = 0,
  Out = 1,
  ScsiCommand = 2,
  Flush = 4,
  GetId = 8,
  Discard = 11,
  WriteZeroes = 13,
}
/** Of no meaning to the device. */
const BARRIER = 0x8000_0000;
const enum Status {
  Ok = 0,
  IoError = 1,
  Unsupported = 2,
}

/** SEG_MAX, GEOMETRY, BLK_SIZE, SCSI, FLUSH, TOPOLOGY, CONFIG_WCE, DISCARD, WRITE_ZEROES, NOTIFY_ON_EMPTY, INDIRECT_DESC, EVENT_IDX. */
const FEATURES = 0x3100_6ed4;
const FLUSH_FEATURE = 9;
const CONFIG_WCE_FEATURE = 11;
const QUEUE_SIZE = 256;
const SECTOR_BYTES = 512;
const HEADER_BYTES = 16;
/** Bytes of the segment of a discard or write-zeroes request, the least and the most that there may be. */
const SEGMENT_BYTES = 16;
const UNMAP = 1;
/** Most sectors of one request. */
const MOST_SECTORS = 0x3f_ffff;
const CONFIGURATION_BYTES = 57;
const WCE_AT = 32;
/** The geometry that every disk without a partition table of its own is said to have. */
const HEADS = 16;
const SECTORS_OF_TRACK = 63;
const MOST_CYLINDERS = 16_383;
/** Bytes moved at a time. */
const CHUNK = 0x1_0000;

export class VirtioBlock implements VirtioDevice {
  readonly kind = 'block';
  readonly id = 2;
  readonly features = FEATURES;
  readonly queueSizes = [QUEUE_SIZE];
  readonly configurationBytes = CONFIGURATION_BYTES;
  private transport!: VirtioTransport;
  private writeCache = true;

  constructor(private readonly disk: CopyOnWriteDisk) {}

  attach(transport: VirtioTransport): void {
    this.transport = transport;
  }

  private get sectors(): number {
    return this.disk.size / SECTOR_BYTES;
  }

  configuration(): Uint8Array {
    const bytes = new Uint8Array(CONFIGURATION_BYTES);
    const view = new DataView(bytes.buffer);
    const cylinders = Math.floor(this.sectors / (HEADS * SECTORS_OF_TRACK));
    view.setUint32(0, this.sectors, true);
    view.setUint32(12, QUEUE_SIZE - 2, true); // seg_max
    view.setUint16(16, Math.min(Math.max(cylinders, 2), MOST_CYLINDERS), true);
    view.setUint8(18, HEADS);
    view.setUint8(19, SECTORS_OF_TRACK);
    view.setUint32(20, SECTOR_BYTES, true); // blk_size
    view.setUint8(WCE_AT, this.writeCache ? 1 : 0);
    view.setUint16(34, 1, true); // num_queues
    view.setUint32(36, MOST_SECTORS, true); // discard: sectors, segments, alignment
    view.setUint32(40, 1, true);
    view.setUint32(44, 1, true);
    view.setUint32(48, MOST_SECTORS, true); // write zeroes: sectors, segments, may unmap
    view.setUint32(52, 1, true);
    view.setUint8(56, 1);
    return bytes;
  }

  configure(_offset: number, _bytes: number, written: Uint8Array): void {
    this.writeCache = written[WCE_AT] !== 0;
  }

  statusChanged(driverReady: boolean): void {
    // A driver that cannot change the cache's mode gets a write-back cache only when it knows how to flush it.
    const { features } = this.transport;
    if (driverReady && ((features >>> CONFIG_WCE_FEATURE) & 1) === 0)
      this.writeCache = ((features >>> FLUSH_FEATURE) & 1) !== 0;
  }

  serve(index: number): number {
    const queue = this.transport.queue(index);
    const chain = queue.take(this.transport.features);
    if (chain === undefined) return 0;
    const { inBytes } = chain;
    const { status, moved } = this.request(chain);
    chain.write(inBytes - 1, Uint8Array.of(status));
    queue.give(chain, inBytes);
    this.transport.interrupt(queue);
    return busyTime(chain.in.length + chain.out.length, moved);
  }

  /** Carries out a request; `moved`: bytes of the disk that it concerned. @throws BrokenDriver without its frame */
  private request(chain: Chain): { readonly status: Status; readonly moved: number } {
    const header = new DataView(new ArrayBuffer(HEADER_BYTES));
    if (chain.out.length === 0 || chain.in.length === 0)
      throw new BrokenDriver('a request has no header or no status');
    if (chain.read(0, new Uint8Array(header.buffer)) < HEADER_BYTES)
      throw new BrokenDriver('the header of a request is too short');
    const type = (header.getUint32(0, true) & ~BARRIER) >>> 0;
    const sector = header.getUint32(12, true) * 2 ** 32 + header.getUint32(8, true);
    const status = (of: Status): { status: Status; moved: number } => ({ status: of, moved: 0 });
    switch (type & ~Request.Out) {
      case Request.In:
        return this.transfer(chain, sector, (type & Request.Out) !== 0);
      case Request.Flush:
        return status(Status.Ok);
      case Request.GetId:
        // QEMU's disk has no serial number unless it is given one: an empty string.
        chain.write(0, new Uint8Array(Math.min(1, chain.inBytes - 1)));
        return status(Status.Ok);
      case Request.Discard & ~Request.Out:
      case Request.WriteZeroes & ~Request.Out:
        return this.segment(chain, type);
      case Request.ScsiCommand:
        return status(this.refuseScsi(chain));
      default:
        return status(Status.Unsupported);
    }
  }

  /** Reads or writes sectors. */
  private transfer(chain: Chain, sector: number, write: boolean): { status: Status; moved: number } {
    const length = write ? chain.outBytes - HEADER_BYTES : chain.inBytes - 1;
    if (!this.isOnDisk(sector, length)) return { status: Status.IoError, moved: 0 };
    const chunk = new Uint8Array(Math.min(length, CHUNK));
    for (let done = 0; done < length; done += CHUNK) {
      const part = chunk.subarray(0, Math.min(CHUNK, length - done));
      const at = sector * SECTOR_BYTES + done;
      if (write) {
        chain.read(HEADER_BYTES + done, part);
        this.disk.write(at, part);
      } else {
        this.disk.read(at, part);
        chain.write(done, part);
      }
    }
    return { status: Status.Ok, moved: length };
  }

  /** Discards sectors, which leaves them as they are, or writes zeroes. */
  private segment(chain: Chain, type: number): { status: Status; moved: number } {
    const refused = (status: Status) => ({ status, moved: 0 });
    const length = chain.outBytes - HEADER_BYTES;
    if ((type & Request.Out) === 0 || length > SEGMENT_BYTES) return refused(Status.Unsupported);
    if (length < SEGMENT_BYTES) throw new BrokenDriver('the segment of a request is too short');
    const segment = new DataView(new ArrayBuffer(SEGMENT_BYTES));
    chain.read(HEADER_BYTES, new Uint8Array(segment.buffer));
    const sector = segment.getUint32(4, true) * 2 ** 32 + segment.getUint32(0, true);
    const sectors = segment.getUint32(8, true);
    const flags = segment.getUint32(12, true);
    const zeroes = type === Request.WriteZeroes;
    if (sectors > MOST_SECTORS || !this.isOnDisk(sector, sectors * SECTOR_BYTES))
      return refused(Status.IoError);
    if ((flags & ~(zeroes ? UNMAP : 0)) !== 0) return refused(Status.Unsupported);
    if (!zeroes) return refused(Status.Ok);
    this.disk.writeZeroes(sector * SECTOR_BYTES, sectors * SECTOR_BYTES);
    return { status: Status.Ok, moved: sectors * SECTOR_BYTES };
  }

  /** No SCSI commands pass through; the error of the inner header is any but 0. */
  private refuseScsi(chain: Chain): Status {
    if (chain.out.length < 2 || chain.in.length < 3) return Status.IoError;
    const inner = chain.in.slice(0, -2).reduce((sum, { length }) => sum + length, 0);
    chain.write(inner, Uint8Array.of(255, 0, 0, 0));
    return Status.Unsupported;
  }

  private isOnDisk(sector: number, bytes: number): boolean {
    return (
      bytes % SECTOR_BYTES === 0 && sector <= this.sectors && bytes <= (this.sectors - sector) * SECTOR_BYTES
    );
  }

  reset(): void {
    this.writeCache = true;
  }
  save(): DeviceState {
    return { writeCache: this.writeCache, pages: this.disk.save() };
  }
  restore(state: DeviceState): void {
    this.writeCache = state['writeCache'] as boolean;
    this.disk.restore(state['pages'] as [number, Uint8Array][]);
  }
}
