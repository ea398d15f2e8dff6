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
import { DomainAccess, domainAccess, permissionFor, stage1Permissions } from './permissions';
import { Hcr, SCR_SIF, type TranslationRegisters } from './registers';
import { checkPermissionS2, stage2Walk } from './stage2';
import type { Stage2Record, TranslatedAddress } from './translation-records';
import { Walk, type DescriptorRead, type TableMemory } from './walk';
import { translationTableWalkLD } from './walker-long';
import { translationTableWalkSD } from './walker-short';

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
  const { stage1, stage2, translation } = walk;
  let fault = stage1Walk(walk);
  if (fault !== undefined) return fault;
  if (!wasAligned && isDevice(stage1.attributes)) return walk.stage1Fault('alignment', 0, 0);
  if (stage1.level !== 0) {
    fault = checkStage1(walk, privileged, checkPermissions);
    if (fault !== undefined) return fault;
  }
  const ipa = stage1.address;
  translation.ipa = ipa;
  if (stages === 1 || !walk.twoStages) {
    translation.pa = ipa;
    translation.attributes = stage1.attributes;
    translation.stage2 = undefined;
    return translation;
  }

  fault = stage2Walk(walk, ipa, false);
  if (fault !== undefined) return fault;
  if (!wasAligned && isDevice(stage2.attributes)) return walk.stage2Fault('alignment', 0);
  fault = checkPermissions ? checkPermissionS2(walk) : undefined;
  if (fault !== undefined) return fault;
  translation.pa = stage2.address;
  translation.attributes = combineAttributes(stage1.attributes, stage2.attributes);
  translation.stage2 = stage2;
  return translation;
}

/** Finds `walk.stage1`, or gives the fault. */
function stage1Walk(walk: Walk): MemoryFault | undefined {
  if (!walk.stage1Enabled) return translateAddressS1Off(walk);
  return walk.long ? translationTableWalkLD(walk) : translationTableWalkSD(walk);
}

/** TranslateAddressVS1Off: flat, and Strongly-ordered unless HCR.DC says Normal cacheable. There is no fault. */
function translateAddressS1Off(walk: Walk): undefined {
  const { registers: r, hyp, stage1: record } = walk;
  const cacheable = r.hasVirtualization && !r.secure && !hyp && (r.HCR & Hcr.DC) !== 0;
  record.address = walk.va;
  record.shift = 12;
  record.level = 0;
  record.domain = 0;
  record.ap = 3;
  record.xn = false;
  record.pxn = false;
  record.global = true;
  record.nonSecure = !r.secure || hyp;
  record.attributes = cacheable ? DEFAULT_CACHEABLE : STRONGLY_ORDERED;
  record.long = walk.long;
}

/** CheckDomain, and CheckPermission unless a domain's manager makes the access: the fault, if there is one. */
function checkStage1(walk: Walk, privileged: boolean, checkPermissions: boolean): MemoryFault | undefined {
  const { long, domain, level } = walk.stage1;
  if (!long) {
    const access = domainAccess(walk.registers.DACR, domain);
    if (access === DomainAccess.Manager) return undefined;
    if (access !== DomainAccess.Client) return walk.stage1Fault('domain', level, domain);
  }
  return checkPermissions ? checkPermission(walk, privileged) : undefined;
}

/** CheckPermission. */
function checkPermission(walk: Walk, privileged: boolean): MemoryFault | undefined {
  const { registers: r, hyp, access, stage1: record } = walk;
  const sctlr = hyp ? r.HSCTLR : r.SCTLR;
  const allowed = stage1Permissions(record.ap, record.xn, record.pxn, record.long, sctlr, hyp, privileged);
  const secureFetch = access === 'execute' && r.secure && record.nonSecure && (r.SCR & SCR_SIF) !== 0;
  return (allowed & permissionFor(access)) === 0 || secureFetch
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
        readonly stage2: Readonly<Stage2Record>;
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
  const fault = stage2Walk(walk, ipa, false) ?? checkPermissionS2(walk);
  if (fault !== undefined) return fault;
  const { stage2 } = walk;
  const { address: pa, attributes } = stage2;
  return { pa, ipa, attributes, stage1: undefined, stage2 };
}
