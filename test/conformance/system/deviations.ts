// Where QEMU 7.2 leaves the manual, or the manual leaves a choice that QEMU makes otherwise.
import type { CONTROL_BITS } from '../../../emulator/system/control-bits';
import { findRegister, registerByName, registerKey } from '../../../emulator/system/registers/table';
import type { DebugResult } from './debug-events';
import type { Place } from './encodings';
import type { Experiment, Outcome } from './experiment';
import type { AccessExperiment } from './experiments';

interface Deviation {
  /** With the section of the ARM ARM that says what is done here. */
  readonly why: string;
  readonly covers: (experiment: Experiment, ours: Outcome, theirs: Outcome) => boolean;
}

const rowAt = (p: Place) => findRegister(registerKey(p.cp, p.width, p.opc1, p.crn, p.crm, p.opc2));

function ofAccess(
  why: string,
  covers: (e: AccessExperiment, ours: Outcome, theirs: Outcome) => boolean,
): Deviation {
  return { why, covers: (e, ours, theirs) => 'place' in e && covers(e as AccessExperiment, ours, theirs) };
}
/** Registers that differ as a whole. */
function ofRegisters(why: string, ...names: readonly string[]): Deviation {
  return ofAccess(why, ({ place }) => names.includes(rowAt(place)?.name ?? ''));
}
/** Encodings that are nothing here and something in QEMU. */
function ofPlaces(why: string, matches: (place: Place) => boolean): Deviation {
  return ofAccess(why, ({ place }) => rowAt(place) === undefined && matches(place));
}
/** Traps that QEMU does not make, though the bit is set. */
function ofTraps(why: string, ...bits: readonly (keyof typeof CONTROL_BITS)[]): Deviation {
  return ofAccess(why, ({ bit }) => bit !== undefined && bits.includes(bit));
}
function named(why: string, pattern: RegExp): Deviation {
  return { why, covers: ({ name }) => pattern.test(name) };
}

const cp15 = (p: Place, ...crn: readonly number[]): boolean =>
  p.cp === 15 && p.width === 32 && crn.includes(p.crn);

/** Registers of the Cortex-A15 that QEMU does not have. */
const QEMU_LACKS: readonly string[] = [
  'PMCEID0',
  'PMCEID1',
  'CPUMERRSR',
  'L2MERRSR',
  'DBGDTRint',
  'DBGWFAR',
  'DBGDTRRXext',
  'DBGDTRTXext',
  'DBGOSECCR',
  'DBGBXVR4',
  'DBGBXVR5',
  'DBGPRCR',
  'DBGPRSR',
  'DBGITCTRL',
  'DBGCLAIMSET',
  'DBGCLAIMCLR',
  'DBGAUTHSTATUS',
  'DBGDEVID',
  'DBGDEVID1',
  'DBGDEVID2',
  'RAMINDEX',
];

