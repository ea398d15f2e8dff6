/**
 * The virtio-mmio transport (virtio 1.1, 4.2) in its legacy form, version 1 (4.2.4), as QEMU's boards have it by
 * default. What a notification asks for is done at once, as long as the device isn't far behind in virtual time with
 * what it was asked before: however a driver notifies, it cannot keep the host busy for longer than its own time
 * goes on.
 */
import type { Alarm, Clock } from '../../state/clock';
import type { BusMaster } from '../bus-master';
import type { AccessSize, BusAccess, DeviceState, InterruptLine } from '../device';
import { RegisterDevice, type RegisterHandler } from '../register-device';
import { VIRTIO_MAGIC, VIRTIO_MMIO_REGISTERS, VIRTIO_VENDOR } from './mmio-registers';
import type { VirtioDevice, VirtioTransport } from './virtio-device';
import { BrokenDriver, QUEUE_MOST, Virtqueue, type VirtqueueState } from './virtqueue';

const CONFIGURATION_AT = 0x100;
/** Bits of InterruptStatus. */
const USED_RING = 1;
/** Bit of Status. */
const DRIVER_OK = 4;
/** Busy time that a device may be ahead of the clock, in ns. */
const MOST_AHEAD = 1_000_000;
const ALL_ONES = 0xffff_ffff;

/** What a transport needs of the board. */
export interface VirtioSurroundings {
  readonly clock: Clock;
  readonly memory: BusMaster;
  readonly line: InterruptLine;
}

export class VirtioMmio extends RegisterDevice implements VirtioTransport {
  features = 0;
  private readonly queues: readonly Virtqueue[];
  /** Queues with something to do, in the order in which it was asked for. */
  private readonly waiting = new Set<number>();
  private readonly resume: Alarm;
  private readonly line: InterruptLine;
  private readonly clock: Clock;
  private featuresSel = 0;
  private driverFeaturesSel = 0;
  private pageShift = 0;
  private queueSel = 0;
  private interruptStatus = 0;
  private status = 0;
  /** The driver did what it must not: nothing more is done for it until a reset. */
  private broken = false;
  /** When the device has done what it was asked, in ns of virtual time. */
  private busyUntil = 0;
  /** True within `work`, where the device may ask for more work. */
  private working = false;

  /** @param name unique in its machine, for example `virtio_mmio@a003e00`. */
  constructor(
    name: string,
    /** What is plugged in. */
    readonly device: VirtioDevice,
    { clock, memory, line }: VirtioSurroundings,
  ) {
    super(name, 0x200, VIRTIO_MMIO_REGISTERS);
    this.clock = clock;
    this.line = line;
    this.queues = device.queueSizes.map((size) => new Virtqueue(memory, size));
    this.resume = clock.alarm(name, () => this.work());
    this.bind(this.handlers());
    device.attach(this);
  }

  private handlers(): Readonly<Record<string, RegisterHandler>> {
    const { device } = this;
    const write = (act: (value: number) => void): RegisterHandler => ({
      write: (_, value) => act(value >>> 0),
    });
    return {
      MagicValue: { read: () => VIRTIO_MAGIC },
      Version: { read: () => 1 },
      DeviceID: { read: () => device.id },
      VendorID: { read: () => VIRTIO_VENDOR },
      HostFeatures: { read: () => (this.featuresSel === 0 ? device.features : 0) },
      HostFeaturesSel: write((value) => (this.featuresSel = value)),
      GuestFeatures: write((value) => {
        if (this.driverFeaturesSel === 0) this.features = value & device.features;
      }),
      GuestFeaturesSel: write((value) => (this.driverFeaturesSel = value)),
      GuestPageSize: write((value) => (this.pageShift = value === 0 ? 0 : 31 - Math.clz32(value & -value))),
      QueueSel: write((value) => {
        if (value < QUEUE_MOST) this.queueSel = value;
      }),
      QueueNumMax: { read: () => (this.selected === undefined ? 0 : QUEUE_MOST) },
      QueueNum: write((value) => {
        if (this.selected !== undefined && value > 0 && value <= QUEUE_MOST) this.selected.size = value;
      }),
      QueueAlign: write((value) => {
        if (this.selected !== undefined && value > 0) this.selected.align = value;
      }),
      QueuePFN: {
        read: () => (this.selected?.address ?? 0) / 2 ** this.pageShift,
        write: (_, value) => {
          if (value === 0) this.resetDevice();
          else if (this.selected !== undefined) this.selected.address = (value >>> 0) * 2 ** this.pageShift;
        },
      },
      QueueNotify: write((value) => this.wake(value)),
      InterruptStatus: { read: () => this.interruptStatus },
      InterruptACK: write((value) => this.setInterrupt(this.interruptStatus & ~value)),
      Status: { read: () => this.status, write: (_, value) => this.setStatus(value & 0xff) },
      SHMLen: { read: () => ALL_ONES },
    };
  }

