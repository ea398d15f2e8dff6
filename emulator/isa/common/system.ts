/** Status-register, exclusive, barrier and hint instructions that both sets have (ARM ARM A5.2.12, A5.7, A6.3.4). */
import type { Fields, Row } from '../row';
import { clearExclusive, loadExclusive, storeExclusive } from '../semantics/exclusive';
import { barrier } from '../semantics/hint';
import { moveFromBanked, moveFromStatus, moveToBanked, moveToStatus } from '../semantics/status';
import { BARRIER_OPTIONS, reg } from '../text';
import { inBothSets } from './both';

/** `cpsr_fc`: the fields of a MSR mask; f, s, x, c from bit 3 down. */
export function statusFields(spsr: number, mask: number): string {
  const letters = [...'fsxc'].filter((_, i) => (mask >>> (3 - i)) & 1).join('');
  return `${spsr ? 'spsr' : 'cpsr'}${letters === '' ? '' : `_${letters}`}`;
}

/** R:M:M1 of the banked-register forms; the pattern's field b is M1:M. */
function sysm(f: Fields): number {
  return (f.R << 5) | ((f.b & 1) << 4) | (f.b >>> 1);
}
const USER_BANK = ['r8_usr', 'r9_usr', 'r10_usr', 'r11_usr', 'r12_usr', 'sp_usr', 'lr_usr'];
const FIQ_BANK = ['r8_fiq', 'r9_fiq', 'r10_fiq', 'r11_fiq', 'r12_fiq', 'sp_fiq', 'lr_fiq'];
const MODE_BANKS = ['irq', 'svc', 'abt', 'und'];
/** Names of the banked registers by SYSm (B9.2.3); undefined where UNPREDICTABLE. */
export function bankedName(number: number): string | undefined {
  const m1 = number & 15;
  const m = (number >>> 4) & 1;
  if (number >>> 5) {
    if (!m) return m1 === 14 ? 'SPSR_fiq' : undefined;
    return new Map([
      [0, 'SPSR_irq'],
      [2, 'SPSR_svc'],
      [4, 'SPSR_abt'],
      [6, 'SPSR_und'],
      [12, 'SPSR_mon'],
      [14, 'SPSR_hyp'],
    ]).get(m1);
  }
  if (!m) return m1 < 7 ? USER_BANK[m1] : m1 >= 8 && m1 < 15 ? FIQ_BANK[m1 - 8] : undefined;
  if (m1 < 8) return `${m1 & 1 ? 'sp' : 'lr'}_${MODE_BANKS[m1 >>> 1]}`;
  return new Map([
    [12, 'lr_mon'],
    [13, 'sp_mon'],
    [14, 'elr_hyp'],
    [15, 'sp_hyp'],
  ]).get(m1);
}
function bankedText(f: Fields): string {
  const name = bankedName(sysm(f));
  return name === undefined
    ? `(UNDEF: ${sysm(f)})`
    : name.startsWith('SPSR')
      ? name
      : name.toUpperCase().replace(/_.*/, (m) => m.toLowerCase());
}
const spsr = { forms: { spsr: [0, 1] }, form: (f: Fields) => ({ spsr: f.R }) };

const STATUS: readonly Row[] = [
  ...inBothSets({
    name: 'MRS',
    a32: 'cccc 00010 R 00 (1)(1)(1)(1) dddd (0)(0)0(0) 0000 (0)(0)(0)(0)',
    t32: '1111 0011 111 R (1)(1)(1)(1) 10(0)0 dddd (0)(0)0(0)(0)(0)(0)(0)',
    registers: 'd',
    asm: (f) => `mrs{c} ${reg(f.d)}, ${f.R ? 'spsr' : 'cpsr'}`,
    ...spsr,
    operands: (f) => ({ rd: f.d }),
    semantics: moveFromStatus,
  }),
  ...inBothSets({
    name: 'MSR (register)',
    a32: 'cccc 00010 R 10 mmmm (1)(1)(1)(1) (0)(0)0(0) 0000 nnnn',
    t32: '1111 0011 100 R nnnn 10(0)0 mmmm (0)(0)0(0)(0)(0)(0)(0)',
    registers: 'n',
    unpredictable: (f) => f.m === 0,
    asm: (f) => `msr{c} ${statusFields(f.R, f.m)}, ${reg(f.n)}`,
    ...spsr,
    operands: (f) => ({ rn: f.n, mask: f.m }),
    semantics: moveToStatus,
  }),
  ...inBothSets({
    name: 'MRS (Banked register)',
    feature: 'virtualization',
    a32: 'cccc 00010 R 00 bbbb dddd (0)(0)1b 0000 (0)(0)(0)(0)',
    t32: '1111 0011 111 R bbbb 10(0)0 dddd (0)(0)1b (0)(0)(0)(0)',
    registers: 'd',
    unpredictable: (f) => bankedName(sysm(f)) === undefined,
    asm: (f) => `mrs{c} ${reg(f.d)}, ${bankedText(f)}`,
    operands: (f) => ({ rd: f.d, sysm: sysm(f) }),
    semantics: moveFromBanked,
  }),
  ...inBothSets({
    name: 'MSR (Banked register)',
    feature: 'virtualization',
    a32: 'cccc 00010 R 10 bbbb (1)(1)(1)(1) (0)(0)1b 0000 nnnn',
    t32: '1111 0011 100 R nnnn 10(0)0 bbbb (0)(0)1b (0)(0)(0)(0)',
    registers: 'n',
    unpredictable: (f) => bankedName(sysm(f)) === undefined,
    asm: (f) => `msr{c} ${bankedText(f)}, ${reg(f.n)}`,
    operands: (f) => ({ rn: f.n, sysm: sysm(f) }),
    semantics: moveToBanked,
  }),
];

