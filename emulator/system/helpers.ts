/** The helpers of instructions, as engines call them, bound to this floor. */
import type { InstructionHelpers } from '../isa/helpers';
import { execute } from '../isa/vfp/registers';
import type { CoreState } from '../state/machine-state';
import * as access from './access';
import * as calls from './calls';
import type { SystemContext } from './context';
import * as returns from './exception-return';
import { takeSVCException, takeUndefInstrException } from './exceptions';
import * as hints from './hints';
import * as status from './status-registers';
import * as vfp from './vfp';

/** InstructionHelpers over a machine's SystemContext. */
export class SystemHelpers implements InstructionHelpers {
  constructor(protected readonly system: SystemContext) {}

  undefinedInstruction(core: CoreState, encoding: number): void {
    takeUndefInstrException(core, this.system, encoding);
  }
  undefinedInModes(core: CoreState, encoding: number, modes: number): void {
    status.undefinedInModes(core, this.system, encoding, modes);
  }
  checkSwapEnabled(core: CoreState, encoding: number): void {
    access.checkSwapEnabled(core, this.system, encoding);
  }
  supervisorCall(core: CoreState, immediate: number): void {
    takeSVCException(core, this.system, immediate);
  }
  hypervisorCall(core: CoreState, immediate: number): void {
    calls.hypervisorCall(core, this.system, immediate);
  }
  secureMonitorCall(core: CoreState, _immediate: number): void {
    calls.secureMonitorCall(core, this.system);
  }
  breakpointInstruction(core: CoreState, _immediate: number): void {
    calls.breakpointInstruction(core, this.system);
  }
  coprocessorRead(core: CoreState, encoding: number): number {
    return access.coprocessorRead(core, this.system, encoding);
  }
  coprocessorWrite(core: CoreState, encoding: number, value: number): void {
    access.coprocessorWrite(core, this.system, encoding, value);
  }
  coprocessorReadPair(core: CoreState, encoding: number): number {
    return access.coprocessorReadPair(core, this.system, encoding);
  }
  coprocessorWritePair(core: CoreState, encoding: number, low: number, high: number): void {
    access.coprocessorWritePair(core, this.system, encoding, low, high);
  }
  highWord(_core: CoreState): number {
    return this.system.highWord;
  }
  coprocessorTransfer(core: CoreState, encoding: number, address: number): void {
    access.coprocessorTransfer(core, this.system, encoding, address);
  }
  checkVfpEnabled(core: CoreState, encoding: number, kind: number): void {
    vfp.checkVfpEnabled(core, this.system, encoding, kind === 1);
    if (kind === 2) vfp.checkNoShortVectors(core, this.system, encoding);
  }
  extensionOperation(core: CoreState, operation: number, d: number, n: number, m: number): void {
    execute(core.i32, operation, d, n, m);
  }
  vfpSystemRead(core: CoreState, encoding: number, register: number): number {
    return vfp.vfpSystemRead(core, this.system, encoding, register);
  }
  vfpSystemWrite(core: CoreState, encoding: number, register: number, value: number): void {
    vfp.vfpSystemWrite(core, this.system, encoding, register, value);
  }
  readCpsr(core: CoreState): number {
    return status.readCpsrByInstr(core);
  }
  writeCpsr(core: CoreState, value: number, byteMask: number): void {
    status.cpsrWriteByInstr(core, this.system, value, byteMask, false);
  }
  readSpsr(core: CoreState): number {
    return status.readSpsr(core, this.system);
  }
  writeSpsr(core: CoreState, value: number, byteMask: number): void {
    status.spsrWriteByInstr(core, this.system, value, byteMask);
  }
  readBanked(core: CoreState, sysm: number): number {
    return status.readBanked(core, this.system, sysm);
  }
  writeBanked(core: CoreState, sysm: number, value: number): void {
    status.writeBanked(core, this.system, sysm, value);
  }
  changeProcessorState(core: CoreState, enable: number, flags: number, mode: number): void {
    status.changeProcessorState(core, this.system, enable, flags, mode);
  }
  setEndianness(core: CoreState, big: number): void {
    status.setEndianness(core, big !== 0);
  }
  exceptionReturn(core: CoreState, address: number, spsr: number): void {
    returns.exceptionReturn(core, this.system, address, spsr);
  }
  eret(core: CoreState): void {
    returns.eret(core, this.system);
  }
  storeReturnStateBase(core: CoreState, mode: number): number {
    return status.storeReturnStateBase(core, this.system, mode);
  }
  storeReturnStateWriteback(core: CoreState, mode: number, value: number): void {
    status.storeReturnStateWriteback(core, this.system, mode, value);
  }
  waitForInterrupt(core: CoreState, encoding?: number): void {
    hints.waitForInterrupt(core, this.system, encoding);
  }
  waitForEvent(core: CoreState, encoding?: number): void {
    hints.waitForEvent(core, this.system, encoding);
  }
  sendEvent(core: CoreState): void {
    this.system.effects.sendEvent(core);
  }
  yieldHint(core: CoreState): void {
    this.system.effects.yieldTurn(core);
  }
  barrier(_core: CoreState, _kind: number, _option: number): void {
    // Accesses are made in program order, one after the other.
  }
  preload(_core: CoreState, _address: number): void {
    // There are no caches to fill.
  }
  branchJazelle(core: CoreState, encoding: number): void {
    access.branchJazelle(core, this.system, encoding);
  }
}
