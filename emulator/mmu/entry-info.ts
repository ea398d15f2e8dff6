/** Everything of a translation but its addresses and attributes, packed in the 32 bits of a TLB entry. */
import { stage1Permissions, stage2Permissions, Permission, domainAccess, DomainAccess } from './permissions';
import { Sctlr } from './registers';
import type { TranslatedAddress } from './translation-records';

export const enum Info {
  /** AP[2:0] of stage 1. */
  Ap = 7,
  Xn = 1 << 3,
  Pxn = 1 << 4,
  Long = 1 << 5,
  NonSecure = 1 << 6,
  Xn2 = 1 << 27,
  HasStage2 = 1 << 28,
}

/** Places of the fields that are numbers. */
const enum Shift {
  Domain = 7,
  Level1 = 11,
  /** log2 of the page sizes of the stages, minus 12: five bits. */
  Size1 = 13,
  Level2 = 18,
  Size2 = 20,
  Hap = 25,
}

export function packInfo(t: TranslatedAddress): number {
  const { stage1: a, stage2: b } = t;
  let info =
    a.ap |
    (a.xn ? Info.Xn : 0) |
    (a.pxn ? Info.Pxn : 0) |
    (a.long ? Info.Long : 0) |
    (a.nonSecure ? Info.NonSecure : 0) |
    (a.domain << Shift.Domain) |
    (a.level << Shift.Level1) |
    ((a.shift - 12) << Shift.Size1);
  if (b !== undefined)
    info |=
      (b.level << Shift.Level2) |
      ((b.shift - 12) << Shift.Size2) |
      (b.hap << Shift.Hap) |
      (b.xn ? Info.Xn2 : 0) |
      Info.HasStage2;
  return info;
}

export const domainOf = (info: number): number => (info >>> Shift.Domain) & 15;
/** Level of the stage 1 descriptor; 0: stage 1 was off. */
export const level1Of = (info: number): number => (info >>> Shift.Level1) & 3;
export const level2Of = (info: number): number => (info >>> Shift.Level2) & 3;
/** log2 of the size of the stage 1 page: what maintenance by MVA removes together. */
export const size1Of = (info: number): number => 12 + ((info >>> Shift.Size1) & 31);
export const size2Of = (info: number): number => 12 + ((info >>> Shift.Size2) & 31);

/** The state that turns an entry's permission fields into allowed accesses. */
export interface AccessRules {
  readonly privileged: boolean;
  readonly hyp: boolean;
  /** SCTLR, or HSCTLR in Hyp mode. */
  readonly sctlr: number;
  readonly dacr: number;
  /** SCR.SIF in Secure state. */
  readonly secureFetchOnly: boolean;
}

/** What stage 1 allows: CheckDomain and CheckPermission for an entry. `undefined`: domain fault. */
export function stage1Allows(info: number, rules: AccessRules): Permission | undefined {
  if (level1Of(info) === 0) return Permission.All;
  const long = (info & Info.Long) !== 0;
  let allowed: Permission = Permission.All;
  const domain = long ? DomainAccess.Client : domainAccess(rules.dacr, domainOf(info));
  if (domain === DomainAccess.None || domain === DomainAccess.Reserved) return undefined;
  if (domain === DomainAccess.Client) {
    const xn = (info & Info.Xn) !== 0;
    const pxn = (info & Info.Pxn) !== 0;
    allowed = stage1Permissions(info & Info.Ap, xn, pxn, long, rules.sctlr, rules.hyp, rules.privileged);
    if (rules.secureFetchOnly && (info & Info.NonSecure) !== 0) allowed &= ~Permission.Execute;
  }
  return allowed;
}

/** What stage 2 allows: CheckPermissionS2 for an entry. */
export function stage2Allows(info: number): Permission {
  if ((info & Info.HasStage2) === 0) return Permission.All;
  return stage2Permissions((info >>> Shift.Hap) & 3, (info & Info.Xn2) !== 0);
}

/** Bits of SCTLR and HSCTLR that AccessRules depends on. */
export const RULE_BITS = Sctlr.WXN | Sctlr.UWXN | Sctlr.AFE;
