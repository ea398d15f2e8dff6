/** The LDREX before a STREX, without which no STREX stores. */
import { decode } from '../../../emulator/isa/decoder';
import type { RandomWord } from '../../../emulator/isa/random';
import type { DecodeContext, Row } from '../../../emulator/isa/row';

/** By the suffix of STREX: the A32 opcode and the T32 one (with Rt2 where the pair has it), without registers. */
const LOADS: Readonly<Record<string, { readonly a32: number; readonly t32: number }>> = {
  '': { a32: 0xe190_0f9f, t32: 0xe850_0f00 },
  B: { a32: 0xe1d0_0f9f, t32: 0xe8d0_0f4f },
  H: { a32: 0xe1f0_0f9f, t32: 0xe8d0_0f5f },
  D: { a32: 0xe1b0_0f9f, t32: 0xe8d0_007f },
};

/**
 * A LDREX of what the STREX `word` stores to, half of the time; 0 where there is none: another row, in an IT block, or
 * no register left to load.
 */
export function exclusiveBefore(row: Row, word: number, context: DecodeContext, random: RandomWord): number {
  const suffix = /^STREX([BHD]?) /.exec(row.name)?.[1];
  if (suffix === undefined || context.itstate !== 0 || random() & 1) return 0;
  const { fields } = decode(word, context);
  const used = [fields.n, fields.d, fields.t, (fields.t ?? 0) + 1, fields.u];
  const free = [0, 2, 4, 6, 8, 10].find((r) => !used.includes(r) && !used.includes(r + 1));
  if (free === undefined || fields.n === undefined) return 0;
  const load = LOADS[suffix]!;
  if (context.set === 'A32') return (load.a32 | (fields.n << 16) | (free << 12)) >>> 0;
  const rest = suffix === 'D' ? (free + 1) << 8 : suffix === '' ? (fields.i ?? 0) : 0;
  return (load.t32 | (fields.n << 16) | (free << 12) | rest) >>> 0;
}
