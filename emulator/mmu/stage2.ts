/** Stage 2 of the Non-secure PL1&0 regime: IPA to PA through VTTBR (ARM ARM B3.3.4, B3.6.1, B3.19.6). */
import type { MemoryFault } from '../system/fault';
import { decodeStage2, isDevice } from './attributes';
import { addressOf, highOf } from './descriptor-words';
import { walkLongTables, type LongDescriptorReader } from './long-table';
import { Hcr } from './registers';
import { inputAddresses } from './table-starts';
import type { Walk } from './walk';

const STAGE2: LongDescriptorReader = {
  read(walk, tableLow, tableHigh, level) {
    if (!walk.readDescriptor(tableLow, tableHigh, 8, walk.bigEndian2, true))
      return walk.stage2Fault('external abort on walk', level);
    if (walk.trace !== undefined) {
      const { ipa: input, onWalk } = walk;
      const [low, high] = [walk.low >>> 0, walk.high >>> 0];
      const pa = addressOf(tableLow, tableHigh);
      walk.trace.push({ stage: 2, format: 'long', level, input, pa, ipa: undefined, low, high, onWalk });
    }
    return undefined;
  },
  fault: (walk, kind, level) => walk.stage2Fault(kind, level),
};

/**
 * The walk of stage 2 for `ipa`, without permission checks: finds `walk.stage2`.
 * @param onWalk `ipa` is the address of a stage 1 descriptor.
 * @returns a translation or access flag fault, or an external abort on the walk, all of stage 2.
 */
export function stage2Walk(walk: Walk, ipa: number, onWalk: boolean): MemoryFault | undefined {
  const { stage2Start: start, leaf, stage2: record } = walk;
  walk.ipa = ipa;
  walk.onWalk = onWalk;
  if (start === undefined || ipa >= inputAddresses(start.inputSize))
    return walk.stage2Fault('translation', 1);
  const fault = walkLongTables(walk, STAGE2, start, ipa | 0, highOf(ipa));
  if (fault !== undefined) return fault;
  record.address = leaf.address;
  record.shift = leaf.shift;
  record.level = leaf.level;
  record.hap = (walk.low >>> 6) & 3;
  record.xn = (walk.high & (1 << 22)) !== 0;
  record.attributes = decodeStage2((walk.low >>> 2) & 15, (walk.low >>> 8) & 3);
  return undefined;
}

/** SecondStageTranslate for the address of a stage 1 descriptor: finds `walk.stage2`, or gives the fault. Table walks read. */
export function secondStageTranslateForWalk(walk: Walk, ipa: number): MemoryFault | undefined {
  const fault = stage2Walk(walk, ipa, true);
  if (fault !== undefined) return fault;
  const { hap, level, attributes } = walk.stage2;
  if ((hap & 1) === 0) return walk.stage2Fault('permission', level);
  if ((walk.registers.HCR & Hcr.PTW) !== 0 && isDevice(attributes))
    return walk.stage2Fault('permission', level);
  return undefined;
}

/** CheckPermissionS2: the fault by HAP and XN, if there is one. Instruction fetches need read permission too. */
export function checkPermissionS2(walk: Walk): MemoryFault | undefined {
  const { access } = walk;
  const { hap, xn, level } = walk.stage2;
  const abort = access === 'write' ? (hap & 2) === 0 : (hap & 1) === 0 || (access === 'execute' && xn);
  return abort ? walk.stage2Fault('permission', level) : undefined;
}
