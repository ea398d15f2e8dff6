/*
 * Hyp initialization: from the stub to a Hyp mode with its own stack, translation and vectors.
 *
 * The kernel sets HVBAR to __kvm_hyp_init (by the stub) and executes HVC. The code below turns on Hyp's
 * MMU, so it must sit at an address that means the same before and after: it is linked at its physical
 * address and Hyp's tables map that page one to one. From then on Hyp uses kernel virtual addresses.
 *
 * Call: r0, r1 = physical address of Hyp's level 1 table, r2 = top of this core's Hyp stack,
 *       r3 = HVBAR, the run-time vectors (both kernel VA). Executed on every core that runs vCPUs.
 */
#include "assembly.h"
#include "kvm-arm.h"

    .section .idmap.text, "ax"

    .balign 32
    .global __kvm_hyp_init
    .type __kvm_hyp_init, %function
__kvm_hyp_init:
    .cfi_startproc
    .cfi_undefined lr
    b       .                           @ 0x00 .. 0x10: nothing else can be taken here
    b       .
    b       .
    b       .
    b       .
    b       __do_hyp_init               @ 0x14 Hyp trap: the kernel's HVC
    b       .
    b       .
    .cfi_endproc
    .size __kvm_hyp_init, . - __kvm_hyp_init

    .global __do_hyp_init
    .type __do_hyp_init, %function
__do_hyp_init:
    .cfi_startproc
    .cfi_undefined lr
    mov     sp, r2
    mcr     p15, 4, r3, c12, c0, 0      @ HVBAR
    mcrr    p15, 4, r0, r1, c2          @ HTTBR
    mov     r0, #0
    mcr     p15, 4, r0, c13, c0, 2      @ HTPIDR: no vcpu yet

    @ HTCR: T0SZ = 0 (4 GiB from level 1), walk attributes those of the kernel's TTBCR.
    mrc     p15, 0, r0, c2, c0, 2       @ TTBCR
    ldr     r1, =TCR_WALK_ATTRIBUTES
    and     r0, r0, r1
    ldr     r1, =HTCR_RES1
    orr     r1, r0, r1
    mcr     p15, 4, r1, c2, c0, 2       @ HTCR

    @ VTCR: the same attributes, 40-bit IPA, concatenated root at level 1.
    ldr     r1, =(VTCR_RES1 | VTCR_SL0_LEVEL1 | VTCR_S | VTCR_T0SZ)
    orr     r0, r0, r1
    mcr     p15, 4, r0, c2, c1, 2       @ VTCR

    @ Memory types: the kernel's (its MAIRs, long-descriptor format).
    mrc     p15, 0, r0, c10, c2, 0
    mcr     p15, 4, r0, c10, c2, 0      @ HMAIR0
    mrc     p15, 0, r0, c10, c2, 1
    mcr     p15, 4, r0, c10, c2, 1      @ HMAIR1

    mcr     p15, 4, r0, c8, c7, 0       @ TLBIALLH
    dsb     ish

    @ HSCTLR: the kernel's EE, FI, I and C, plus the MMU.
    mrc     p15, 4, r0, c1, c0, 0
    mrc     p15, 0, r1, c1, c0, 0       @ SCTLR
    ldr     r2, =((1 << 25) | (1 << 21) | (1 << 12) | (1 << 2))
    and     r1, r1, r2
    bic     r0, r0, r2
    orr     r0, r0, r1
    orr     r0, r0, #1                  @ M
    isb
    mcr     p15, 4, r0, c1, c0, 0
    isb
    eret
    .cfi_endproc
    .size __do_hyp_init, . - __do_hyp_init
    .pool
