/**
 * Boards: which memory and devices lie where, wired to the interrupt controller. A board is a row of BOARDS; the
 * machine is built from it and knows nothing else of devices.
 */
import type { PhysicalMap } from '../devices/device';
import type { BusMaster } from '../devices/bus-master';
import type { DeviceTree } from '../devices/fdt';
import type { EventHub } from '../events/event-hub';
import type { Gic } from '../gic/gic';
import type { Clock } from '../state/clock';
import type { MachineState } from '../state/machine-state';
import { vexpressBoard } from './board-vexpress';
import { virtBoard } from './board-virt';
import type { VirtioPlug } from './board-virtio';
import type { ConsolePort } from './console-port';

/** Bytes of the machine's memory by their offset; all who watch them hear of writes. */
export interface MemoryStorage {
  read(offset: number, bytes: Uint8Array): void;
  write(offset: number, bytes: Uint8Array): void;
}

/** What a board needs of the machine it is built into. */
export interface BoardSurroundings {
  readonly state: MachineState;
  readonly clock: Clock;
  readonly events: EventHub;
  /** Memory as devices that master the bus reach it. */
  readonly busMaster: BusMaster;
  /** The machine's memory, for devices that keep what they hold in it: flash. */
  readonly storage: MemoryStorage;
  /** What a region of kind flash reads as has changed. */
  windowChanged(): void;
  /** The board's own switches: `off` and `reset` as the guest's PSCI calls of that kind. */
  power(what: 'off' | 'reset'): void;
  /** An interrupt line of a core changed: the core looks at it before its next instruction. */
  lineChanged(core: number): void;
  /** The core whose turn it is gives it up after the current instruction. */
  yieldTurn(): void;
}

/** What a board is built by. */
export interface BoardConfiguration {
  readonly cpus: number;
  /** Bytes of RAM. */
  readonly memory: number;
  readonly virtualization: boolean;
  readonly secure: boolean;
  readonly listRegisters: number;
  /** What is booted is firmware. */
  readonly firmware?: boolean;
  /** What is plugged into the virtio transports. */
  readonly virtio: readonly VirtioPlug[];
  /** Seed of virtio entropy devices, 32 bits. */
  readonly entropySeed: number;
}

/** What the boot protocol passes on in the device tree. */
export interface TreeContents {
  readonly bootargs?: string;
  readonly initrd?: { readonly start: number; readonly end: number };
  /** The machine itself answers PSCI calls. */
  readonly psci: boolean;
}

export interface Board {
  readonly map: PhysicalMap;
  readonly gic: Gic;
  /** Physical address of the interrupt controller's registers, for CBAR. */
  readonly peripheralBase: number;
  readonly consoles: readonly ConsolePort[];
  /** INTID of the private interrupt of a core's performance monitors, where it is wired. */
  readonly performanceInterrupt?: number;
  /**
   * Every device as after a reset. What disks and flash hold, and the state of entropy devices, outlives it; after
   * `power-on` they are as their images, too.
   */
  reset(kind: 'power-on' | 'system'): void;
  /** The board's own device tree. */
  deviceTree(configuration: BoardConfiguration, contents: TreeContents): DeviceTree;
  /** What the boot loader changes in a tree that the user gives, beside `/chosen`. */
  completeTree?(tree: DeviceTree, configuration: BoardConfiguration): DeviceTree;
  /**
   * Where secondary cores wait for a kernel to start them, on a board without firmware. Without a kernel all cores
   * start where the first one does.
   */
  readonly holdingPen?: HoldingPen;
}

/** Code for secondary cores. */
export interface HoldingPen {
  /** Physical address, in memory beside the main RAM. */
  readonly address: number;
  readonly code: readonly number[];
}

export interface BoardRow {
  readonly mostCores: number;
  /** Bytes of memory beside the main RAM, a multiple of 64 KiB: flash, Secure RAM, SRAM. */
  otherMemory(configuration: BoardConfiguration): number;
  /** CNTFRQ, in Hz. */
  readonly counterFrequency: number;
  /** What a kernel finds in r1: the machine's number in Linux's table, or all ones when the device tree says it all. */
  readonly machineNumber: number;
  /**
   * The machine is its own firmware: it answers PSCI calls, keeps secondary cores off until they ask for them, and
   * starts a kernel in Non-secure state. Without it all cores run from the start, Secure with the Security Extensions.
   */
  readonly hasFirmware: boolean;
  build(configuration: BoardConfiguration, surroundings: BoardSurroundings): Board;
}

export type BoardName = 'virt' | 'vexpress-a15';

export const BOARDS: Readonly<Record<BoardName, BoardRow>> = {
  virt: virtBoard,
  'vexpress-a15': vexpressBoard,
};
