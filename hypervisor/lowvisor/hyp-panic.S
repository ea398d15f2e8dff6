/*
 * A fault of Hyp mode itself: nothing can go on, but the host says which world it was, where and why.
 *
 * Nothing is taken for granted here: the stack least of all, then what the fault was about to leave behind. So
 * there are three ways out, each for a fault in the one before, and what is known of each fault is kept:
 *   1. the host's world is put back in its place, from wherever in a world switch it is, and panics;
 *   2. a host that is good for a panic alone: control registers from a copy made at start, a stack of its own;
 *   3. a line of text by Hyp mode, and the machine is switched off.
 * A fault in the last one ends in WFI.
 */
#include "assembly.h"
#include "board.h"
#include "kvm-arm.h"
#include "layout.h"
#include "vcpu-layout.h"

    .section .hyp.text, "ax"

#include "state-macros.h"

#define UART_DR 0x00
#define UART_FR 0x18
#define UART_FR_TXFF (1 << 5)

/* void __hyp_panic_init(struct hyp_panic *panic): the host's control registers as they are now are good for a panic. */
    .global __hyp_panic_init
    .type __hyp_panic_init, %function
__hyp_panic_init:
    .cfi_startproc
    push    {r4-r12}
    .cfi_adjust_cfa_offset 36
    add     r0, r0, #HYP_PANIC_HOST_CP15
    store_cp15 r0
    pop     {r4-r12}
    .cfi_adjust_cfa_offset -36
    bx      lr
    .cfi_endproc
    .size __hyp_panic_init, . - __hyp_panic_init

/* Traps, virtualization and Stage 2 off. Clobbers r2, r3, r8. */
    .macro  leave_guest
    mov     r2, #0
    mcrr    p15, 6, r2, r2, c2          @ VTTBR
    mcr     p15, 4, r2, c1, c1, 0       @ HCR
    clear_traps r8
    .endm

/* To kvm_hyp_panic in SVC, with A, I and F masked. Clobbers r2. */
    .macro  enter_host
    ldr     r2, =0x1d3
    msr     spsr_cxsf, r2
    ldr     r2, =kvm_hyp_panic
    msr     elr_hyp, r2
    eret
    .endm

/* From the vectors. r1 = ARM_EXCEPTION_*; no other register, and no stack, is worth anything any more. */
    .global hyp_panic_begin
    .type hyp_panic_begin, %function
hyp_panic_begin:
    .cfi_startproc
    .cfi_undefined lr
    mrc     p15, 0, r2, c0, c0, 5       @ MPIDR: this core among those of its cluster
    and     r2, r2, #(NR_CPUS - 1)
    ldr     r4, =hyp_panics
    add     r4, r4, r2, lsl #HYP_PANIC_SHIFT
    ldr     r5, =panic_stacks + PANIC_STACK_SIZE
    add     r5, r5, r2, lsl #PANIC_STACK_SHIFT
    ldr     r6, [r4, #HYP_PANIC_COUNT]
    add     r6, r6, #1
    str     r6, [r4, #HYP_PANIC_COUNT]
    cmp     r6, #2
    bhi     hyp_panic_in_hyp

    addlo   r7, r4, #HYP_PANIC_FIRST
    addeq   r7, r4, #HYP_PANIC_SECOND
    str     r1, [r7, #HYP_FAULT_CODE]
    str     sp, [r7, #HYP_FAULT_SP]
    mrs     r2, elr_hyp
    str     r2, [r7, #HYP_FAULT_ELR]
    mrs     r2, spsr
    str     r2, [r7, #HYP_FAULT_SPSR]
    mrc     p15, 4, r2, c5, c2, 0       @ HSR
    str     r2, [r7, #HYP_FAULT_HSR]
    mrc     p15, 4, r2, c6, c0, 0       @ HDFAR
    str     r2, [r7, #HYP_FAULT_HDFAR]
    mrc     p15, 4, r2, c6, c0, 2       @ HIFAR
    str     r2, [r7, #HYP_FAULT_HIFAR]
    mrc     p15, 4, r2, c1, c1, 0       @ HCR
    str     r2, [r7, #HYP_FAULT_HCR]
    mrrc    p15, 6, r2, r3, c2          @ VTTBR
    str     r2, [r7, #HYP_FAULT_VTTBR]
    str     r3, [r7, #(HYP_FAULT_VTTBR + 4)]
    mrc     p15, 4, r0, c13, c0, 2      @ HTPIDR: 0 outside a world switch
    str     r0, [r7, #HYP_FAULT_VCPU]
    beq     hyp_panic_new_host

/* 1. r0 = vcpu, if it was a world switch. */
    .global hyp_panic_old_host
hyp_panic_old_host:
    leave_guest
    cmp     r0, #0
    beq     1f
    ldr     r1, [r0, #VCPU_HOST_SP]
    store_timer r0
    store_vgic r0
    cmp     r1, #0
    beq     1f                          @ the host's registers are in their place
    load_cp15 r1
    add     r1, r1, #CP15_STATE_SIZE
    load_banked r1
1:  enter_host

/* 2. r4 = this core's struct hyp_panic, r5 = the end of its stack for a panic. */
    .global hyp_panic_new_host
hyp_panic_new_host:
    leave_guest
    mov     r2, #0
    mcr     p15, 0, r2, c14, c3, 1      @ CNTV_CTL
    mcrr    p15, 4, r2, r2, c14         @ CNTVOFF
    mrc     p15, 4, r2, c14, c1, 0      @ CNTHCTL
    orr     r2, r2, #(CNTHCTL_PL1PCTEN | CNTHCTL_PL1PCEN)
    mcr     p15, 4, r2, c14, c1, 0
    msr     sp_svc, r5
    add     r1, r4, #HYP_PANIC_HOST_CP15
    load_cp15 r1
    enter_host

/* 3. r6 = the number of the fault. */
    .global hyp_panic_in_hyp
hyp_panic_in_hyp:
    cmp     r6, #4
    bhi     3f
    beq     2f
    ldr     r1, =BOARD_UART_BASE + DEVICE_VA_OFFSET
    adr     r2, hyp_panic_text
1:  ldrb    r0, [r2], #1
    cmp     r0, #0
    beq     2f
    strb    r0, [r1, #UART_DR]
4:  ldr     r0, [r1, #UART_FR]
    tst     r0, #UART_FR_TXFF
    bne     4b
    b       1b
2:  ldr     r0, =PSCI_SYSTEM_OFF
    smc     #0
3:  wfi
    b       3b
    .cfi_endproc
    .size hyp_panic_begin, . - hyp_panic_begin
    .pool

hyp_panic_text:
    .asciz  "\r\nhost: panic: Hyp mode finds no way to the host any more: three faults, power off\r\n"
    .balign 4
