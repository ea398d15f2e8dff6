/**
 * The state of a world: what a world switch has to take out of one world and put into another. One row an item, in
 * the order of the world switch of Linux 3.9 to 4.5 (arch/arm/kvm/interrupts.S), under the labels of the ASPLOS 2014
 * paper's table 1. Where the paper counts 16 VGIC control registers, the source saves the eight that are here.
 */
import type { Machine } from '../../emulator';
import type { Context } from './context';
import { ContextRegisters } from './registers';

/** The paper's labels, and what belongs to Hyp mode: its values while each of the two worlds executes. */
export type StateGroup =
  | 'general-purpose'
  | 'control'
  | 'VGIC control'
  | 'list register'
  | 'timer'
  | 'VFP'
  | 'VFP control'
  | 'Hyp configuration';

/** Whose item it is: of each world; of guests alone; or of Hyp mode, constant while the host executes. */
export type StateOwner = 'worlds' | 'guest' | 'hyp';

export interface StateItem {
  /** The manual's name; a list register's with its number. */
  readonly name: string;
  readonly group: StateGroup;
  readonly owner: StateOwner;
  /** How it is read, in the assembler's words; `GICH + offset` where it is memory. */
  readonly read: string;
  /** When it exists, in words; always when absent. */
  readonly exists?: string;
}

/** Items that are read by an instruction each, in one group of one owner. */
function items(group: StateGroup, owner: StateOwner, rows: Readonly<Record<string, string>>): StateItem[] {
  return Object.entries(rows).map(([name, read]) => ({ name, group, owner, read }));
}

const numbered = (count: number, row: (n: number) => [string, string]): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => row(n)));

const banked = (mode: string): Readonly<Record<string, string>> =>
  Object.fromEntries(['SP', 'LR', 'SPSR'].map((name) => [`${name}_${mode}`, `MRS Rd, ${name}_${mode}`]));

const cp15 = (coordinates: string): string => `MRC p15, ${coordinates.replace(',', ', Rd,')}`;

const GENERAL_ITEMS = items('general-purpose', 'worlds', {
  ...numbered(13, (n) => [`r${n}`, `r${n}`]),
  SP_usr: 'MRS Rd, SP_usr',
  LR_usr: 'MRS Rd, LR_usr',
  pc: 'MRS Rd, ELR_hyp',
  CPSR: 'MRS Rd, SPSR_hyp',
  ...banked('svc'),
  ...banked('abt'),
  ...banked('und'),
  ...banked('irq'),
  ...numbered(5, (n) => [`R${n + 8}_fiq`, `MRS Rd, R${n + 8}_fiq`]),
  ...banked('fiq'),
});

const CONTROL_ITEMS = items('control', 'worlds', {
  SCTLR: cp15('0, c1, c0, 0'),
  CPACR: cp15('0, c1, c0, 2'),
  TTBCR: cp15('0, c2, c0, 2'),
  DACR: cp15('0, c3, c0, 0'),
  TTBR0: 'MRRC p15, 0, Rd, Rd2, c2',
  TTBR1: 'MRRC p15, 1, Rd, Rd2, c2',
  PRRR: cp15('0, c10, c2, 0'),
  NMRR: cp15('0, c10, c2, 1'),
  CSSELR: cp15('2, c0, c0, 0'),
  CONTEXTIDR: cp15('0, c13, c0, 1'),
  TPIDRURW: cp15('0, c13, c0, 2'),
  TPIDRURO: cp15('0, c13, c0, 3'),
  TPIDRPRW: cp15('0, c13, c0, 4'),
  DFSR: cp15('0, c5, c0, 0'),
  IFSR: cp15('0, c5, c0, 1'),
  ADFSR: cp15('0, c5, c1, 0'),
  AIFSR: cp15('0, c5, c1, 1'),
  DFAR: cp15('0, c6, c0, 0'),
  IFAR: cp15('0, c6, c0, 2'),
  VBAR: cp15('0, c12, c0, 0'),
  CNTKCTL: cp15('0, c14, c1, 0'),
  PAR: 'MRRC p15, 0, Rd, Rd2, c7',
  AMAIR0: cp15('0, c10, c3, 0'),
  AMAIR1: cp15('0, c10, c3, 1'),
  VPIDR: cp15('4, c0, c0, 0'),
  VMPIDR: cp15('4, c0, c0, 5'),
});

