/** Exception-generating instructions (A4.10) and returns from Hyp mode. */
import type { Semantics } from './types';

/** Operand encoding. */
export const undefinedInstruction: Semantics = (b, _, o) =>
  void b.call('undefinedInstruction', b.imm(o.encoding));
/** SVC: operand imm. */
export const supervisorCall: Semantics = (b, _, o) => void b.call('supervisorCall', b.imm(o.imm));
/** HVC: operand imm. */
export const hypervisorCall: Semantics = (b, _, o) => void b.call('hypervisorCall', b.imm(o.imm));
/** SMC: operand imm. */
export const secureMonitorCall: Semantics = (b, _, o) => void b.call('secureMonitorCall', b.imm(o.imm));
/** BKPT: operand imm. */
export const breakpoint: Semantics = (b, _, o) => void b.call('breakpointInstruction', b.imm(o.imm));
/** ERET. */
export const exceptionReturn: Semantics = (b) => void b.call('eret');
