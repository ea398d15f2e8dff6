/**
 * Writes the compiled forms of VFP and Advanced SIMD (isa/vfp/forms/). FPSCR is in a
 * variable. What forms need of the core is found out at the region's entry, and where that changes; blocks ask for it before the first instruction that needs it.
 */
import type { HelperName } from '../isa/helpers';
import type { FormBuilder, Node, Piece, Requirement } from '../isa/vfp/forms/form-builder';
import { formOf } from '../isa/vfp/registers';
import { Exception, FPSCR } from '../isa/float/environment';
import { CORE, SYS } from '../state/layout';
import { Mode, Psr } from '../state/psr';
import { FPEXC_EN, FPSCR_NUMBER, HCPTR_TCP } from '../system/vfp';
import { constant, instruction, loadFrom, local, operation, type Expression } from './expression';
import { ExtensionRegisters } from './extension-registers';
import type { FunctionWriter } from './function-writer';
import { VARIABLE } from './variables';
import { namedOpcode, V128_CONST } from './wasm/named-opcodes';
import { signedBytes64 } from './wasm/leb128';
import { Op, ValueType } from './wasm/opcodes';

/** Bits of the variable `unready`: what does not hold. */
const UNREADY: Readonly<Record<Requirement, number>> = {
  vfp: 1,
  simd: 2,
  denormals: 4,
  nearest: 8,
  inexact: 16,
};

/** Words that say whether VFP and Advanced SIMD may be used. */
const DECIDES_ACCESS: ReadonlySet<number> = new Set([SYS.CPACR, SYS.HCPTR, CORE.FPEXC]);

const CORE_BASE = local(VARIABLE.core);
const FPSCR_NOW = local(VARIABLE.fpscr);

/** What the builder of instructions does for forms. */
export interface FormSite {
  /** The region is left before the instruction, inside of an `if`. */
  leaveSlow(): void;
}

export function nodeOf(expression: Expression): Node {
  return expression as unknown as Node;
}
export function expressionOf(value: Node): Expression {
  return value as unknown as Expression;
}

export class FormWriter implements FormBuilder {
  readonly registers: ExtensionRegisters;
  /** The region has forms: what they need of the core is found out at its entry, by `begin`. */
  active = false;
  /** Bits of UNREADY that were found to hold since `beginBlock`. */
  private known = 0;
  private needed = 0;
  private writes: (() => void)[] = [];
  private newFpscr: Expression | undefined;
  private saturations: Expression | undefined;

  constructor(
    private readonly writer: FunctionWriter,
    private readonly site: FormSite,
  ) {
    this.registers = new ExtensionRegisters(writer);
  }

  /**
   * Execution may come here from elsewhere.
   * @param needed what the block's instructions need together: the first one that needs something asks for all of it
   */
  beginBlock(needed: Iterable<Requirement>): void {
    this.known = 0;
    this.needed = 0;
    for (const requirement of needed) this.needed |= UNREADY[requirement];
  }
  /** What is known before a part that is not always executed; give it back to `forget` behind it. */
  get knowledge(): number {
    return this.known;
  }
  forget(knowledge: number): void {
    this.known &= knowledge;
  }

  /** At the region's entry. */
  begin(): void {
    this.active = true;
    this.writer.set(VARIABLE.fpscr, word(CORE.FPSCR));
    writeReadiness(this.writer);
  }
  /** A word of the core's block was written. */
  wordWritten(index: number): void {
    if (!this.active || !DECIDES_ACCESS.has(index)) return;
    writeReadiness(this.writer);
    this.known = 0;
  }

  /** Writes what the instruction writes. */
  commit(): void {
    if (this.writes.length > 0) {
      for (const write of this.writes) write();
      this.writes = [];
    }
    if (this.newFpscr !== undefined) this.writer.set(VARIABLE.fpscr, this.newFpscr);
    if (this.saturations !== undefined) {
      const bit = operation(Op.I32Shl, this.saturations, constant(31 - Math.clz32(FPSCR.QC)));
      this.writer.set(VARIABLE.fpscr, operation(Op.I32Or, FPSCR_NOW, bit));
    }
    this.newFpscr = this.saturations = undefined;
  }

  // What is computed

  private make(bytes: readonly number[], type: ValueType, operands: readonly Node[]): Node {
    return nodeOf(instruction(bytes, type, ...operands.map(expressionOf)));
  }
  op(name: string, ...operands: readonly Node[]): Node {
    const { bytes, type } = namedOpcode(name);
    return this.make(bytes, type, operands);
  }
  lane(name: string, lane: number, ...operands: readonly Node[]): Node {
    const { bytes, type } = namedOpcode(name);
    return this.make([...bytes, lane], type, operands);
  }
  shuffle(a: Node, b: Node, lanes: readonly number[]): Node {
    const { bytes } = namedOpcode('i8x16.shuffle');
    return this.make([...bytes, ...lanes], ValueType.V128, [a, b]);
  }
  i32(value: number): Node {
    return nodeOf(constant(value));
  }
  i64(value: bigint): Node {
    return this.make([Op.I64Const, ...signedBytes64(value)], ValueType.I64, []);
  }
  f64(value: number): Node {
    return this.make([Op.F64Const, ...new Uint8Array(Float64Array.of(value).buffer)], ValueType.F64, []);
  }
  f32(value: number): Node {
    return this.make([Op.F32Const, ...new Uint8Array(Float32Array.of(value).buffer)], ValueType.F32, []);
  }
  splat(bits: number, element: bigint): Node {
    const bytes = Array.from({ length: 16 }, (_, i) => Number((element >> BigInt((i * 8) % bits)) & 0xffn));
    return this.make([...V128_CONST, ...bytes], ValueType.V128, []);
  }
  keep(value: Node): Node {
    return nodeOf(this.writer.atom(expressionOf(value)));
  }
  choose(condition: Node, then: () => Node, otherwise: () => Node): Node {
    const { writer } = this;
    writer.push(expressionOf(condition));
    writer.ifTrue();
    const first = expressionOf(then());
    const result = writer.temporary(first.type);
    writer.set(result, first);
    writer.otherwise();
    writer.set(result, expressionOf(otherwise()));
    writer.end();
    return nodeOf(local(result, first.type));
  }