/** Sizes with A32 bits 22–21 and T32 bits 5–4. */
const SIZES = [
  { suffix: 'D', size: 8, a32: '01', t32: '0111' },
  { suffix: 'B', size: 1, a32: '10', t32: '0100' },
  { suffix: 'H', size: 2, a32: '11', t32: '0101' },
] as const;

const EXCLUSIVE: readonly Row[] = [
  ...inBothSets({
    name: 'LDREX',
    a32: 'cccc 0001 1001 nnnn tttt (1)(1)(1)(1) 1001 (1)(1)(1)(1)',
    t32: '1110 1000 0101 nnnn tttt (1)(1)(1)(1) iiiiiiii',
    registers: 't',
    unpredictable: (f) => f.n === 15,
    asm: (f) => `ldrex{c} ${reg(f.t)}, [${reg(f.n)}${f.i ? `, #${f.i * 4}` : ''}]`,
    operands: (f) => ({ rt: f.t, rn: f.n, offset: (f.i ?? 0) * 4 }),
    semantics: loadExclusive(4),
  }),
  ...inBothSets({
    name: 'STREX',
    a32: 'cccc 0001 1000 nnnn dddd (1)(1)(1)(1) 1001 tttt',
    t32: '1110 1000 0100 nnnn tttt dddd iiiiiiii',
    registers: 'dt',
    unpredictable: (f) => f.n === 15 || f.d === f.n || f.d === f.t,
    asm: (f) => `strex{c} ${reg(f.d)}, ${reg(f.t)}, [${reg(f.n)}${f.i ? `, #${f.i * 4}` : ''}]`,
    operands: (f) => ({ rd: f.d, rt: f.t, rn: f.n, offset: (f.i ?? 0) * 4 }),
    semantics: storeExclusive(4),
  }),
  ...SIZES.flatMap(({ suffix, size, a32, t32 }): Row[] => {
    const double = size === 8;
    /** In A32 the second register follows the first; in T32 it has a field, u. */
    const second = (f: Fields): number => f.u ?? (f.t + 1) & 15;
    const text = (f: Fields): string => (double ? `${reg(f.t)}, ${reg(second(f))}` : reg(f.t));
    const oddPair = (f: Fields): boolean => double && f.u === undefined && ((f.t & 1) === 1 || f.t === 14);
    const operands = (f: Fields): Record<string, number> => ({
      rt: f.t,
      rn: f.n,
      offset: 0,
      ...(double ? { rt2: second(f) } : {}),
    });
    return [
      ...inBothSets({
        name: `LDREX${suffix}`,
        a32: `cccc 0001 1${a32}1 nnnn tttt (1)(1)(1)(1) 1001 (1)(1)(1)(1)`,
        t32: `1110 1000 1101 nnnn tttt ${double ? 'uuuu' : '(1)(1)(1)(1)'} ${t32} (1)(1)(1)(1)`,
        registers: double ? 'tu' : 't',
        unpredictable: (f) => f.n === 15 || oddPair(f) || (double && f.u === f.t),
        asm: (f) => `ldrex${suffix.toLowerCase()}{c} ${text(f)}, [${reg(f.n)}]`,
        operands,
        semantics: loadExclusive(size),
      }),
      ...inBothSets({
        name: `STREX${suffix}`,
        a32: `cccc 0001 1${a32}0 nnnn dddd (1)(1)(1)(1) 1001 tttt`,
        t32: `1110 1000 1100 nnnn tttt ${double ? 'uuuu' : '(1)(1)(1)(1)'} ${t32} dddd`,
        registers: double ? 'dtu' : 'dt',
        unpredictable: (f) =>
          f.n === 15 || f.d === f.n || f.d === f.t || oddPair(f) || (double && f.d === second(f)),
        asm: (f) => `strex${suffix.toLowerCase()}{c} ${reg(f.d)}, ${text(f)}, [${reg(f.n)}]`,
        operands: (f) => ({ ...operands(f), rd: f.d }),
        semantics: storeExclusive(size),
      }),
    ];
  }),
];

function barrierRow(name: string, kind: 0 | 1 | 2, op: string): Row[] {
  return inBothSets({
    name,
    a32: `1111 0101 0111 (1)(1)(1)(1)(1)(1)(1)(1)(0)(0)(0)(0) ${op} oooo`,
    t32: `1111 0011 1011 (1)(1)(1)(1) 10(0)0(1)(1)(1)(1) ${op} oooo`,
    asm: (f) => {
      const option = kind === 2 ? (f.o === 15 ? 'sy' : undefined) : BARRIER_OPTIONS[f.o];
      return `${name.toLowerCase()}{c} ${option ?? `#${f.o}`}`;
    },
    operands: (f) => ({ option: f.o }),
    semantics: barrier(kind),
  });
}

const BARRIERS: readonly Row[] = [
  ...inBothSets({
    name: 'CLREX',
    a32: '1111 0101 0111 (1)(1)(1)(1)(1)(1)(1)(1)(0)(0)(0)(0) 0001 (1)(1)(1)(1)',
    t32: '1111 0011 1011 (1)(1)(1)(1) 10(0)0(1)(1)(1)(1) 0010 (1)(1)(1)(1)',
    asm: () => 'clrex{c}',
    semantics: clearExclusive,
  }),
  ...barrierRow('DSB', 1, '0100'),
  ...barrierRow('DMB', 0, '0101'),
  ...barrierRow('ISB', 2, '0110'),
];

export const SYSTEM: readonly Row[] = [...STATUS, ...EXCLUSIVE, ...BARRIERS];