  override read(offset: number, size: AccessSize, access: BusAccess): number {
    if (offset >= CONFIGURATION_AT && offset % size === 0) return this.readConfiguration(offset, size);
    // Registers are words: QEMU answers nothing else.
    return size !== 4 && offset % size === 0 ? 0 : super.read(offset, size, access);
  }

  override peek(offset: number, size: AccessSize, access: BusAccess): number | undefined {
    if (offset % size !== 0) return undefined;
    if (offset >= CONFIGURATION_AT) return this.readConfiguration(offset, size);
    return size === 4 ? super.peek(offset, size, access) : 0;
  }

  override write(offset: number, size: AccessSize, value: number, access: BusAccess): boolean {
    if (offset < CONFIGURATION_AT || offset % size !== 0) return super.write(offset, size, value, access);
    const at = offset - CONFIGURATION_AT;
    const { device } = this;
    if (at + size > device.configurationBytes) return true;
    const written = device.configuration();
    for (let i = 0; i < size; i++) written[at + i] = value >>> (8 * i);
    device.configure(at, size, written);
    return true;
  }

  /** Little-endian; past its end all ones. */
  private readConfiguration(offset: number, size: AccessSize): number {
    const at = offset - CONFIGURATION_AT;
    const { device } = this;
    if (at + size > device.configurationBytes) return 2 ** (8 * size) - 1;
    const bytes = device.configuration();
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
    return value;
  }

  // What the device asks of its transport

  get driverReady(): boolean {
    return (this.status & DRIVER_OK) !== 0;
  }

  queue(index: number): Virtqueue {
    return this.queues[index]!;
  }

  interrupt(queue: Virtqueue): void {
    if (queue.wantsInterrupt(this.features)) this.setInterrupt(this.interruptStatus | USED_RING);
  }

  wake(queue: number): void {
    if (this.broken || this.queues[queue]?.ready !== true) return;
    this.waiting.add(queue);
    if (!this.working && this.resume.deadline === Infinity) this.work();
  }

  /** Serves the queues that wait, until there is nothing to do or the device is too far ahead of the clock. */
  private work(): void {
    this.busyUntil = Math.max(this.busyUntil, this.clock.now);
    this.working = true;
    try {
      for (const queue of this.waiting) {
        for (;;) {
          if (this.busyUntil - this.clock.now >= MOST_AHEAD) {
            this.resume.set(this.busyUntil);
            return;
          }
          const busy = this.queues[queue]!.ready ? this.device.serve(queue) : 0;
          if (busy === 0) break;
          this.busyUntil += busy;
        }
        this.waiting.delete(queue);
      }
    } catch (thrown) {
      if (!(thrown instanceof BrokenDriver)) throw thrown;
      this.broken = true;
      this.waiting.clear();
    } finally {
      this.working = false;
    }
  }

  // The driver

  /** The queue that QueueSel selects, if there is one. */
  private get selected(): Virtqueue | undefined {
    return this.queues[this.queueSel];
  }

  private setInterrupt(status: number): void {
    this.interruptStatus = status;
    this.line.set(status !== 0);
  }

  private setStatus(status: number): void {
    this.status = status;
    this.device.statusChanged(this.driverReady);
    if (status === 0) this.resetDevice();
  }

  /** The reset that a driver asks for: the registers that only the transport has stay as they are. */
  private resetDevice(): void {
    this.status = 0;
    this.device.statusChanged(false);
    this.device.reset();
    this.broken = false;
    this.features = 0;
    this.queueSel = 0;
    this.waiting.clear();
    this.resume.set(Infinity);
    for (const queue of this.queues) queue.reset();
    this.setInterrupt(0);
  }

  // The machine

  reset(): void {
    this.resetDevice();
    for (const queue of this.queues) queue.align = 4096;
    this.featuresSel = this.driverFeaturesSel = this.pageShift = this.busyUntil = 0;
  }

  save(): DeviceState {
    return {
      ...{
        features: this.features,
        featuresSel: this.featuresSel,
        driverFeaturesSel: this.driverFeaturesSel,
      },
      ...{ pageShift: this.pageShift, queueSel: this.queueSel, interruptStatus: this.interruptStatus },
      ...{ status: this.status, broken: this.broken, busyUntil: this.busyUntil },
      waiting: [...this.waiting],
      queues: this.queues.map((queue) => queue.save()),
      device: this.device.save(),
    };
  }

  restore(state: DeviceState): void {
    this.features = state['features'] as number;
    this.featuresSel = state['featuresSel'] as number;
    this.driverFeaturesSel = state['driverFeaturesSel'] as number;
    this.pageShift = state['pageShift'] as number;
    this.queueSel = state['queueSel'] as number;
    this.interruptStatus = state['interruptStatus'] as number;
    this.status = state['status'] as number;
    this.broken = state['broken'] as boolean;
    this.busyUntil = state['busyUntil'] as number;
    this.waiting.clear();
    for (const queue of state['waiting'] as number[]) this.waiting.add(queue);
    const queues = state['queues'] as VirtqueueState[];
    this.queues.forEach((queue, i) => queue.restore(queues[i]!));
    this.device.restore(state['device'] as DeviceState);
  }
}
