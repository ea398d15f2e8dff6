@ A guest that stores to each page of its RAM from 1 MiB on, as many as PAGES says, and switches itself off.
    .include "guest.inc"

    .equ    PAGES, 24

_start:
    ldr     r1, =0x40100000
    mov     r2, #PAGES
1:  str     r2, [r1]
    add     r1, r1, #4096
    subs    r2, r2, #1
    bne     1b
    mov     r0, #'f'
    ldr     r1, =UART
    str     r0, [r1]
    mov     r0, #'\n'
    str     r0, [r1]
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    hvc     #0
    .ltorg
