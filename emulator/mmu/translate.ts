/**
 * The reference translation, after TranslateAddressV of the manual (ARM ARM B3.19.5): both stages, every check, no
 * TLB and no side effect. The core's MMU calls it when its TLB misses; a debugger calls it for any world with a
 * snapshot of that world's registers.
 */
import { MemoryFault, type AccessKind } from '../system/fault';
import {
  DEFAULT_CACHEABLE,
  STRONGLY_ORDERED,
  combineAttributes,
  isDevice,
  type MemoryAttributes,
} from './attributes';
import { DomainAccess, PERMISSION_OF, domainAccess, stage1Permissions } from './permissions';
import {
  Hcr,
  SCR_SIF,
  longFormat,
  stage1Enabled,
  stage2Enabled,
  type TranslationRegisters,
} from './registers';
import { checkPermissionS2, stage2Walk } from './stage2';
import { Walk, type DescriptorRead, type Stage1Record, type Stage2Record, type TableMemory } from './walk';
import { translationTableWalkLD } from './walker-long';
import { translationTableWalkSD } from './walker-short';

/** A translation that succeeded. */
export interface TranslatedAddress {
  readonly pa: number;
  /** Output of stage 1; equal to `pa` where there is no stage 2. */
  readonly ipa: number;
  /** Attributes of both stages together. */
  readonly attributes: MemoryAttributes;
  readonly stage1: Stage1Record;
  readonly stage2: Stage2Record | undefined;
}

/**
 * TranslateAddressV: the translation, or the fault that an access meets.
 * @param wasAligned false for an access not aligned to its size: it faults on Device and Strongly-ordered memory.
 * @param stages 1: stage 1 alone (its table walks still go through stage 2), as ATS1Cxx ask.
 */
export function translateAddress(
  walk: Walk,
  privileged: boolean,
  wasAligned: boolean,
  stages: 1 | 2 = 2,
  checkPermissions = true,
): TranslatedAddress | MemoryFault {
  const { registers: r, hyp } = walk;
  const stage1 = stage1Enabled(r, hyp)
    ? longFormat(r, hyp)
      ? translationTableWalkLD(walk)
      : translationTableWalkSD(walk)
    : translateAddressS1Off(walk);
  if (stage1 instanceof MemoryFault) return stage1;
  if (!wasAligned && isDevice(stage1.attributes)) return walk.stage1Fault('alignment', 0, 0);
  if (stage1.level !== 0) {
    const fault = checkStage1(walk, stage1, privileged, checkPermissions);
    if (fault !== undefined) return fault;
  }
  const ipa = stage1.address;
  if (stages === 1 || hyp || !stage2Enabled(r))
    return { pa: ipa, ipa, attributes: stage1.attributes, stage1, stage2: undefined };

  const stage2 = stage2Walk(walk, ipa, false);
  if (stage2 instanceof MemoryFault) return stage2;
  if (!wasAligned && isDevice(stage2.attributes)) return walk.stage2Fault('alignment', 0, ipa, false);
  const fault = checkPermissions ? checkPermissionS2(walk, stage2, ipa) : undefined;
  if (fault !== undefined) return fault;
  const attributes = combineAttributes(stage1.attributes, stage2.attributes);
  return { pa: stage2.address, ipa, attributes, stage1, stage2 };
}

/** TranslateAddressVS1Off: flat, and Strongly-ordered unless HCR.DC says Normal cacheable. */
export function translateAddressS1Off(walk: Walk): Stage1Record {
  const { registers: r, hyp } = walk;
  const cacheable = r.hasVirtualization && !r.secure && !hyp && (r.HCR & Hcr.DC) !== 0;
  return {
    address: walk.va,
    shift: 12,
    level: 0,
    domain: 0,
    ap: 3,
    xn: false,
    pxn: false,
    global: true,
    nonSecure: !r.secure || hyp,
    attributes: cacheable ? DEFAULT_CACHEABLE : STRONGLY_ORDERED,
    long: longFormat(r, hyp),
  };
}

/** CheckDomain, and CheckPermission unless a domain's manager makes the access: the fault, if there is one. */
function checkStage1(
  walk: Walk,
  record: Stage1Record,
  privileged: boolean,
  checkPermissions: boolean,
): MemoryFault | undefined {
  if (!record.long) {
    const access = domainAccess(walk.registers.DACR, record.domain);
    if (access === DomainAccess.Manager) return undefined;
    if (access !== DomainAccess.Client) return walk.stage1Fault('domain', record.level, record.domain);
  }
  return checkPermissions ? checkPermission(walk, record, privileged) : undefined;
}

/** CheckPermission. */
function checkPermission(walk: Walk, record: Stage1Record, privileged: boolean): MemoryFault | undefined {
  const { registers: r, hyp, access } = walk;
  const sctlr = hyp ? r.HSCTLR : r.SCTLR;
  const allowed = stage1Permissions(record.ap, record.xn, record.pxn, record.long, sctlr, hyp, privileged);
  const secureFetch = access === 'execute' && r.secure && record.nonSecure && (r.SCR & SCR_SIF) !== 0;
  return (allowed & PERMISSION_OF[access]) === 0 || secureFetch
    ? walk.stage1Fault('permission', record.level, record.domain)
    : undefined;
}

/** Which translation a debugger asks for. */
export type TranslationRegime = 'PL1&0' | 'Hyp' | 'stage 2';

/** What a debugger gets: the result or the fault, and every descriptor read on the way. */
export interface Explanation {
  readonly steps: readonly DescriptorRead[];
  readonly result:
    | TranslatedAddress
    | {
        readonly pa: number;
        readonly ipa: number;
        readonly attributes: MemoryAttributes;
        readonly stage1: undefined;
        readonly stage2: Stage2Record;
      }
    | undefined;
  readonly fault: MemoryFault | undefined;
}

/**
 * Translates `address` (VA; IPA for regime `stage 2`) as the given registers say, with no side effect on any
 * machine. For `stage 2` the registers' HCR.VM is taken as 1.
 */
export function explainTranslation(
  registers: TranslationRegisters,
  memory: TableMemory,
  regime: TranslationRegime,
  address: number,
  access: AccessKind = 'read',
  privileged = true,
): Explanation {
  const steps: DescriptorRead[] = [];
  const walk = new Walk(
    registers,
    memory,
    regime === 'Hyp',
    regime === 'stage 2' ? 0 : address,
    access,
    false,
    steps,
  );
  const result =
    regime === 'stage 2' ? explainStage2(walk, address) : translateAddress(walk, privileged, true);
  return result instanceof MemoryFault
    ? { steps, result: undefined, fault: result }
    : { steps, result, fault: undefined };
}

function explainStage2(walk: Walk, ipa: number): NonNullable<Explanation['result']> | MemoryFault {
  const stage2 = stage2Walk(walk, ipa, false);
  if (stage2 instanceof MemoryFault) return stage2;
  const { address: pa, attributes } = stage2;
  return checkPermissionS2(walk, stage2, ipa) ?? { pa, ipa, attributes, stage1: undefined, stage2 };
}