const VGIC_OFFSETS = {
  GICH_HCR: 0x00,
  GICH_VMCR: 0x08,
  GICH_MISR: 0x10,
  GICH_EISR0: 0x20,
  GICH_EISR1: 0x24,
  GICH_ELRSR0: 0x30,
  GICH_ELRSR1: 0x34,
  GICH_APR: 0xf0,
} as const;
const FIRST_LIST_REGISTER = 0x100;
const LIST_REGISTERS = 4;
const hex = (n: number): string => `0x${n.toString(16).padStart(2, '0')}`;

const VGIC_ITEMS: StateItem[] = [
  ...Object.entries(VGIC_OFFSETS).map(([name, offset]) => ({
    name,
    group: 'VGIC control' as const,
    owner: 'guest' as const,
    read: `GICH + ${hex(offset)}`,
    exists: 'the interrupt controller has a virtual interface',
  })),
  ...Array.from({ length: LIST_REGISTERS }, (_, n) => ({
    name: `GICH_LR${n}`,
    group: 'list register' as const,
    owner: 'guest' as const,
    read: `GICH + ${hex(FIRST_LIST_REGISTER + 4 * n)}`,
    exists: `GICH_VTR.ListRegs is at least ${n}`,
  })),
];

const TIMER_ITEMS = items('timer', 'guest', {
  CNTV_CTL: cp15('0, c14, c3, 1'),
  CNTV_CVAL: 'MRRC p15, 3, Rd, Rd2, c14',
});

const VFP_ITEMS: StateItem[] = [
  ...items(
    'VFP',
    'worlds',
    numbered(32, (n) => [`D${n}`, `VMOV Rd, Rd2, D${n}`]),
  ),
  ...items('VFP control', 'worlds', { FPEXC: 'VMRS Rd, FPEXC', FPSCR: 'VMRS Rd, FPSCR' }),
  {
    name: 'FPINST',
    group: 'VFP control',
    owner: 'worlds',
    read: 'VMRS Rd, FPINST',
    exists: 'FPEXC.EX is 1; never on a Cortex-A15',
  },
  {
    name: 'FPINST2',
    group: 'VFP control',
    owner: 'worlds',
    read: 'VMRS Rd, FPINST2',
    exists: 'FPEXC.EX and FPEXC.FP2V are 1; never on a Cortex-A15',
  },
];

const HYP_ITEMS = items('Hyp configuration', 'hyp', {
  HCR: cp15('4, c1, c1, 0'),
  HSTR: cp15('4, c1, c1, 3'),
  HCPTR: cp15('4, c1, c1, 2'),
  HDCR: cp15('4, c1, c1, 1'),
  HTPIDR: cp15('4, c13, c0, 2'),
  HVBAR: cp15('4, c12, c0, 0'),
  VTTBR: 'MRRC p15, 6, Rd, Rd2, c2',
  CNTVOFF: 'MRRC p15, 4, Rd, Rd2, c14',
  CNTHCTL: cp15('4, c14, c1, 0'),
  SP_hyp: 'MRS Rd, SP_hyp',
});

/** Every item, in the paper's order of groups; Hyp mode's own last. */
export const WORLD_STATE: readonly StateItem[] = [
  ...GENERAL_ITEMS,
  ...CONTROL_ITEMS,
  ...VGIC_ITEMS,
  ...TIMER_ITEMS,
  ...VFP_ITEMS,
  ...HYP_ITEMS,
];

/**
 * The present value of an item, as `context` has it (Hyp mode's and the VGIC's: as its core has them); undefined where
 * it does not exist.
 */
export function readStateItem(machine: Machine, context: Context, item: StateItem): bigint | undefined {
  if (item.read.startsWith('GICH')) {
    const { gich } = machine.board.gic.devices;
    const offset = Number(item.read.slice('GICH + '.length));
    const beyond = offset >= FIRST_LIST_REGISTER + 4 * machine.configuration.listRegisters;
    if (gich === undefined || beyond) return undefined;
    const access = { core: context.core, secure: false, privileged: true };
    return BigInt((gich.peek(offset, 4, access) ?? 0) >>> 0);
  }
  return new ContextRegisters(machine, context).find(item.name)?.read();
}
