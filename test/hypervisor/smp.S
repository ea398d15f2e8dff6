@ A guest on all its vCPUs: they count together under a lock, go round by round in a ring, each woken by its
@ predecessor's SGI or by its own virtual timer, are switched off and on again, and look whether what is a vCPU's own
@ still is: thread ID register, VFP registers, and a translation that is another on each vCPU, with the same ASID.
@ Entered in SVC at RAM + 32 KiB. Prints one letter for what goes wrong: 'V' VFP, 'R' the ID register, 'T' the
@ translation, 'S' an SGI from the wrong vCPU, 'P' PSCI; at the end the number of vCPUs and the count.
    .include "guest.inc"

    .equ    TABLES, 0x40010000              @ 16 KiB for each vCPU
    .equ    SHARED, 0x400f0000
    .equ    LOCK, 0
    .equ    COUNT, 64
    .equ    MAIL, 128                       @ a word for each vCPU: the round its predecessor is in
    .equ    OWN_VA, 0x50000000              @ 1 MiB, at RAM + (1 + vCPU) MiB
    .equ    ROUNDS, 40
    .equ    COUNTS_A_ROUND, 10
    .equ    LIVES, 2
    .equ    SGI, 1
    .equ    TIMER, 27
    .equ    TICKS, 5000

@ r8 = SHARED, r9 = round, r10 = number of vCPUs, r11 = this vCPU, all along.

_start:
    mov     r9, #0
    mov     r7, #LIVES
    bl      vcpu_begin
life:
    ldr     r5, =secondary
    mov     r6, #1
1:  cmp     r6, r10                         @ CPU_ON, context = the round that has come before
    bhs     2f
    ldr     r0, =0x84000003
    mov     r1, r6
    mov     r2, r5
    mov     r3, r9
    hvc     #0
    cmp     r0, #0
    movne   r0, #'P'
    blne    put
    add     r6, r6, #1
    b       1b
2:  bl      run_rounds
    mov     r6, #1
3:  cmp     r6, r10                         @ until all others are off
    bhs     4f
    ldr     r0, =0x84000004                 @ AFFINITY_INFO
    mov     r1, r6
    mov     r2, #0
    hvc     #0
    cmp     r0, #1
    addeq   r6, r6, #1
    wfene                                   @ the return from Hyp mode may have been an event;
    wfene                                   @ else an exit: let it get there
    b       3b
4:  subs    r7, r7, #1
    bne     life

    ldr     r1, =text
5:  ldrb    r0, [r1], #1
    cmp     r0, #0
    beq     6f
    bl      put
    b       5b
