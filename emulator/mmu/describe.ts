/** Permissions and memory type of a translation, in words. */
import { memoryName, shareabilityName, type MemoryAttributes } from './attributes';
import type { Stage1Record, Stage2Record } from './translation-records';

const AP: Readonly<Record<number, string>> = {
  0: 'no access',
  1: 'read and write at PL1',
  2: 'read and write at PL1, read at PL0',
  3: 'read and write',
  5: 'read at PL1',
  6: 'read',
  7: 'read',
};
const HAP = ['no access', 'read', 'write', 'read and write'];

/** Such as `stage 1: read and write at PL1; stage 2: read and write; Normal, Inner and Outer Write-Back, Inner Shareable`. */
export function describeAttributes(found: {
  readonly attributes: MemoryAttributes;
  readonly stage1: Stage1Record | undefined;
  readonly stage2: Stage2Record | undefined;
}): string {
  const { stage1, stage2, attributes } = found;
  const parts: string[] = [];
  if (stage1 !== undefined && stage1.level > 0) {
    const execution = stage1.xn ? ', no execution' : stage1.pxn ? ', no execution at PL1' : '';
    parts.push(`stage 1: ${AP[stage1.ap] ?? 'reserved'}${execution}`);
  }
  if (stage2 !== undefined) parts.push(`stage 2: ${HAP[stage2.hap]}${stage2.xn ? ', no execution' : ''}`);
  parts.push(`${memoryName(attributes)}, ${shareabilityName(attributes)}`);
  return parts.join('; ');
}
