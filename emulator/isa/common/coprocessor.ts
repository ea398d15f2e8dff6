/** Coprocessor instructions, in both sets and with both top nibbles (ARM ARM A5.6, A6.3.18); CP10 and CP11 are in vfp/. */
import type { Fields, Row } from '../row';
import {
  coprocessorOperation,
  coprocessorTransfer,
  coprocessorTransferLiteral,
  moveFromCoprocessor,
  movePairFromCoprocessor,
  movePairToCoprocessor,
  moveToCoprocessor,
} from '../semantics/coprocessor';
import { INDEX } from '../semantics/load-store';
import { address, offset, reg } from '../text';

type Spec = Omit<Row, 'name' | 'set' | 'pattern' | 'feature'>;

/** CP10 and CP11 are the floating-point and SIMD registers. */
export function isVfp(f: Fields): boolean {
  return f.p >>> 1 === 5;
}

/**
 * The encodings A1, A2 (the form with 2), T1 and T2 of one instruction. `rest` is the pattern below bits 31–28;
 * `spec` is asked for each, with the mnemonic's suffix.
 */
function encodings(name: string, rest: string, spec: (two: string, thumb: boolean) => Spec): Row[] {
  return [
    {
      name: `${name}, ${name}2 A1`,
      set: 'A32',
      pattern: `cccc ${rest}`,
      feature: 'base',
      ...spec('', false),
    },
    {
      name: `${name}, ${name}2 A2`,
      set: 'A32',
      pattern: `1111 ${rest}`,
      feature: 'base',
      ...spec('2', false),
    },
    { name: `${name}, ${name}2 T1`, set: 'T32', pattern: `1110 ${rest}`, feature: 'base', ...spec('', true) },
    {
      name: `${name}, ${name}2 T2`,
      set: 'T32',
      pattern: `1111 ${rest}`,
      feature: 'base',
      ...spec('2', true),
    },
  ];
}

function bad(thumb: boolean, n: number): boolean {
  return n === 15 || (thumb && n === 13);
}

function registerMoveText(mnemonic: string, f: Fields): string {
  const rt = mnemonic.startsWith('mrc') && f.t === 15 ? 'APSR_nzcv' : reg(f.t);
  return `${mnemonic}{c} p${f.p}, ${f.o}, ${rt}, c${f.n}, c${f.m}, ${f.q}`;
}
function pairMoveText(mnemonic: string, f: Fields): string {
  return `${mnemonic}{c} p${f.p}, ${f.o}, ${reg(f.t)}, ${reg(f.u)}, c${f.m}`;
}

function transferRows(load: boolean): Row[] {
  const name = load ? 'LDC' : 'STC';
  const mnemonic = (two: string, f: Fields): string => `${name.toLowerCase()}${two}${f.D ? 'l' : ''}{c}`;
  const signed = (f: Fields): number => (f.U ? f.i * 4 : -f.i * 4) | 0;
  const where = (f: Fields): string =>
    f.P === 0 && f.W === 0
      ? `[${reg(f.n ?? 15)}], {${f.i}}`
      : address(f.n ?? 15, offset(f.U, f.i * 4), f.P === 1, f.W === 1);
  /** P = U = W = 0 is MCRR, MRRC or UNDEFINED. */
  const isPairSpace = (f: Fields): boolean => f.P === 0 && f.U === 0 && f.W === 0;
  const rows = encodings(name, `110 P U D W ${load ? 1 : 0} nnnn dddd pppp iiiiiiii`, (two, thumb) => ({
    asm: (f) => `${mnemonic(two, f)} p${f.p}, c${f.d}, ${where(f)}`,
    except: (f) => isVfp(f) || (isPairSpace(f) && f.D === 1) || (load && f.n === 15),
    undefined: isPairSpace,
    unpredictable: (f) => f.n === 15 && (f.W === 1 || thumb),
    forms: { index: [0, 1, 2] },
    form: (f) => ({
      index: f.P ? (f.W ? INDEX.Pre : INDEX.Offset) : f.W ? INDEX.Post : INDEX.Offset,
    }),
    operands: (f) => ({
      rn: f.n,
      offset: f.P === 0 && f.W === 0 ? 0 : signed(f),
      encoding: f.word,
    }),
    semantics: coprocessorTransfer,
  }));
  if (!load) return rows;
  return [
    ...rows,
    ...encodings('LDC (literal)', '110 P U D W 1 1111 dddd pppp iiiiiiii', (two, thumb) => ({
      asm: (f) => `${mnemonic(two, f)} p${f.p}, c${f.d}, ${where(f)}`,
      except: (f) => isVfp(f) || (isPairSpace(f) && f.D === 1),
      undefined: isPairSpace,
      unpredictable: (f) => f.W === 1 || (f.P === 0 && thumb),
      operands: (f) => ({ offset: f.P ? signed(f) : 0, encoding: f.word }),
      semantics: coprocessorTransferLiteral,
    })).map((row) => ({ ...row, name: row.name.replace(', LDC (literal)2', ', LDC2') })),
  ];
}

export const COPROCESSOR: readonly Row[] = [
  ...encodings('CDP', '1110 oooo nnnn dddd pppp qqq 0 mmmm', (two) => ({
    asm: (f) => `cdp${two}{c} p${f.p}, ${f.o}, c${f.d}, c${f.n}, c${f.m}, ${f.q}`,
    except: isVfp,
    operands: (f) => ({ encoding: f.word }),
    semantics: coprocessorOperation,
  })),
  ...encodings('MCR', '1110 ooo 0 nnnn tttt pppp qqq 1 mmmm', (two, thumb) => ({
    asm: (f) => registerMoveText(`mcr${two}`, f),
    except: isVfp,
    unpredictable: (f) => bad(thumb, f.t),
    operands: (f) => ({ rt: f.t, encoding: f.word }),
    semantics: moveToCoprocessor,
  })),
  ...encodings('MRC', '1110 ooo 1 nnnn tttt pppp qqq 1 mmmm', (two, thumb) => ({
    asm: (f) => registerMoveText(`mrc${two}`, f),
    except: isVfp,
    unpredictable: (f) => thumb && f.t === 13,
    forms: { flags: [0, 1] },
    form: (f) => ({ flags: Number(f.t === 15) }),
    operands: (f) => ({ rt: f.t, encoding: f.word }),
    semantics: moveFromCoprocessor,
  })),
  ...encodings('MCRR', '1100 0100 uuuu tttt pppp oooo mmmm', (two, thumb) => ({
    asm: (f) => pairMoveText(`mcrr${two}`, f),
    except: isVfp,
    unpredictable: (f) => bad(thumb, f.t) || bad(thumb, f.u),
    operands: (f) => ({ rt: f.t, rt2: f.u, encoding: f.word }),
    semantics: movePairToCoprocessor,
  })),
  ...encodings('MRRC', '1100 0101 uuuu tttt pppp oooo mmmm', (two, thumb) => ({
    asm: (f) => pairMoveText(`mrrc${two}`, f),
    except: isVfp,
    unpredictable: (f) => bad(thumb, f.t) || bad(thumb, f.u) || f.t === f.u,
    operands: (f) => ({ rt: f.t, rt2: f.u, encoding: f.word }),
    semantics: movePairFromCoprocessor,
  })),
  ...transferRows(false),
  ...transferRows(true),
];
