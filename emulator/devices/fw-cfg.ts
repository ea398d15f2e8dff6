/**
 * fw_cfg, QEMU's firmware configuration device (QEMU docs/specs/fw_cfg): a selector chooses an item, the data
 * register gives its bytes one after the other, and a DMA interface transfers them at once. Memory-mapped form,
 * big-endian registers.
 */
import type { BusMaster } from './bus-master';
import { BUS_ERROR, type AccessSize, type Device, type DeviceState } from './device';

export interface FwCfgOptions {
  readonly cpus: number;
  /** Named items, in the order of the directory. */
  readonly files?: readonly { readonly name: string; readonly content: Uint8Array }[];
  /** Without it the device says that it has no DMA interface. */
  readonly dma?: BusMaster;
}

const enum Key {
  Signature = 0x00,
  Id = 0x01,
  Uuid = 0x02,
  NoGraphic = 0x04,
  Cpus = 0x05,
  FileDirectory = 0x19,
  FirstFile = 0x20,
}
const enum Dma {
  Error = 1,
  Read = 2,
  Skip = 4,
  Select = 8,
  Write = 16,
}
const CONTROL_AT = 0x08;
const DMA_AT = 0x10;
/** "QEMU CFG". */
const DMA_SIGNATURE = new TextEncoder().encode('QEMU CFG');
/** Bytes of a DMA descriptor: control, length, address. */
const DESCRIPTOR_BYTES = 16;
/** Most bytes copied at a time. */
const CHUNK = 0x1_0000;

export class FwCfg implements Device {
  readonly size = 0x18;
  private readonly items = new Map<number, Uint8Array>();
  private selected = 0;
  private position = 0;
  private dmaHigh = 0;

  constructor(
    readonly name: string,
    private readonly options: FwCfgOptions,
  ) {
    const files = options.files ?? [];
    const item = (key: number, bytes: readonly number[] | Uint8Array): void =>
      void this.items.set(key, Uint8Array.from(bytes));
    item(Key.Signature, new TextEncoder().encode('QEMU'));
    item(Key.Id, littleEndian(options.dma ? 3 : 1, 4));
    item(Key.Uuid, new Uint8Array(16));
    item(Key.NoGraphic, littleEndian(1, 2));
    item(Key.Cpus, littleEndian(options.cpus, 2));
    item(Key.FileDirectory, [
      ...bigEndian(files.length, 4),
      ...files.flatMap(({ name: file, content }, i) => [
        ...bigEndian(content.length, 4),
        ...bigEndian(Key.FirstFile + i, 2),
        ...[0, 0],
        ...new TextEncoder().encode(file.padEnd(56, '\0').slice(0, 56)),
      ]),
    ]);
    files.forEach(({ content }, i) => item(Key.FirstFile + i, content));
  }

  read(offset: number, size: AccessSize): number {
    if (offset & (size - 1)) return BUS_ERROR;
    if (offset < CONTROL_AT) {
      let value = 0;
      for (let i = 0; i < size; i++) value += this.next() * 2 ** (8 * i);
      return value;
    }
    return this.registers(offset, size);
  }

  peek(offset: number, size: AccessSize): number | undefined {
    if (offset & (size - 1)) return undefined;
    if (offset >= CONTROL_AT) return this.registers(offset, size);
    const item = this.items.get(this.selected);
    let value = 0;
    for (let i = 0; i < size; i++) value += (item?.[this.position + i] ?? 0) * 2 ** (8 * i);
    return value;
  }

  write(offset: number, size: AccessSize, value: number): boolean {
    if (offset & (size - 1)) return false;
    if (offset === CONTROL_AT && size === 2) this.select(((value & 0xff) << 8) | (value >>> 8));
    else if (size === 4 && this.options.dma !== undefined && offset >= DMA_AT) {
      const cell = swap32(value);
      if (offset === DMA_AT) this.dmaHigh = cell;
      else {
        this.transfer(this.options.dma, this.dmaHigh * 2 ** 32 + cell);
        this.dmaHigh = 0;
      }
    }
    return true;
  }

  reset(): void {
    this.selected = this.position = this.dmaHigh = 0;
  }
  save(): DeviceState {
    return { selected: this.selected, position: this.position, dmaHigh: this.dmaHigh };
  }
  restore(state: DeviceState): void {
    this.selected = state['selected'] as number;
    this.position = state['position'] as number;
    this.dmaHigh = state['dmaHigh'] as number;
  }

  /** The control register reads as zero, the DMA register as its signature. */
  private registers(offset: number, size: number): number {
    if (offset < DMA_AT || this.options.dma === undefined) return 0;
    let value = 0;
    for (let i = 0; i < size; i++) value += (DMA_SIGNATURE[offset - DMA_AT + i] ?? 0) * 2 ** (8 * i);
    return value;
  }

  private select(key: number): void {
    this.selected = key & 0x3fff;
    this.position = 0;
  }

  /** The next byte of the selected item; 0 past its end. */
  private next(): number {
    return this.items.get(this.selected)?.[this.position++] ?? 0;
  }

  /** Carries out the DMA descriptor at `pa` and writes back its control word: 0, or the error bit. */
  private transfer(memory: BusMaster, pa: number): void {
    const descriptor = new Uint8Array(DESCRIPTOR_BYTES);
    if (!memory.read(pa, descriptor)) return;
    const view = new DataView(descriptor.buffer);
    const control = view.getUint32(0);
    const length = view.getUint32(4);
    const address = view.getUint32(8) * 2 ** 32 + view.getUint32(12);
    if (control & Dma.Select) this.select(control >>> 16);
    let failed = false;
    if (control & Dma.Read) failed = !this.copyOut(memory, address, length);
    else if (control & Dma.Write) failed = true;
    else if (control & Dma.Skip) this.position += length;
    memory.write(pa, Uint8Array.from(bigEndian(failed ? Dma.Error : 0, 4)));
  }

  /** Copies `length` bytes of the selected item to memory, zeros past its end; false where there is no memory. */
  private copyOut(memory: BusMaster, address: number, length: number): boolean {
    const item = this.items.get(this.selected) ?? new Uint8Array(0);
    for (let done = 0; done < length; done += CHUNK) {
      const chunk = new Uint8Array(Math.min(CHUNK, length - done));
      chunk.set(item.subarray(this.position, this.position + chunk.length));
      if (!memory.write(address + done, chunk)) return false;
      this.position += chunk.length;
    }
    return true;
  }
}

function littleEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256);
}
function bigEndian(value: number, bytes: number): number[] {
  return littleEndian(value, bytes).reverse();
}
function swap32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}
