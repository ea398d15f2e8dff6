/**
 * What walks find. There is one record of each kind to a walk, which it fills anew for each translation: a boot makes
 * several hundred thousand of them.
 */
import type { MemoryAttributes } from './attributes';

/** What stage 1 gives for an address: the TLBRecord of the pseudocode. */
export class Stage1Record {
  /** Output address (IPA, or PA where there is no stage 2) of the very address translated. */
  address = 0;
  /** log2 of the size of the section, block or page: 12, 16, 20, 21, 24 or 30. */
  shift = 12;
  /** Level of the descriptor, 1–3; 0 with stage 1 off. */
  level = 0;
  /** Domain, 0–15; 0 in the long format. */
  domain = 0;
  /** AP[2:0]; the long format has AP[2:1] and AP[0] = 1. */
  ap = 0;
  xn = false;
  pxn = false;
  global = false;
  /** Output is in the Non-secure physical address space. */
  nonSecure = false;
  attributes: MemoryAttributes = 0;
  long = false;
}

/** What stage 2 gives for an IPA. */
export class Stage2Record {
  /** Physical address of the very address translated. */
  address = 0;
  shift = 12;
  level = 0;
  /** HAP[2:1]: bit 0 read, bit 1 write. */
  hap = 0;
  xn = false;
  attributes: MemoryAttributes = 0;
}

/** Where a walk of long-format tables ended: at the descriptor read last; with what the tables above it say. */
export class LongLeaf {
  level = 0;
  /** Output address of the input address. */
  address = 0;
  shift = 12;
  /** OR of APTable, bits 1–0. */
  apTable = 0;
  xnTable = false;
  pxnTable = false;
  nsTable = false;
}

/** A translation that succeeded: good until its walk translates something else. */
export interface TranslatedAddress {
  readonly pa: number;
  /** Output of stage 1; equal to `pa` where there is no stage 2. */
  readonly ipa: number;
  /** Attributes of both stages together. */
  readonly attributes: MemoryAttributes;
  readonly stage1: Readonly<Stage1Record>;
  readonly stage2: Readonly<Stage2Record> | undefined;
}

/** A walk's own. */
export class TranslationRecord implements TranslatedAddress {
  pa = 0;
  ipa = 0;
  attributes: MemoryAttributes = 0;
  stage2: Stage2Record | undefined = undefined;

  constructor(readonly stage1: Stage1Record) {}
}
