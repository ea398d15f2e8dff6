@ A guest that gives an interrupt another priority while it is pending, offered and not taken: it comes first then, and its
@ priority is the running one. Says 'F' or 'f' for the first, 'R' or 'r' for the second, and powers off. MMU off; entered in
@ SVC at RAM + 32 KiB.
    .include "guest.inc"

    .equ    LATER, 40                       @ SPIs
    .equ    SOONER, 41

_start:
    cpsid   aif
    ldr     r4, =GICD
    ldr     r5, =GICC
    ldr     r6, =UART
    mov     r0, #1
    str     r0, [r4]                        @ GICD_CTLR
    str     r0, [r5]                        @ GICC_CTLR
    mov     r0, #0xf0
    str     r0, [r5, #4]                    @ GICC_PMR
    mov     r0, #0x80
    strb    r0, [r4, #(0x400 + LATER)]      @ GICD_IPRIORITYR
    mov     r0, #0xa0
    strb    r0, [r4, #(0x400 + SOONER)]
    ldr     r0, =(3 << (LATER - 32))
    str     r0, [r4, #0x104]                @ GICD_ISENABLER1
    str     r0, [r4, #0x204]                @ GICD_ISPENDR1
    ldr     r0, [r4, #4]                    @ an exit: they are in list registers
    mov     r0, #0x40
    strb    r0, [r4, #(0x400 + SOONER)]
    ldr     r0, [r5, #0xc]                  @ GICC_IAR
    ldr     r1, [r5, #0x14]                 @ GICC_RPR
    cmp     r0, #SOONER
    moveq   r2, #'F'
    movne   r2, #'f'
    str     r2, [r6]
    cmp     r1, #0x40
    moveq   r2, #'R'
    movne   r2, #'r'
    str     r2, [r6]
    mov     r2, #'\n'
    str     r2, [r6]
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    hvc     #0
    b       .
