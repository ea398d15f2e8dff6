@ Carries out a list of register accesses on board `vexpress-a15` and writes back what was read.
@
@ The list is at LIST in RAM: words `count`, `next`, then at LIST + 16 records of four words:
@     operation, address, value to write, result (written here).
@ Operations: 0 LDR, 1 STR, 2 LDRB, 3 STRB, 4 LDRH, 5 STRH, 6 wait for twice `value` instructions.
@ Ends by switching the board off through its configuration bus.

    .arch armv7-a
    .syntax unified
    .arm
    .equ LIST, 0x84000000
    .equ SYSREGS, 0x1c010000

    .global _start
_start:
    mrc p15, 0, r0, c0, c0, 5   @ MPIDR
    tst r0, #0xff
    bne idle                    @ the second core is only there to have a virtual interface
    ldr r8, =LIST
    ldr r11, [r8]
    mov r10, #0
    add r12, r8, #16
next:
    cmp r10, r11
    bhs done
    ldr r0, [r12]
    ldr r1, [r12, #4]
    ldr r2, [r12, #8]
    mov r3, #0
    add pc, pc, r0, lsl #3
    nop
    ldr r3, [r1]
    b stored
    str r2, [r1]
    b stored
    ldrb r3, [r1]
    b stored
    strb r2, [r1]
    b stored
    ldrh r3, [r1]
    b stored
    strh r2, [r1]
    b stored
wait:
    subs r2, r2, #1
    bhi wait
stored:
    str r3, [r12, #12]
    add r12, r12, #16
    add r10, r10, #1
    str r10, [r8, #4]
    b next

done:
    ldr r0, =SYSREGS
    ldr r1, =0xc0800000         @ start, write, function 8: shutdown
    str r1, [r0, #0xa4]         @ SYS_CFGCTRL
idle:
    wfi
    b idle
    .ltorg
