/**
 * What the machine tells whoever listens. Each kind of event is one interface; `EventHub` carries them. An event
 * that nobody subscribed to is never built: publishers ask `wanted` first.
 */

/** Who is executing, as the architecture alone defines it. */
export type World = 'hyp' | 'guest' | 'host' | 'monitor' | 'secure';

interface Common {
  /** Core number. */
  readonly core: number;
  /** Virtual time in ns: the position of the event. Filled in by the hub. */
  time?: number;
}

/** An exception taken to Hyp mode. The machine has entered the vector when this is published. */
export interface TrapToHyp extends Common {
  readonly kind: 'trap-to-hyp';
  /** Vector offset from HVBAR: 0x04 Undefined, 0x08 SVC/HVC from Hyp, 0x0c PABT, 0x10 DABT, 0x14 Hyp Trap, 0x18 IRQ, 0x1c FIQ. */
  readonly vector: number;
  /** HSR as written (unsigned); for IRQ, FIQ and asynchronous aborts, undefined. */
  readonly hsr: number | undefined;
  /** HSR.EC, or undefined where HSR is not written. */
  readonly ec: number | undefined;
  /** Mode that was left (CPSR.M). */
  readonly fromMode: number;
  /** World that was left. */
  readonly fromWorld: World;
  /** Preferred return address (ELR_hyp). */
  readonly pc: number;
  /** The control bit that sent the exception here, such as `HCR.TWI`, in the manual's words; '' when unconditional. */
  readonly because: string;
  /** Faulting virtual address (HDFAR or HIFAR), when written. */
  readonly va: number | undefined;
  /** Faulting intermediate physical address, when the fault is of stage 2. */
  readonly ipa: number | undefined;
}

/** ERET (or another exception return) from Hyp mode to a lower privilege level. */
export interface ReturnFromHyp extends Common {
  readonly kind: 'return-from-hyp';
  readonly toMode: number;
  readonly toWorld: World;
  readonly pc: number;
}

/** The world that executes on a core changed (DESIGN section 2). */
export interface WorldChange extends Common {
  readonly kind: 'world-change';
  readonly from: World;
  readonly to: World;
  /** VTTBR at that moment: its BADDR identifies the VM. Unsigned 64 bits. */
  readonly vttbr: bigint;
}

/** A world switch into a guest was completed (`enter`), or a guest was left for the host (`exit`). */
export interface WorldSwitch extends Common {
  readonly kind: 'world-enter' | 'world-exit';
  readonly vttbr: bigint;
}

/** A stage 2 fault, published before the exception is taken to Hyp. */
export interface Stage2Fault extends Common {
  readonly kind: 'stage2-fault';
  readonly va: number;
  readonly ipa: number;
  readonly fault:
    'translation' | 'access flag' | 'permission' | 'address size' | 'alignment' | 'external abort';
  readonly level: number;
  readonly access: 'read' | 'write' | 'execute';
  /** True for a fault on a stage 1 table walk (S1PTW). */
  readonly onWalk: boolean;
  readonly vttbr: bigint;
}

/** Why a list register changed. */
export type ListRegisterCause = 'hypervisor write' | 'acknowledge' | 'EOI' | 'deactivate' | 'hardware';

export interface ListRegisterChange extends Common {
  readonly kind: 'list-register';
  /** 0 to 63. */
  readonly index: number;
  readonly before: number;
  readonly after: number;
  readonly cause: ListRegisterCause;
}

/** The virtual IRQ or FIQ line towards the guest changed. */
export interface VirtualInterruptLine extends Common {
  readonly kind: 'virtual-interrupt-line';
  readonly line: 'VIRQ' | 'VFIQ';
  readonly level: boolean;
}

/** The maintenance interrupt line changed; `misr` is GICH_MISR. */
export interface MaintenanceInterrupt extends Common {
  readonly kind: 'maintenance-interrupt';
  readonly level: boolean;
  readonly misr: number;
}

/** An exception taken to a PL1 mode (or to Monitor mode). The machine has entered the vector. */
export interface Pl1Exception extends Common {
  readonly kind: 'pl1-exception';
  readonly exception: 'undefined' | 'svc' | 'smc' | 'prefetch abort' | 'data abort' | 'irq' | 'fiq' | 'reset';
  readonly fromMode: number;
  readonly toMode: number;
  /** Address of the instruction that was executing or would have been next. */
  readonly pc: number;
  /** True when the interrupt is virtual (VI, VF, VA or from GICV). */
  readonly virtual: boolean;
}

/** A system register was written by an instruction; values as stored. */
export interface SystemRegisterWrite extends Common {
  readonly kind: 'system-register-write';
  readonly name: string;
  readonly before: bigint;
  readonly after: bigint;
}

/** TLB maintenance executed; `operation` is the manual's name, such as TLBIALLNSNH. */
export interface TlbMaintenance extends Common {
  readonly kind: 'tlb-maintenance';
  readonly operation: string;
  readonly value: number;
}

/** A device register was accessed by a core. */
export interface MmioAccess extends Common {
  readonly kind: 'mmio';
  readonly device: string;
  readonly pa: number;
  readonly offset: number;
  readonly size: number;
  readonly write: boolean;
  readonly value: number;
}

/** A store to ROM, which the bus takes no notice of, or one to flash that is no command. */
export interface RomStore extends Common {
  readonly kind: 'rom-store';
  /** Name of the memory, such as `flash0`. */
  readonly memory: string;
  readonly va: number;
  readonly pa: number;
  readonly size: number;
  readonly value: number;
}

/** A generic timer's condition became true (ISTATUS 0 → 1) with the timer enabled. */
export interface TimerExpiry extends Common {
  readonly kind: 'timer-expiry';
  readonly timer: 'CNTP' | 'CNTP_S' | 'CNTV' | 'CNTHP';
}

/** A PSCI call answered by the machine. */
export interface PsciCall extends Common {
  readonly kind: 'psci';
  readonly function: string;
  readonly arguments: readonly number[];
}

export type MachineEvent =
  | TrapToHyp
  | ReturnFromHyp
  | WorldChange
  | WorldSwitch
  | Stage2Fault
  | ListRegisterChange
  | VirtualInterruptLine
  | MaintenanceInterrupt
  | Pl1Exception
  | SystemRegisterWrite
  | TlbMaintenance
  | MmioAccess
  | RomStore
  | TimerExpiry
  | PsciCall;

export type EventKind = MachineEvent['kind'];

/** Every kind of event, in the order in which documentation lists them. */
export const EVENT_KINDS: readonly EventKind[] = [
  'trap-to-hyp',
  'return-from-hyp',
  'world-change',
  'world-enter',
  'world-exit',
  'stage2-fault',
  'list-register',
  'virtual-interrupt-line',
  'maintenance-interrupt',
  'pl1-exception',
  'system-register-write',
  'tlb-maintenance',
  'mmio',
  'rom-store',
  'timer-expiry',
  'psci',
];
