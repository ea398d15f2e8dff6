// The Stage 2 view: for each VM, what its intermediate physical addresses map to.
import type { Hex } from './registers';

/** Adjacent entries with the same attributes and contiguous output, merged. */
export interface Stage2Range {
  /** First intermediate physical address, 40 bits. */
  ipa: Hex;
  /** First physical address, 40 bits. */
  pa: Hex;
  /** Length in bytes. */
  size: number;
  readable: boolean;
  writable: boolean;
  executable: boolean;
  /** Memory type and cacheability in the manual's words, e.g. `Normal, Inner and Outer Write-Back` or `Device`. */
  memory: string;
  memoryType: 'Normal' | 'Device' | 'Strongly-ordered';
  shareability: 'Non-shareable' | 'Outer Shareable' | 'Inner Shareable' | 'reserved';
  /** Access flag; an entry whose flag is 0 faults at its first use. */
  accessFlag: boolean;
  /** Level of the block or page descriptors, 1 to 3. */
  level: 1 | 2 | 3;
  /** How many descriptors were merged into this range. */
  descriptors: number;
  /** What lies there, when the board or the hypervisor knows it, e.g. `RAM`, `GICV`. */
  target?: string;
}

export interface Stage2Map {
  /** Number of the VM, from 1. */
  vm: number;
  name: string;
  /** VTTBR.BADDR and VTTBR.VMID. */
  root: Hex;
  vmid: number;
  /** VTCR in words, e.g. `40-bit IPA, walk starts at level 1`. */
  geometry: string;
  /** By ascending ipa. */
  ranges: Stage2Range[];
  /** A table that lies outside of RAM or loops ends its branch; each such place in words. */
  problems: string[];
}

/** Empty until a core has executed with HCR.VM set. */
export interface Stage2Part {
  maps: Stage2Map[];
}
