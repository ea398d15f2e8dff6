@ A guest that has two hypercalls answered, and takes asynchronous aborts meanwhile, in both formats of the fault status. It
@ says what it takes: 'S' in the short-descriptor format, 'L' in the long one, 'D' anything else, 'V' a hypercall that was
@ answered wrong; and powers off. MMU off; entered in SVC at RAM + 32 KiB.
    .include "guest.inc"

    .equ    PSCI_VERSION, 0x84000000

_start:
    ldr     r0, =vectors
    mcr     p15, 0, r0, c12, c0, 0          @ VBAR
    isb
    ldr     r4, =UART
    mov     r5, #0                          @ how many hypercalls were answered
    cpsie   a
1:  ldr     r0, =PSCI_VERSION
    hvc     #0
    cmp     r0, #2                          @ 0.2
    movne   r0, #'V'
    strne   r0, [r4]
    mov     r0, #(1 << 31)
    mcr     p15, 0, r0, c2, c0, 2           @ TTBCR.EAE
    isb
    add     r5, r5, #1
    cmp     r5, #2
    blo     1b
    mov     r0, #'\n'
    str     r0, [r4]
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    hvc     #0
    b       .

data_abort:
    mrc     p15, 0, r6, c5, c0, 0           @ DFSR
    mov     r7, #'D'
    sub     r8, r6, #0x400
    cmp     r8, #0x006
    moveq   r7, #'S'
    sub     r8, r6, #0x200
    cmp     r8, #0x011
    moveq   r7, #'L'
    str     r7, [r4]
    subs    pc, lr, #8
    .ltorg

    .balign 32
vectors:
    b       .
    b       .
    b       .
    b       .
    b       data_abort
    b       .
    b       .
    b       .
