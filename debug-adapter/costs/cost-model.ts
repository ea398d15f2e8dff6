/**
 * A cost model: how many cycles an instruction would take on a core like Cortex-A15, 1.7 GHz, caches and predictors
 * warm. Round figures from what is published of such cores, none of them adjusted to a result that is wanted; they
 * order things by what they cost, they don't predict a board. Every figure is a parameter.
 */

export type CostItem =
  | 'plain'
  | 'word'
  | 'multiply'
  | 'divide'
  | 'system register'
  | 'barrier'
  | 'exception'
  | 'device'
  | 'descriptor';

interface Cost {
  /** Cycles each. */
  readonly cycles: number;
  readonly each: string;
  readonly why: string;
}

export const COST_MODEL: Readonly<Record<CostItem, Cost>> = {
  plain: {
    cycles: 1,
    each: 'any other instruction',
    why: 'a core that issues several at once, kept by dependencies from doing so all the time',
  },
  word: {
    cycles: 1,
    each: 'word loaded or stored, besides',
    why: 'one load or store a cycle, in the first level cache',
  },
  multiply: { cycles: 3, each: 'multiplication', why: 'the latency of the multiplier of such cores' },
  divide: { cycles: 12, each: 'division', why: 'an iterative divider, in the middle of its range' },
  'system register': {
    cycles: 5,
    each: 'move from or to CP14, CP15, VFP control or a banked register',
    why: 'not executed ahead of others: about the depth of the execution pipeline',
  },
  barrier: {
    cycles: 15,
    each: 'ISB, DSB, DMB; cache or TLB maintenance',
    why: 'the pipeline is filled again: 15 stages to a branch',
  },
  exception: { cycles: 15, each: 'exception taken or returned from', why: 'the pipeline is filled again' },
  device: {
    cycles: 50,
    each: 'access to a device, besides',
    why: 'to a peripheral that is clocked slower, and back, with nothing to hide it behind',
  },
  descriptor: {
    cycles: 20,
    each: 'descriptor read by a table walk',
    why: 'the latency of the second level cache, where walks look',
  },
};

/** Cycles of each item. */
export type Cycles = Readonly<Record<CostItem, number>>;

export const DEFAULT_CYCLES = Object.fromEntries(
  Object.entries(COST_MODEL).map(([item, { cycles }]) => [item, cycles]),
) as Cycles;

interface InstructionClass {
  readonly text: RegExp;
  readonly item: Exclude<CostItem, 'word' | 'device' | 'descriptor'>;
}

/** What an instruction is besides its words, by how it reads; the first that fits. What fits none is plain. */
const CLASSES: readonly InstructionClass[] = [
  { text: /^(isb|dsb|dmb)/, item: 'barrier' },
  { text: /^mcr\S* p?15, #?\d, \w+, c[78],/, item: 'barrier' },
  { text: /^(mcr|mrc|vmrs|vmsr)/, item: 'system register' },
  { text: /^(mrs|msr)\S* .*(_(usr|svc|abt|und|irq|fiq|hyp)|spsr)/i, item: 'system register' },
  { text: /^(eret|rfe)|^(subs|movs) pc,|^ldm.*\^$/, item: 'exception' },
  { text: /^[us]?div/, item: 'divide' },
  { text: /^[us]?(mul|mla|mls|mull|mlal)/, item: 'multiply' },
];

const LISTED = /\{([^}]*)\}/;
const TWO_WORDS = /^(ldrd|strd|ldrexd|strexd|vldr|vstr)/;
const LOAD_OR_STORE = /^(v?ld|v?st|v?push|v?pop|swp)/;
const RANGE = /^([a-z]+)(\d+)-[a-z]+(\d+)$/;

/** Registers in a list such as `r4-r12, lr`; a D register holds two words. */
function wordsListed(list: string): number {
  let words = 0;
  for (const entry of list.split(',').map((part) => part.trim().toLowerCase())) {
    const range = RANGE.exec(entry);
    const count = range === null ? 1 : Number(range[3]) - Number(range[2]) + 1;
    words += entry.startsWith('d') ? 2 * count : count;
  }
  return words;
}

/** Words that an instruction loads or stores, by its text. */
export function wordsMoved(text: string): number {
  if (!LOAD_OR_STORE.test(text)) return 0;
  const listed = LISTED.exec(text);
  if (listed !== null) return wordsListed(listed[1]!);
  return TWO_WORDS.test(text) ? 2 : 1;
}

/** Cycles of one instruction, by its text as the disassembler writes it; device accesses and walks come on top. */
export function instructionCycles(text: string, cycles: Cycles = DEFAULT_CYCLES): number {
  const item = CLASSES.find((known) => known.text.test(text))?.item ?? 'plain';
  return cycles[item] + wordsMoved(text) * cycles.word;
}
