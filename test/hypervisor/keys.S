@ A guest that prints each key it gets and ends with the key '.'; MMU off, no interrupts: it asks its UART.
    .include "guest.inc"

    .equ    FR, 0x18
    .equ    FR_RXFE, 0x10

_start:
    ldr     r4, =UART
    adr     r5, ready
1:  ldrb    r0, [r5], #1
    cmp     r0, #0
    strne   r0, [r4]
    bne     1b
next:
    wfe                                     @ the other VM's turn
    ldr     r0, [r4, #FR]
    tst     r0, #FR_RXFE
    bne     next
    ldr     r0, [r4]
    cmp     r0, #'\r'
    beq     next
    str     r0, [r4]
    cmp     r0, #'.'
    bne     next
    mov     r0, #'\n'
    str     r0, [r4]
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    hvc     #0
    b       .
ready:
    .asciz  "ready\n"
