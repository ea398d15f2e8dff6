@ Carries out a list of register accesses on QEMU's `virt` and writes back what was read.
@
@ The list is at LIST in RAM: words `count`, `next`, then at LIST + 16 records of four words:
@     operation | core << 8, address, value to write, result (written here).
@ Each core waits for its own records, so that the list is carried out in order by 1 to 8 cores.
@ Operations: 0 LDR, 1 STR, 2 LDRB, 3 STRB, 4 LDRH, 5 STRH, 6 read ISR in Hyp mode (physical lines),
@ 7 read ISR in Supervisor mode with HCR.IMO and HCR.FMO set (virtual lines),
@ or all ones when a physical interrupt is pending; 8 write, 9 read the timer register that `address` is the index
@ of (see timer_write), its high word coming from and going to `result` and `value`; 10 LDR again and again until it
@ gives the value to write: for devices that do their work beside the core; 11 let an interrupt be taken in Supervisor
@ mode with HCR.IMO and HCR.FMO set and nothing masked, and acknowledge it: 0 when none was, else the vector in bits
@ 31-24 (6 IRQ, 7 FIQ, 0x16 virtual IRQ, 0x17 virtual FIQ) over what IAR gave.
@ Started in Hyp mode by core 0, which starts the others by PSCI and ends the machine by SYSTEM_OFF.

    .arch armv7ve
    .arch_extension virt
    .arch_extension sec
    .syntax unified
    .arm
    .equ LIST, 0x44000000
    .equ CPU_ON, 0x84000003
    .equ SYSTEM_OFF, 0x84000008

    .global _start
_start:
    ldr r8, =LIST
    ldr r7, [r8, #8]            @ number of cores
    mov r6, #1
start_next:
    cmp r6, r7
    bhs run
    ldr r0, =CPU_ON
    mov r1, r6
    ldr r2, =run
    mov r3, #0
    smc #0
    add r6, r6, #1
    b start_next

run:
    ldr r0, =vectors
    mcr p15, 4, r0, c12, c0, 0  @ HVBAR
    ldr r0, =pl1_vectors
    mcr p15, 0, r0, c12, c0, 0  @ VBAR
    mrc p15, 0, r9, c0, c0, 5   @ MPIDR
    and r9, r9, #7
    ldr r8, =LIST
next:
    ldr r10, [r8, #4]
    ldr r11, [r8]
    cmp r10, r11
    bhs done
    add r12, r8, #16
    add r12, r12, r10, lsl #4
    ldr r0, [r12]
    lsr r1, r0, #8
    cmp r1, r9
    yieldne                     @ the next core's turn, where one thread runs all of them
    bne next
    and r0, r0, #255
    ldr r1, [r12, #4]
    ldr r2, [r12, #8]
    mov r3, #0
    dsb
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
    b physical_lines
    nop
    b virtual_lines
    nop
    b timer_write
    nop
    b timer_read
    nop
    b wait
    nop
    b take
    nop
stored:
    dsb
    str r3, [r12, #12]
    add r10, r10, #1
    dmb
    str r10, [r8, #4]
    b next

wait:
    mov r0, #0x40000000         @ tries
wait_more:
    ldr r3, [r1]
    cmp r3, r2
    beq stored
    subs r0, r0, #1
    bne wait_more
    b stored

timer_write:
    ldr r3, [r12, #12]
    add pc, pc, r1, lsl #3
    nop
    mcr p15, 0, r2, c14, c2, 1  @ 0 CNTP_CTL
    b stored
    mcr p15, 0, r2, c14, c3, 1  @ 1 CNTV_CTL
    b stored
    mcr p15, 4, r2, c14, c2, 1  @ 2 CNTHP_CTL
    b stored
    mcrr p15, 2, r2, r3, c14    @ 3 CNTP_CVAL
    b stored
    mcrr p15, 3, r2, r3, c14    @ 4 CNTV_CVAL
    b stored
    mcrr p15, 6, r2, r3, c14    @ 5 CNTHP_CVAL
    b stored
    mcr p15, 0, r2, c14, c2, 0  @ 6 CNTP_TVAL
    b stored
    mcr p15, 0, r2, c14, c3, 0  @ 7 CNTV_TVAL
    b stored
    mcr p15, 4, r2, c14, c2, 0  @ 8 CNTHP_TVAL
    b stored
    mcrr p15, 4, r2, r3, c14    @ 9 CNTVOFF
    b stored

timer_read:
    mov r2, #0
    add pc, pc, r1, lsl #3
    nop
    mrc p15, 0, r3, c14, c2, 1
    b timer_stored
    mrc p15, 0, r3, c14, c3, 1
    b timer_stored
    mrc p15, 4, r3, c14, c2, 1
    b timer_stored
    mrrc p15, 2, r3, r2, c14
    b timer_stored
    mrrc p15, 3, r3, r2, c14
    b timer_stored
    mrrc p15, 6, r3, r2, c14
    b timer_stored
    mrc p15, 0, r3, c14, c2, 0
    b timer_stored
    mrc p15, 0, r3, c14, c3, 0
    b timer_stored
    mrc p15, 4, r3, c14, c2, 0
    b timer_stored
    mrrc p15, 4, r3, r2, c14
timer_stored:
    str r2, [r12, #8]
    b stored

physical_lines:
    isb
    mrc p15, 0, r3, c12, c1, 0
    b stored

virtual_lines:
    mov r4, #0
    mov r0, #0x18               @ HCR.IMO, HCR.FMO
    mcr p15, 4, r0, c1, c1, 0
    isb
    ldr r0, =read_isr
    msr elr_hyp, r0
    mov r0, #0xd3               @ Supervisor mode, IRQ and FIQ masked
    msr spsr_cxsf, r0
    eret
read_isr:
    mrc p15, 0, r3, c12, c1, 0
    hvc #0
take:
    mov r4, #1
    mov r0, #0x18
    mcr p15, 4, r0, c1, c1, 0
    isb
    ldr r0, =unmasked
    msr elr_hyp, r0
    mov r0, #0x13               @ Supervisor mode, nothing masked
    msr spsr_cxsf, r0
    eret
unmasked:
    nop
    nop
    hvc #0

physical_irq:
    mov r0, #0x06000000
    b physical_interrupt
physical_fiq:
    mov r0, #0x07000000
physical_interrupt:             @ IMO sends it to Hyp mode whatever CPSR.I says: the virtual lines stay unseen
    cmp r4, #0
    mvneq r3, #0
    beq back
    ldr r1, =0x0801000c         @ GICC_IAR
    ldr r3, [r1]
    orr r3, r3, r0
    b back
hyp_trap:                       @ HVC #0, or #0x16 and #0x17 from the PL1 vectors
    mrc p15, 4, r0, c5, c2, 0   @ HSR
    lsls r0, r0, #24
    beq back
    ldr r1, =0x0804000c         @ GICV_IAR
    ldr r3, [r1]
    orr r3, r3, r0
back:
    mov r0, #0
    mcr p15, 4, r0, c1, c1, 0
    isb
    b stored

done:
    cmp r9, #0
    bne .
    ldr r0, =SYSTEM_OFF
    smc #0
    b .
    .ltorg

    .align 5
vectors:
    b .
    b .
    b .
    b .
    b .
    b hyp_trap
    b physical_irq
    b physical_fiq

    .align 5
pl1_vectors:
    b .
    b .
    b .
    b .
    b .
    b .
    hvc #0x16
    hvc #0x17
