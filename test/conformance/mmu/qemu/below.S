/* The pieces of code that make accesses: below Hyp, or in Secure state. */
        .arch   armv7ve
        .arch_extension virt
        .syntax unified
        .arm

/* What runs at PL1 and PL0, at fixed places (batch.ts CODE). r1: address; r0: value. */
        .section .below, "ax"
        .global pl1_vectors
pl1_vectors:
        b       .
        hvc     #0x11
        hvc     #0x12
        hvc     #0x13
        hvc     #0x14
        hvc     #0x15
        hvc     #0x16
        hvc     #0x17
        .global code_read, code_write, code_execute, code_read_unprivileged, code_translate
code_read:                                      @ CODE + 0x20
        ldr     r0, [r1]
        svc     #0
        .balign 16
code_write:                                     @ CODE + 0x30
        str     r0, [r1]
        svc     #0
        .balign 16
code_execute:                                   @ CODE + 0x40
        bx      r1
        .balign 16
code_read_unprivileged:                         @ CODE + 0x50
        ldrt    r0, [r1]
        svc     #0
        .balign 16
code_translate:                                 @ CODE + 0x60
        mcr     p15, 0, r1, c7, c8, 0           @ ATS1CPR
        svc     #0
        .balign 16
        .global code_translate_cpw, code_translate_cur, code_translate_cuw
code_translate_cpw:                             @ CODE + 0x70
        mcr     p15, 0, r1, c7, c8, 1
        svc     #0
        .balign 16
code_translate_cur:                             @ CODE + 0x80
        mcr     p15, 0, r1, c7, c8, 2
        svc     #0
        .balign 16
code_translate_cuw:                             @ CODE + 0x90
        mcr     p15, 0, r1, c7, c8, 3
        svc     #0
