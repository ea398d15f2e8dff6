/*
 * hello-hyp: the smallest program that lives in Hyp mode (PL2).
 *
 * The machine enters at _start in Hyp with MMU and caches off. This file sets the stack, installs the
 * Hyp vectors (HVBAR), clears .bss and calls main. An exception of its own (one HVC) goes through
 * `hyp_vectors`: taken from Hyp mode it uses the vector at offset 0x08, not 0x14, which is for traps
 * from the modes below.
 */
    .syntax unified
    .arch armv7-a
    .arch_extension virt
    .arch_extension sec
    .cfi_sections .debug_frame

    .section .text.start, "ax"
    .arm

    .global _start
    .type _start, %function
_start:
    .cfi_startproc
    .cfi_undefined lr
    ldr     sp, =hyp_stack_top
    mrs     r0, cpsr
    and     r0, r0, #0x1f
    cmp     r0, #0x1a               @ Hyp?
    bne     not_in_hyp
    ldr     r1, =hyp_vectors
    mcr     p15, 4, r1, c12, c0, 0  @ HVBAR
    isb

    ldr     r0, =__bss_start
    ldr     r1, =__bss_end
    mov     r2, #0
1:  cmp     r0, r1
    strlo   r2, [r0], #4
    blo     1b

    bl      main

    ldr     r0, =0x84000008         @ PSCI SYSTEM_OFF
    smc     #0
2:  wfi
    b       2b

not_in_hyp:
    ldr     r0, =0x84000008         @ entered in SVC: PSCI answers HVC there
    hvc     #0
    b       2b
    .cfi_endproc
    .size _start, . - _start

    .balign 32
    .global hyp_vectors
    .type hyp_vectors, %function
hyp_vectors:
    .cfi_startproc
    .cfi_undefined lr
    b       hyp_unexpected          @ 0x00 not used
    b       hyp_unexpected          @ 0x04 Undefined Instruction, from Hyp
    b       hyp_hvc                 @ 0x08 HVC from Hyp
    b       hyp_unexpected          @ 0x0c Prefetch Abort, from Hyp
    b       hyp_unexpected          @ 0x10 Data Abort, from Hyp
    b       hyp_unexpected          @ 0x14 Hyp trap, from below
    b       hyp_unexpected          @ 0x18 IRQ
    b       hyp_unexpected          @ 0x1c FIQ
    .cfi_endproc
    .size hyp_vectors, . - hyp_vectors

    .global hyp_hvc
    .type hyp_hvc, %function
hyp_hvc:
    .cfi_startproc
    push    {r0-r3, r12, lr}
    .cfi_def_cfa_offset 24
    .cfi_offset lr, -4
    mrc     p15, 4, r0, c5, c2, 0   @ HSR: the syndrome
    mrs     r1, elr_hyp             @ the preferred return address: after the HVC
    mrs     r2, spsr
    bl      handle_hvc
    pop     {r0-r3, r12, lr}
    .cfi_restore lr
    .cfi_def_cfa_offset 0
    eret
    .cfi_endproc
    .size hyp_hvc, . - hyp_hvc

    .global hyp_unexpected
    .type hyp_unexpected, %function
hyp_unexpected:
    .cfi_startproc
    .cfi_undefined lr
    mrc     p15, 4, r0, c5, c2, 0
    mrs     r1, elr_hyp
    bl      handle_unexpected
3:  wfi
    b       3b
    .cfi_endproc
    .size hyp_unexpected, . - hyp_unexpected

    .bss
    .balign 8
    .space 4096
    .global hyp_stack_top
hyp_stack_top:
