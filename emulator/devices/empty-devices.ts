/** Windows with nothing behind them: virtio transports without a device, and a PCIe bus without functions. */
import type { AccessSize, Device, DeviceState } from './device';
import { RegisterDevice, type RegisterRow } from './register-device';

export const VIRTIO_MMIO_REGISTERS: readonly RegisterRow[] = [
  { name: 'MagicValue', offset: 0x00, access: 'RO', description: 'The characters "virt".' },
  { name: 'Version', offset: 0x04, access: 'RO', description: 'Version of the transport: 1, legacy.' },
  { name: 'DeviceID', offset: 0x08, access: 'RO', description: 'Kind of device; 0: none.' },
  { name: 'VendorID', offset: 0x0c, access: 'RO', description: 'The characters "QEMU".' },
];

/** A virtio-mmio transport (virtio 1.1, 4.2) that no device is plugged into: DeviceID 0 tells a driver to move on. */
export class EmptyVirtioTransport extends RegisterDevice {
  constructor(name: string) {
    super(name, 0x200, VIRTIO_MMIO_REGISTERS);
    this.bind({
      MagicValue: { read: () => 0x7472_6976 },
      Version: { read: () => 1 },
      DeviceID: { read: () => 0 },
      VendorID: { read: () => 0x554d_4551 },
    });
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

/** A window that reads as all ones and ignores writes: PCIe configuration, memory and I/O space with no function. */
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
