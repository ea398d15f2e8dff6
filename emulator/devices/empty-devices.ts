/** Windows with nothing behind them: a virtio transport without a device, memory of a PCIe bus, bare bus. */
import type { AccessSize, BusAccess, Device, DeviceState } from './device';
import { RegisterDevice } from './register-device';
import { VIRTIO_MAGIC, VIRTIO_MMIO_REGISTERS, VIRTIO_VENDOR } from './virtio/mmio-registers';

/** The first four registers of a transport, all that an empty one has. */
const IDENTITY = VIRTIO_MMIO_REGISTERS.filter(({ offset }) => offset <= 0x0c);

/** A virtio-mmio transport (virtio 1.1, 4.2) that no device is plugged into: DeviceID 0 tells a driver to move on. */
export class EmptyVirtioTransport extends RegisterDevice {
  constructor(name: string) {
    super(name, 0x200, IDENTITY);
    this.bind({
      MagicValue: { read: () => VIRTIO_MAGIC },
      Version: { read: () => 1 },
      DeviceID: { read: () => 0 },
      VendorID: { read: () => VIRTIO_VENDOR },
    });
  }
  /** Only the addresses of words answer, bytes and halfwords too. */
  override read(offset: number, size: AccessSize, access: BusAccess): number {
    return offset % 4 !== 0 && offset % size === 0 ? 0 : super.read(offset, size, access);
  }
  override peek(offset: number, size: AccessSize, access: BusAccess): number | undefined {
    return offset % 4 !== 0 && offset % size === 0 ? 0 : super.peek(offset, size, access);
  }
  reset(): void {
    // It has no state.
  }
  save(): DeviceState {
    return {};
  }
  restore(): void {
    // It has no state.
  }
}

/** A window that reads as all ones and ignores writes: memory and I/O space of a PCIe bus that no function claims. */
export class AllOnes implements Device {
  constructor(
    readonly name: string,
    readonly size: number,
  ) {}
  read(_offset: number, size: AccessSize): number {
    return 2 ** (8 * size) - 1;
  }
  write(): boolean {
    return true;
  }
  peek(offset: number, size: AccessSize): number {
    return this.read(offset, size);
  }
  reset(): void {
    // It has no state.
  }
  save(): DeviceState {
    return {};
  }
  restore(): void {
    // It has no state.
  }
}

/** Where a bus without errors has nothing: reads are zero, writes are lost, and a debugger sees no memory. */
export class Nobody implements Device {
  readonly name = 'nothing';
  readonly size = Infinity;
  read(): number {
    return 0;
  }
  write(): boolean {
    return true;
  }
  peek(): undefined {
    return undefined;
  }
  reset(): void {
    // It has no state.
  }
  save(): DeviceState {
    return {};
  }
  restore(): void {
    // It has no state.
  }
}
