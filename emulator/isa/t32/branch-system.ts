/** 32-bit T32 branches and miscellaneous control (ARM ARM A6.3.4). */
import { signExtend } from '../immediates';
import { inItBlock, lastInItBlock } from '../row';
import type { DecodeContext, Fields, Row } from '../row';
import {
  branch,
  branchExchangeJazelle,
  branchLinkExchangeImmediate,
  branchWithLink,
} from '../semantics/branch';
import { RETURN_OPERATIONS, returnImmediate } from '../semantics/data-processing';
import {
  exceptionReturn,
  hypervisorCall,
  secureMonitorCall,
  undefinedInstruction,
} from '../semantics/exception';
import { hintOperands, HINTS, noOperation } from '../semantics/hint';
import { changeProcessorState } from '../semantics/status';
import { hex, immediate, reg } from '../text';
import { bad } from './data-processing';

function midBlock(_: Fields, context: DecodeContext): boolean {
  return inItBlock(context) && !lastInItBlock(context);
}

/** Offset of B T3: S:J2:J1:imm6:imm11:0. */
function shortOffset(f: Fields): number {
  return signExtend((f.S << 20) | (f.K << 19) | (f.J << 18) | (f.i << 1), 21);
}
/** Offset of B T4, BL and BLX: S:I1:I2:imm10:imm11:0 with I = NOT(J EOR S). */
function longOffset(f: Fields): number {
  const i1 = f.J ^ f.S ^ 1;
  const i2 = f.K ^ f.S ^ 1;
  return signExtend((f.S << 24) | (i1 << 23) | (i2 << 22) | (f.i << 1), 25);
}
function shortTarget(f: Fields, context: DecodeContext): number {
  return (context.address + 4 + shortOffset(f)) | 0;
}
function longTarget(f: Fields, context: DecodeContext): number {
  return (context.address + 4 + longOffset(f)) | 0;
}
/** BLX goes to A32 code: from Align(PC, 4). */
function exchangeTarget(f: Fields, context: DecodeContext): number {
  return (((context.address + 4) & ~3) + longOffset(f)) & ~3;
}

const BRANCHES: readonly Row[] = [
  {
    name: 'B T3',
    set: 'T32',
    pattern: '11110 S cccc iiiiii 10 J 0 K iiiiiiiiiii',
    feature: 'base',
    asm: (f, context) => `b{c}.w ${hex(shortTarget(f, context))}`,
    condition: (f) => f.c,
    except: (f) => f.c >= 14,
    unpredictable: (_, context) => inItBlock(context),
    operands: (f, context) => ({ target: shortTarget(f, context) }),
    semantics: branch,
    endsBlock: true,
  },
  {
    name: 'B T4',
    set: 'T32',
    pattern: '11110 S iiiiiiiiii 10 J 1 K iiiiiiiiiii',
    feature: 'base',
    asm: (f, context) => `b{c}.w ${hex(longTarget(f, context))}`,
    unpredictable: midBlock,
    operands: (f, context) => ({ target: longTarget(f, context) }),
    semantics: branch,
    endsBlock: true,
  },
  {
    name: 'BL, BLX (immediate) T1',
    set: 'T32',
    pattern: '11110 S iiiiiiiiii 11 J 1 K iiiiiiiiiii',
    feature: 'base',
    asm: (f, context) => `bl{c} ${hex(longTarget(f, context))}`,
    unpredictable: midBlock,
    operands: (f, context) => ({ target: longTarget(f, context) }),
    semantics: branchWithLink(true),
    endsBlock: true,
  },
  {
    name: 'BL, BLX (immediate) T2',
    set: 'T32',
    pattern: '11110 S iiiiiiiiii 11 J 0 K iiiiiiiiiii',
    feature: 'base',
    asm: (f, context) => `blx{c} ${hex(exchangeTarget(f, context))}`,
    undefined: (f) => (f.i & 1) === 1,
    unpredictable: midBlock,
    operands: (f, context) => ({ target: exchangeTarget(f, context) }),
    semantics: branchLinkExchangeImmediate(true),
    endsBlock: true,
  },
  {
    name: 'BXJ T1',
    set: 'T32',
    pattern: '1111 0011 1100 mmmm 10(0)0 (1)(1)(1)(1)(0)(0)(0)(0)(0)(0)(0)(0)',
    feature: 'base',
    asm: (f) => `bxj{c} ${reg(f.m)}`,
    unpredictable: (f, context) => bad(f.m) || midBlock(f, context),
    operands: (f) => ({ rm: f.m, encoding: f.word }),
    semantics: branchExchangeJazelle,
    endsBlock: true,
  },
];

