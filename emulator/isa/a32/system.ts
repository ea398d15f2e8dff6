/** A32 exception-generating instructions, hints, MSR (immediate), CPS and SETEND (ARM ARM A5.2.11, A5.2.12, A5.7.1). */
import { armExpandImm } from '../immediates';
import type { Row } from '../row';
import {
  breakpoint,
  exceptionReturn,
  hypervisorCall,
  secureMonitorCall,
  supervisorCall,
  undefinedInstruction,
} from '../semantics/exception';
import { hintOperands, HINTS, noOperation } from '../semantics/hint';
import { changeProcessorState, moveImmediateToStatus, setEndianness } from '../semantics/status';
import { statusFields } from '../common/system';
import { immediate, modifiedImmediate } from '../text';

/** The condition must be AL; the row has it in its field c. */
const notAlways = (f: Readonly<Record<string, number>>): boolean => f.c !== 14;

const EXCEPTIONS: readonly Row[] = [
  {
    name: 'SVC A1',
    set: 'A32',
    pattern: 'cccc 1111 iiiiiiiiiiiiiiiiiiiiiiii',
    feature: 'base',
    asm: (f) => `svc{c} ${immediate(f.i)}`,
    operands: (f) => ({ imm: f.i }),
    semantics: supervisorCall,
    endsBlock: true,
  },
  {
    name: 'HVC A1',
    set: 'A32',
    pattern: 'cccc 0001 0100 iiiiiiiiiiii 0111 iiii',
    feature: 'virtualization',
    asm: (f) => `hvc{c} ${immediate(f.i)}`,
    unpredictable: notAlways,
    operands: (f) => ({ imm: f.i }),
    semantics: hypervisorCall,
    endsBlock: true,
  },
  {
    name: 'SMC (previously SMI) A1',
    set: 'A32',
    pattern: 'cccc 0001 0110 (0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0) 0111 iiii',
    feature: 'security',
    asm: (f) => `smc{c} ${immediate(f.i)}`,
    operands: (f) => ({ imm: f.i }),
    semantics: secureMonitorCall,
    endsBlock: true,
  },
  {
    name: 'BKPT A1',
    set: 'A32',
    pattern: 'cccc 0001 0010 iiiiiiiiiiii 0111 iiii',
    feature: 'base',
    asm: (f) => `bkpt{c} 0x${f.i.toString(16).padStart(4, '0')}`,
    unpredictable: notAlways,
    operands: (f) => ({ imm: f.i }),
    semantics: breakpoint,
    endsBlock: true,
  },
  {
    name: 'ERET A1',
    set: 'A32',
    pattern: 'cccc 0001 0110 (0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0)(0) 0110 (1)(1)(1)(0)',
    feature: 'virtualization',
    asm: () => 'eret{c}',
    semantics: exceptionReturn,
    endsBlock: true,
  },
  {
    name: 'UDF A1',
    set: 'A32',
    pattern: '1110 0111 1111 iiiiiiiiiiii 1111 iiii',
    feature: 'base',
    asm: (f) => `udf ${immediate(f.i)}`,
    operands: (f) => ({ encoding: f.word }),
    semantics: undefinedInstruction,
    endsBlock: true,
  },
];

const HINT = '(1)(1)(1)(1)(0)(0)(0)(0)';
const HINT_ROWS: readonly Row[] = [
  ...HINTS.map(([name, number, semantics]): Row => ({
    name: `${name} A1`,
    set: 'A32',
    pattern: `cccc 0011 0010 0000 ${HINT} ${number.toString(2).padStart(8, '0')}`,
    feature: 'base',
    asm: () => `${name.toLowerCase()}{c}`,
    operands: hintOperands,
    semantics,
  })),
  {
    name: 'DBG A1',
    set: 'A32',
    pattern: `cccc 0011 0010 0000 ${HINT} 1111 oooo`,
    feature: 'base',
    asm: (f) => `dbg{c} #${f.o}`,
    semantics: noOperation,
  },
  {
    name: 'Unallocated hint A1',
    set: 'A32',
    pattern: `cccc 0011 0010 0000 ${HINT} oooooooo`,
    feature: 'base',
    asm: (f) => `nop{c} {${f.o}}`,
    except: (f) => f.o <= 4 || f.o >= 0xf0,
    semantics: noOperation,
  },
];

/** Of the MP Extensions: A5.7.1 has them as NOP. */
const MEMORY_HINTS: readonly Row[] = (
  [
    ['immediate', '1111 0100 x001 xxxx xxxx xxxx xxxx xxxx'],
    ['register', '1111 0110 x001 xxxx xxxx xxxx xxx0 xxxx'],
  ] as const
).map(([kind, pattern]) => ({
  name: `Unallocated memory hint (${kind}) A1`,
  set: 'A32',
  pattern,
  feature: 'mp',
  asm: () => 'nop',
  semantics: noOperation,
}));

const STATUS: readonly Row[] = [
  {
    name: 'MSR (immediate) A1',
    set: 'A32',
    pattern: 'cccc 0011 0 R 10 mmmm (1)(1)(1)(1) iiiiiiiiiiii',
    feature: 'base',
    asm: (f) => `msr{c} ${statusFields(f.R, f.m)}, ${modifiedImmediate(f.i)}`,
    except: (f) => f.R === 0 && f.m === 0,
    unpredictable: (f) => f.m === 0,
    forms: { spsr: [0, 1] },
    form: (f) => ({ spsr: f.R }),
    operands: (f) => ({ imm: armExpandImm(f.i).value, mask: f.m }),
    semantics: moveImmediateToStatus,
  },
  {
    name: 'CPS A1',
    set: 'A32',
    pattern: '1111 0001 0000 ii M 0 (0)(0)(0)(0)(0)(0)(0) aaa 0 mmmmm',
    feature: 'base',
    asm: (f) => {
      const flags = [...'aif'].filter((_, i) => (f.a >>> (2 - i)) & 1).join('');
      const mode = f.M ? `#${f.m}` : '';
      if (f.i < 2) return `cps ${mode}`;
      return `cps${f.i === 2 ? 'ie' : 'id'} ${[flags, mode].filter((part) => part !== '').join(',')}`;
    },
    unpredictable: (f) =>
      (f.m !== 0 && f.M === 0) || f.i === 1 || (f.i === 0 && f.M === 0) || f.i >= 2 !== (f.a !== 0),
    operands: (f) => ({ enable: f.i, flags: f.a, mode: f.M ? f.m : -1 }),
    semantics: changeProcessorState,
  },
  {
    name: 'SETEND A1',
    set: 'A32',
    pattern: '1111 0001 0000 (0)(0)(0)1 (0)(0)(0)(0)(0)(0) e (0) 0000 (0)(0)(0)(0)',
    feature: 'base',
    asm: (f) => `setend ${f.e ? 'be' : 'le'}`,
    operands: (f) => ({ big: f.e }),
    semantics: setEndianness,
  },
];

export const A32_SYSTEM: readonly Row[] = [...EXCEPTIONS, ...HINT_ROWS, ...MEMORY_HINTS, ...STATUS];
