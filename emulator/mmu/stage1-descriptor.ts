/** Reading a stage 1 descriptor: through stage 2 where the regime has one, in the byte order of SCTLR.EE. */
import { MemoryFault } from '../system/fault';
import { Sctlr, stage2Enabled } from './registers';
import { secondStageTranslateForWalk } from './stage2';
import { highOf, type Walk } from './walk';

/**
 * Reads the descriptor at `address` (an IPA where stage 2 is on) into `walk.low` and `walk.high`; gives the fault of
 * stage 2 on the walk, or the external abort on the walk, that it meets.
 * @param nsTable a table of Secure state that lies in the Non-secure address space.
 */
export function readStage1Descriptor(
  walk: Walk,
  address: number,
  format: 'short' | 'long',
  level: 1 | 2 | 3,
  domain: number,
  nsTable = false,
): MemoryFault | undefined {
  const { registers: r, trace } = walk;
  const twoStages = !walk.hyp && stage2Enabled(r);
  const pa = twoStages ? secondStageTranslateForWalk(walk, address) : address;
  if (pa instanceof MemoryFault) return pa;
  const bigEndian = ((walk.hyp ? r.HSCTLR : r.SCTLR) & Sctlr.EE) !== 0;
  const nonSecure = walk.hyp || !r.secure || nsTable;
  if (!walk.readDescriptor(pa, highOf(pa), format === 'short' ? 4 : 8, bigEndian, nonSecure))
    return walk.stage1Fault('external abort on walk', level, domain);
  if (trace !== undefined) {
    const { va: input } = walk;
    const ipa = twoStages ? address : undefined;
    const [low, high] = [walk.low >>> 0, walk.high >>> 0];
    trace.push({ stage: 1, format, level, input, pa, ipa, low, high, onWalk: false });
  }
  return undefined;
}