const EXCEPTIONS: readonly Row[] = [
  {
    name: 'SUBS PC, LR and related instructions T1',
    set: 'T32',
    pattern: '1111 0011 1101 (1)(1)(1)(0) 10(0)0 (1)(1)(1)(1) iiiiiiii',
    feature: 'base',
    asm: (f) => `subs{c} pc, lr, ${immediate(f.i)}`,
    except: (f) => f.i === 0,
    unpredictable: midBlock,
    forms: { op: [RETURN_OPERATIONS.indexOf('sub')] },
    form: () => ({ op: RETURN_OPERATIONS.indexOf('sub') }),
    operands: (f) => ({ rn: 14, imm: f.i, encoding: f.word }),
    semantics: returnImmediate,
    endsBlock: true,
  },
  {
    name: 'ERET T1',
    set: 'T32',
    pattern: '1111 0011 1101 (1)(1)(1)(0) 10(0)0 (1)(1)(1)(1) 00000000',
    feature: 'base',
    asm: () => 'eret{c}',
    unpredictable: midBlock,
    semantics: exceptionReturn,
    endsBlock: true,
  },
  {
    name: 'HVC T1',
    set: 'T32',
    pattern: '1111 0111 1110 iiii 1000 iiiiiiiiiiii',
    feature: 'virtualization',
    asm: (f) => `hvc ${immediate(f.i)}`,
    unpredictable: (_, context) => inItBlock(context),
    operands: (f) => ({ imm: f.i }),
    semantics: hypervisorCall,
    endsBlock: true,
  },
  {
    name: 'SMC (previously SMI) T1',
    set: 'T32',
    pattern: '1111 0111 1111 iiii 1000 (0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)',
    feature: 'security',
    asm: (f) => `smc{c} ${immediate(f.i)}`,
    unpredictable: midBlock,
    operands: (f) => ({ imm: f.i }),
    semantics: secureMonitorCall,
    endsBlock: true,
  },
  {
    name: 'UDF T2',
    set: 'T32',
    pattern: '1111 0111 1111 iiii 1010 iiiiiiiiiiii',
    feature: 'base',
    asm: (f) => `udf.w ${immediate(f.i)}`,
    operands: (f) => ({ encoding: f.word }),
    semantics: undefinedInstruction,
    endsBlock: true,
  },
];

const HINT = '1111 0011 1010 (1)(1)(1)(1) 10(0)0 (0)000';
const HINT_ROWS: readonly Row[] = [
  ...HINTS.map(([name, number, semantics]): Row => ({
    name: `${name} T2`,
    set: 'T32',
    pattern: `${HINT} ${number.toString(2).padStart(8, '0')}`,
    feature: 'base',
    asm: () => `${name.toLowerCase()}{c}.w`,
    operands: hintOperands,
    semantics,
  })),
  {
    name: 'DBG T1',
    set: 'T32',
    pattern: `${HINT} 1111 oooo`,
    feature: 'base',
    asm: (f) => `dbg{c} #${f.o}`,
    semantics: noOperation,
  },
  {
    name: 'Unallocated hint T2',
    set: 'T32',
    pattern: `${HINT} oooooooo`,
    feature: 'base',
    asm: (f) => `nop{c}.w {${f.o}}`,
    except: (f) => f.o <= 4 || f.o >= 0xf0,
    semantics: noOperation,
  },
  {
    name: 'CPS T2',
    set: 'T32',
    pattern: '1111 0011 1010 (1)(1)(1)(1) 10(0)0 (0) ii M aaa mmmmm',
    feature: 'base',
    asm: (f) => {
      const flags = [...'aif'].filter((_, i) => (f.a >>> (2 - i)) & 1).join('');
      if (f.i < 2) return `cps #${f.m}`;
      return `cps${f.i === 2 ? 'ie' : 'id'}.w ${flags}${f.M ? `, #${f.m}` : ''}`;
    },
    except: (f) => f.i === 0 && f.M === 0,
    unpredictable: (f, context) =>
      (f.m !== 0 && f.M === 0) || f.i === 1 || f.i >= 2 !== (f.a !== 0) || inItBlock(context),
    operands: (f) => ({ enable: f.i, flags: f.a, mode: f.M ? f.m : -1 }),
    semantics: changeProcessorState,
  },
  // ThumbEE is not implemented: ENTERX and LEAVEX are UNDEFINED.
  {
    name: 'ENTERX, LEAVEX T1',
    set: 'T32',
    pattern: '1111 0011 1011 (1)(1)(1)(1) 10(0)0 (1)(1)(1)(1) 000 J (1)(1)(1)(1)',
    feature: 'base',
    asm: (f) => (f.J ? 'enterx' : 'leavex'),
    undefined: () => true,
    operands: (f) => ({ encoding: f.word }),
    semantics: undefinedInstruction,
    endsBlock: true,
  },
];

export const T32_BRANCH_SYSTEM: readonly Row[] = [...BRANCHES, ...EXCEPTIONS, ...HINT_ROWS];
