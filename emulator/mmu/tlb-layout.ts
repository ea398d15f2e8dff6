/**
 * How the level 2 TLB lies in the machine's memory. Each core has one, at TLB_OFFSET: first the tags of all
 * entries, then their data, then the replacement pointer of each set.
 */
import { TLB_OFFSET } from '../state/layout';

/** Enough for a working set of 128 MiB in 4 KiB pages: a walk costs a machine of software more than a look-up in a large table. */
export const TLB_SETS = 8192;
export const TLB_WAYS = 4;
export const TLB_ENTRIES = TLB_SETS * TLB_WAYS;

/** Words of an entry's tag. */
export const TAG_WORDS = 2;
export const enum Tag {
  /** VA[31:12] in bits 31–12; bit 0: valid. */
  Page = 0,
  /** Bits 7–0 ASID, 15–8 VMID, 18–16 regime (TlbRegime), 19 global. */
  Context = 1,
}

/** Words of an entry's data. */
export const DATA_WORDS = 6;
export const enum Data {
  /** Low words of the PA and the IPA of the 4 KiB page; their bits 39–32 are in `High` (bits 7–0 and 15–8). */
  Pa = 0,
  Ipa = 1,
  High = 2,
  /** See entry-info.ts. */
  Info = 3,
  /** Attributes: stage 1 in bits 9–0, stage 2 in bits 19–10, both combined in bits 29–20. */
  Attributes = 4,
  /** Not used, zero. */
  Spare = 5,
}

const TAG_AREA = TLB_ENTRIES * TAG_WORDS * 4;
const DATA_AREA = TLB_ENTRIES * DATA_WORDS * 4;
/** Bytes of one core's TLB. */
export const TLB_BYTES = TAG_AREA + DATA_AREA + TLB_SETS * 4;

/** Byte offsets of a core's TLB: its tags, its data, and the next way to replace in each set. */
export function tlbOffsets(core: number): { tags: number; data: number; next: number } {
  const tags = TLB_OFFSET + core * TLB_BYTES;
  return { tags, data: tags + TAG_AREA, next: tags + TAG_AREA + DATA_AREA };
}

/** What an entry translates: part of its tag. */
export const enum TlbRegime {
  /** Non-secure PL1&0, by whether stage 1 and stage 2 are on. */
  Pl1BothOff = 0,
  Pl1Stage1 = 1,
  Pl1Stage2 = 2,
  Pl1BothStages = 3,
  HypOff = 4,
  Hyp = 5,
  SecureOff = 6,
  Secure = 7,
}
