import assert from 'node:assert';
import {
  mapStage2,
  readTranslationRegisters,
  type CoreState,
  type Machine,
  type TranslationRegisters,
} from '../../emulator';

/** Where a VMM's own memory begins: USER_MMAP_BASE of hypervisor/host/layout.h. */
const VMM_MEMORY = 0x2000_0000;
const PAGE = 4096;
const BLOCK = 0x20_0000;
const VALID = 1;
const TABLE = 2;
/** What a VM may reach beside its VMM's memory: the virtual CPU interface. */
const GICV = { start: 0x0804_0000, end: 0x0804_2000 };
/** Looking at every entry would take long. */
const LOOK_EVERY = 16;
/** The whole Stage 2, at one in so many looks. */
const MAP_EVERY = 64;

/** Watches which memory each VM writes to and has mapped: it must be its VMM's, which the VMM's own tables tell. */
export class Borders {
  readonly problems = new Set<string>();
  /** Pages that were looked at because a guest had written to them. */
  writes = 0;
  maps = 0;
  /** Pages of each VMM, by the VM's Stage 2 root. */
  private readonly owned = new Map<bigint, Set<number>>();
  private readonly written: number[] = [];
  private entries = 0;
  /** The core whose guest's writes are looked at just now. */
  private looking: number | undefined;
  /** Each core's process when it last left the host for Hyp mode. */
  private readonly vmm: TranslationRegisters[] = [];
  private readonly ram: { readonly base: number; readonly offset: number };

  constructor(
    private readonly machine: Machine,
    /** Bytes, a little more than a VM takes. */
    private readonly memory: number,
    /** What is a VMM's may be another's later. */
    private readonly changes = false,
  ) {
    const region = machine.memory.region(0x4000_0000);
    assert.ok(region?.kind === 'ram');
    this.ram = region;
    const tracker = machine.memory.trackWrites((page) => {
      if (this.looking === machine.currentCore) this.written.push(page);
    });
    machine.events.subscribe(['world-change'], (event) => {
      if (event.kind !== 'world-change') return;
      const { core } = event;
      if (event.from === 'host' && event.to === 'hyp') {
        this.vmm[core] = readTranslationRegisters(this.state(core), false);
      } else if (event.to === 'guest' && this.looking === undefined && this.entries++ % LOOK_EVERY === 0) {
        tracker.restart();
        this.written.length = 0;
        this.looking = core;
      } else if (event.from === 'guest' && this.looking === core) {
        this.looking = undefined;
        this.judge(core, event.vttbr & 0xff_ffff_ffffn);
      }
    });
  }

  private state(core: number): CoreState {
    return this.machine.cores[core]!.state;
  }

  private judge(core: number, root: bigint): void {
    if (this.changes) this.owned.delete(root);
    for (const page of this.written) {
      const pa = page * PAGE - this.ram.offset + this.ram.base;
      this.writes++;
      if (!this.owns(core, root, pa)) this.problems.add(`a VM wrote to ${pa.toString(16)}`);
    }
    if (this.entries % (LOOK_EVERY * MAP_EVERY) !== 1) return;
    this.maps++;
    const { ranges } = mapStage2(readTranslationRegisters(this.state(core), false), this.machine.memory);
    for (const { output, size } of ranges)
      for (let pa = output; pa < output + size; pa += PAGE)
        if (!(pa >= GICV.start && pa < GICV.end) && !this.owns(core, root, pa))
          this.problems.add(`a VM has ${pa.toString(16)} mapped`);
  }

  private owns(core: number, root: bigint, pa: number): boolean {
    if (this.owned.get(root)?.has(pa) !== true) this.owned.set(root, this.memoryOfVmm(this.vmm[core]!));
    return this.owned.get(root)!.has(pa);
  }

  private memoryOfVmm(vmm: TranslationRegisters): Set<number> {
    const pages = new Set<number>();
    for (let va = VMM_MEMORY; va < VMM_MEMORY + this.memory; va += PAGE) {
      const page = this.pageOf(vmm, va);
      if (page !== undefined) pages.add(page);
    }
    return pages;
  }

  /** By the long-format tables alone: a page whose access flag is clear is the process's, too. */
  private pageOf(process: TranslationRegisters, va: number): number | undefined {
    let table = process.TTBR0;
    for (const shift of [30, 21, 12]) {
      const entry = ((table & -PAGE) >>> 0) + ((va >>> shift) % 512) * 8;
      const words = { low: 0, high: 0 };
      this.machine.memory.readDescriptor(entry, 0, 8, false, words);
      const descriptor = words.low;
      if ((descriptor & VALID) === 0) return undefined;
      if ((descriptor & TABLE) === 0) return ((descriptor & -BLOCK) >>> 0) + (va % BLOCK);
      table = descriptor;
    }
    return (table & -PAGE) >>> 0;
  }
}
