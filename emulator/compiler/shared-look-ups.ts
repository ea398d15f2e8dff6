/**
 * Which accesses need no look-up of their own: those beside an earlier one, from the same register, perhaps moved by a
 * constant since. The first of them looks up the bytes of all, and asks whether they are in one page or in pages that lie
 * one after the other. The others may be in its block, or in one that execution comes to from there alone.
 *
 * What the first level of the TLB said holds until an instruction calls for something: code without calls changes no
 * translation, and an entry that lets memory be written stays as long as nobody runs code there. Reads and writes have
 * entries of their own.
 */
import { ALWAYS, type Instruction } from './code-reader';
import type { MemoryPlace } from './facts';
import type { BasicBlock } from './region';

/** Most bytes between the beginning of the first and the end of the last: the more, the more often they are in two pages. */
const MOST_BYTES = 128;
const REGISTERS = 15;
/** Ways to a block. */
const MANY = 2;

/** The look-up for all of them. */
export interface SharedLookUp {
  /** It begins at this register plus a constant, as that is before the instruction that looks up. */
  readonly register: number;
  readonly plus: number;
  readonly bytes: number;
  /** What its beginning must be a multiple of. */
  readonly alignment: number;
}

/** What an access has of a shared look-up. */
export interface Share {
  /** Undefined where one before it has looked up. */
  readonly first: SharedLookUp | undefined;
  /** Which one it is, of those that may be in use at the same time. */
  readonly number: number;
  /** Bytes from the look-up's beginning to the access's. */
  readonly at: number;
}
/** By the instruction's number in its block. */
export type Shares = ReadonlyMap<number, Share>;

/** A register's value: what an unknown number of instructions made, plus a constant. */
interface Sum {
  readonly root: number;
  readonly plus: number;
}

interface Member {
  /** Its block, and its number there. */
  readonly node: number;
  readonly index: number;
  readonly from: number;
  readonly place: MemoryPlace;
}

/** Accesses by one root, of one kind. */
class Group {
  readonly members: Member[] = [];
  private from = 0;
  private to = 0;
  private alignment = 1;

  constructor(
    readonly root: number,
    readonly writes: boolean,
  ) {}

  /** Takes an access in; false where it does not fit. */
  join(member: Member): boolean {
    const { from, place } = member;
    const isFirst = this.members.length === 0;
    // Of the one that asks for most, the address says what the beginning is a multiple of.
    const asksForMost = isFirst || place.alignment > this.alignment;
    const alignment = asksForMost ? place.alignment : this.alignment;
    const lowest = isFirst ? from : Math.min(this.from, from);
    const start = lowest - modulo(lowest - (asksForMost ? from : this.from), alignment);
    const end = isFirst ? from + place.bytes : Math.max(this.to, from + place.bytes);
    if (end - start > MOST_BYTES) return false;
    const fits = (other: Member): boolean => (other.from - start) % other.place.alignment === 0;
    if (!fits(member) || !this.members.every(fits)) return false;
    this.members.push(member);
    this.from = start;
    this.to = end;
    this.alignment = alignment;
    return true;
  }

  /** Writes what its members share to `shares`, by block. */
  share(number: number, shares: readonly Map<number, Share>[]): void {
    const { members, from, to, alignment } = this;
    const [{ place, from: first }] = members;
    const bytes = Math.ceil((to - from) / alignment) * alignment;
    const lookUp = { register: place.register, plus: (place.plus + from - first) | 0, bytes, alignment };
    for (const [order, { node, index, from: at }] of members.entries())
      shares[node].set(index, { first: order === 0 ? lookUp : undefined, number, at: at - from });
  }
}

/** What is known before an instruction. */
interface Known {
  /** By register, R0 to R14. */
  readonly values: readonly Sum[];
  /** Look-ups that may be shared. */
  readonly open: readonly Group[];
}

/** Looks at blocks that execution comes to from one another alone. */
class Sharing {
  readonly groups: Group[] = [];
  private roots = 0;

  constructor(private readonly isSlow: (pc: number) => boolean) {}

  get nothing(): Known {
    return { values: Array.from({ length: REGISTERS }, () => this.something), open: [] };
  }
  private get something(): Sum {
    return { root: this.roots++, plus: 0 };
  }

  /** What is known behind a block. */
  block(node: number, instructions: readonly Instruction[], before: Known): Known {
    let { values, open } = before;
    for (const [index, instruction] of instructions.entries()) {
      if (!instruction.facts.supported) continue;
      open = this.access(node, index, instruction, { values, open });
      values = this.moved(instruction, values);
    }
    return { values, open };
  }

  /** Takes an instruction's access in; gives the look-ups that may be shared behind it. */
  private access(node: number, index: number, of: Instruction, { values, open }: Known): readonly Group[] {
    const { disturbs, memory } = of.facts;
    if (disturbs || this.isSlow(of.pc)) return [];
    if (memory === undefined) return open;
    const { root, plus } = values[memory.register];
    const member = { node, index, from: plus + memory.plus, place: memory };
    const known = open.find((group) => group.root === root && group.writes === memory.writes);
    if (known?.join(member) === true || of.condition !== ALWAYS) return open;
    const group = new Group(root, memory.writes);
    if (!group.join(member)) return open;
    this.groups.push(group);
    return [...open.filter((other) => other !== known), group];
  }

  /** The registers' values behind an instruction. */
  private moved({ facts, condition }: Instruction, before: readonly Sum[]): readonly Sum[] {
    if (facts.written === 0) return before;
    const values = before.map((value, n) => ((facts.written >>> n) & 1 ? this.something : value));
    if (condition !== ALWAYS) return values;
    for (const { to, from, plus } of facts.sums) {
      const { root, plus: sum } = before[from];
      values[to] = { root, plus: (sum + plus) | 0 };
    }
    return values;
  }
}

/**
 * What the accesses of blocks share, by block.
 * @param isOpen execution comes to this block from elsewhere than from blocks.
 * @param isSlow the access of the instruction at this address (signed) is made by a call.
 */
export function sharedLookUps(
  blocks: readonly BasicBlock[],
  isOpen: (node: number) => boolean,
  isSlow: (pc: number) => boolean,
): readonly Shares[] {
  const shares = blocks.map(() => new Map<number, Share>());
  const ways = blocks.map((_, node): number => (isOpen(node) ? MANY : 0));
  for (const { successors } of blocks) for (const to of successors) ways[to]++;
  for (const first of blocks.keys()) {
    if (ways[first] === 1) continue;
    const sharing = new Sharing(isSlow);
    const work = [{ node: first, before: sharing.nothing }];
    for (let next = work.pop(); next !== undefined; next = work.pop()) {
      const { instructions, successors } = blocks[next.node];
      const before = sharing.block(next.node, instructions, next.before);
      for (const node of successors) if (ways[node] === 1) work.push({ node, before });
    }
    const shared = sharing.groups.filter(({ members }) => members.length > 1);
    for (const [number, group] of shared.entries()) group.share(number, shares);
  }
  return shares;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
