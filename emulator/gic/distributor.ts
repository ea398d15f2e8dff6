/**
 * The distributor's registers, GICD (IHI 0048B 4.3). Without the Security Extensions every access has the view
 * the manual calls Secure; with them a Non-secure access sees Group 1 interrupts only.
 */
import type { BusAccess, DeviceState } from '../devices/device';
import { RegisterDevice, type RegisterHandler } from '../devices/register-device';
import type { GicConfig } from './config';
import { type InterruptTable } from './interrupt-table';
import { GICD_REGISTERS } from './registers';

/** GIC-400's identification, ID4–ID7 then ID0–ID3. */
const PIDR = [0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0];
const CIDR = [0x0d, 0xf0, 0x05, 0xb1];
/** Arm; QEMU's model leaves product and revision 0. */
const GICD_IIDR = 0x43b;

export class Distributor extends RegisterDevice {
  readonly selfContained = true;
  private readonly priorityMask: number;
  private readonly coreMask: number;

  constructor(
    name: string,
    private readonly config: GicConfig,
    private readonly table: InterruptTable,
    /** Called after every change of state, to bring the interrupt lines up to date. */
    private readonly changed: () => void,
    /** Called when a core wrote GICD_SGIR. */
    softwareInterrupt: () => void,
  ) {
    super(name, 0x1000, GICD_REGISTERS);
    this.priorityMask = (0xff << (8 - config.priorityBits)) & 0xff;
    this.coreMask = (1 << config.cores) - 1;
    const { enabled, active, group } = table;
    this.bind({
      GICD_CTLR: {
        read: (_, access) => (this.nonSecure(access) ? table.control >> 1 : table.control),
        write: (_, value, access) => {
          table.control = this.nonSecure(access) ? (table.control & 1) | ((value & 1) << 1) : value & 3;
          changed();
        },
      },
      GICD_TYPER: {
        read: () =>
          (Math.ceil(config.interrupts / 32) - 1) |
          ((config.cores - 1) << 5) |
          (config.hasSecurity ? 1 << 10 : 0),
      },
      GICD_IIDR: { read: () => GICD_IIDR },
      GICD_IGROUPR: {
        read: (word, access) => (this.nonSecure(access) ? 0 : group[table.at(access.core, word)]),
        write: (word, value, access, lanes) => {
          if (this.nonSecure(access)) return;
          const at = table.at(access.core, word);
          group[at] = (group[at] & ~lanes) | (value & table.implemented(word));
          changed();
        },
      },
      GICD_ISENABLER: this.bitmap(
        (core, word) => enabled[table.at(core, word)],
        (at, bits) => (enabled[at] = enabled[at] | bits),
      ),
      GICD_ICENABLER: this.bitmap(
        (core, word) => enabled[table.at(core, word)],
        (at, bits, word) => (enabled[at] = enabled[at] & ~(word === 0 ? bits & ~0xffff : bits)),
      ),
      GICD_ISPENDR: this.bitmap(
        (core, word) => table.pending(core, word),
        (at, bits, word) => (table.latched[at] = table.latched[at] | (word === 0 ? bits & ~0xffff : bits)),
      ),
      GICD_ICPENDR: this.bitmap(
        (core, word) => table.pending(core, word),
        (at, bits, word) => (table.latched[at] = table.latched[at] & ~(word === 0 ? bits & ~0xffff : bits)),
      ),
      GICD_ISACTIVER: this.bitmap(
        (core, word) => active[table.at(core, word)],
        (at, bits) => (active[at] = active[at] | bits),
      ),
      GICD_ICACTIVER: this.bitmap(
        (core, word) => active[table.at(core, word)],
        (at, bits) => (active[at] = active[at] & ~bits),
      ),
      GICD_IPRIORITYR: this.bytes(
        (core, id, access) => this.readPriority(core, id, access),
        (core, id, value, access) => this.writePriority(core, id, value, access),
      ),
      GICD_ITARGETSR: this.bytes(
        (core, id, access) => {
          if (config.cores === 1 || !this.accessible(core, id, access)) return 0;
          return id < 32 ? 1 << core : table.targets[id];
        },
        (core, id, value, access) => {
          if (config.cores > 1 && id >= 32 && this.accessible(core, id, access))
            table.setTargets(id, value & this.coreMask);
        },
      ),
      GICD_ICFGR: {
        read: (index, access) => this.readConfiguration(index, access),
        write: (index, value, access, lanes) => this.writeConfiguration(index, value, access, lanes),
      },
      GICD_SGIR: {
        write: (_, value, access) => {
          this.sendSgi(value, access);
          softwareInterrupt();
        },
      },
      GICD_CPENDSGIR: this.sgiBytes((core, id, sources) => table.removeSgi(core, id, sources)),
      GICD_SPENDSGIR: this.sgiBytes((core, id, sources) => table.addSgi(core, id, sources & this.coreMask)),
      GICD_PIDR: { read: (index) => PIDR[index] },
      GICD_CIDR: { read: (index) => CIDR[index] },
    });
  }

