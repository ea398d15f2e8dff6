/** Instructions of one page of code, decoded when they are asked for, with what must be known of each. */
import { isWideThumb } from '../isa/decoder';
import type { Operand } from '../isa/builder';
import type { DecodeContext, Form, InstructionSet, Row } from '../isa/row';
import { advanceIt } from '../interpreter/predecode';
import type { Decode } from '../interpreter/template-maker';
import { Facts } from './facts';
import type { Inlining } from './inline-helpers';

const PAGE = 4096;
export const ALWAYS = 14;

export interface Instruction {
  /** Address, signed. */
  readonly pc: number;
  /** Bytes. */
  readonly size: number;
  /** Condition under which it executes, 14 always. */
  readonly condition: number;
  /** ITSTATE before it and after it. */
  readonly itstate: number;
  readonly nextItstate: number;
  readonly row: Row;
  readonly form: Form;
  readonly operands: Readonly<Record<string, Operand>>;
  readonly facts: Facts;
}

/** Address of the instruction that follows, signed. */
export function following({ pc, size }: Instruction): number {
  return (pc + size) | 0;
}

export interface CodeSource {
  readonly view: DataView;
  readonly decode: Decode;
  /** See inline-helpers.ts; undefined where no helper is inline. */
  readonly inlining: Inlining | undefined;
  /** See form-writer.ts. */
  readonly compilesForms: boolean;
  isBreakpoint(va: number): boolean;
}

export class CodeReader {
  private readonly read = new Map<number, Instruction | undefined>();
  /** Machine-memory offset of the byte at address 0, as it were. */
  private readonly addend: number;
  private readonly first: number;

  /** @param offset of the byte at `pc` (signed) in the machine's memory: addresses are those of its page. */
  constructor(
    private readonly source: CodeSource,
    pc: number,
    offset: number,
    readonly set: InstructionSet,
  ) {
    this.addend = offset - (pc >>> 0);
    this.first = (pc & ~(PAGE - 1)) >>> 0;
  }

  /** Instructions decoded so far. */
  get decoded(): number {
    return this.read.size;
  }

  isInside(pc: number, size: number): boolean {
    const at = (pc >>> 0) - this.first;
    return at >= 0 && at + size <= PAGE;
  }

  /** The instruction at `pc` (signed); undefined outside of the page and at breakpoints. */
  at(pc: number, itstate: number): Instruction | undefined {
    // Without IT it is an integer that V8 keeps as it is.
    const key = itstate === 0 ? pc : itstate * 2 ** 32 + (pc >>> 0);
    const known = this.read.get(key);
    if (known !== undefined || this.read.has(key)) return known;
    const instruction = this.decode(pc, itstate);
    this.read.set(key, instruction);
    return instruction;
  }

  private halfword(pc: number): number {
    return this.source.view.getUint16((pc >>> 0) + this.addend, true);
  }

  private decode(pc: number, itstate: number): Instruction | undefined {
    const { source, set } = this;
    const thumb = set === 'T32';
    if (!this.isInside(pc, thumb ? 2 : 4) || source.isBreakpoint(pc >>> 0)) return undefined;
    let word: number;
    let size = 4;
    if (!thumb) word = source.view.getInt32((pc >>> 0) + this.addend, true);
    else {
      word = this.halfword(pc);
      if (!isWideThumb(word)) size = 2;
      else if (this.isInside(pc, 4)) word = (word << 16) | this.halfword(pc + 2);
      else return undefined;
    }
    const context: DecodeContext = { set, address: pc >>> 0, itstate };
    const { row, fields, condition } = source.decode(word, context);
    const form = row.form?.(fields, context) ?? {};
    const operands = (row.operands?.(fields, context) ?? {}) as unknown as Record<string, Operand>;
    const facts = new Facts(source.inlining, source.compilesForms);
    row.semantics(facts, form, operands);
    return {
      pc,
      size,
      condition: row.unconditional ? ALWAYS : (row.condition?.(fields) ?? condition),
      itstate,
      nextItstate: thumb && size === 2 && isIt(word) ? word & 0xff : advanceIt(itstate),
      row,
      form,
      operands,
      facts,
    };
  }
}

/** IT itself: its low byte is the state of the instruction after it. */
function isIt(halfword: number): boolean {
  return (halfword & 0xff00) === 0xbf00 && (halfword & 15) !== 0;
}
