/** Registers that are no coprocessor registers but are decoded for people in the same way. */
import { bit, field, type Field } from './row';

export interface StatusRegister {
  readonly name: string;
  readonly text: string;
  readonly fields: readonly Field[];
}

export const MODE_NAMES: Readonly<Record<number, string>> = {
  0x10: 'usr',
  0x11: 'fiq',
  0x12: 'irq',
  0x13: 'svc',
  0x16: 'mon',
  0x17: 'abt',
  0x1a: 'hyp',
  0x1b: 'und',
  0x1f: 'sys',
};

const PSR_FIELDS = [
  bit('N', 31, 'Negative.'),
  bit('Z', 30, 'Zero.'),
  bit('C', 29, 'Carry.'),
  bit('V', 28, 'Overflow.'),
  bit('Q', 27, 'Saturation happened.'),
  field('IT1_0', 26, 25, 'Bits 1:0 of the IT state.'),
  bit('J', 24, 'Jazelle or ThumbEE.'),
  field('GE', 19, 16, 'Greater-than-or-equal flags of parallel additions.'),
  field('IT7_2', 15, 10, 'Bits 7:2 of the IT state.'),
  bit('E', 9, 'Data endianness.', { 0: 'little', 1: 'big' }),
  bit('A', 8, 'Asynchronous aborts are masked.'),
  bit('I', 7, 'IRQs are masked.'),
  bit('F', 6, 'FIQs are masked.'),
  bit('T', 5, 'Instruction set.', { 0: 'A32', 1: 'T32' }),
  field('M', 4, 0, 'Mode.', MODE_NAMES),
];

const MVFR = (names: readonly string[]): readonly Field[] =>
  names.map((name, i) => field(name, 31 - 4 * i, 28 - 4 * i, `Support level of ${name}.`));

export const STATUS_REGISTERS: readonly StatusRegister[] = [
  { name: 'CPSR', text: 'Current Program Status Register.', fields: PSR_FIELDS },
  {
    name: 'SPSR',
    text: 'Saved Program Status Register: CPSR at the moment of the exception.',
    fields: PSR_FIELDS,
  },
  {
    name: 'FPSCR',
    text: 'Floating-point Status and Control Register.',
    fields: [
      bit('N', 31, 'Less than.'),
      bit('Z', 30, 'Equal.'),
      bit('C', 29, 'Greater, equal or unordered.'),
      bit('V', 28, 'Unordered.'),
      bit('QC', 27, 'Advanced SIMD saturation happened.'),
      bit('AHP', 26, 'Alternative half-precision format.'),
      bit('DN', 25, 'Default NaN.'),
      bit('FZ', 24, 'Flush to zero.'),
      field('RMode', 23, 22, 'Rounding.', {
        0: 'to nearest',
        1: 'towards +infinity',
        2: 'towards -infinity',
        3: 'towards zero',
      }),
      field('Stride', 21, 20, 'Stride of short vectors.'),
      field('Len', 18, 16, 'Length of short vectors, minus one.'),
      bit('IDC', 7, 'Input denormal happened.'),
      bit('IXC', 4, 'Inexact result happened.'),
      bit('UFC', 3, 'Underflow happened.'),
      bit('OFC', 2, 'Overflow happened.'),
      bit('DZC', 1, 'Division by zero happened.'),
      bit('IOC', 0, 'Invalid operation happened.'),
    ],
  },
  {
    name: 'FPEXC',
    text: 'Floating-point Exception Control register.',
    fields: [
      bit('EX', 31, 'A floating-point exception is recorded.'),
      bit('EN', 30, 'VFP and Advanced SIMD are enabled.'),
    ],
  },
  {
    name: 'FPSID',
    text: 'Floating-point System ID Register.',
    fields: [
      field('Implementer', 31, 24, 'Who designed it.', { 0x41: 'Arm' }),
      bit('SW', 23, 'Software implementation.'),
      field('Subarchitecture', 22, 16, 'VFP subarchitecture.', {
        4: 'VFPv3 or later, common subarchitecture v3',
      }),
      field('Part', 15, 8, 'Part number.'),
      field('Variant', 7, 4, 'Variant.'),
      field('Revision', 3, 0, 'Revision.'),
    ],
  },
  {
    name: 'MVFR0',
    text: 'Media and VFP Feature Register 0.',
    fields: MVFR(['FPRound', 'FPShVec', 'FPSqrt', 'FPDivide', 'FPTrap', 'FPDP', 'FPSP', 'SIMDReg']),
  },
  {
    name: 'MVFR1',
    text: 'Media and VFP Feature Register 1.',
    fields: MVFR(['SIMDFMAC', 'FPHP', 'SIMDHP', 'SIMDSP', 'SIMDInt', 'SIMDLS', 'FPDNaN', 'FPFtZ']),
  },
];
