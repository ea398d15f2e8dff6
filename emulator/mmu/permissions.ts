/** Domain and permission checks of stage 1 (ARM ARM B3.7, B3.19.7 CheckDomain and CheckPermission). */
import type { AccessKind } from '../system/fault';
import { Sctlr } from './registers';

/** Set of allowed accesses. */
export const enum Permission {
  None = 0,
  Read = 1,
  Write = 2,
  Execute = 4,
  All = 7,
}

/** DACR fields. */
export const enum DomainAccess {
  None = 0,
  Client = 1,
  /** Reserved: behaves as no access. */
  Reserved = 2,
  Manager = 3,
}

const READ_WRITE: Permission = Permission.Read | Permission.Write;
/** What AP[2:0] allows, without XN, by privilege: PL0, PL1. */
const AP_TABLE: readonly { readonly user: Permission; readonly kernel: Permission }[] = [
  { user: Permission.None, kernel: Permission.None },
  { user: Permission.None, kernel: READ_WRITE },
  { user: Permission.Read, kernel: READ_WRITE },
  { user: READ_WRITE, kernel: READ_WRITE },
  { user: Permission.None, kernel: Permission.None }, // reserved
  { user: Permission.None, kernel: Permission.Read },
  { user: Permission.Read, kernel: Permission.Read },
  { user: Permission.Read, kernel: Permission.Read },
];

/**
 * What a stage 1 descriptor allows. `sctlr` is SCTLR, or HSCTLR in Hyp mode; `long`: from a long descriptor,
 * where SCTLR.AFE changes nothing. Executing needs read permission; WXN and UWXN forbid executing what is
 * writable (at any level; at PL0).
 */
export function stage1Permissions(
  ap: number,
  xn: boolean,
  pxn: boolean,
  long: boolean,
  sctlr: number,
  hyp: boolean,
  privileged: boolean,
): Permission {
  // With AFE, AP[0] is the access flag; Hyp has no PL0 and ignores AP[1].
  if (long || (sctlr & Sctlr.AFE) !== 0) ap |= 1;
  if (hyp) ap |= 2;
  const { user, kernel } = AP_TABLE[ap]!;
  const data = privileged ? kernel : user;
  const execute =
    !xn &&
    (data & Permission.Read) !== 0 &&
    !(pxn && privileged && !hyp) &&
    !((sctlr & Sctlr.WXN) !== 0 && (data & Permission.Write) !== 0) &&
    !((sctlr & Sctlr.UWXN) !== 0 && !hyp && privileged && (user & Permission.Write) !== 0);
  return execute ? data | Permission.Execute : data;
}

/** What a stage 2 descriptor allows (HAP[2:1], XN). */
export function stage2Permissions(hap: number, xn: boolean): Permission {
  return (hap & 1) !== 0 && !xn ? hap | Permission.Execute : hap;
}

/** DACR field of a domain. */
export function domainAccess(dacr: number, domain: number): DomainAccess {
  return (dacr >>> (2 * domain)) & 3;
}

/** What an access needs. */
export function permissionFor(access: AccessKind): Permission {
  return access === 'read' ? Permission.Read : access === 'write' ? Permission.Write : Permission.Execute;
}
