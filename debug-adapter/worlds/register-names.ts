/** System registers in the order in which people look for them. */

export const HYPERVISOR_REGISTERS: readonly string[] = [
  'HCR', 'HSR', 'HPFAR', 'HDFAR', 'HIFAR', 'HCPTR', 'HSTR', 'HDCR', 'VTTBR', 'VTCR', 'VPIDR', 'VMPIDR', 'HSCTLR',
  'HTTBR', 'HTCR', 'HMAIR0', 'HMAIR1', 'HVBAR', 'HTPIDR', 'HACTLR', 'HACR',
]; // prettier-ignore

export const MAIN_REGISTERS: readonly string[] = [
  'SCTLR', 'ACTLR', 'CPACR', 'TTBR0', 'TTBR1', 'TTBCR', 'DACR', 'VBAR', 'CONTEXTIDR', 'DFSR', 'IFSR', 'DFAR', 'IFAR',
  'ADFSR', 'AIFSR', 'PAR', 'PRRR', 'NMRR', 'MAIR0', 'MAIR1', 'AMAIR0', 'AMAIR1', 'TPIDRURW', 'TPIDRURO', 'TPIDRPRW',
  'CSSELR', 'MIDR', 'MPIDR', 'ISR',
]; // prettier-ignore

export const TIMER_REGISTERS: readonly string[] = [
  'CNTFRQ', 'CNTPCT', 'CNTVCT', 'CNTVOFF', 'CNTHCTL', 'CNTKCTL', 'CNTP_CTL', 'CNTP_CVAL', 'CNTP_TVAL', 'CNTV_CTL',
  'CNTV_CVAL', 'CNTV_TVAL', 'CNTHP_CTL', 'CNTHP_CVAL', 'CNTHP_TVAL',
]; // prettier-ignore
