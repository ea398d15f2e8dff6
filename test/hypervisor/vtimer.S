@ A guest that looks at its virtual timer's interrupt as a level-sensitive one: it comes again after an EOI while the
@ timer has not been programmed anew, and goes when it has. IRQs stay masked; it asks its CPU interface. Prints a letter
@ for each, and a full stop at the end. Before that: 'a' if it comes at once when the timer has expired again before the
@ EOI of its last interrupt, '-' if it needs an exit.
    .include "guest.inc"

_start:
    cpsid   aif
    ldr     r4, =GICD
    ldr     r5, =GICC
    ldr     r6, =UART
    mov     r1, #1
    str     r1, [r4]                        @ GICD_CTLR
    mov     r1, #(1 << 27)
    str     r1, [r4, #0x100]                @ GICD_ISENABLER0: PPI 27
    mov     r1, #0xf0
    str     r1, [r5, #4]                    @ GICC_PMR
    mov     r1, #1
    str     r1, [r5]                        @ GICC_CTLR

    ldr     r0, [r4, #0xc04]                @ GICD_ICFGR1: all PPIs level-sensitive,
    mvn     r1, #0
    str     r1, [r4, #0xc04]                @ whatever is written
    ldr     r1, [r4, #0xc04]
    orrs    r0, r0, r1
    moveq   r8, #'C'
    bl      say

    ldr     r7, =2000
    mcr     p15, 0, r7, c14, c3, 0          @ CNTV_TVAL
    mov     r1, #1
    mcr     p15, 0, r1, c14, c3, 1          @ CNTV_CTL: enabled
    wfi
    bl      acknowledge
    ldr     r1, [r4]                        @ an exit while it is active
    mrc     p15, 0, r0, c14, c3, 1
    cmp     r0, #5                          @ enabled, condition met; nobody has masked it
    moveq   r8, #'T'
    bl      say
    str     r2, [r5, #0x10]                 @ GICC_EOIR
    bl      acknowledge                     @ the line is high still

    mvn     r7, #(1 << 31)
    mcr     p15, 0, r7, c14, c3, 0          @ CNTV_TVAL: a long time from now
    isb
    str     r2, [r5, #0x10]
    ldr     r1, [r4]
    bl      none

    mov     r7, #0
    mcr     p15, 0, r7, c14, c3, 0          @ expired at once
    isb
    wfi                                     @ on its way to the guest now,
    mov     r1, #0
    mcr     p15, 0, r1, c14, c3, 1          @ which doesn't want it any more
    isb
    ldr     r1, [r4]
    bl      none

    mov     r1, #1
    mcr     p15, 0, r1, c14, c3, 1
    isb
    bl      acknowledge
    ldr     r7, =2000
    mcr     p15, 0, r7, c14, c3, 0
    isb
1:  mrc     p15, 0, r0, c14, c3, 1
    tst     r0, #4                          @ the line was low, and is high again
    beq     1b
    str     r2, [r5, #0x10]                 @ GICC_EOIR: the physical interrupt is deactivated, and pending
    mov     r3, #1000
2:  ldr     r2, [r5, #0xc]                  @ GICC_IAR
    cmp     r2, #27
    subsne  r3, r3, #1
    bne     2b
    cmp     r2, #27
    moveq   r8, #'a'
    movne   r8, #'-'
    str     r8, [r6]                        @ an exit
    blne    acknowledge

    mov     r8, #'.'
    str     r8, [r6]
    mov     r8, #'\n'
    str     r8, [r6]
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    hvc     #0
    b       .

say:                                        @ r8 if the flags are those of equality
    movne   r8, #'?'
    str     r8, [r6]
    bx      lr

acknowledge:                                @ PPI 27 is there, at the latest after some exits; r2 := GICC_IAR
    mov     r3, #10
1:  ldr     r2, [r5, #0xc]                  @ GICC_IAR
    cmp     r2, #27
    beq     2f
    ldr     r1, [r4]
    subs    r3, r3, #1
    bne     1b
    cmp     r2, #27
2:  moveq   r8, #'i'
    b       say

none:                                       @ nothing is there to acknowledge
    ldr     r2, [r5, #0xc]
    lsr     r2, r2, #2
    cmp     r2, #(1020 >> 2)
    moveq   r8, #'-'
    b       say
    .ltorg
