/*
 * Moves of whole register groups between the core and memory, for the world switch.
 *
 * Each macro takes a base register that it advances or leaves as noted, and says which registers it
 * clobbers. The order inside a group is the order of the members in highvisor/kvm.h.
 */

/* Banked registers of svc, abt, und, irq (SP, LR, SPSR) and fiq (r8-r12, SP, LR, SPSR): 20 words.
 * \base is advanced; clobbers r2-r9. */
    .macro  store_banked_but_fiq base
    mrs     r2, sp_svc
    mrs     r3, lr_svc
    mrs     r4, spsr_svc
    mrs     r5, sp_abt
    mrs     r6, lr_abt
    mrs     r7, spsr_abt
    stmia   \base!, {r2-r7}
    mrs     r2, sp_und
    mrs     r3, lr_und
    mrs     r4, spsr_und
    mrs     r5, sp_irq
    mrs     r6, lr_irq
    mrs     r7, spsr_irq
    stmia   \base!, {r2-r7}
    .endm

    .macro  store_banked base
    store_banked_but_fiq \base
    mrs     r2, r8_fiq
    mrs     r3, r9_fiq
    mrs     r4, r10_fiq
    mrs     r5, r11_fiq
    mrs     r6, r12_fiq
    mrs     r7, sp_fiq
    mrs     r8, lr_fiq
    mrs     r9, spsr_fiq
    stmia   \base!, {r2-r9}
    .endm

    .macro  load_banked base
    ldmia   \base!, {r2-r7}
    msr     sp_svc, r2
    msr     lr_svc, r3
    msr     spsr_svc, r4
    msr     sp_abt, r5
    msr     lr_abt, r6
    msr     spsr_abt, r7
    ldmia   \base!, {r2-r7}
    msr     sp_und, r2
    msr     lr_und, r3
    msr     spsr_und, r4
    msr     sp_irq, r5
    msr     lr_irq, r6
    msr     spsr_irq, r7
    ldmia   \base!, {r2-r9}
    msr     r8_fiq, r2
    msr     r9_fiq, r3
    msr     r10_fiq, r4
    msr     r11_fiq, r5
    msr     r12_fiq, r6
    msr     sp_fiq, r7
    msr     lr_fiq, r8
    msr     spsr_fiq, r9
    .endm

/* The 24 CP15 control registers, in three groups. \base is kept; clobbers r2-r12. */
    .macro  store_cp15 base
    mrc     p15, 0, r2, c1, c0, 0       @ SCTLR
    mrc     p15, 0, r3, c1, c0, 2       @ CPACR
    mrc     p15, 0, r4, c2, c0, 2       @ TTBCR
    mrc     p15, 0, r5, c3, c0, 0       @ DACR
    mrrc    p15, 0, r6, r7, c2          @ TTBR0
    mrrc    p15, 1, r8, r9, c2          @ TTBR1
    mrc     p15, 0, r10, c10, c2, 0     @ PRRR / MAIR0
    mrc     p15, 0, r11, c10, c2, 1     @ NMRR / MAIR1
    mrc     p15, 2, r12, c0, c0, 0      @ CSSELR
    stmia   \base, {r2-r12}

    mrc     p15, 0, r2, c13, c0, 1      @ CONTEXTIDR
    mrc     p15, 0, r3, c13, c0, 2      @ TPIDRURW
    mrc     p15, 0, r4, c13, c0, 3      @ TPIDRURO
    mrc     p15, 0, r5, c13, c0, 4      @ TPIDRPRW
    mrc     p15, 0, r6, c5, c0, 0       @ DFSR
    mrc     p15, 0, r7, c5, c0, 1       @ IFSR
    mrc     p15, 0, r8, c5, c1, 0       @ ADFSR
    mrc     p15, 0, r9, c5, c1, 1       @ AIFSR
    mrc     p15, 0, r10, c6, c0, 0      @ DFAR
    mrc     p15, 0, r11, c6, c0, 2      @ IFAR
    mrc     p15, 0, r12, c12, c0, 0     @ VBAR
    add     \base, \base, #CP15_GROUP_B
    stmia   \base, {r2-r12}

    mrc     p15, 0, r2, c14, c1, 0      @ CNTKCTL
    mrrc    p15, 0, r4, r5, c7          @ PAR
    mrc     p15, 0, r6, c10, c3, 0      @ AMAIR0
    mrc     p15, 0, r7, c10, c3, 1      @ AMAIR1
    add     \base, \base, #(CP15_GROUP_C - CP15_GROUP_B)
    stmia   \base, {r2-r7}
    sub     \base, \base, #CP15_GROUP_C
    .endm

    .macro  load_cp15 base
    add     \base, \base, #CP15_GROUP_C
    ldmia   \base, {r2-r7}
    mcr     p15, 0, r2, c14, c1, 0      @ CNTKCTL
    mcrr    p15, 0, r4, r5, c7          @ PAR
    mcr     p15, 0, r6, c10, c3, 0      @ AMAIR0
    mcr     p15, 0, r7, c10, c3, 1      @ AMAIR1

    sub     \base, \base, #(CP15_GROUP_C - CP15_GROUP_B)
    ldmia   \base, {r2-r12}
    mcr     p15, 0, r2, c13, c0, 1      @ CONTEXTIDR
    mcr     p15, 0, r3, c13, c0, 2      @ TPIDRURW
