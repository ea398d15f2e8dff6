@ A guest that uses its physical timer, which the hypervisor plays: waits for it in WFI, with a time-out (CNTP_TVAL) and
@ at a count (CNTP_CVAL), and looks at its registers. Prints a letter for each, and a full stop at the end.
    .include "guest.inc"

_start:
    cpsid   aif
    ldr     r4, =GICD
    ldr     r5, =GICC
    ldr     r6, =UART
    mov     r1, #1
    str     r1, [r4]                        @ GICD_CTLR
    mov     r1, #(1 << 30)
    str     r1, [r4, #0x100]                @ GICD_ISENABLER0: PPI 30
    mov     r1, #0xf0
    str     r1, [r5, #4]                    @ GICC_PMR
    mov     r1, #1
    str     r1, [r5]                        @ GICC_CTLR

    ldr     r7, =100000
    mcr     p15, 0, r7, c14, c2, 0          @ CNTP_TVAL
    mrc     p15, 0, r0, c14, c2, 0
    cmp     r0, r7                          @ it counts down
    movle   r8, #'A'
    movgt   r8, #'?'
    str     r8, [r6]
    mov     r1, #1
    mcr     p15, 0, r1, c14, c2, 1          @ CNTP_CTL: enabled
    wfi
    bl      taken
    mrc     p15, 0, r0, c14, c2, 1
    cmp     r0, #5                          @ enabled, condition met
    moveq   r8, #'B'
    movne   r8, #'?'
    str     r8, [r6]

    mrrc    p15, 0, r0, r1, c14             @ CNTPCT
    adds    r0, r0, r7
    adc     r1, r1, #0
    mcrr    p15, 2, r0, r1, c14             @ CNTP_CVAL
    mrrc    p15, 2, r2, r3, c14
    cmp     r0, r2
    cmpeq   r1, r3
    moveq   r8, #'C'
    movne   r8, #'?'
    str     r8, [r6]
    wfi
    bl      taken
    mov     r1, #0
    mcr     p15, 0, r1, c14, c2, 1          @ off
    mrc     p15, 0, r0, c14, c2, 1
    cmp     r0, #0
    moveq   r8, #'.'
    movne   r8, #'?'
    str     r8, [r6]
    mov     r8, #'\n'
    str     r8, [r6]
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    hvc     #0
    b       .

taken:                                      @ PPI 30 is there to acknowledge
    ldr     r0, [r5, #0xc]                  @ GICC_IAR
    cmp     r0, #30
    moveq   r8, #'i'
    movne   r8, #'?'
    str     r8, [r6]
    str     r0, [r5, #0x10]                 @ GICC_EOIR
    bx      lr
    .ltorg
