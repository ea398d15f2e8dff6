@ A guest that asks which PSCI it has: each answer as a word of 8 digits, or '-' for an Undefined Instruction. PSCI_VERSION,
@ PSCI_FEATURES of CPU_ON and of a function that isn't there, AFFINITY_INFO of itself, CPU_ON of itself by 0.2's and by
@ 0.1's number, 0.1's MIGRATE. Then SYSTEM_OFF, or an access that the VMM gives up at.
    .include "guest.inc"

_start:
    cpsid   aif
    ldr     r0, =vectors
    mcr     p15, 0, r0, c12, c0, 0          @ VBAR
    isb
    adr     r4, calls
1:  ldmia   r4!, {r0-r3}
    cmp     r0, #0
    beq     4f
    mov     r6, #0                          @ not UNDEFINED yet
    hvc     #0
    ldr     r5, =UART
    cmp     r6, #0
    movne   r1, #'-'
    strne   r1, [r5]
    bne     3f
    mov     r7, #8
2:  lsr     r1, r0, #28                     @ the digits, the highest first
    cmp     r1, #10
    addlo   r1, r1, #'0'
    addhs   r1, r1, #('a' - 10)
    str     r1, [r5]
    lsl     r0, r0, #4
    subs    r7, r7, #1
    bne     2b
3:  mov     r1, #' '
    str     r1, [r5]
    b       1b
4:  mov     r1, #'\n'
    str     r1, [r5]
    ldr     r0, =0x84000008                 @ SYSTEM_OFF
    hvc     #0
    ldr     r5, =UART
    ldmia   r5, {r1, r2}
    b       .

    .balign 4
calls:
    .word   0x84000000, 0, 0, 0             @ PSCI_VERSION
    .word   0x8400000a, 0x84000003, 0, 0    @ PSCI_FEATURES: CPU_ON
    .word   0x8400000a, 0x84000011, 0, 0    @ PSCI_FEATURES: what isn't there
    .word   0x80000000, 0, 0, 0             @ SMCCC_VERSION
    .word   0x84000004, 0, 0, 0             @ AFFINITY_INFO
    .word   0x84000003, 0, 0, 0             @ CPU_ON
    .word   0x95c1ba60, 9, 0, 0             @ CPU_ON of 0.1, a vCPU that isn't there
    .word   0x95c1ba61, 0, 0, 0             @ MIGRATE of 0.1
    .word   0, 0, 0, 0
    .ltorg

undefined:
    mov     r6, #1
    movs    pc, lr

    .balign 32
vectors:
    b       .
    b       undefined
    b       .
    b       .
    b       .
    b       .
    b       .
    b       .
