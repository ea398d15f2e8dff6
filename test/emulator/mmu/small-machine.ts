// A small machine for tests of the MMU: RAM, ROM, a device, and helpers that write tables and registers.
import { BUS_ERROR, PhysicalMap, type Device } from '../../../emulator/devices/device';
import { EventHub } from '../../../emulator/events/event-hub';
import { Mmu } from '../../../emulator/mmu/mmu';
import { PhysicalMemory } from '../../../emulator/mmu/physical-memory';
import { CORE, GUEST_MEMORY_OFFSET, SYS, type StoredName } from '../../../emulator/state/layout';
import { MachineState, type CoreState } from '../../../emulator/state/machine-state';
import { Mode } from '../../../emulator/state/psr';
import { MemoryFault } from '../../../emulator/system/fault';

export const RAM = 0x4000_0000;
export const RAM_BYTES = 0x0200_0000;
export const ROM = 0x0000_0000;
export const DEVICE = 0x0900_0000;
/** First free RAM for tables; the pages below are for data. */
const TABLES = RAM + 0x0100_0000;

/** Keeps what was written; offset 0xffc answers with an external abort. */
class Latch implements Device {
  readonly name = 'latch';
  readonly size = 0x1000;
  readonly log: string[] = [];
  private value = 0;
  read(offset: number, size: number): number {
    this.log.push(`read ${size} at ${offset}`);
    return offset === 0xffc ? BUS_ERROR : this.value & (size === 4 ? -1 : 2 ** (8 * size) - 1);
  }
  write(offset: number, size: number, value: number): boolean {
    this.log.push(`write ${size} at ${offset}: ${value}`);
    this.value = value;
    return offset !== 0xffc;
  }
  peek(): number | undefined {
    return this.value;
  }
  reset(): void {
    this.value = 0;
  }
  save(): { value: number } {
    return { value: this.value };
  }
  restore(): void {
    this.value = 0;
  }
}

export class SmallMachine {
  readonly state: MachineState;
  readonly memory: PhysicalMemory;
  readonly events = new EventHub(() => 0);
  readonly mmus: Mmu[] = [];
  readonly device = new Latch();
  private next = TABLES;

  constructor(cores = 1, hasSecurity = false) {
    this.state = new MachineState(cores, RAM_BYTES + 0x1_0000, hasSecurity, true);
    const map = new PhysicalMap();
    map.add({ kind: 'ram', name: 'ram', base: RAM, size: RAM_BYTES, offset: GUEST_MEMORY_OFFSET });
    map.add({ kind: 'rom', name: 'rom', base: ROM, size: 0x1_0000, offset: GUEST_MEMORY_OFFSET + RAM_BYTES });
    map.add({ kind: 'device', name: 'latch', base: DEVICE, size: 0x1000, device: this.device });
    this.memory = new PhysicalMemory(this.state, map);
    for (const core of this.state.cores) this.mmus.push(new Mmu(core, this.memory, this.events, this.mmus));
    for (const core of this.state.cores) core.i32[CORE.PSR] = Mode.svc;
  }

  get mmu(): Mmu {
    return this.mmus[0] as Mmu;
  }
  get core(): CoreState {
    return this.state.cores[0] as CoreState;
  }

  /** Sets registers of every core (64-bit ones: the low word; `NAME_HIGH` the high word) and tells the MMUs. */
  set(values: Partial<Record<StoredName | `${StoredName}_HIGH`, number>>): void {
    for (const core of this.state.cores)
      for (const [name, value] of Object.entries(values)) {
        const high = name.endsWith('_HIGH');
        core.i32[SYS[(high ? name.slice(0, -5) : name) as StoredName] + (high ? 1 : 0)] = value;
      }
    for (const mmu of this.mmus) mmu.translationChanged();
  }

  mode(mode: Mode): void {
    for (const core of this.state.cores) core.i32[CORE.PSR] = mode;
    for (const mmu of this.mmus) mmu.translationChanged();
  }

  /** A zeroed table of so many bytes, aligned to its size. */
  table(bytes: number): number {
    this.next = Math.ceil(this.next / bytes) * bytes;
    this.next += bytes;
    return this.next - bytes;
  }

  word(pa: number, value?: number): number {
    const index = (GUEST_MEMORY_OFFSET + pa - RAM) / 4;
    if (value !== undefined) this.state.u32[index] = value;
    return this.state.u32[index] as number;
  }

  wide(pa: number, low: number, high = 0): void {
    this.word(pa, low);
    this.word(pa + 4, high);
  }

  /** Short descriptors: a first-level table with every domain a client; gives its address. */
  short(): number {
    const base = this.table(0x4000);
    this.set({ SCTLR: 1, TTBCR: 0, TTBR0: base, DACR: 0x5555_5555 });
    return base;
  }

  /** Maps a small page (Normal memory unless `attributes` says else: bits 11–0). */
  page(base: number, va: number, pa: number, attributes = 0x03e, domain = 0): number {
    const at = base + (va >>> 20) * 4;
    if ((this.word(at) & 3) === 0) this.word(at, this.table(0x400) | (domain << 5) | 1);
    const entry = ((this.word(at) & 0xffff_fc00) >>> 0) + ((va >>> 12) & 0xff) * 4;
    this.word(entry, (pa | attributes) >>> 0);
    return entry;
  }

  /** Stage 2: 40-bit IPA from level 1, VMID `vmid`; gives its root. HCR.VM is set. */
  stage2(vmid: number): number {
    const root = this.table(0x2000);
    this.set({ HCR: 1, VTCR: 0x8000_3558, VTTBR: root, VTTBR_HIGH: vmid << 16 });
    return root;
  }

  /** A 4 KiB page of stage 2. `low`: bits 11–0 of the descriptor. */
  page2(root: number, ipa: number, pa: number, low = 0x7ff, high = 0): number {
    let table = root;
    for (const shift of [30, 21]) {
      const at = table + (Math.floor(ipa / 2 ** shift) % (shift === 30 ? 1024 : 512)) * 8;
      if ((this.word(at) & 1) === 0) this.wide(at, this.table(0x1000) | 3);
      table = (this.word(at) & 0xffff_f000) >>> 0;
    }
    const entry = table + (Math.floor(ipa / 4096) % 512) * 8;
    this.wide(entry, (pa | low) >>> 0, high);
    return entry;
  }
}

/** The MemoryFault that `act` throws. */
export function faultOf(act: () => unknown): MemoryFault {
  try {
    act();
  } catch (fault) {
    if (fault instanceof MemoryFault) return fault;
    throw fault;
  }
  throw new Error('no fault');
}
