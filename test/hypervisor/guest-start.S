@ The beginning of a guest in C: entered in SVC at RAM + 32 KiB, MMU off, its .bss in RAM that is 0.
    .syntax unified
    .arch armv7-a
    .arm
    .section .text.start, "ax"
    .global _start

_start:
    cpsid   aif
    ldr     sp, =0x40300000
    bl      main
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    .arch_extension virt
    hvc     #0
    b       .
