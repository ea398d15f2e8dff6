/*
 * The instructions the teaching guest wants to see trapped, one function each, so that a breakpoint can
 * be set on each by name. VFP: data movement only.
 */
    .syntax unified
    .arch armv7-a
    .arch_extension sec
    .arch_extension virt
    .fpu neon-vfpv4
    .cfi_sections .debug_frame
    .text
    .arm

    .macro  one name, insn
    .global \name
    .type \name, %function
\name:
    .cfi_startproc
    \insn
    bx      lr
    .cfi_endproc
    .size \name, . - \name
    .endm

    one trap_cp14_trace, "mrc p14, 1, r0, c0, c0, 1"      @ a trace register: HCPTR.TTA
    one trap_wfi, "wfi"                                   @ HCR.TWI
    one trap_wfe, "wfe"                                   @ HCR.TWE
    one trap_smc, "smc #0"                                @ HCR.TSC
    one trap_actlr_read, "mrc p15, 0, r0, c1, c0, 1"      @ HCR.TAC
    one trap_actlr_write, "mcr p15, 0, r0, c1, c0, 1"
    one trap_dccisw, "mcr p15, 0, r0, c7, c14, 2"         @ HCR.TSW
    one trap_dccsw, "mcr p15, 0, r0, c7, c10, 2"
    one trap_dcisw, "mcr p15, 0, r0, c7, c6, 2"
    one trap_l2ctlr, "mrc p15, 1, r0, c9, c0, 2"          @ HCR.TIDCP
    one trap_l2ectlr, "mrc p15, 1, r0, c9, c0, 3"
    one call_hvc, "hvc #0"                                @ r0-r3: a PSCI call
    one undefined_instruction, "udf #7"

/* Called in SVC mode, SVC overwrites LR_svc: save it. */
    .global call_svc
    .type call_svc, %function
call_svc:
    .cfi_startproc
    push    {r4, lr}
    .cfi_def_cfa_offset 8
    .cfi_offset r4, -8
    .cfi_offset lr, -4
    svc     #42
    pop     {r4, pc}
    .cfi_endproc
    .size call_svc, . - call_svc

/* void vfp_enable(void), void vfp_disable(void): FPEXC.EN */
    .global vfp_enable
    .type vfp_enable, %function
vfp_enable:
    .cfi_startproc
    mov     r0, #(1 << 30)
    vmsr    fpexc, r0
    bx      lr
    .cfi_endproc
    .size vfp_enable, . - vfp_enable

    .global vfp_disable
    .type vfp_disable, %function
vfp_disable:
    .cfi_startproc
    mov     r0, #0
    vmsr    fpexc, r0
    bx      lr
    .cfi_endproc
    .size vfp_disable, . - vfp_disable

/* void vfp_load(const u64 *from), void vfp_store(u64 *to): d0-d31 */
    .global vfp_load
    .type vfp_load, %function
vfp_load:
    .cfi_startproc
    vldmia  r0!, {d0-d15}
    vldmia  r0!, {d16-d30}
    vldr    d31, [r0]
    bx      lr
    .cfi_endproc
    .size vfp_load, . - vfp_load

    .global vfp_store
    .type vfp_store, %function
vfp_store:
    .cfi_startproc
    vstmia  r0!, {d0-d15}
    vstmia  r0!, {d16-d30}
    vstr    d31, [r0]
    bx      lr
    .cfi_endproc
    .size vfp_store, . - vfp_store

/* u32 vfp_move(u32 value): through d5, in both directions */
    .global vfp_move
    .type vfp_move, %function
vfp_move:
    .cfi_startproc
    vmov    d5, r0, r0
    vmov    r1, s11
    vmov    s10, r1
    vmov    r0, r1, d5
    bx      lr
    .cfi_endproc
    .size vfp_move, . - vfp_move
