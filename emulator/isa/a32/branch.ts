/** A32 branches (ARM ARM A5.5, A5.2.12). */
import { signExtend } from '../immediates';
import type { DecodeContext, Fields, Row } from '../row';
import {
  branch,
  branchExchange,
  branchExchangeJazelle,
  branchLinkExchange,
  branchLinkExchangeImmediate,
  branchWithLink,
} from '../semantics/branch';
import { hex, reg } from '../text';

function target(f: Fields, context: DecodeContext): number {
  return (context.address + 8 + (signExtend(f.i, 24) << 2)) | 0;
}
/** BLX (immediate): H is bit 1 of the target. */
function exchangeTarget(f: Fields, context: DecodeContext): number {
  return target(f, context) + (f.H << 1);
}

export const A32_BRANCH: readonly Row[] = [
  {
    name: 'B A1',
    set: 'A32',
    pattern: 'cccc 1010 iiiiiiiiiiiiiiiiiiiiiiii',
    feature: 'base',
    asm: (f, context) => `b{c} ${hex(target(f, context))}`,
    operands: (f, context) => ({ target: target(f, context) }),
    semantics: branch,
    endsBlock: true,
  },
  {
    name: 'BL, BLX (immediate) A1',
    set: 'A32',
    pattern: 'cccc 1011 iiiiiiiiiiiiiiiiiiiiiiii',
    feature: 'base',
    asm: (f, context) => `bl{c} ${hex(target(f, context))}`,
    operands: (f, context) => ({ target: target(f, context) }),
    semantics: branchWithLink(false),
    endsBlock: true,
  },
  {
    name: 'BL, BLX (immediate) A2',
    set: 'A32',
    pattern: '1111 101 H iiiiiiiiiiiiiiiiiiiiiiii',
    feature: 'base',
    asm: (f, context) => `blx ${hex(exchangeTarget(f, context))}`,
    operands: (f, context) => ({ target: exchangeTarget(f, context) }),
    semantics: branchLinkExchangeImmediate(false),
    endsBlock: true,
  },
  {
    name: 'BX A1',
    set: 'A32',
    pattern: 'cccc 0001 0010 (1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1) 0001 mmmm',
    feature: 'base',
    asm: (f) => `bx{c} ${reg(f.m)}`,
    operands: (f) => ({ rm: f.m }),
    semantics: branchExchange,
    endsBlock: true,
  },
  {
    name: 'BXJ A1',
    set: 'A32',
    pattern: 'cccc 0001 0010 (1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1) 0010 mmmm',
    feature: 'base',
    asm: (f) => `bxj{c} ${reg(f.m)}`,
    unpredictable: (f) => f.m === 15,
    operands: (f) => ({ rm: f.m, encoding: f.word }),
    semantics: branchExchangeJazelle,
    endsBlock: true,
  },
  {
    name: 'BLX (register) A1',
    set: 'A32',
    pattern: 'cccc 0001 0010 (1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1)(1) 0011 mmmm',
    feature: 'base',
    asm: (f) => `blx{c} ${reg(f.m)}`,
    unpredictable: (f) => f.m === 15,
    operands: (f) => ({ rm: f.m }),
    semantics: branchLinkExchange(false),
    endsBlock: true,
  },
];
