@ Sets up breakpoints and watchpoints, runs a piece of code in some mode, and writes down where it ended: for each
@ record of a list in RAM. The same program runs on QEMU's `virt` and on this machine, started in Hyp mode.
@
@ LIST: words `count`, `next`; records of 32 words from LIST + 128 on. Words 0 to 15 of a record are what is written
@ to the registers (debug-events.ts has the same order), from word 16 on are the results.

    .arch armv7ve
    .arch_extension virt
    .arch_extension sec
    .syntax unified
    .arm
    .equ LIST, 0x44000000
    .equ DATA, 0x45000000

    .macro debug op, crm, op2, reg
    \op p14, 0, \reg, c0, \crm, \op2
    .endm

    .global _start
_start:
    ldr r0, =hyp_vectors
    mcr p15, 4, r0, c12, c0, 0  @ HVBAR
    ldr r0, =pl1_vectors
    mcr p15, 0, r0, c12, c0, 0  @ VBAR
    mov r0, #0
    mcr p14, 0, r0, c1, c0, 4   @ DBGOSLAR: unlock
    isb

next:
    ldr r8, =LIST
    ldr r10, [r8, #4]
    ldr r11, [r8]
    cmp r10, r11
    bhs done
    add r12, r8, #128
    add r12, r12, r10, lsl #7
    mov r0, #0
    mcr p15, 4, r0, c5, c2, 0   @ HSR
    mcr p15, 4, r0, c6, c0, 0   @ HDFAR
    mcr p15, 0, r0, c5, c0, 0   @ DFSR
    mcr p15, 0, r0, c5, c0, 1   @ IFSR
    mcr p15, 0, r0, c6, c0, 0   @ DFAR
    msr lr_abt, r0
    msr spsr_abt, r0
    ldr r0, [r12]
    debug mcr, c0, 4, r0        @ DBGBVR0
    ldr r0, [r12, #4]
    debug mcr, c0, 5, r0        @ DBGBCR0
    ldr r0, [r12, #8]
    debug mcr, c1, 4, r0        @ DBGBVR1
    ldr r0, [r12, #12]
    debug mcr, c1, 5, r0        @ DBGBCR1
    ldr r0, [r12, #16]
    debug mcr, c4, 4, r0        @ DBGBVR4
    ldr r0, [r12, #20]
    debug mcr, c4, 5, r0        @ DBGBCR4
    ldr r0, [r12, #24]
    debug mcr, c0, 6, r0        @ DBGWVR0
    ldr r0, [r12, #28]
    debug mcr, c0, 7, r0        @ DBGWCR0
    ldr r0, [r12, #32]
    debug mcr, c1, 6, r0        @ DBGWVR1
    ldr r0, [r12, #36]
    debug mcr, c1, 7, r0        @ DBGWCR1
    ldr r0, [r12, #44]
    mcr p15, 0, r0, c13, c0, 1  @ CONTEXTIDR
    ldr r0, [r12, #48]
    mcr p15, 4, r0, c1, c1, 1   @ HDCR
    ldr r0, [r12, #40]
    debug mcr, c2, 2, r0        @ DBGDSCRext
    isb
    ldr r0, [r12, #52]
    msr spsr_cxsf, r0
    tst r0, #0x20
    ldr r0, =code_arm
    ldrne r0, =code_thumb
    msr elr_hyp, r0
    ldr r1, =DATA
    ldr r2, =0x22222222
    ldr r3, =0x33333333
    ldr r4, =0x44444444
    mov r0, #0
    eret

    .align 5
hyp_vectors:
    b .
    mov r5, #1
    b 2f
    b 3f
    b 4f
    b 5f
    b .
    b .
2:  mov r5, #2
    b trapped
3:  mov r5, #3
    b trapped
4:  mov r5, #4
    b trapped
5:  mov r5, #5
trapped:
    ldr r8, =LIST
    ldr r10, [r8, #4]
    add r12, r8, #128
    add r12, r12, r10, lsl #7
    str r5, [r12, #64]
    mrc p15, 4, r6, c5, c2, 0
    str r6, [r12, #68]          @ HSR
    mrs r6, elr_hyp
    str r6, [r12, #72]
    mrs r6, spsr
    str r6, [r12, #76]
    str r0, [r12, #80]
    mrc p15, 0, r6, c5, c0, 1
    str r6, [r12, #84]          @ IFSR
    mrc p15, 0, r6, c5, c0, 0
    str r6, [r12, #88]          @ DFSR
    mrc p15, 0, r6, c6, c0, 0
    str r6, [r12, #92]          @ DFAR
    mrc p15, 4, r6, c6, c0, 0
    str r6, [r12, #96]          @ HDFAR
    debug mrc, c2, 2, r6
    str r6, [r12, #100]         @ DBGDSCRext
    mrs r6, lr_abt
    str r6, [r12, #104]
    mrs r6, spsr_abt
    str r6, [r12, #108]
    add r10, r10, #1
    str r10, [r8, #4]
    b next

done:
    ldr r0, =0x84000008         @ SYSTEM_OFF
    smc #0
    b .
    .ltorg

    .align 5
pl1_vectors:
    b .
    hvc #0x11
    hvc #0x12
    hvc #0x13
    hvc #0x14
    hvc #0x15
    hvc #0x16
    hvc #0x17

    .balign 64
    .global code_arm, code_thumb
code_arm:
    nop
    ldr r0, [r1]
    strb r2, [r1, #5]
    ldrh r0, [r1, #2]
    mov r6, r1
    strd r2, r3, [r1, #8]
    ldrt r0, [r6], #4
    strt r2, [r6], #4
    stm r1, {r2, r3, r4}
    ldrexb r0, [r1]
    str r4, [r1, #16]
    svc #0
    hvc #1

    .balign 64
    .thumb
code_thumb:
    nop
    ldr r0, [r1]
    strb r2, [r1, #5]
    ldrh.w r0, [r1, #2]
    mov r6, r1
    strd r2, r3, [r1, #8]
    ldrt r0, [r6, #4]
    strt r2, [r6, #8]
    stm r1!, {r2, r3, r4}
    svc #0
    nop
    hvc #1
