/*
 * Where the lowvisor's assembly finds the members of struct kvm and struct kvm_vcpu.
 *
 * The structures are C's (highvisor/kvm.h); highvisor/layout-check.c asserts at compile time that each
 * number here is the member's offset.
 */
#ifndef VCPU_LAYOUT_H
#define VCPU_LAYOUT_H

/* struct kvm_regs: r0-r12, SP_usr, LR_usr, PC, CPSR, orig_r0; then the banked registers */
#define VCPU_REGS 0
#define VCPU_R0 (VCPU_REGS + 0)
#define VCPU_R3 (VCPU_REGS + 12)
#define VCPU_SP_USR (VCPU_REGS + 52)
#define VCPU_PC (VCPU_REGS + 60)
#define VCPU_CPSR (VCPU_REGS + 64)
#define VCPU_BANKED (VCPU_REGS + 72)
#define BANKED_SIZE 80 /* svc, abt, und, irq: SP LR SPSR; fiq: r8-r12 SP LR SPSR */

#define VCPU_CP15 152
#define CP15_GROUP_A 0  /* SCTLR CPACR TTBCR DACR TTBR0 TTBR1 PRRR NMRR CSSELR */
#define CP15_GROUP_B 44 /* CONTEXTIDR TPIDR* DFSR IFSR ADFSR AIFSR DFAR IFAR VBAR */
#define CP15_GROUP_C 88 /* CNTKCTL PAR AMAIR0 AMAIR1 */
#define CP15_STATE_SIZE 112

#define VCPU_VPIDR 264
#define VCPU_VMPIDR 268
#define VCPU_HCR 272

#define VCPU_HSR 276
#define VCPU_HXFAR 280
#define VCPU_HPFAR 284
#define VCPU_EXIT_CODE 288

#define VCPU_TIMER_CTL 296
#define VCPU_TIMER_CVAL 304

#define VCPU_VGIC 312
#define VGIC_HCR 0
#define VGIC_VMCR 4
#define VGIC_MISR 8
#define VGIC_EISR 12
#define VGIC_ELRSR 20
#define VGIC_APR 28
#define VGIC_NR_LR 32
#define VGIC_LR 36

#define VCPU_VFP_GUEST 608 /* d0-d31, FPEXC, FPSCR, FPINST, FPINST2 */
#define VFP_FPEXC 256
#define VCPU_VFP_HOST 880  /* pointer to the host's */
#define VCPU_KVM 884
#define VCPU_HOST_SP 888   /* where on the Hyp stack the host's CP15 and banked registers are; 0: in their place */
#define VCPU_VFP_SWITCHES 892 /* how often the lazy switch happened */

/* struct kvm */
#define KVM_VTTBR 0
#define KVM_CNTVOFF 8
#define KVM_TIMER_ENABLED 16
#define KVM_VCTRL_BASE 20

/* struct hyp_panic: one for each core, in hyp_panics */
#define HYP_PANIC_SHIFT 8 /* its size */
#define HYP_PANIC_COUNT 0
#define HYP_PANIC_FIRST 8
#define HYP_PANIC_SECOND 56
#define HYP_PANIC_HOST_CP15 104

/* struct hyp_fault */
#define HYP_FAULT_CODE 0
#define HYP_FAULT_SP 4
#define HYP_FAULT_ELR 8
#define HYP_FAULT_SPSR 12
#define HYP_FAULT_HSR 16
#define HYP_FAULT_HDFAR 20
#define HYP_FAULT_HIFAR 24
#define HYP_FAULT_VCPU 28
#define HYP_FAULT_VTTBR 32
#define HYP_FAULT_HCR 40

/* GICH registers */
#define GICH_HCR 0x000
#define GICH_VTR 0x004
#define GICH_VMCR 0x008
#define GICH_MISR 0x010
#define GICH_EISR0 0x020
#define GICH_EISR1 0x024
#define GICH_ELRSR0 0x030
#define GICH_ELRSR1 0x034
#define GICH_APR 0x0f0
#define GICH_LR0 0x100

#endif
