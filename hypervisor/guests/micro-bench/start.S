/*
 * The first instructions of both vCPUs, the second one's wait, and its interrupt.
 */
#include "board.h"

    .syntax unified
    .arch armv7-a
    .arch_extension virt
    .cfi_sections .debug_frame
    .section .text.start, "ax"
    .arm

#define SPINS 4096

    .global bench_start
    .type bench_start, %function
bench_start:
    .cfi_startproc
    .cfi_undefined lr
    cpsid   aif
    ldr     sp, =primary_stack_top
    ldr     r0, =__bss_start
    ldr     r1, =__bss_end
    mov     r2, #0
1:  cmp     r0, r1
    strlo   r2, [r0], #4
    blo     1b
    bl      bench_main
    b       .
    .cfi_endproc
    .size bench_start, . - bench_start

    .global bench_secondary_start
    .type bench_secondary_start, %function
bench_secondary_start:
    .cfi_startproc
    .cfi_undefined lr
    ldr     sp, =secondary_stack_top
    ldr     r0, =bench_vectors
    mcr     p15, 0, r0, c12, c0, 0      @ VBAR
    isb
    bl      secondary_main
    cpsie   i
wait_for_ipi:                           @ busy, so that it runs when the interrupt comes
    mov     r0, #SPINS
2:  subs    r0, r0, #1
    bne     2b
    wfe                                 @ on one physical core the other vCPU is to run, too
    b       wait_for_ipi
    .cfi_endproc
    .size bench_secondary_start, . - bench_secondary_start

/* Of the second vCPU; r0 is wait_for_ipi's, the rest is free. */
    .type take_ipi, %function
take_ipi:
    .cfi_startproc
    .cfi_undefined lr
    ldr     r4, =BOARD_GICC_BASE
    ldr     r5, [r4, #0xc]              @ GICC_IAR
    str     r5, [r4, #0x10]             @ GICC_EOIR
    ldr     r6, =ipi_taken
    mov     r7, #1
    .global bench_ipi_taken
bench_ipi_taken:
    str     r7, [r6]
    subs    pc, lr, #4
    .cfi_endproc
    .size take_ipi, . - take_ipi

    .balign 32
    .type bench_vectors, %function
bench_vectors:
    .cfi_startproc
    .cfi_undefined lr
    b       .
    b       .
    b       .
    b       .
    b       .
    b       .
    b       take_ipi
    b       .
    .cfi_endproc
    .size bench_vectors, . - bench_vectors

    .global call_hvc
    .type call_hvc, %function
call_hvc:
    .cfi_startproc
    hvc     #0
    bx      lr
    .cfi_endproc
    .size call_hvc, . - call_hvc
    .ltorg

    .bss
    .balign 8
    .space  1024
primary_stack_top:
    .space  1024
secondary_stack_top:
