/**
 * Configuration space of a PCIe bus, as ECAM lays it out (PCI Express Base Specification, 7.2.2): 4 KiB a function, of
 * which a conventional one answers 256 bytes. On the bus of board `virt` there is one function, the host bridge itself.
 */
import type { AccessSize, BusAccess, Device, DeviceState } from './device';
import { StoredRegisters, type StoredRow } from './stored-registers';

/** Bytes of a function's configuration space in PCI, without the extension of PCI Express. */
const FUNCTION_BYTES = 256;

/** Bits of the command register that can be written: I/O and memory space, bus master, SERR#, interrupt disable. */
const COMMAND_BITS = 0x0507;

/** The header of QEMU's host bridge (PCI Local Bus Specification 3.0, 6.1; QEMU 7.2, hw/pci-host/gpex.c). */
const HOST_BRIDGE_REGISTERS: readonly StoredRow[] = (
  [
    {
      ...{ name: 'Identity', offset: 0x00, reset: 0x0008_1b36 },
      description: 'Vendor (1b36: Red Hat) and device (0008: generic PCIe host bridge).',
    },
    {
      ...{ name: 'CommandStatus', offset: 0x04, mask: COMMAND_BITS },
      description: 'What the function may do on the bus, and what has happened there.',
    },
    {
      ...{ name: 'ClassRevision', offset: 0x08, reset: 0x0600_0000 },
      description: 'Class (06: bridge, 00: host) and revision.',
    },
    {
      ...{ name: 'CacheLine', offset: 0x0c, mask: 0xff },
      description: 'Size of a cache line, latency timer, type of the header (0), self test.',
    },
    { name: 'BaseAddress', offset: 0x10, count: 6, description: 'Base addresses: the bridge has none.' },
    { name: 'CardBus', offset: 0x28, description: 'Pointer to a CardBus structure: none.' },
    {
      ...{ name: 'Subsystem', offset: 0x2c, reset: 0x1100_1af4 },
      description: 'Vendor and device of the subsystem.',
    },
    { name: 'ExpansionRom', offset: 0x30, count: 3, description: 'Expansion ROM and capabilities: none.' },
    {
      ...{ name: 'Interrupt', offset: 0x3c, mask: 0xff },
      description: 'Interrupt line, which software keeps here, and pin (0: none).',
    },
    {
      ...{ name: 'DeviceSpecific', offset: 0x40, count: (FUNCTION_BYTES - 0x40) / 4, mask: -1 },
      description: 'Behind the header; it holds what is written.',
    },
  ] as const
).map((row) => ({ ...row, access: 'RW', byteAccess: true }));

/** The ECAM window of a bus with nothing but its host bridge, at 00:00.0. Where no function is, reads are all ones. */
export class PcieConfiguration implements Device {
  private readonly hostBridge = new StoredRegisters(
    'host-bridge',
    FUNCTION_BYTES,
    HOST_BRIDGE_REGISTERS,
    [],
    {},
  );

  constructor(
    readonly name: string,
    readonly size: number,
  ) {}

  read(offset: number, size: AccessSize, access: BusAccess): number {
    return offset < FUNCTION_BYTES ? this.hostBridge.read(offset, size, access) : 2 ** (8 * size) - 1;
  }
  write(offset: number, size: AccessSize, value: number, access: BusAccess): boolean {
    return offset >= FUNCTION_BYTES || this.hostBridge.write(offset, size, value, access);
  }
  peek(offset: number, size: AccessSize, access: BusAccess): number | undefined {
    return offset < FUNCTION_BYTES ? this.hostBridge.peek(offset, size, access) : 2 ** (8 * size) - 1;
  }
  reset(): void {
    this.hostBridge.reset();
  }
  save(): DeviceState {
    return this.hostBridge.save();
  }
  restore(state: DeviceState): void {
    this.hostBridge.restore(state);
  }
}
