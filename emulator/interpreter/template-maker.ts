/** Makes the ops of an encoding: decodes it, chooses the handler of its row's form, and finds the operands. */
import type { DecodeContext, Fields, InstructionSet, Row } from '../isa/row';
import { CORE } from '../state/layout';
import { STRIDE } from './block';
import { PSEUDO, type HandlerTable, type RowHandlers, type Slot, type Variant } from './handler-table';
import { RELOCATIONS_SHIFT, Relocation, TemplateFacts, type TemplateSource } from './template';

/** What is needed of a decoded instruction. */
export interface Decoded {
  /** The row to execute; one of UNDEFINED instructions where the encoding is. */
  readonly row: Row;
  readonly fields: Fields;
  /** Condition under which it executes, 0–14; 14 always. */
  readonly condition: number;
}
/**
 * The decoder: `word` is a signed or unsigned 32-bit A32 instruction, a T32 halfword, or a 32-bit T32 instruction
 * with its first halfword in bits 31–16.
 */
export type Decode = (word: number, context: DecodeContext) => Decoded;

const ALWAYS = 14;

type Operands = Readonly<Record<string, number>>;
type Relocations = Readonly<Record<string, Relocation>>;

const NO_OPERANDS: Operands = {};
const NOTHING_MOVES: Relocations = {};

/** What is found out of a row once. */
interface KnownRow {
  readonly handlers: RowHandlers;
  /** Its operands that depend on the address; undefined before one of its instructions has been seen. */
  moves: Relocations | undefined;
}

/** A Slot, taken apart. */
interface Part {
  /** `r`, `w`, `i`, `v`, or a fact of the instruction. */
  readonly kind: string;
  /** The operand, where it is one. */
  readonly name: string;
}

function partOf(slot: Slot): Part {
  return slot[1] === ':' ? { kind: slot[0], name: slot.slice(2) } : { kind: slot, name: '' };
}

/** An instruction at address 0, or elsewhere, that notices when somebody asks where it is. */
class Somewhere implements DecodeContext {
  asked = false;

  constructor(
    readonly set: InstructionSet,
    readonly itstate: number,
    private readonly va = 0,
  ) {}

  get address(): number {
    this.asked = true;
    return this.va;
  }
}

/** Which of the operands, those at address 0, are others 2 bytes further, in the same word, or in the next word. */
function relocationsOf(
  row: Row,
  fields: Fields,
  { set, itstate }: DecodeContext,
  at0: Operands,
): Relocations {
  const at2 = row.operands?.(fields, new Somewhere(set, itstate, 2)) ?? NO_OPERANDS;
  const at4 = row.operands?.(fields, new Somewhere(set, itstate, 4)) ?? NO_OPERANDS;
  const moves: Record<string, Relocation> = {};
  for (const [name, value] of Object.entries(at0)) {
    const inWord = (at2[name] - value) | 0;
    const byWord = (at4[name] - value) | 0;
    if (byWord === 0 && inWord === 0) continue;
    if (byWord !== 4 || (inWord !== 2 && inWord !== 0))
      throw new Error(`${row.name}: operand ${name} neither stays nor moves with the instruction`);
    moves[name] = inWord === 2 ? Relocation.Address : Relocation.AlignedAddress;
  }
  return moves;
}

export class TemplateMaker implements TemplateSource {
  private readonly rows = new Map<Row, KnownRow>();
  private readonly parts = new Map<Variant, readonly Part[]>();

  constructor(
    private readonly decode: Decode,
    private readonly table: HandlerTable,
  ) {}

  make(encoding: number, key: number, words: Int32Array, start: number): number {
    const thumb = (key & 1) !== 0;
    const context = new Somewhere(thumb ? 'T32' : 'A32', key >>> 1);
    const { row, fields, condition: decoded } = this.decode(encoding, context);
    const condition = row.unconditional ? ALWAYS : (row.condition?.(fields) ?? decoded);
    const known = this.known(row);
    const variant = this.variant(row, known.handlers, fields, context);
    if (context.asked) throw new Error(`${row.name}: which instruction it is depends on its address`);
    const operands = row.operands?.(fields, context) ?? NO_OPERANDS;
    const moves = context.asked
      ? (known.moves ??= relocationsOf(row, fields, context, operands))
      : NOTHING_MOVES;
    const pcOffset = thumb ? 4 : 8;
    const parts = this.partsOf(variant);
    let at = start + 1;
    let facts = variant.ends || row.endsBlock === true ? TemplateFacts.Ends : 0;
    for (const { kind, name } of parts) {
      if (kind !== 'r' || operands[name] !== 15) continue;
      facts |= TemplateFacts.ReadsPc;
      words[at] = PSEUDO.PC_READ;
      words[at + 1] = pcOffset;
      at += STRIDE;
      break;
    }
    const fused = condition === ALWAYS ? undefined : this.table.fused.get(variant.handler);
    if (condition !== ALWAYS && fused === undefined) {
      words[at] = PSEUDO.CONDITION + condition;
      at += STRIDE;
    }
    words[at] = fused === undefined ? variant.handler : fused + condition;
    const next = thumb && encoding >>> 16 === 0 ? 2 : 4;
    for (let i = 0; i < parts.length; i++) {
      const { kind, name } = parts[i];
      let value: number;
      let relocation = Relocation.None;
      switch (kind) {
        case 'r':
          value = operands[name] === 15 ? CORE.PC_READ - CORE.R : operands[name];
          break;
        case 'w':
        case 'i':
          value = operands[name];
          relocation = moves[name] ?? Relocation.None;
          break;
        case 'v':
          value = CORE.D + operands[name];
          break;
        case 'address':
          value = 0;
          relocation = Relocation.Address;
          break;
        case 'next':
          value = next;
          relocation = Relocation.Address;
          break;
        case 'nextT':
          value = next + (thumb ? 1 : 0);
          relocation = Relocation.Address;
          break;
        case 'pc':
          value = pcOffset;
          relocation = Relocation.Address;
          break;
        case 'alignedPc':
          value = pcOffset;
          relocation = Relocation.AlignedAddress;
          break;
        default:
          throw new Error(`slot '${kind}' is unknown`);
      }
      words[at + 1 + i] = value;
      facts |= relocation << (RELOCATIONS_SHIFT + 2 * i);
    }
    at += STRIDE;
    words[start] = facts | ((at - start - 1) / STRIDE);
    return at;
  }

  private known(row: Row): KnownRow {
    let known = this.rows.get(row);
    if (known === undefined) {
      const handlers = this.table.rows[row.name];
      if (handlers === undefined) throw new Error(`no handler was generated for ${row.name}`);
      this.rows.set(row, (known = { handlers, moves: undefined }));
    }
    return known;
  }

  private variant(row: Row, { keys, forms }: RowHandlers, fields: Fields, context: DecodeContext): Variant {
    let index = 0;
    if (keys.length > 0) {
      const form = row.form?.(fields, context) ?? {};
      for (const [name, values] of keys) {
        const position = values.indexOf(form[name]);
        if (position < 0) throw new Error(`${row.name}: form ${name} = ${form[name]} is not in its forms`);
        index = index * values.length + position;
      }
    }
    return this.table.variants[forms[index]];
  }

  private partsOf(variant: Variant): readonly Part[] {
    let parts = this.parts.get(variant);
    if (parts === undefined) this.parts.set(variant, (parts = variant.slots.map(partOf)));
    return parts;
  }
}
