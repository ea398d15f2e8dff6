/** Stage 2 of the Non-secure PL1&0 regime: IPA to PA through VTTBR (ARM ARM B3.3.4, B3.6.1, B3.19.6). */
import { decodeStage2, isDevice } from './attributes';
import { longAddress, walkLongTables, type LongDescriptorReader, type LongTableStart } from './long-table';
import { Hcr, Sctlr, type TranslationRegisters } from './registers';
import type { Stage2Record, Walk } from './walk';

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
 * @throws MemoryFault translation, access flag, or external abort on walk, all of stage 2.
 */
export function stage2Walk(walk: Walk, ipa: number, onWalk: boolean): Stage2Record {
  const start = stage2Start(walk.registers);
  if (start === undefined || ipa >= 2 ** start.inputSize)
    throw walk.stage2Fault('translation', 1, ipa, onWalk);
  const bigEndian = (walk.registers.HSCTLR & Sctlr.EE) !== 0;
  const reader: LongDescriptorReader = {
    low: 0,
    high: 0,
    read(pa, level) {
      if (!walk.readDescriptor(pa, 8, bigEndian, true))
        throw walk.stage2Fault('external abort on walk', level, ipa, onWalk);
      const { low, high } = walk;
      this.low = low;
      this.high = high;
      walk.trace?.push({
        stage: 2,
        format: 'long',
        level,
        input: ipa,
        pa,
        ipa: undefined,
        low,
        high,
        onWalk,
      });
    },
    fault: (kind, level) => walk.stage2Fault(kind, level, ipa, onWalk),
  };
  const leaf = walkLongTables(start, ipa, reader);
  return {
    address: leaf.address,
    shift: leaf.shift,
    level: leaf.level,
    hap: (leaf.low >>> 6) & 3,
    xn: (leaf.high & (1 << 22)) !== 0,
    attributes: decodeStage2((leaf.low >>> 2) & 15, (leaf.low >>> 8) & 3),
  };
}

/** SecondStageTranslate for the address of a stage 1 descriptor: its PA. Table walks read. */
export function secondStageTranslateForWalk(walk: Walk, ipa: number): number {
  const record = stage2Walk(walk, ipa, true);
  if ((record.hap & 1) === 0) throw walk.stage2Fault('permission', record.level, ipa, true);
  if ((walk.registers.HCR & Hcr.PTW) !== 0 && isDevice(record.attributes))
    throw walk.stage2Fault('permission', record.level, ipa, true);
  return record.address;
}

/** CheckPermissionS2: HAP and XN against the access. Instruction fetches need read permission too. */
export function checkPermissionS2(walk: Walk, record: Stage2Record, ipa: number): void {
  const { access } = walk;
  const abort =
    access === 'write'
      ? (record.hap & 2) === 0
      : (record.hap & 1) === 0 || (access === 'execute' && record.xn);
  if (abort) throw walk.stage2Fault('permission', record.level, ipa, false);
}