export const DEVIATIONS: readonly Deviation[] = [
  ofPlaces('QEMU takes any opc1, CRm and opc2 of c3 for DACR (B3.17.1: only c0, 0)', (p) => cp15(p, 3)),
  ofPlaces('QEMU reads all of c15 as zero; the Cortex-A15 TRM (4.2.15) lists what is there', (p) =>
    cp15(p, 15),
  ),
  ofPlaces('QEMU has TLB lockdown operations in c10; the Cortex-A15 has none (TRM 4.2.10)', (p) =>
    cp15(p, 10),
  ),
  ofPlaces('PMEVCNTRn and PMEVTYPERn in c14 are of ARMv8', (p) => cp15(p, 14) && p.crm >= 8),
  ofPlaces('WFAR in c6 is of ARMv6', (p) => cp15(p, 6) && p.opc2 === 1),
  ofPlaces(
    'DBGDCCINT and DBGOSSRR are not in debug architecture v7.1; QEMU has DBGDEVID at CRm 0',
    (p) => p.cp === 14,
  ),
  ofRegisters('registers that QEMU does not have (C11.10, C12.8, Cortex-A15 TRM 4.2.15)', ...QEMU_LACKS),
  ofRegisters(
    'DBGDSCR shows NS and RESTARTED (C11.11.20); QEMU has no DBGVCR behind its encoding',
    'DBGDSCRint',
    'DBGDSCRext',
    'DBGVCR',
  ),
  ofRegisters('time passes in QEMU', 'CNTP_TVAL', 'CNTV_TVAL', 'CNTHP_TVAL', 'CNTPCT', 'CNTVCT', 'PMCCNTR'),
  ofRegisters('the vectors are where the probe has them', 'VBAR', 'HVBAR'),
  ofRegisters(
    'HSCTLR has SBOP bits, which the Cortex-A15 shows as 1 (TRM 4.3.34); QEMU starts with 0',
    'HSCTLR',
  ),
  {
    why: 'RES1 and RES0 bits, or bits of later architectures, that QEMU lets software change (B4.1, C12.8, Cortex-A15 TRM 4.3)',
    covers: ({ name }) =>
      /^(SCTLR|CPACR|FCSEIDR|TTBR[01]|TTBCR|PMCR|CNTKCTL|CNTHCTL|HDCR|HCPTR|HSTR|HTCR|VTCR|HTTBR|VTTBR|HPFAR|DBG\w+|CSSELR|TEECR|PMUSERENR|HCR) .*after writing/.test(
        name,
      ),
  },
  {
    why: 'IMPLEMENTATION DEFINED registers that QEMU keeps at 0 (B4.1.1, B4.1.2, B4.1.4, B4.1.5, Cortex-A15 TRM 4.3.60)',
    covers: ({ name }) =>
      /^(ACTLR|ADFSR|AIFSR|AMAIR[01]|HADFSR|HAIFSR|HAMAIR[01]|L2CTLR) .*after writing/.test(name),
  },
  named('PMSELR keeps what an earlier experiment wrote', /^PMXEV(TYPER|CNTR) .*after writing/),
  ofTraps(
    'QEMU makes no such trap (B1.14, cache maintenance B1.14.4, TIDCP B1.14.3, TPMCR B1.14.17)',
    'HCR.TID1',
    'HCR.TID3',
    'HCR.TSW',
    'HCR.TPC',
    'HCR.TPU',
    'HCR.TIDCP',
    'HCPTR.TCPAC',
    'HDCR.TPMCR',
  ),
  ofAccess(
    'HDCR.TDRA traps the 64-bit reads too (B1.14.15)',
    ({ bit, place }) => bit === 'HDCR.TDRA' && place.width === 64,
  ),
  named(
    'ELR_hyp and HIFAR hold an address that is not relative to the experiment',
    /^(hyp mrs ELR_hyp|HIFAR .*after writing)/,
  ),
  named(
    'CPACR.ASEDIS and HCPTR.TASE make Advanced SIMD UNDEFINED or trap (B1.11.3); not in QEMU',
    /vorr .*(CPACR 0x8|HCPTR 0x8000)/,
  ),
  ofAccess(
    'HSTR.Tn is looked at before the encoding is (B1.14.14); QEMU first finds the access UNDEFINED',
    ({ bit, name, place }) => {
      const direction = name.includes(' writes ') ? 'w' : 'r';
      return (
        bit?.startsWith('HSTR.T') === true &&
        name.startsWith('svc') &&
        (rowAt(place)?.needs === 'security' || !rowAt(place)?.access.pl1.includes(direction))
      );
    },
  ),
  named(
    'IL is not written for Prefetch Aborts (WriteHSR, B3.13.6); QEMU sets it for BKPT',
    /^(\w+ \w32 bkpt #0, (HCR\.TGE|HDCR\.TDE)|hyp \w32 bkpt #0, .*)$/,
  ),
  named(
    'HCR.TGE at PL1 is UNPREDICTABLE; here it routes from PL0 alone (TakeSVCException and kin, B1.9)',
    /^(svc|sys|irq|fiq|abt|und) .*, HCR\.TGE$/,
  ),
  {
    why: 'SPSR<23:20> is not written by MSR (SPSRWriteByInstr, B9.3.12); QEMU writes bit 20',
    covers: ({ name }, ours, theirs) =>
      name.includes(' msr spsr') &&
      [theirs.spsrUnd ^ ours.spsrUnd, theirs.spsrSvc ^ ours.spsrSvc, theirs.spsrAbt ^ ours.spsrAbt].every(
        (bits) => (bits & ~0x10_0000) === 0,
      ),
  },
  named(
    'System mode has no SPSR: UNPREDICTABLE, UNDEFINED here (B9.3.8, B9.3.11, B9.3.3)',
    /^sys (mrs r2, spsr|msr spsr|eret|movs pc, lr)/,
  ),
  {
    why: 'FPEXC.EN is looked at before HCPTR (CheckAdvSIMDOrVFPEnabled, B1.11.3); QEMU looks at HCPTR first',
    covers: ({ name }, _ours, theirs) => /FPEXC 0x0, HCPTR 0x.*c00/.test(name) && theirs.hsr === 0x1fe0_000a,
  },
  named(
    'the order of a virtual IRQ and a virtual FIQ is IMPLEMENTATION DEFINED (B1.8.4); here FIQ is first',
    /VA:VI:VF [37]/,
  ),
];

/** The same for the experiments from Monitor mode, by name. */
export const MONITOR_DEVIATIONS: readonly {
  readonly why: string;
  readonly covers: (name: string) => boolean;
}[] = [
  {
    why: 'Hyp registers and operations are not for Secure PL1 (B4.2.1); in QEMU all of Secure PL1 is EL3',
    covers: (name) =>
      /^(Secure svc|Monitor with NS = 0) (reads|writes) /.test(name) &&
      registerByName(name.split(' ').at(-1) ?? '')?.needs === 'virtualization',
  },
  {
    why: 'registers that QEMU does not have, or has otherwise',
    covers: (name) =>
      [...QEMU_LACKS, 'DBGDSCRint', 'DBGDSCRext', 'DBGVCR'].includes(name.split(' ').at(-1) ?? ''),
  },
  {
    why: 'HVC is UNDEFINED in Monitor mode, which is Secure (HVC, B9.3.4)',
    covers: (name) => name === 'Monitor with NS = 1 hvc',
  },
  {
    why: 'IL is not written for Prefetch Aborts (WriteHSR, B3.13.6)',
    covers: (name) => /^hyp bkpt/.test(name),
  },
];

/** Parts of the results of debug events that are not compared. */
export const DEBUG_DEVIATIONS: readonly {
  readonly why: string;
  readonly name: keyof DebugResult;
  readonly bits: number;
}[] = [
  {
    why: 'DFSR.WnR is UNKNOWN after a debug exception (B4.1.52); here it tells the direction, in QEMU it is 0',
    name: 'DFSR',
    bits: 1 << 11,
  },
  {
    why: 'DBGDSCR shows NS and RESTARTED (C11.11.20); not in QEMU',
    name: 'DBGDSCR',
    bits: ~0x803c,
  },
];
