@ As accesses.S, on `virt,secure=on` and one core: carries out a list of register accesses in Secure state (in
@ Monitor mode) or, where bit 7 of the operation is set, in Non-secure Supervisor mode.
@ Operations 0 to 5 are loads and stores, 6 reads ISR. Started in Secure Supervisor mode; ends by semihosting.

    .arch armv7ve
    .arch_extension sec
    .syntax unified
    .arm
    .equ LIST, 0x44000000
    .equ MONITOR, 0x16

    .global _start
_start:
    ldr r0, =vectors
    mcr p15, 0, r0, c12, c0, 1  @ MVBAR
    cps #MONITOR
    ldr r8, =LIST
next:
    ldr r10, [r8, #4]
    ldr r11, [r8]
    cmp r10, r11
    bhs done
    add r12, r8, #16
    add r12, r12, r10, lsl #4
    ldr r0, [r12]
    ldr r1, [r12, #4]
    ldr r2, [r12, #8]
    mov r3, #0
    dsb
    tst r0, #0x80
    and r0, r0, #0x7f
    ldr lr, =stored
    beq access
    mrc p15, 0, r4, c1, c1, 0   @ SCR
    orr r4, r4, #1
    mcr p15, 0, r4, c1, c1, 0
    isb
    mov r4, #0xd3               @ Supervisor mode, IRQ and FIQ masked
    msr spsr_cxsf, r4
    ldr lr, =non_secure
    movs pc, lr
non_secure:
    ldr lr, =back
    b access
back:
    smc #0
monitor:
    mrc p15, 0, r4, c1, c1, 0
    bic r4, r4, #1
    mcr p15, 0, r4, c1, c1, 0
    isb
stored:
    dsb
    str r3, [r12, #12]
    add r10, r10, #1
    str r10, [r8, #4]
    b next

access:
    add pc, pc, r0, lsl #3
    nop
    ldr r3, [r1]
    bx lr
    str r2, [r1]
    bx lr
    ldrb r3, [r1]
    bx lr
    strb r2, [r1]
    bx lr
    ldrh r3, [r1]
    bx lr
    strh r2, [r1]
    bx lr
    mrc p15, 0, r3, c12, c1, 0
    bx lr

done:
    mov r0, #0x18               @ SYS_EXIT
    ldr r1, =0x20026            @ ADP_Stopped_ApplicationExit
    svc #0x123456
    b .
    .ltorg

    .align 5
vectors:
    b .
    b .
    b monitor
    b .
    b .
    b .
    b .
    b .
