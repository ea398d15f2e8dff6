/**
 * How generated code finds the bytes of an access: by the first level of the TLB, or by a call; where neither answers the
 * region is left before the instruction, with everything as it was.
 *
 * Memory that is mapped in one piece has one entry for all its pages. Where most pages of a context have the same one,
 * code asks whether the page at hand has it too, and adds a constant: that is fewer instructions and no variable, and
 * the access need not wait for what the table says.
 *
 * A word that is stored to a device which shows that it has it already (Device.readsAs) does nothing: it goes nowhere, and
 * nobody is called. Of what a world switch writes to the interrupt controller, that is nearly all.
 */
import { FAST_TLB_BIAS, FAST_TLB_TABLE_BYTES } from '../mmu/fast-tlb';
import { SlowAccess, slowAccess } from '../mmu/slow-access';
import { DEVICE_PAGES_BYTES, DEVICE_PAGES_OFFSET, DEVICE_WORD_OFFSET } from '../state/layout';
import { type Expression, constant, loadFrom, local, operation } from './expression';
import type { FunctionWriter, Scope } from './function-writer';
import { VARIABLE } from './variables';
import { Op } from './wasm/opcodes';

/** Number of the function that a module imports. */
export const IMPORTED = 0;
const PAGE_SHIFT = 12;
/** Set in the distance from DEVICE_PAGES_OFFSET where that is no word of these pages. */
const NOT_SHOWN = ~(DEVICE_PAGES_BYTES - 4);

export interface Access {
  readonly address: Expression;
  readonly bytes: number;
  /** What the address must be a multiple of: a power of 2. */
  readonly alignment: number;
  readonly writes: boolean;
  /** What is called where the table does not answer; undefined: nobody, the region is left. */
  readonly slow: SlowAccess | undefined;
  /** What a store stores, if it is one register. */
  readonly value?: Expression;
  /** The variable for the base; undefined: a new one, of this instruction. */
  readonly into?: number;
}

/** What the region at hand offers. */
export interface LookUpSite {
  readonly writer: FunctionWriter;
  readonly flow: {
    /** Leaves before the instruction, this time. */
    leaveSlow(): void;
    /** The budget before the instruction. */
    readonly left: Expression;
    /** The entry that most pages have, if there is one and asking for it pays. */
    readonly usualEntry: number | undefined;
  };
  readonly target: {
    /** Code is supervised: it calls for no access, and leaves where one goes to two pages. */
    readonly tellsStores: boolean;
  };
}

/** Writes the look-up; gives the base to which FAST_TLB_BIAS must be added as an offset. */
export function lookUp(site: LookUpSite, access: Access): Expression {
  const looking = new Looking(site, access);
  const { usualEntry } = site.flow;
  return usualEntry === undefined ? looking.byTable() : looking.byUsualEntry(usualEntry);
}

class Looking {
  private readonly writer: FunctionWriter;
  private readonly va: Expression;
  /** Where the last piece of the access begins, which may be in another page. */
  private readonly last: Expression;
  private readonly crosses: boolean;

  constructor(
    private readonly site: LookUpSite,
    private readonly access: Access,
  ) {
    const { address, bytes, alignment } = access;
    this.writer = site.writer;
    this.va = this.writer.atom(address);
    this.last = operation(Op.I32Add, this.va, constant(bytes - alignment));
    this.crosses = bytes > alignment;
  }

  byTable(): Expression {
    const { writer, va, crosses } = this;
    const entry = writer.temporary();
    writer.set(entry, this.entryOf(va));
    const unusable = this.isUnusable(local(entry));
    const bad = crosses ? operation(Op.I32Or, unusable, this.isInTwoPages) : unusable;
    writer.push(bad);
    writer.ifUnlikely();
    const mayCross = crosses && !this.site.target.tellsStores;
    if (mayCross) {
      writer.push(operation(Op.I32Or, unusable, this.isBroken(entry)));
      writer.ifUnlikely();
    }
    this.slowly(entry);
    if (mayCross) writer.end();
    writer.end();
    const { into = writer.temporary() } = this.access;
    writer.set(into, operation(Op.I32Add, va, local(entry)));
    return local(into);
  }