  reset(): void {
    this.table.reset();
    this.changed();
  }
  save(): DeviceState {
    return this.table.save();
  }
  restore(state: DeviceState): void {
    this.table.restore(state);
  }

  private nonSecure(access: BusAccess): boolean {
    return this.config.hasSecurity && !access.secure;
  }

  /** True when the access may see interrupt `id`: it exists and, for a Non-secure access, is Group 1. */
  private accessible(core: number, id: number, access: BusAccess): boolean {
    if (id >= this.config.interrupts) return false;
    return !this.nonSecure(access) || this.table.test(this.table.group, core, id);
  }

  /** The interrupts of word `word` that an access may see. */
  private visible(word: number, access: BusAccess): number {
    const group1 = this.table.group[this.table.at(access.core, word)];
    return this.table.implemented(word) & (this.nonSecure(access) ? group1 : -1);
  }

  /** A register with one bit for each interrupt, acting on the bits written as 1. */
  private bitmap(
    read: (core: number, word: number) => number,
    write: (at: number, bits: number, word: number) => void,
  ): RegisterHandler {
    return {
      read: (word, access) => read(access.core, word) & this.visible(word, access),
      write: (word, value, access) => {
        write(this.table.at(access.core, word), value & this.visible(word, access), word);
        this.changed();
      },
    };
  }

  /** A register with one byte for each interrupt. */
  private bytes(
    read: (core: number, id: number, access: BusAccess) => number,
    write: (core: number, id: number, value: number, access: BusAccess) => void,
  ): RegisterHandler {
    return {
      read: (index, access) => {
        let word = 0;
        for (let byte = 0; byte < 4; byte++)
          word |= read(access.core, index * 4 + byte, access) << (8 * byte);
        return word;
      },
      write: (index, value, access, lanes) => {
        for (let byte = 0; byte < 4; byte++)
          if ((lanes >>> (8 * byte)) & 1)
            write(access.core, index * 4 + byte, (value >>> (8 * byte)) & 0xff, access);
        this.changed();
      },
    };
  }

  /** GICD_CPENDSGIR and GICD_SPENDSGIR: a byte of source cores for each SGI. */
  private sgiBytes(write: (core: number, id: number, sources: number) => void): RegisterHandler {
    return this.bytes(
      (core, id, access) => (this.accessible(core, id, access) ? this.table.sgiSources[core * 16 + id] : 0),
      (core, id, sources, access) => {
        if (this.accessible(core, id, access)) write(core, id, sources);
      },
    );
  }

  /** IPRIORITYR; a Non-secure access sees the lower half of the priorities as its whole range (3.5.3). */
  private readPriority(core: number, id: number, access: BusAccess): number {
    if (!this.accessible(core, id, access)) return 0;
    const priority = this.table.priority[this.table.slot(core, id)];
    return this.nonSecure(access) ? (priority << 1) & 0xff : priority;
  }
  private writePriority(core: number, id: number, value: number, access: BusAccess): void {
    if (!this.accessible(core, id, access)) return;
    const priority = this.nonSecure(access) ? 0x80 | (value >> 1) : value;
    this.table.priority[this.table.slot(core, id)] = priority & this.priorityMask;
  }

  private readConfiguration(index: number, access: BusAccess): number {
    const word = index >> 1;
    const edge = this.table.edge[this.table.at(access.core, word)] & this.visible(word, access);
    let pairs = 0;
    for (let i = 0; i < 16; i++) pairs |= ((edge >>> ((index & 1) * 16 + i)) & 1) << (2 * i + 1);
    return pairs;
  }
  private writeConfiguration(index: number, value: number, access: BusAccess, lanes: number): void {
    if (index === 0) return; // SGIs are always edge-triggered
    const word = index >> 1;
    const at = this.table.at(access.core, word);
    for (let i = 0; i < 16; i++) {
      const bit = 1 << ((index & 1) * 16 + i);
      if (((lanes >>> (2 * i)) & 1) === 0 || (this.visible(word, access) & bit) === 0) continue;
      const edge = (value >>> (2 * i + 1)) & 1;
      this.table.edge[at] = edge ? this.table.edge[at] | bit : this.table.edge[at] & ~bit;
    }
    this.changed();
  }

  /** GICD_SGIR (4.3.15): to whom, and with the Security Extensions only where the SGI is in the right group. */
  private sendSgi(value: number, access: BusAccess): void {
    const id = value & 15;
    const others = this.coreMask & ~(1 << access.core);
    const targets = [(value >>> 16) & this.coreMask, others, 1 << access.core, 0][(value >>> 24) & 3];
    for (let core = 0; core < this.config.cores; core++) {
      if (((targets >>> core) & 1) === 0) continue;
      if (this.config.hasSecurity) {
        const wanted = !access.secure || (value & 0x8000) !== 0;
        if (this.table.test(this.table.group, core, id) !== wanted) continue;
      }
      this.table.addSgi(core, id, 1 << access.core);
    }
    this.changed();
  }
}
