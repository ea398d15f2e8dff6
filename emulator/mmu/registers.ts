/**
 * The registers that take part in address translation, as one plain snapshot: of a core as it is now, or of a
 * world that is parked, put together by a debugger.
 */
import { SECURE_BANK, SYS } from '../state/layout';
import type { CoreState } from '../state/machine-state';

/** Bits of SCTLR and HSCTLR (HSCTLR has M, A, WXN and EE at the same places). */
export const enum Sctlr {
  M = 1,
  A = 2,
  WXN = 1 << 19,
  UWXN = 1 << 20,
  EE = 1 << 25,
  TRE = 1 << 28,
  AFE = 1 << 29,
}

/** Bits of HCR that the MMU looks at. */
export const enum Hcr {
  VM = 1,
  PTW = 1 << 2,
  FB = 1 << 9,
  DC = 1 << 12,
  TGE = 1 << 27,
}

/** Bits of TTBCR. With EAE = 0: N, PD0, PD1. With EAE = 1: the rest. */
export const enum Ttbcr {
  N = 7,
  PD0 = 1 << 4,
  PD1 = 1 << 5,
  EPD0 = 1 << 7,
  A1 = 1 << 22,
  EPD1 = 1 << 23,
  EAE = 0x8000_0000 | 0,
}

/** SCR.SIF: Secure state may not fetch from Non-secure memory. */
export const SCR_SIF = 1 << 9;

/**
 * Values of the translation registers, each word as a 32-bit integer (signed or unsigned); a 64-bit register is
 * two words. PL1 registers are those of the bank that `secure` names.
 */
export interface TranslationRegisters {
  hasSecurity: boolean;
  hasVirtualization: boolean;
  /** True for the Secure PL1&0 regime: no stage 2, NS bits of the tables matter. */
  secure: boolean;
  SCR: number;
  SCTLR: number;
  TTBCR: number;
  TTBR0: number;
  TTBR0_HIGH: number;
  TTBR1: number;
  TTBR1_HIGH: number;
  DACR: number;
  /** PRRR or MAIR0. */
  PRRR: number;
  /** NMRR or MAIR1. */
  NMRR: number;
  CONTEXTIDR: number;
  HCR: number;
  VTCR: number;
  VTTBR: number;
  VTTBR_HIGH: number;
  HSCTLR: number;
  HTCR: number;
  HTTBR: number;
  HTTBR_HIGH: number;
  HMAIR0: number;
  HMAIR1: number;
}

/** The snapshot of `core` for the Secure or the Non-secure PL1&0 regime (and Hyp). */
export function readTranslationRegisters(core: CoreState, secure: boolean): TranslationRegisters {
  const s = core.i32;
  const bank = secure ? SECURE_BANK : 0;
  return {
    hasSecurity: core.hasSecurity,
    hasVirtualization: core.hasVirtualization,
    secure,
    SCR: s[SYS.SCR]!,
    SCTLR: s[SYS.SCTLR + bank]!,
    TTBCR: s[SYS.TTBCR + bank]!,
    TTBR0: s[SYS.TTBR0 + bank]!,
    TTBR0_HIGH: s[SYS.TTBR0 + bank + 1]!,
    TTBR1: s[SYS.TTBR1 + bank]!,
    TTBR1_HIGH: s[SYS.TTBR1 + bank + 1]!,
    DACR: s[SYS.DACR + bank]!,
    PRRR: s[SYS.PRRR + bank]!,
    NMRR: s[SYS.NMRR + bank]!,
    CONTEXTIDR: s[SYS.CONTEXTIDR + bank]!,
    HCR: s[SYS.HCR]!,
    VTCR: s[SYS.VTCR]!,
    VTTBR: s[SYS.VTTBR]!,
    VTTBR_HIGH: s[SYS.VTTBR + 1]!,
    HSCTLR: s[SYS.HSCTLR]!,
    HTCR: s[SYS.HTCR]!,
    HTTBR: s[SYS.HTTBR]!,
    HTTBR_HIGH: s[SYS.HTTBR + 1]!,
    HMAIR0: s[SYS.HMAIR0]!,
    HMAIR1: s[SYS.HMAIR1]!,
  };
}

/** True when the PL1&0 regime is subject to stage 2. HCR.DC makes HCR.VM behave as 1. */
export function stage2Enabled(r: TranslationRegisters): boolean {
  return r.hasVirtualization && !r.secure && (r.HCR & (Hcr.VM | Hcr.DC)) !== 0;
}

/** True when stage 1 of the regime translates. HCR.DC and HCR.TGE make SCTLR.M behave as 0 in Non-secure state. */
export function stage1Enabled(r: TranslationRegisters, hyp: boolean): boolean {
  if (hyp) return (r.HSCTLR & Sctlr.M) !== 0;
  if (r.hasVirtualization && !r.secure && (r.HCR & (Hcr.DC | Hcr.TGE)) !== 0) return false;
  return (r.SCTLR & Sctlr.M) !== 0;
}

/** True when stage 1 of the regime uses the Long-descriptor format: Hyp always, PL1&0 by TTBCR.EAE. */
export function longFormat(r: TranslationRegisters, hyp: boolean): boolean {
  return hyp || r.TTBCR < 0 || r.TTBCR > 0x7fff_ffff;
}

/** The current ASID, 0–255: CONTEXTIDR.ASID, or with TTBCR.EAE the ASID field of the TTBR that TTBCR.A1 names. */
export function currentAsid(r: TranslationRegisters): number {
  if (!longFormat(r, false)) return r.CONTEXTIDR & 0xff;
  return ((r.TTBCR & Ttbcr.A1 ? r.TTBR1_HIGH : r.TTBR0_HIGH) >>> 16) & 0xff;
}

/** VTTBR.VMID, 0–255. */
export function currentVmid(r: TranslationRegisters): number {
  return (r.VTTBR_HIGH >>> 16) & 0xff;
}