  // Registers

  read(piece: Piece, word: number): Node {
    return nodeOf(this.registers.read(piece, word));
  }
  write(piece: Piece, word: number, value: Node): void {
    this.writes.push(this.registers.write(piece, word, expressionOf(value)));
  }
  fpscr(): Node {
    return nodeOf(FPSCR_NOW);
  }
  setFpscr(value: Node): void {
    this.newFpscr = expressionOf(value);
  }
  saturated(condition: Node): void {
    const found = expressionOf(condition);
    this.saturations = this.saturations === undefined ? found : operation(Op.I32Or, this.saturations, found);
  }

  // Ways out

  needs(...requirements: readonly Requirement[]): void {
    let bits = 0;
    for (const requirement of requirements) bits |= UNREADY[requirement];
    if ((bits & ~this.known) === 0) return;
    bits = (bits | this.needed) & ~this.known;
    this.known |= bits;
    this.leaveWhere(nodeOf(operation(Op.I32And, local(VARIABLE.unready), constant(bits))));
  }
  leaveWhere(condition: Node, except?: () => Node): void {
    const { writer } = this;
    writer.push(expressionOf(condition));
    writer.ifUnlikely();
    if (except === undefined) this.site.leaveSlow();
    else {
      writer.push(operation(Op.I32Eqz, expressionOf(except())));
      writer.ifUnlikely();
      this.site.leaveSlow();
      writer.end();
    }
    writer.end();
  }
}

/** Writes the call of a helper of VFP and Advanced SIMD and gives its result; undefined for another helper. */
export function writeForm(
  forms: FormWriter,
  helper: HelperName,
  args: readonly Expression[],
): Expression | undefined {
  const [first, second, third, fourth] = args.map(({ constant: number }) => number as number);
  switch (helper) {
    case 'checkVfpEnabled':
      forms.needs(second === 1 ? 'simd' : 'vfp');
      return constant(0);
    case 'extensionOperation':
      formOf(first)?.(forms, second, third, fourth);
      return constant(0);
    case 'vfpSystemRead':
      if (second !== FPSCR_NUMBER) return undefined;
      forms.needs('vfp');
      return FPSCR_NOW;
    default:
      return undefined;
  }
}

const CPACR_ASEDIS = 1 << 31;
const HCPTR_TASE = 1 << 15;
const RMODE = 3 << 22;

function word(index: number): Expression {
  return loadFrom(Op.I32Load, CORE_BASE, index * 4);
}
function bits(of: Expression, mask: number): Expression {
  return operation(Op.I32And, of, constant(mask));
}
function or(...terms: readonly Expression[]): Expression {
  return terms.reduce((sum, term) => operation(Op.I32Or, sum, term));
}
/** The requirement's bit where `condition` is not 0. */
function unless(requirement: Requirement, condition: Expression): Expression {
  const present = operation(Op.I32Ne, condition, constant(0));
  return operation(Op.I32Mul, present, constant(UNREADY[requirement]));
}

/**
 * Sets the variables `unready` and `fpscr`, on a core without Security Extensions: CheckAdvSIMDOrVFPEnabled
 * (system/vfp.ts), and FPSCR.
 */
function writeReadiness(writer: FunctionWriter): void {
  const mode = writer.atom(bits(word(CORE.PSR), Psr.M));
  const notHyp = operation(Op.I32Ne, mode, constant(Mode.hyp));
  const isUser = operation(Op.I32Eq, mode, constant(Mode.usr));
  const cpacr = writer.atom(word(SYS.CPACR));
  // CPACR.cp10: 1 is for PL1 only, 3 for everybody.
  const privilegedOnly = operation(Op.I32Eqz, bits(cpacr, 2 << 20));
  const none = operation(Op.I32Eqz, bits(cpacr, 1 << 20));
  const refused = operation(Op.I32And, notHyp, or(none, operation(Op.I32And, privilegedOnly, isUser)));
  const disabled = operation(Op.I32Eqz, bits(word(CORE.FPEXC), FPEXC_EN));
  const trapped = bits(word(SYS.HCPTR), HCPTR_TCP);
  const noVfp = writer.atom(or(refused, disabled, trapped, bits(FPSCR_NOW, FPSCR.VECTOR)));
  const noSimd = or(
    operation(Op.I32And, notHyp, operation(Op.I32ShrU, bits(cpacr, CPACR_ASEDIS), constant(31))),
    bits(word(SYS.HCPTR), HCPTR_TASE),
  );
  writer.set(
    VARIABLE.unready,
    or(
      unless('vfp', noVfp),
      unless('simd', or(noVfp, noSimd)),
      unless('denormals', bits(FPSCR_NOW, FPSCR.FZ)),
      unless('nearest', bits(FPSCR_NOW, RMODE)),
      unless('inexact', operation(Op.I32Eqz, bits(FPSCR_NOW, Exception.Inexact))),
    ),
  );
}
