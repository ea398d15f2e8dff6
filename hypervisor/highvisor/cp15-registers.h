/*
 * The CP15 registers, a row each, sorted: 32-bit ones first, then by CRn, CRm, opc1, opc2. Included where the rows mean
 * something (cp15-registers.c), so without a guard.
 *
 *   TRAP32            traps (HCR.TAC, TSW, TIDCP; HSTR.T15; HDCR.TPM): nothing is behind it
 *   VM32, VM64        its writes trap until MMU and caches are on (HCR.TVM); `member` of struct kvm_cp15_state
 *   OWN32, OWN64      the vCPU's own, `member` of struct kvm_vcpu; `access` if it traps
 *   USER32, USER64    a VMM gets and sets it by functions; `access` if it traps
 *   MACHINE_REGISTER  as the machine is, for a guest as for its VMM
 */
MACHINE_REGISTER(0, 0, 0, 0, MIDR)
MACHINE_REGISTER(0, 0, 0, 1, CTR)
MACHINE_REGISTER(0, 0, 0, 2, TCMTR)
MACHINE_REGISTER(0, 0, 0, 3, TLBTR)
OWN32(0, 0, 0, 5, NULL, vmpidr) /* MPIDR */
MACHINE_REGISTER(0, 0, 0, 6, REVIDR)
MACHINE_REGISTER(1, 0, 0, 1, CLIDR)
MACHINE_REGISTER(1, 0, 0, 7, AIDR)
OWN32(2, 0, 0, 0, NULL, cp15.csselr)
MACHINE_REGISTER(0, 0, 1, 0, ID_PFR0)
MACHINE_REGISTER(0, 0, 1, 1, ID_PFR1)
MACHINE_REGISTER(0, 0, 1, 2, ID_DFR0)
MACHINE_REGISTER(0, 0, 1, 3, ID_AFR0)
MACHINE_REGISTER(0, 0, 1, 4, ID_MMFR0)
MACHINE_REGISTER(0, 0, 1, 5, ID_MMFR1)
MACHINE_REGISTER(0, 0, 1, 6, ID_MMFR2)
MACHINE_REGISTER(0, 0, 1, 7, ID_MMFR3)
MACHINE_REGISTER(0, 0, 2, 0, ID_ISAR0)
MACHINE_REGISTER(0, 0, 2, 1, ID_ISAR1)
MACHINE_REGISTER(0, 0, 2, 2, ID_ISAR2)
MACHINE_REGISTER(0, 0, 2, 3, ID_ISAR3)
MACHINE_REGISTER(0, 0, 2, 4, ID_ISAR4)
MACHINE_REGISTER(0, 0, 2, 5, ID_ISAR5)
VM32(0, 1, 0, 0, sctlr)
OWN32(0, 1, 0, 1, access_actlr, actlr)
OWN32(0, 1, 0, 2, NULL, cp15.cpacr)
VM32(0, 2, 0, 0, ttbr0)
VM32(0, 2, 0, 1, ttbr1)
VM32(0, 2, 0, 2, ttbcr)
VM32(0, 3, 0, 0, dacr)
VM32(0, 5, 0, 0, dfsr)
VM32(0, 5, 0, 1, ifsr)
VM32(0, 5, 1, 0, adfsr)
VM32(0, 5, 1, 1, aifsr)
VM32(0, 6, 0, 0, dfar)
VM32(0, 6, 0, 2, ifar)
TRAP32(0, 7, 6, 2, access_set_way)  /* DCISW */
TRAP32(0, 7, 10, 2, access_set_way) /* DCCSW */
TRAP32(0, 7, 14, 2, access_set_way) /* DCCISW */
USER32(1, 9, 0, 2, access_l2ctlr, get_l2ctlr, coproc_is_fixed)
TRAP32(1, 9, 0, 3, read_zero_write_ignored) /* L2ECTLR */
/* Performance monitors: none for guests. */
TRAP32(0, 9, 12, 0, read_zero_write_ignored) /* PMCR */
TRAP32(0, 9, 12, 1, read_zero_write_ignored) /* PMCNTENSET */
TRAP32(0, 9, 12, 2, read_zero_write_ignored) /* PMCNTENCLR */
TRAP32(0, 9, 12, 3, read_zero_write_ignored) /* PMOVSR */
TRAP32(0, 9, 12, 4, read_zero_write_ignored) /* PMSWINC */
TRAP32(0, 9, 12, 5, read_zero_write_ignored) /* PMSELR */
TRAP32(0, 9, 12, 6, read_zero_write_ignored) /* PMCEID0 */
TRAP32(0, 9, 12, 7, read_zero_write_ignored) /* PMCEID1 */
TRAP32(0, 9, 13, 0, read_zero_write_ignored) /* PMCCNTR */
TRAP32(0, 9, 13, 1, read_zero_write_ignored) /* PMXEVTYPER */
TRAP32(0, 9, 13, 2, read_zero_write_ignored) /* PMXEVCNTR */
TRAP32(0, 9, 14, 0, read_zero_write_ignored) /* PMUSERENR */
TRAP32(0, 9, 14, 1, read_zero_write_ignored) /* PMINTENSET */
TRAP32(0, 9, 14, 2, read_zero_write_ignored) /* PMINTENCLR */
TRAP32(0, 9, 14, 3, read_zero_write_ignored) /* PMOVSSET */
VM32(0, 10, 2, 0, prrr)
VM32(0, 10, 2, 1, nmrr)
VM32(0, 10, 3, 0, amair0)
VM32(0, 10, 3, 1, amair1)
OWN32(0, 12, 0, 0, NULL, cp15.vbar)
VM32(0, 13, 0, 1, contextidr)
OWN32(0, 13, 0, 2, NULL, cp15.tpidrurw)
OWN32(0, 13, 0, 3, NULL, cp15.tpidruro)
OWN32(0, 13, 0, 4, NULL, cp15.tpidrprw)
OWN32(0, 14, 1, 0, NULL, cp15.cntkctl)
TRAP32(0, 14, 2, 0, access_cntp_tval)
USER32(0, 14, 2, 1, access_cntp_ctl, get_cntp_ctl, set_cntp_ctl)
USER32(0, 14, 3, 1, NULL, get_cntv_ctl, set_cntv_ctl)
TRAP32(4, 15, 0, 0, access_cbar)
VM64(0, 2, ttbr0)
VM64(1, 2, ttbr1)
OWN64(0, 7, NULL, cp15.par)
USER64(0, 14, NULL, get_cntpct, NULL)
USER64(1, 14, NULL, get_cntvct, set_cntvct)
USER64(2, 14, access_cntp_cval, get_cntp_cval, set_cntp_cval)
USER64(3, 14, NULL, get_cntv_cval, set_cntv_cval)