6:  add     r0, r10, #'0'
    bl      put
    mov     r0, #' '
    bl      put
    ldr     r4, [r8, #COUNT]
    mov     r5, #8
7:  mov     r0, r4, lsr #28
    cmp     r0, #10
    addlo   r0, r0, #'0'
    addhs   r0, r0, #('a' - 10)
    bl      put
    lsl     r4, r4, #4
    subs    r5, r5, #1
    bne     7b
    mov     r0, #'\n'
    bl      put
    ldr     r0, =0x84000008                 @ SYSTEM_OFF
    hvc     #0

secondary:
    mov     r9, r0
    bl      vcpu_begin
    bl      run_rounds
    ldr     r0, =0x84000002                 @ CPU_OFF
    hvc     #0
    mov     r0, #'P'
    bl      put
    b       .

@ Stack, MMU with tables of its own, GIC, VFP, thread ID.
vcpu_begin:
    ldr     r8, =SHARED
    mrc     p15, 0, r11, c0, c0, 5          @ MPIDR
    and     r11, r11, #0xff
    add     sp, r8, #0x1000
    add     sp, sp, r11, lsl #8
    ldr     r0, =TABLES
    add     r0, r0, r11, lsl #14
    mov     r1, #0
    ldr     r2, =0x00000c06                 @ device, read/write
1:  orr     r3, r2, r1, lsl #20
    lsr     r4, r1, #8                      @ RAM: from 0x40000000 on
    cmp     r4, #4
    ldreq   r4, =0x00010008
    orreq   r3, r3, r4                      @ normal, write-back, shareable
    str     r3, [r0, r1, lsl #2]
    add     r1, r1, #1
    cmp     r1, #4096
    bne     1b
    ldr     r3, =0x40110c0e                 @ OWN_VA: RAM + (1 + vCPU) MiB
    add     r3, r3, r11, lsl #20
    ldr     r1, =(OWN_VA >> 20)
    str     r3, [r0, r1, lsl #2]
    orr     r0, r0, #0x4a                   @ walks: inner and outer write-back, shareable
    mcr     p15, 0, r0, c2, c0, 0           @ TTBR0
    mov     r0, #0
    mcr     p15, 0, r0, c2, c0, 2           @ TTBCR
    mcr     p15, 0, r0, c13, c0, 1          @ CONTEXTIDR: ASID 0 on each
    mvn     r0, #0
    mcr     p15, 0, r0, c3, c0, 0           @ DACR
    mcr     p15, 0, r0, c8, c7, 0           @ TLBIALL
    dsb
    isb
    mrc     p15, 0, r0, c1, c0, 0
    ldr     r1, =0x1805                     @ M, C, Z, I
    orr     r0, r0, r1
    mcr     p15, 0, r0, c1, c0, 0
    isb
    ldr     r0, =OWN_VA
    str     r11, [r0]

    ldr     r0, =GICD
    ldr     r10, [r0, #4]                   @ GICD_TYPER.CPUNumber
    ubfx    r10, r10, #5, #3
    add     r10, r10, #1
    mov     r1, #1
    str     r1, [r0]
    mov     r1, #(1 << TIMER)
    str     r1, [r0, #0x100]                @ GICD_ISENABLER0
    ldr     r0, =GICC
    mov     r1, #0xf0
    str     r1, [r0, #4]
    mov     r1, #1
    str     r1, [r0]
    mov     r0, #(0xf << 20)
    mcr     p15, 0, r0, c1, c0, 2           @ CPACR
    isb
    mov     r0, #(1 << 30)
    vmsr    fpexc, r0
    vmov    d8, r11, r11
    vmov    d31, r11, r11
    mcr     p15, 0, r11, c13, c0, 2         @ TPIDRURW
    bx      lr

run_rounds:
    push    {lr}
    mov     r6, #ROUNDS
round:
    add     r9, r9, #1
    mov     r5, #COUNTS_A_ROUND
1:  ldrex   r0, [r8]                        @ LOCK
    cmp     r0, #0
    wfene                                   @ an exit (HCR.TWE): another vCPU may run
    bne     1b
    mov     r0, #1
    strex   r1, r0, [r8]
    cmp     r1, #0
    bne     1b
    dmb
    ldr     r0, [r8, #COUNT]
    add     r0, r0, #1
    str     r0, [r8, #COUNT]
    dmb
    mov     r0, #0
    str     r0, [r8]
    dsb
    sev
    subs    r5, r5, #1
    bne     1b

    vmov    r0, r1, d8
    cmp     r0, r11
    vmoveq  r0, r1, d31
    cmpeq   r1, r11
    movne   r0, #'V'
    blne    put
    mrc     p15, 0, r0, c13, c0, 2
    cmp     r0, r11
    movne   r0, #'R'
    blne    put
    ldr     r0, =OWN_VA
    ldr     r0, [r0]
    cmp     r0, r11
    movne   r0, #'T'
    blne    put

    add     r4, r11, #1                     @ the successor's turn
    cmp     r4, r10
    moveq   r4, #0
    add     r0, r8, #MAIL
    str     r9, [r0, r4, lsl #2]
    dsb
    mov     r0, #(1 << 16)
    lsl     r0, r0, r4
    orr     r0, r0, #SGI
    ldr     r1, =GICD
    str     r0, [r1, #0xf00]                @ GICD_SGIR

    add     r5, r8, #MAIL
2:  ldr     r0, [r5, r11, lsl #2]
    cmp     r0, r9
    bhs     3f
    bl      wait_for_interrupt
    b       2b

3:  tst     r6, #7                          @ each eighth round the timer's turn
    bne     5f
    ldr     r0, =TICKS
    mcr     p15, 0, r0, c14, c3, 0          @ CNTV_TVAL
    mov     r0, #1
    mcr     p15, 0, r0, c14, c3, 1          @ CNTV_CTL
    isb
4:  bl      wait_for_interrupt
    mrc     p15, 0, r0, c14, c3, 1
    tst     r0, #1                          @ its interrupt switches it off
    bne     4b
5:  subs    r6, r6, #1
    bne     round
    pop     {pc}

@ WFI with IRQs masked, and what is pending then acknowledged and ended.
wait_for_interrupt:
    push    {r4, r5, lr}
    dsb
    wfi
    ldr     r4, =GICC
    ldr     r5, [r4, #0xc]                  @ GICC_IAR
    ubfx    r0, r5, #0, #10
    cmp     r0, #TIMER
    moveq   r1, #0
    mcreq   p15, 0, r1, c14, c3, 1          @ CNTV_CTL
    isb
    cmp     r0, #SGI
    bne     1f
    ubfx    r1, r5, #10, #3                 @ from the predecessor?
    add     r1, r1, #1
    cmp     r1, r10
    moveq   r1, #0
    cmp     r1, r11
    movne   r0, #'S'
    blne    put
    mov     r0, #SGI
1:  ldr     r1, =1020
    cmp     r0, r1
    strlo   r5, [r4, #0x10]                 @ GICC_EOIR
    pop     {r4, r5, pc}

put:
    push    {r1}
    ldr     r1, =UART
    str     r0, [r1]
    pop     {r1}
    bx      lr

    .pool
text:
    .asciz  "smp "
