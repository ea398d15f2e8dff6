@ A guest that has the machine's own real-time clock (PL031) and its interrupt: its EOI ends the physical interrupt, too.
@ Asked for by polling (IRQs stay masked): a letter for each thing that is as it should be, '?' for one that isn't.
@ 'i' the interrupt came, '-' none is there. Then as many alarms as ALARMS, each taken from WFI; their number at the end.
@ With SMP defined a second vCPU does the latter, too, by turns: the interrupt is sent from one to the other.
    .include "guest.inc"

    .equ    INTID, 34
    .equ    ALARMS, 60
    .equ    MAIL, 0x40200000                @ whose turn it is

@ r4 = GICD, r5 = GICC, r6 = UART, r9 = RTC, r10 = alarms taken

_start:
    bl      interface
    mov     r1, #1
    str     r1, [r4]                        @ GICD_CTLR
    mov     r1, #(1 << (INTID - 32))
    str     r1, [r4, #0x104]                @ GICD_ISENABLER1
    mov     r1, #0
    str     r1, [r9, #RTCIMSC]
    mov     r1, #1
    str     r1, [r9, #RTCICR]
    str     r1, [r9, #RTCIMSC]
    bl      none                            @ '-'

    bl      alarm
    wfi
    bl      acknowledge                     @ 'i'
    mov     r3, #20
1:  ldr     r1, [r4]                        @ while it is active its line is high, and nobody takes it
    subs    r3, r3, #1
    bne     1b
    bl      none                            @ '-'
    str     r2, [r5, #0x10]                 @ GICC_EOIR: the line is high still,
    bl      acknowledge                     @ 'i': so it comes again
    mov     r1, #1
    str     r1, [r9, #RTCICR]
    str     r2, [r5, #0x10]
    bl      none                            @ '-': ended for good

    bl      alarm
    bl      acknowledge                     @ 'i'
    mov     r1, #(1 << (INTID - 32))
    str     r1, [r4, #0x184]                @ GICD_ICENABLER1: disabled while it is active
    str     r2, [r5, #0x10]
    bl      none                            @ '-'
    str     r1, [r4, #0x104]
    bl      acknowledge                     @ 'i': the line has been high all the time
    mov     r1, #1
    str     r1, [r9, #RTCICR]
    str     r2, [r5, #0x10]
    bl      none                            @ '-'

    mov     r10, #0
    ldr     r8, =MAIL
    str     r10, [r8]
.ifdef SMP
    ldr     r0, =0x84000003                 @ PSCI CPU_ON
    mov     r1, #1
    ldr     r2, =second
    mov     r3, #0
    hvc     #0
.endif
    mov     r11, #0
    bl      turns
    mov     r0, #' '
    str     r0, [r6]
    mov     r3, #28
2:  lsr     r0, r10, r3
    and     r0, r0, #15
    cmp     r0, #10
    addlo   r0, r0, #'0'
    addhs   r0, r0, #('a' - 10)
    str     r0, [r6]
    subs    r3, r3, #4
    bpl     2b
    mov     r0, #'\n'
    str     r0, [r6]
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    hvc     #0

.ifdef SMP
second:
    bl      interface
    mov     r10, #0
    ldr     r8, =MAIL
    mov     r11, #1
    bl      turns
    ldr     r0, =0x84000002                 @ PSCI CPU_OFF
    hvc     #0
.endif

@ The CPU interface of this vCPU.
interface:
    cpsid   aif
    ldr     r4, =GICD
    ldr     r5, =GICC
    ldr     r6, =UART
    ldr     r9, =RTC
    mov     r1, #0xf0
    str     r1, [r5, #4]                    @ GICC_PMR
    mov     r1, #1
    str     r1, [r5]                        @ GICC_CTLR
    bx      lr

@ ALARMS alarms, each from WFI; in SMP, when it is the turn of this vCPU, r11, which has the interrupt sent to itself.
turns:
    mov     r12, lr
1:
.ifdef SMP
    ldr     r1, [r8]
    cmp     r1, r11
    beq     2f
    wfe
    b       1b
2:  mov     r1, #1
    lsl     r1, r1, r11
    strb    r1, [r4, #(0x800 + INTID)]      @ GICD_ITARGETSR
.endif
    bl      alarm
3:  wfi
    ldr     r2, [r5, #0xc]                  @ GICC_IAR
    cmp     r2, #INTID
    bne     3b
    mov     r1, #1
    str     r1, [r9, #RTCICR]
    str     r2, [r5, #0x10]                 @ GICC_EOIR
    add     r10, r10, #1
.ifdef SMP
    eor     r1, r11, #1
    str     r1, [r8]
    dsb
    sev
.endif
    cmp     r10, #ALARMS
    bne     1b
    bx      r12

alarm:                                      @ at once: the clock is set, and is to ring when it is just that;
    ldr     r0, =1000                       @ if a second ends in between it has missed it, and once more
    str     r0, [r9, #RTCLR]
    str     r0, [r9, #RTCMR]
    ldr     r1, [r9, #0x14]                 @ RTCRIS
    cmp     r1, #0
    beq     alarm
    bx      lr

acknowledge:                                @ it is there, at the latest after some expiries of the virtual timer, each an
    mov     r3, #20                         @ exit and a change in the physical distributor (QEMU looks at lines that are
1:  ldr     r2, [r5, #0xc]                  @ high only then, IHI 0048B does at once); r2 := GICC_IAR
    cmp     r2, #INTID
    beq     2f
    mov     r0, #100
    mcr     p15, 0, r0, c14, c3, 0          @ CNTV_TVAL
    mov     r0, #1
    mcr     p15, 0, r0, c14, c3, 1          @ CNTV_CTL: enabled
    isb
3:  mrc     p15, 0, r0, c14, c3, 1
    tst     r0, #4                          @ the condition is met
    beq     3b
    mov     r0, #0
    mcr     p15, 0, r0, c14, c3, 1
    isb
    subs    r3, r3, #1
    bne     1b
    cmp     r2, #INTID
2:  moveq   r0, #'i'
    b       say

none:                                       @ nothing is there to acknowledge, though there is an exit; leaves r2 and r1
    ldr     r0, [r4]
    ldr     r0, [r5, #0xc]
    lsr     r0, r0, #2
    cmp     r0, #(1020 >> 2)
    moveq   r0, #'-'
say:
    movne   r0, #'?'
    str     r0, [r6]
    bx      lr
    .ltorg
