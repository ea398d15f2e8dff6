/*
 * What is measured: from bench_NAME_begin to bench_NAME_end.
 */
#include "board.h"

    .syntax unified
    .arch armv7-a
    .arch_extension virt
    .cfi_sections .debug_frame
    .text
    .arm

#define SPINS 4096

    .macro  operation name
    .global \name
    .type \name, %function
\name:
    .cfi_startproc
    .endm

    .macro  mark name, where
    .global \name\()_\where
\name\()_\where:
    .endm

    .macro  done name
    bx      lr
    .cfi_endproc
    .size \name, . - \name
    .endm

/* To the hypervisor and back, with as little to do there as there is: PSCI_VERSION. */
    operation bench_hypercall
    ldr     r0, =PSCI_VERSION
    mark    bench_hypercall, begin
    hvc     #0
    mark    bench_hypercall, end
    done    bench_hypercall

/* A device that the highvisor plays: GICD_IIDR. */
    operation bench_io_kernel
    ldr     r1, =(BOARD_GICD_BASE + 8)
    mark    bench_io_kernel, begin
    ldr     r0, [r1]
    mark    bench_io_kernel, end
    done    bench_io_kernel

/* A device that the VMM plays at PL0: UARTFR. */
    operation bench_io_user
    ldr     r1, =(BOARD_UART_BASE + 0x18)
    mark    bench_io_user, begin
    ldr     r0, [r1]
    mark    bench_io_user, end
    done    bench_io_user

/* Takes an interrupt that is pending, and ends it: GICC_IAR, GICC_EOIR. */
    operation bench_eoi_ack
    ldr     r1, =BOARD_GICC_BASE
    mark    bench_eoi_ack, begin
    ldr     r0, [r1, #0xc]
    str     r0, [r1, #0x10]
    mark    bench_eoi_ack, end
    done    bench_eoi_ack

/* An SGI to vCPU 1, until that has taken it. On one physical core, WFE lets it run. */
    operation bench_ipi
    ldr     r1, =(BOARD_GICD_BASE + 0xf00)
    ldr     r2, =ipi_taken
    mov     r0, #0
    str     r0, [r2]
    mov     r0, #(2 << 16)
    orr     r0, r0, #1
    mov     r3, #SPINS
    mark    bench_ipi, begin
    str     r0, [r1]
1:  ldr     r12, [r2]
    cmp     r12, #0
    bne     2f
    subs    r3, r3, #1
    bne     1b
    mov     r3, #1
    wfe
    b       1b
2:
    mark    bench_ipi, end
    done    bench_ipi
    .ltorg

    .bss
    .balign 4
    .global ipi_taken
ipi_taken:
    .space  4