#ifndef EXERCISE_MISSING_REGISTER
    mcr     p15, 0, r4, c13, c0, 3      @ TPIDRURO
#endif
    mcr     p15, 0, r5, c13, c0, 4      @ TPIDRPRW
    mcr     p15, 0, r6, c5, c0, 0       @ DFSR
    mcr     p15, 0, r7, c5, c0, 1       @ IFSR
    mcr     p15, 0, r8, c5, c1, 0       @ ADFSR
    mcr     p15, 0, r9, c5, c1, 1       @ AIFSR
    mcr     p15, 0, r10, c6, c0, 0      @ DFAR
    mcr     p15, 0, r11, c6, c0, 2      @ IFAR
    mcr     p15, 0, r12, c12, c0, 0     @ VBAR

    sub     \base, \base, #CP15_GROUP_B
    ldmia   \base, {r2-r12}
    mcr     p15, 0, r2, c1, c0, 0       @ SCTLR
    mcr     p15, 0, r3, c1, c0, 2       @ CPACR
    mcr     p15, 0, r4, c2, c0, 2       @ TTBCR
    mcr     p15, 0, r5, c3, c0, 0       @ DACR
    mcrr    p15, 0, r6, r7, c2          @ TTBR0
    mcrr    p15, 1, r8, r9, c2          @ TTBR1
    mcr     p15, 0, r10, c10, c2, 0     @ PRRR / MAIR0
    mcr     p15, 0, r11, c10, c2, 1     @ NMRR / MAIR1
    mcr     p15, 2, r12, c0, c0, 0      @ CSSELR
    .endm

/* VFP: d0-d31, FPEXC, FPSCR, and FPINST, FPINST2 only where FPEXC.EX says that they exist.
 * \base is advanced; clobbers r2-r5. store_vfp leaves FPEXC.EN = 1: whose registers these are may have
 * switched VFP off, and then they could not be read. load_vfp needs it so. */
    .macro  store_vfp base
    vmrs    r2, fpexc
    orr     r3, r2, #FPEXC_EN
    vmsr    fpexc, r3
    vstmia  \base!, {d0-d15}
    vstmia  \base!, {d16-d31}
    vmrs    r3, fpscr
    mov     r4, #0
    mov     r5, #0
    tst     r2, #FPEXC_EX
    beq     101f
    vmrs    r4, fpinst
    tst     r2, #(1 << 28)              @ FP2V: FPINST2 valid
    beq     101f
    vmrs    r5, fpinst2
101:
    stmia   \base!, {r2-r5}
    .endm

    .macro  load_vfp base
    vldmia  \base!, {d0-d15}
    vldmia  \base!, {d16-d31}
    ldmia   \base!, {r2-r5}
    vmsr    fpscr, r3
    tst     r2, #FPEXC_EX
    beq     102f
    vmsr    fpinst, r4
    tst     r2, #(1 << 28)
    beq     102f
    vmsr    fpinst2, r5
102:
    vmsr    fpexc, r2                   @ last: it may switch VFP off
    .endm

/* VGIC: the control registers and list registers of the virtual interface. \vcpu is kept;
 * clobbers r2-r8, r12. Without a VGIC (base 0) nothing is done. Registers are moved by word accesses. */
    .macro  load_vgic vcpu
    ldr     r2, [\vcpu, #VCPU_KVM]
    ldr     r2, [r2, #KVM_VCTRL_BASE]
    cmp     r2, #0
    beq     103f
    add     r3, \vcpu, #VCPU_VGIC
    ldr     r4, [r3, #VGIC_HCR]
    str     r4, [r2, #GICH_HCR]
    ldr     r5, [r3, #VGIC_VMCR]
    str     r5, [r2, #GICH_VMCR]
    ldr     r6, [r3, #VGIC_APR]
    str     r6, [r2, #GICH_APR]
    add     r2, r2, #GICH_LR0
    ldr     r4, [r3, #VGIC_NR_LR]
    add     r3, r3, #VGIC_LR
1031:
    ldr     r5, [r3], #4
    str     r5, [r2], #4
    subs    r4, r4, #1
    bne     1031b
103:
    .endm

    .macro  store_vgic vcpu
    ldr     r2, [\vcpu, #VCPU_KVM]
    ldr     r2, [r2, #KVM_VCTRL_BASE]
    cmp     r2, #0
    beq     104f
    add     r3, \vcpu, #VCPU_VGIC
    ldr     r4, [r2, #GICH_HCR]
    str     r4, [r3, #VGIC_HCR]
    ldr     r5, [r2, #GICH_VMCR]
    str     r5, [r3, #VGIC_VMCR]
    ldr     r6, [r2, #GICH_MISR]
    str     r6, [r3, #VGIC_MISR]
    ldr     r7, [r2, #GICH_EISR0]
    str     r7, [r3, #VGIC_EISR]
    ldr     r8, [r2, #GICH_EISR1]
    str     r8, [r3, #(VGIC_EISR + 4)]
    ldr     r7, [r2, #GICH_ELRSR0]
    str     r7, [r3, #VGIC_ELRSR]
    ldr     r8, [r2, #GICH_ELRSR1]
    str     r8, [r3, #(VGIC_ELRSR + 4)]
    ldr     r12, [r2, #GICH_APR]
    str     r12, [r3, #VGIC_APR]
    mov     r4, #0                      @ the virtual interface is off while the host runs
    str     r4, [r2, #GICH_HCR]
    add     r2, r2, #GICH_LR0
    ldr     r4, [r3, #VGIC_NR_LR]
    add     r3, r3, #VGIC_LR
1041:
    ldr     r5, [r2], #4
    str     r5, [r3], #4
    subs    r4, r4, #1
    bne     1041b
104:
    .endm

/* Timer: virtual timer registers and offset; physical timer closed to, or opened again from, the guest.
 * \vcpu is kept; clobbers r2-r4. */
    .macro  load_timer vcpu
    mrc     p15, 4, r2, c14, c1, 0      @ CNTHCTL
    orr     r2, r2, #CNTHCTL_PL1PCTEN   @ the guest may read the physical counter,
    bic     r2, r2, #CNTHCTL_PL1PCEN    @ not touch the physical timer
    mcr     p15, 4, r2, c14, c1, 0

    ldr     r4, [\vcpu, #VCPU_KVM]
    ldr     r2, [r4, #KVM_TIMER_ENABLED]
    cmp     r2, #0
    beq     105f
    ldr     r2, [r4, #KVM_CNTVOFF]
    ldr     r3, [r4, #(KVM_CNTVOFF + 4)]
    mcrr    p15, 4, r2, r3, c14         @ CNTVOFF
    ldr     r2, [\vcpu, #VCPU_TIMER_CVAL]
    ldr     r3, [\vcpu, #(VCPU_TIMER_CVAL + 4)]
    mcrr    p15, 3, r2, r3, c14         @ CNTV_CVAL
    isb
    ldr     r2, [\vcpu, #VCPU_TIMER_CTL]
    and     r2, r2, #(CNTV_CTL_ENABLE | CNTV_CTL_IMASK)
    mcr     p15, 0, r2, c14, c3, 1      @ CNTV_CTL
105:
    .endm

    .macro  store_timer vcpu
    ldr     r4, [\vcpu, #VCPU_KVM]
    ldr     r2, [r4, #KVM_TIMER_ENABLED]
    cmp     r2, #0
    beq     106f
    mrc     p15, 0, r2, c14, c3, 1      @ CNTV_CTL
    str     r2, [\vcpu, #VCPU_TIMER_CTL]
    bic     r2, r2, #CNTV_CTL_ENABLE    @ no virtual timer interrupt while the host runs
    mcr     p15, 0, r2, c14, c3, 1
    isb
    mrrc    p15, 3, r2, r3, c14         @ CNTV_CVAL
    str     r2, [\vcpu, #VCPU_TIMER_CVAL]
    str     r3, [\vcpu, #(VCPU_TIMER_CVAL + 4)]
    mov     r2, #0
    mcrr    p15, 4, r2, r2, c14         @ CNTVOFF := 0: the host's virtual time is physical time
106:
    mrc     p15, 4, r2, c14, c1, 0      @ CNTHCTL
    orr     r2, r2, #(CNTHCTL_PL1PCTEN | CNTHCTL_PL1PCEN)
    mcr     p15, 4, r2, c14, c1, 0
    .endm

/* Traps from the guest to Hyp, all but those of HCR. Clobbers r2, r3. */
    .macro  set_traps
    mov     r2, #HSTR_T15
    mcr     p15, 4, r2, c1, c1, 3       @ HSTR: implementation-defined c15
    mrc     p15, 4, r2, c1, c1, 2       @ HCPTR: trace registers, VFP (the lazy switch)
    ldr     r3, =HCPTR_GUEST_MASK
    orr     r2, r2, r3
    mcr     p15, 4, r2, c1, c1, 2
    mrc     p15, 4, r2, c1, c1, 1       @ HDCR: debug registers, performance monitors
    orr     r2, r2, #HDCR_GUEST_MASK
    mcr     p15, 4, r2, c1, c1, 1
    .endm

/* ... and off again. \old := HCPTR as it was. Clobbers r2, r3. */
    .macro  clear_traps old
    mov     r2, #0
    mcr     p15, 4, r2, c1, c1, 3       @ HSTR
    mrc     p15, 4, r2, c1, c1, 1       @ HDCR
    bic     r2, r2, #HDCR_GUEST_MASK
    mcr     p15, 4, r2, c1, c1, 1
    mrc     p15, 4, \old, c1, c1, 2     @ HCPTR
    ldr     r3, =(HCPTR_TTA | HCPTR_TCP10 | HCPTR_TCP11)
    bic     r2, \old, r3
    mcr     p15, 4, r2, c1, c1, 2
    isb
    .endm
