@ A guest that has the machine's own real-time clock (PL031) and leaves it in a bad state: set to another time, its line
@ high, the interrupt taken and not ended. Before that it looks for what another has left: 'r' if the clock is as after a
@ reset, '-' if no interrupt is pending though it is enabled, 't' if it has not the time that another has set;
@ then 'i' for its own interrupt. With LINE defined it is not taken, only pending.
    .include "guest.inc"

    .equ    INTID, 34
    .equ    LEFT, 1000                      @ seconds: the clock of no machine

_start:
    cpsid   aif
    ldr     r4, =GICD
    ldr     r5, =GICC
    ldr     r6, =UART
    ldr     r9, =RTC

    ldr     r0, [r9, #RTCIMSC]
    ldr     r1, [r9, #RTCRIS]
    orr     r0, r0, r1
    ldr     r1, [r9, #RTCMR]
    orrs    r0, r0, r1
    moveq   r8, #'r'
    bl      say

    mov     r1, #0xf0
    str     r1, [r5, #4]                    @ GICC_PMR
    mov     r1, #1
    str     r1, [r5]                        @ GICC_CTLR
    str     r1, [r4]                        @ GICD_CTLR
    mov     r1, #(1 << (INTID - 32))
    str     r1, [r4, #0x104]                @ GICD_ISENABLER1
    mov     r3, #20
1:  ldr     r0, [r4]                        @ an exit
    ldr     r2, [r5, #0xc]                  @ GICC_IAR
    lsr     r2, r2, #2
    cmp     r2, #(1020 >> 2)
    bne     2f
    subs    r3, r3, #1
    bne     1b
    cmp     r3, #0
2:  moveq   r8, #'-'
    bl      say

    ldr     r0, [r9, #RTCDR]
    ldr     r1, =(LEFT + 1000)
    cmp     r0, r1
    movhi   r8, #'t'
    movls   r8, #'?'
    str     r8, [r6]

    mov     r1, #1
    str     r1, [r9, #RTCIMSC]
3:  ldr     r0, =LEFT                       @ set, and to ring when it is just that;
    str     r0, [r9, #RTCLR]
    str     r0, [r9, #RTCMR]
    ldr     r1, [r9, #RTCRIS]               @ if a second ends in between it has missed it, and once more
    cmp     r1, #0
    beq     3b
    wfi                                     @ it comes, and is an exit
.ifndef LINE
    ldr     r2, [r5, #0xc]
    cmp     r2, #INTID
.else
    ldr     r2, [r4, #0x204]                @ GICD_ISPENDR1
    ands    r2, r2, #(1 << (INTID - 32))
    cmp     r2, #(1 << (INTID - 32))
.endif
    moveq   r8, #'i'
    bl      say
    mov     r8, #'\n'
    str     r8, [r6]
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    hvc     #0

say:                                        @ r8 if the flags are those of equality
    movne   r8, #'?'
    str     r8, [r6]
    bx      lr
    .ltorg
