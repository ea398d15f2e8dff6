/** Reading a stage 1 descriptor: through stage 2 where the regime has one, in the byte order of SCTLR.EE. */
import type { MemoryFault } from '../system/fault';
import { highOf } from './descriptor-words';
import { secondStageTranslateForWalk } from './stage2';
import type { Walk } from './walk';

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
  const { trace, twoStages } = walk;
  let pa = address;
  if (twoStages) {
    const fault = secondStageTranslateForWalk(walk, address);
    if (fault !== undefined) return fault;
    pa = walk.stage2.address;
  }
  const nonSecure = walk.hyp || !walk.registers.secure || nsTable;
  if (!walk.readDescriptor(pa, highOf(pa), format === 'short' ? 4 : 8, walk.bigEndian, nonSecure))
    return walk.stage1Fault('external abort on walk', level, domain);
  if (trace !== undefined) {
    const { va: input } = walk;
    const ipa = twoStages ? address : undefined;
    const [low, high] = [walk.low >>> 0, walk.high >>> 0];
    trace.push({ stage: 1, format, level, input, pa, ipa, low, high, onWalk: false });
  }
  return undefined;
}
