@ A guest that uses its RAM block by block of 2 MiB, not in the order of their addresses, and then says so. MMU off; entered
@ in SVC at RAM + 32 KiB.
    .include "guest.inc"

_start:
    adr     r1, order
    ldr     r6, =UART
    ldr     r2, =0x40000000                 @ RAM
1:  ldrb    r0, [r1], #1                    @ a block, 0 behind the last
    cmp     r0, #0
    beq     2f
    add     r3, r2, r0, lsl #21
    str     r0, [r3]
    b       1b
2:  mov     r0, #'*'
    str     r0, [r6]
    mov     r0, #'\n'
    str     r0, [r6]
3:  wfi
    b       3b
order:
    .byte   9, 4, 31, 1, 16, 0
