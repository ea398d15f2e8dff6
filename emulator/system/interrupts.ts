/** Which interrupt is to be taken now, and which one ends WFI (ARM ARM B1.8.10–B1.8.14, B1.9.12). */
import { CORE, PendingLine, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';
import { Psr } from '../state/psr';
import { takeAsynchronousAbort, takeVirtualAbort } from './aborts';
import type { SystemContext } from './context';
import {
  effectiveHcr,
  Hcr,
  Scr,
  scr,
  takePhysicalFIQException,
  takePhysicalIRQException,
  takeVirtualFIQException,
  takeVirtualIRQException,
  trapsToHyp,
} from './exceptions';

/** An asynchronous exception. */
export const enum Interrupt {
  None = 0,
  FIQ = 1,
  IRQ = 2,
  /** Asynchronous external abort. */
  Abort = 3,
  VirtualFIQ = 4,
  VirtualIRQ = 5,
  VirtualAbort = 6,
}

const VIRTUAL_BITS = Hcr.VI | Hcr.VF | Hcr.VA;

/** HCR's virtual interrupt bits, with the virtual CPU interface's lines put in where they act. */
function virtualPending(core: CoreState): number {
  if (!core.hasVirtualization) return 0;
  const hcr = core.i32[SYS.HCR];
  const lines = core.i32[CORE.PENDING];
  let pending = hcr & VIRTUAL_BITS;
  if (lines & PendingLine.VIRQ) pending |= Hcr.VI;
  if (lines & PendingLine.VFIQ) pending |= Hcr.VF;
  if (hcr & Hcr.TGE) return 0;
  if (!(hcr & Hcr.IMO)) pending &= ~Hcr.VI;
  if (!(hcr & Hcr.FMO)) pending &= ~Hcr.VF;
  if (!(hcr & Hcr.AMO)) pending &= ~Hcr.VA;
  return pending;
}

/**
 * The interrupt that must be taken before the next instruction. Among several, the manual leaves the order to the
 * implementation: here FIQ, IRQ, asynchronous abort, then the virtual ones in the same order.
 */
export function pendingInterrupt(core: CoreState): Interrupt {
  const lines = core.i32[CORE.PENDING];
  if (lines === 0 && (!core.hasVirtualization || (core.i32[SYS.HCR] & VIRTUAL_BITS) === 0))
    return Interrupt.None;
  const cpsr = core.i32[CORE.PSR];
  const below = trapsToHyp(core);
  const route = below ? effectiveHcr(core) : 0;
  const security = scr(core);
  const nonSecure = !core.secure;
  // An interrupt routed to Hyp from below is not masked by CPSR; nor is one routed from Non-secure state to Monitor
  // mode, where SCR.FW and SCR.AW let CPSR.F and CPSR.A be changed by Non-secure state they mask again.
  if (lines & PendingLine.FIQ) {
    const free = (route & Hcr.FMO) !== 0 || (nonSecure && (security & (Scr.FIQ | Scr.FW)) === Scr.FIQ);
    if (free || !(cpsr & Psr.F)) return Interrupt.FIQ;
  }
  if (lines & PendingLine.IRQ && ((route & Hcr.IMO) !== 0 || !(cpsr & Psr.I))) return Interrupt.IRQ;
  if (lines & PendingLine.SError) {
    const free = (route & Hcr.AMO) !== 0 || (nonSecure && (security & (Scr.EA | Scr.AW)) === Scr.EA);
    if (free || !(cpsr & Psr.A)) return Interrupt.Abort;
  }
  if (!below) return Interrupt.None;
  const pending = virtualPending(core);
  if (pending & Hcr.VF && !(cpsr & Psr.F)) return Interrupt.VirtualFIQ;
  if (pending & Hcr.VI && !(cpsr & Psr.I)) return Interrupt.VirtualIRQ;
  if (pending & Hcr.VA && !(cpsr & Psr.A)) return Interrupt.VirtualAbort;
  return Interrupt.None;
}

/** Takes the interrupt; R15 is the address of the next instruction to execute. */
export function takeInterrupt(core: CoreState, system: SystemContext, interrupt: Interrupt): void {
  switch (interrupt) {
    case Interrupt.None:
      return;
    case Interrupt.FIQ:
      return takePhysicalFIQException(core, system);
    case Interrupt.IRQ:
      return takePhysicalIRQException(core, system);
    case Interrupt.Abort:
      return takeAsynchronousAbort(core, system);
    case Interrupt.VirtualFIQ:
      return takeVirtualFIQException(core, system);
    case Interrupt.VirtualIRQ:
      return takeVirtualIRQException(core, system);
    case Interrupt.VirtualAbort:
      return takeVirtualAbort(core, system);
  }
}

/** True when a WFI wake-up event is there: any physical interrupt, or a virtual one below Hyp; masks do not count. */
export function wakesFromWfi(core: CoreState): boolean {
  const physical = PendingLine.IRQ | PendingLine.FIQ | PendingLine.SError;
  if (core.i32[CORE.PENDING] & physical) return true;
  return trapsToHyp(core) && virtualPending(core) !== 0;
}

/** True when a WFE wake-up event is there: the event register, or an interrupt that would be taken. */
export function wakesFromWfe(core: CoreState): boolean {
  return core.i32[CORE.EVENT] !== 0 || pendingInterrupt(core) !== Interrupt.None;
}

/** ISR's A, I and F bits at CPSR's positions: what is pending for the current mode, virtual where it is virtualized. */
export function interruptStatus(core: CoreState): number {
  const lines = core.i32[CORE.PENDING];
  const hcr = trapsToHyp(core) ? effectiveHcr(core) : 0;
  const virtual = trapsToHyp(core) ? virtualPending(core) : 0;
  const irq = hcr & Hcr.IMO ? virtual & Hcr.VI : lines & PendingLine.IRQ;
  const fiq = hcr & Hcr.FMO ? virtual & Hcr.VF : lines & PendingLine.FIQ;
  const abort = hcr & Hcr.AMO ? virtual & Hcr.VA : lines & PendingLine.SError;
  return (irq ? Psr.I : 0) | (fiq ? Psr.F : 0) | (abort ? Psr.A : 0);
}
