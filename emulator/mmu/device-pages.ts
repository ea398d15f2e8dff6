/**
 * Pages of devices that compiled code has reached, with all that an access needs: what the tables of the first level
 * (fast-tlb.ts) are to memory. They belong to one context, and what leaves level 2 leaves here too.
 */
import { BUS_ERROR, type AccessSize, type BusAccess, type Device } from '../devices/device';
import { Permission } from './permissions';

export interface DevicePage {
  /** VA >>> 12. */
  readonly page: number;
  /** What it allows, and nobody has to hear of. */
  readonly allowed: Permission;
  readonly device: Device;
  /** Of the page's first byte in the device's window. */
  readonly offset: number;
  readonly bus: BusAccess;
}

/** A hypervisor's frames of the interrupt controller, a timer, a console and the like are in use at a time. */
const PLACES = 8;

export class DevicePages {
  private readonly places = new Array<DevicePage | undefined>(PLACES).fill(undefined);

  /** The page of an address, where it allows the access. */
  find(va: number, write: boolean): DevicePage | undefined {
    const page = va >>> 12;
    const found = this.places[page % PLACES];
    const wanted = write ? Permission.Write : Permission.Read;
    return found?.page === page && (found.allowed & wanted) !== 0 ? found : undefined;
  }
  has(va: number): boolean {
    return this.places[(va >>> 12) % PLACES]?.page === va >>> 12;
  }

  add(page: DevicePage): void {
    this.places[page.page % PLACES] = page;
  }

  drop(va: number): void {
    if (this.has(va)) this.places[(va >>> 12) % PLACES] = undefined;
  }

  clear(): void {
    this.places.fill(undefined);
  }
}

/**
 * Accesses the device of a page at an address (unsigned) of that page, as the page allows it.
 * @returns what was read, unsigned, or 0 of a write; BUS_ERROR where the device refused
 */
export function accessDevice(
  { device, offset, bus }: DevicePage,
  va: number,
  size: AccessSize,
  write: boolean,
  value: number,
): number {
  const at = offset + (va & 0xfff);
  if (!write) return device.read(at, size, bus);
  const unsigned = size === 4 ? value >>> 0 : value & (size === 2 ? 0xffff : 0xff);
  return device.write(at, size, unsigned, bus) ? 0 : BUS_ERROR;
}
