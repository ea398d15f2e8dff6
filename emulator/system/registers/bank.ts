import { SECURE_BANK, SYS } from '../../state/layout';
import type { CoreState } from '../../state/machine-state';

/**
 * Words from the Non-secure to the copy of a banked register that a coprocessor access reaches: SCR.NS alone
 * decides, in Monitor mode too (ARM ARM B3.15.3).
 */
export function accessBank(core: CoreState): number {
  return core.hasSecurity && (core.i32[SYS.SCR] & 1) === 0 ? SECURE_BANK : 0;
}
