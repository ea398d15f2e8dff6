/** Stage 2 of the Non-secure PL1&0 regime: IPA to PA through VTTBR (ARM ARM B3.3.4, B3.6.1, B3.19.6). */
import { MemoryFault, type FaultKind } from '../system/fault';
import { decodeStage2, isDevice } from './attributes';
import {
  inputAddresses,
  longAddress,
  walkLongTables,
  type LongDescriptorReader,
  type LongTableStart,
} from './long-table';
import { Hcr, Sctlr, type TranslationRegisters } from './registers';
import { addressOf, type Stage2Record, type Walk } from './walk';

/** log2 of the size of the intermediate physical address space that VTCR.T0SZ gives, 25–40. */
export function stage2InputSize(r: TranslationRegisters): number {
  return 32 - ((r.VTCR << 28) >> 28);
}

/**
 * Where stage 2 walks begin, or undefined when VTCR.SL0 and T0SZ contradict one another (UNPREDICTABLE: every
 * access takes a level 1 translation fault here).
 */
export function stage2Start(r: TranslationRegisters): LongTableStart | undefined {
  const inputSize = stage2InputSize(r);
  const sl0 = (r.VTCR >>> 6) & 3;
  if (sl0 > 1) return undefined;
  // Start level 1 resolves at least one bit; level 2 at most 13: sixteen concatenated tables.
  if (sl0 === 1 ? inputSize < 31 : inputSize > 34) return undefined;
  const level = sl0 === 1 ? 1 : 2;
  return { base: longAddress(r.VTTBR, r.VTTBR_HIGH, 3), inputSize, level };
}

/**
 * The walk of stage 2 for `ipa`, without permission checks.
 * @param onWalk `ipa` is the address of a stage 1 descriptor.
 * @returns what it found; or a translation or access flag fault, or an external abort on the walk, all of stage 2.
 */
export function stage2Walk(walk: Walk, ipa: number, onWalk: boolean): Stage2Record | MemoryFault {
  const start = stage2Start(walk.registers);
  if (start === undefined || ipa >= inputAddresses(start.inputSize))
    return walk.stage2Fault('translation', 1, ipa, onWalk);
  const leaf = walkLongTables(start, ipa, new Stage2Reader(walk, ipa, onWalk));
  if (leaf instanceof MemoryFault) return leaf;
  return {
    address: leaf.address,
    shift: leaf.shift,
    level: leaf.level,
    hap: (walk.low >>> 6) & 3,
    xn: (walk.high & (1 << 22)) !== 0,
    attributes: decodeStage2((walk.low >>> 2) & 15, (walk.low >>> 8) & 3),
  };
}

class Stage2Reader implements LongDescriptorReader {
  constructor(
    readonly words: Walk,
    private readonly ipa: number,
    private readonly onWalk: boolean,
  ) {}

  read(tableLow: number, tableHigh: number, level: 1 | 2 | 3): MemoryFault | undefined {
    const { words: walk, ipa: input, onWalk } = this;
    const bigEndian = (walk.registers.HSCTLR & Sctlr.EE) !== 0;
    if (!walk.readDescriptor(tableLow, tableHigh, 8, bigEndian, true))
      return this.fault('external abort on walk', level);
    if (walk.trace !== undefined) {
      const [low, high] = [walk.low >>> 0, walk.high >>> 0];
      const pa = addressOf(tableLow, tableHigh);
      walk.trace.push({ stage: 2, format: 'long', level, input, pa, ipa: undefined, low, high, onWalk });
    }
    return undefined;
  }

  fault(kind: FaultKind, level: number): MemoryFault {
    return this.words.stage2Fault(kind, level, this.ipa, this.onWalk);
  }
}

/** SecondStageTranslate for the address of a stage 1 descriptor: its PA, or the fault. Table walks read. */
export function secondStageTranslateForWalk(walk: Walk, ipa: number): number | MemoryFault {
  const record = stage2Walk(walk, ipa, true);
  if (record instanceof MemoryFault) return record;
  if ((record.hap & 1) === 0) return walk.stage2Fault('permission', record.level, ipa, true);
  if ((walk.registers.HCR & Hcr.PTW) !== 0 && isDevice(record.attributes))
    return walk.stage2Fault('permission', record.level, ipa, true);
  return record.address;
}

/** CheckPermissionS2: the fault by HAP and XN, if there is one. Instruction fetches need read permission too. */
export function checkPermissionS2(walk: Walk, record: Stage2Record, ipa: number): MemoryFault | undefined {
  const { access } = walk;
  const abort =
    access === 'write'
      ? (record.hap & 2) === 0
      : (record.hap & 1) === 0 || (access === 'execute' && record.xn);
  return abort ? walk.stage2Fault('permission', record.level, ipa, false) : undefined;
}
