/*
 * Hyp control registers: bits and the values used in each world (ARM ARM B4.1, "Hyp" registers).
 *
 * Read by assembly and C. The guest values are the founding rows "enable traps" and "enable Stage 2";
 * the host runs with HCR = 0, HSTR = 0, HCPTR's trap bits 0 and VTTBR = 0.
 */
#ifndef KVM_ARM_H
#define KVM_ARM_H

/* HCR */
#define HCR_TVM (1 << 26)  /* trap writes to the stage 1 translation registers */
#define HCR_TSW (1 << 22)  /* trap cache maintenance by set/way */
#define HCR_TAC (1 << 21)  /* trap ACTLR */
#define HCR_TIDCP (1 << 20) /* trap implementation-defined CP15 (L2CTLR, L2ECTLR) */
#define HCR_TSC (1 << 19)  /* trap SMC */
#define HCR_TWE (1 << 14)  /* trap WFE */
#define HCR_TWI (1 << 13)  /* trap WFI */
#define HCR_BSU_IS (1 << 10) /* barriers reach the Inner Shareable domain at least */
#define HCR_FB (1 << 9)    /* broadcast TLB and instruction cache maintenance */
#define HCR_VA (1 << 8)    /* virtual asynchronous abort pending */
#define HCR_VI (1 << 7)    /* virtual IRQ pending */
#define HCR_VF (1 << 6)    /* virtual FIQ pending */
#define HCR_AMO (1 << 5)   /* route asynchronous aborts to Hyp, virtual asynchronous abort on */
#define HCR_IMO (1 << 4)   /* route IRQ to Hyp, virtual IRQ on */
#define HCR_FMO (1 << 3)   /* route FIQ to Hyp, virtual FIQ on */
#define HCR_SWIO (1 << 1)  /* invalidate by set/way becomes clean and invalidate */
#define HCR_VM (1 << 0)    /* stage 2 on */

#define HCR_GUEST_MASK                                                                             \
    (HCR_TVM | HCR_TSW | HCR_TAC | HCR_TIDCP | HCR_TSC | HCR_TWE | HCR_TWI | HCR_BSU_IS | HCR_FB | \
     HCR_AMO | HCR_IMO | HCR_FMO | HCR_SWIO | HCR_VM)

/* HSTR, HCPTR, HDCR */
#define HSTR_T15 (1 << 15)
#define HCPTR_TTA (1 << 20)
#define HCPTR_TCP10 (1 << 10)
#define HCPTR_TCP11 (1 << 11)
#ifdef VARIANT_EAGER_VFP
#define HCPTR_GUEST_MASK HCPTR_TTA
#else
#define HCPTR_GUEST_MASK (HCPTR_TTA | HCPTR_TCP10 | HCPTR_TCP11)
#endif
#define HDCR_TDRA (1 << 11) /* trap the debug ROM's addresses, */
#define HDCR_TDOSA (1 << 10) /* OS lock and power registers, */
#define HDCR_TDA (1 << 9)    /* all other debug registers: breakpoints would be hit in the host, too */
#define HDCR_TPM (1 << 6)
#define HDCR_TPMCR (1 << 5)
#define HDCR_GUEST_MASK (HDCR_TDRA | HDCR_TDOSA | HDCR_TDA | HDCR_TPM | HDCR_TPMCR)

/* CNTHCTL */
#define CNTHCTL_PL1PCTEN (1 << 0) /* the physical counter may be read at PL1 */
#define CNTHCTL_PL1PCEN (1 << 1)  /* the physical timer may be used at PL1 */

/* VTCR: 40-bit IPA (T0SZ = -8), walk starts at level 1 with a concatenated root of 1024 entries. */
#define VTCR_T0SZ (8 << 0)
#define VTCR_S (1 << 4)
#define VTCR_SL0_LEVEL1 (1 << 6)
#define VTCR_RES1 (1 << 31)
#define TCR_WALK_ATTRIBUTES 0x3f00 /* SH0, ORGN0, IRGN0 of TTBCR, HTCR and VTCR */
#define HTCR_RES1 ((1 << 31) | (1 << 23))
#define S2_PGD_ENTRIES 1024
#define VTTBR_VMID_SHIFT 48

/* FPEXC, CNTV_CTL */
#define FPEXC_EX (1 << 31)
#define FPEXC_EN (1 << 30)
#define CNTV_CTL_ENABLE 1
#define CNTV_CTL_IMASK 2
#define CNTV_CTL_ISTATUS 4

/* HSR exception classes (ARM ARM table B3-25) */
#define HSR_EC_UNKNOWN 0x00
#define HSR_EC_WFX 0x01
#define HSR_EC_CP15_32 0x03
#define HSR_EC_CP15_64 0x04
#define HSR_EC_CP14_MR 0x05
#define HSR_EC_CP14_LS 0x06
#define HSR_EC_CP_0_13 0x07
#define HSR_EC_CP10_ID 0x08
#define HSR_EC_JAZELLE 0x09
#define HSR_EC_BXJ 0x0a
#define HSR_EC_CP14_64 0x0c
#define HSR_EC_SVC_HYP 0x11
#define HSR_EC_HVC 0x12
#define HSR_EC_SMC 0x13
#define HSR_EC_IABT 0x20
#define HSR_EC_IABT_HYP 0x21
#define HSR_EC_DABT 0x24
#define HSR_EC_DABT_HYP 0x25
#define HSR_EC_MAX 0x40

/* How a world switch out ended: the Hyp vector taken (offset / 4), and whether an asynchronous abort came with it. */
#define ARM_EXCEPTION_RESET 0
#define ARM_EXCEPTION_UNDEFINED 1
#define ARM_EXCEPTION_SOFTWARE 2
#define ARM_EXCEPTION_PREF_ABORT 3
#define ARM_EXCEPTION_DATA_ABORT 4
#define ARM_EXCEPTION_IRQ 5
#define ARM_EXCEPTION_FIQ 6
#define ARM_EXCEPTION_HVC 7
#define ARM_EXIT_WITH_ABORT (1 << 31)
#define ARM_EXCEPTION_CODE(exit_code) ((exit_code) & ~ARM_EXIT_WITH_ABORT)

#endif
