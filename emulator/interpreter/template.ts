/**
 * Ops by encoding. A program has far fewer encodings than instructions, and decoding takes a hundred times what
 * copying does: each encoding is made into a *template* once, and every instruction that has it gets a copy. Nothing
 * in here is architectural state: forgetting any template, or all, changes no result.
 *
 * A template is a run of words: its facts, then its ops as they are in the pool, but for what depends on the
 * instruction's address: there stands what is to be added to it.
 */
import { STRIDE, type OpPool } from './block';

/** Words of the longest template: an op and two pseudo-ops. */
export const LONGEST_TEMPLATE = 1 + 3 * STRIDE;

/** What is added to an operand when it is copied; two bits. */
export const enum Relocation {
  None = 0,
  /** The instruction's address. */
  Address = 1,
  /** The same without its two lowest bits. */
  AlignedAddress = 2,
}

/** The first word of a template: how many ops there are, 1 to 3; what they are like; RELOCATIONS_SHIFT. */
export const enum TemplateFacts {
  Ops = 3,
  /** The block ends after the instruction. */
  Ends = 4,
  /** The first op's operand is what R15 reads as: the instruction's address is added to it. */
  ReadsPc = 8,
}
/** Place of the Relocation of the last op's first operand in the facts; those of the others are above it. */
export const RELOCATIONS_SHIFT = 4;

/** Makes templates of encodings that have none. */
export interface TemplateSource {
  /**
   * Writes the template of `encoding` to `words`, from place `start` on.
   * @param encoding see Decode. @param key blockKey of its instruction set and its own ITSTATE.
   * @returns the place after it.
   */
  make(encoding: number, key: number, words: Int32Array, start: number): number;
}

/** Most templates that are kept: when there are more encodings than a kernel has that boots, all begin anew. */
export const MOST_TEMPLATES = 3 << 15;
/** Most templates have one op. */
const MOST_WORDS = MOST_TEMPLATES * (1 + 2 * STRIDE);
/** The hash table has more places than templates, so that a search is short. */
const PLACES_BITS = 17;
const PLACES = 1 << PLACES_BITS;
/** Words of a place: an encoding, its key, where its template is (0 for none); side by side, and one more. */
const PLACE_SHIFT = 2;
const KEY = 1;
const START = 2;
/** 2^32 divided by the golden ratio: spreads what differs in few bits. */
const SPREAD = 0x9e37_79b1 | 0;

export class TemplateCache {
  private readonly places = new Int32Array(PLACES << PLACE_SHIFT);
  private readonly words = new Int32Array(MOST_WORDS);
  /** Where the next template goes; no template is at 0. */
  private used = 1;
  private count = 0;

  constructor(private readonly source: TemplateSource) {}

  /**
   * Appends the ops of an instruction to `pool`; true when it ends its block.
   * @param encoding signed or unsigned, as of Decode. @param key blockKey of its instruction set and its own ITSTATE.
   */
  append(pool: OpPool, encoding: number, key: number, address: number): boolean {
    const { words } = this;
    const { ops } = pool;
    const start = this.find(encoding | 0, key);
    const facts = words[start];
    const first = pool.used * STRIDE;
    const length = (facts & TemplateFacts.Ops) * STRIDE;
    for (let i = 0; i < length; i++) ops[first + i] = words[start + 1 + i];
    pool.used += facts & TemplateFacts.Ops;
    if ((facts & TemplateFacts.ReadsPc) !== 0) ops[first + 1] += address;
    let operand = first + length - STRIDE + 1;
    for (let left = facts >>> RELOCATIONS_SHIFT; left !== 0; left >>>= 2, operand++) {
      const relocation: Relocation = left & 3;
      if (relocation === Relocation.Address) ops[operand] += address;
      else if (relocation === Relocation.AlignedAddress) ops[operand] += address & ~3;
    }
    return (facts & TemplateFacts.Ends) !== 0;
  }

  private find(encoding: number, key: number): number {
    const { places } = this;
    const first = Math.imul(encoding ^ (key << 20), SPREAD) >>> (32 - PLACES_BITS);
    for (let place = first; ; place = (place + 1) & (PLACES - 1)) {
      const at = place << PLACE_SHIFT;
      const start = places[at + START];
      if (start === 0) return this.add(encoding, key, this.isFull ? this.forget(first) : at);
      if (places[at] === encoding && places[at + KEY] === key) return start;
    }
  }

  private get isFull(): boolean {
    return this.count === MOST_TEMPLATES || this.used + LONGEST_TEMPLATE > MOST_WORDS;
  }

  /** Forgets all templates; where the first of the next ones is found, which is looked for from place `first` on. */
  private forget(first: number): number {
    this.places.fill(0);
    this.used = 1;
    this.count = 0;
    return first << PLACE_SHIFT;
  }

  /** Makes a template, to be found at the free place `at`. */
  private add(encoding: number, key: number, at: number): number {
    const { places } = this;
    const start = this.used;
    this.used = this.source.make(encoding, key, this.words, start);
    places[at] = encoding;
    places[at + KEY] = key;
    places[at + START] = start;
    this.count++;
    return start;
  }
}