  byUsualEntry(usual: number): Expression {
    const { writer, va, crosses } = this;
    const { alignment } = this.access;
    const { into: base = writer.temporary() } = this.access;
    const entry = writer.temporary();
    const known = this.entryOf(va);
    const found = writer.block();
    const slow = writer.block();
    const other = writer.block();
    if (alignment > 1) this.unlikelyTo(slow, operation(Op.I32And, va, constant(alignment - 1)));
    this.unlikelyTo(other, operation(Op.I32Ne, known, constant(usual)));
    if (crosses) this.unlikelyTo(other, this.isInTwoPages);
    writer.set(base, operation(Op.I32Add, va, constant(usual)));
    writer.branch(found);
    writer.end();
    writer.set(entry, known);
    this.unlikelyTo(slow, this.isUnusable(local(entry)));
    if (crosses)
      this.unlikelyTo(slow, this.site.target.tellsStores ? this.isInTwoPages : this.isBroken(entry));
    writer.set(base, operation(Op.I32Add, va, local(entry)));
    writer.branch(found);
    writer.end();
    if (this.slowly(entry)) writer.set(base, operation(Op.I32Add, va, local(entry)));
    writer.end();
    return local(base);
  }

  private unlikelyTo(scope: Scope, condition: Expression): void {
    this.writer.push(condition);
    this.writer.branchIfUnlikely(scope);
  }

  /** What the table has for the page of an address. */
  private entryOf(va: Expression, writes = this.access.writes): Expression {
    const index = operation(Op.I32Shl, operation(Op.I32ShrU, va, constant(PAGE_SHIFT)), constant(2));
    const table = writes ? FAST_TLB_TABLE_BYTES : 0;
    return loadFrom(Op.I32Load, operation(Op.I32Add, local(VARIABLE.context), index), table);
  }

  /** Not 0 where the entry is none, or the address is not aligned. */
  private isUnusable(entry: Expression): Expression {
    const { alignment } = this.access;
    if (alignment === 1) return operation(Op.I32Eqz, operation(Op.I32And, entry, constant(1)));
    const bits = operation(Op.I32Or, operation(Op.I32Sub, entry, constant(1)), this.va);
    return operation(Op.I32And, bits, constant(alignment - 1));
  }

  private get isInTwoPages(): Expression {
    return operation(Op.I32ShrU, operation(Op.I32Xor, this.va, this.last), constant(PAGE_SHIFT));
  }

  /** The bytes of both pages do not lie one after the other: that would do no harm. */
  private isBroken(entry: number): Expression {
    return operation(Op.I32Ne, this.entryOf(this.last), local(entry));
  }

  /** Asks for another entry, and leaves where there is none. False: it leaves always. */
  private slowly(entry: number): boolean {
    const { writer, va } = this;
    const { flow } = this.site;
    const { bytes, alignment, slow, value } = this.access;
    if (slow === undefined) {
      flow.leaveSlow();
      return false;
    }
    const stored = value === undefined ? va : writer.atom(value);
    const answered = writer.block();
    if ((slow & (SlowAccess.Device | SlowAccess.Write)) !== 0 && value !== undefined && bytes === 4)
      this.whereShown(stored, entry, answered);
    const call = constant(slowAccess(bytes, alignment, slow));
    for (const argument of [va, call, stored, flow.left]) writer.push(argument);
    writer.op(Op.Call);
    writer.code.unsigned(IMPORTED);
    writer.setFromStack(entry);
    writer.push(local(entry));
    writer.branchIf(answered);
    flow.leaveSlow();
    writer.end();
    return true;
  }

  /** Goes to `answered` where a device shows that it has the word that is stored, with an entry that leads nowhere. */
  private whereShown(stored: Expression, entry: number, answered: Scope): void {
    const { writer, va } = this;
    const shown = operation(
      Op.I32Add,
      operation(Op.I32Add, va, this.entryOf(va, false)),
      constant(FAST_TLB_BIAS),
    );
    const at = writer.atom(shown);
    const other = writer.block();
    const distance = operation(Op.I32Sub, at, constant(DEVICE_PAGES_OFFSET));
    // An entry that is none would make another word of an address that is not aligned.
    const unaligned = operation(Op.I32And, va, constant(3));
    writer.push(operation(Op.I32Or, operation(Op.I32And, distance, constant(NOT_SHOWN)), unaligned));
    writer.branchIf(other);
    writer.push(operation(Op.I32Ne, loadFrom(Op.I32Load, at, 0), stored));
    writer.branchIf(other);
    writer.set(entry, operation(Op.I32Sub, constant(DEVICE_WORD_OFFSET - FAST_TLB_BIAS), va));
    writer.branch(answered);
    writer.end();
  }
}
