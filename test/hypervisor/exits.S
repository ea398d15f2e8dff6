@ A guest that leaves itself in every way there is, again and again, and uses r0-r3 for it alone: everything else of
@ its world may hold anything. MMU off; entered in SVC at RAM + 32 KiB. What goes wrong it says with one letter on its
@ UART: 'L' an interrupt was lost, 'M' memory is not as it was left, 'D' a Data Abort that is no asynchronous abort.
@ With ABORTS it takes asynchronous aborts, at any instruction; with ABORTS_AT_ONCE it masks them, but for an instruction of
@ each round. Then SP_abt, LR_abt, SPSR_abt and DFSR are its own, too.
    .include "guest.inc"

    .equ    FIRST_SPI, 40
    .equ    SPIS, 6
    .equ    PAGES, 0x40100000               @ one word in each of its pages
    .equ    PAGE_COUNT, 8

_start:
    cpsid   aif
    ldr     r0, =vectors
    mcr     p15, 0, r0, c12, c0, 0          @ VBAR
    mov     r0, #(0xf << 20)
    mcr     p15, 0, r0, c1, c0, 2           @ CPACR: VFP
    isb
    mov     r0, #(1 << 30)
    vmsr    fpexc, r0
    ldr     r0, =GICD
    mov     r1, #1
    str     r1, [r0]                        @ GICD_CTLR
    ldr     r1, =(((1 << SPIS) - 1) << (FIRST_SPI - 32))
    str     r1, [r0, #0x104]                @ GICD_ISENABLER1
    mov     r1, #(1 << 27)
    str     r1, [r0, #0x100]                @ GICD_ISENABLER0: the virtual timer
    ldr     r0, =GICC
    mov     r1, #0xf0
    str     r1, [r0, #4]                    @ GICC_PMR
    mov     r1, #1
    str     r1, [r0]                        @ GICC_CTLR
    mov     r2, #0                          @ what the pages hold
    .ifdef  ABORTS
    cpsie   a
    .endif

    .global rounds
rounds:
    .ifdef  ABORTS_AT_ONCE
    cpsie   a
    .global unmasked
unmasked:
    nop
    cpsid   a
    .endif
    ldr     r0, =0x84000000                 @ PSCI_VERSION
    hvc     #0                              @ EC 0x12
    smc     #0                              @ EC 0x13, comes back as Undefined Instruction
    mrc     p15, 0, r0, c1, c0, 1           @ EC 0x03: ACTLR (HCR.TAC)
    mrc     p15, 1, r0, c9, c0, 2           @ L2CTLR (HCR.TIDCP)
    mrc     p15, 0, r0, c9, c12, 0          @ PMCR (HDCR.TPMCR)
    mov     r0, #0
    mcr     p15, 0, r0, c7, c14, 2          @ DCCISW (HCR.TSW)
    mrc     p15, 0, r0, c3, c0, 0
    mcr     p15, 0, r0, c3, c0, 0           @ DACR (HCR.TVM)
    mrrc    p15, 0, r0, r1, c2
    mcrr    p15, 0, r0, r1, c2              @ EC 0x04: TTBR0
    mrc     p14, 1, r0, c0, c0, 1           @ EC 0x05: a trace register, Undefined Instruction
    adr     r0, in_thumb + 1
    bx      r0
    .thumb
    .thumb_func
in_thumb:
    cmp     r0, r0
    itte    eq
    mrceq   p15, 0, r0, c1, c0, 1           @ taken, inside an IT block
    moveq   r1, #1
    mrcne   p15, 0, r0, c1, c0, 1           @ not taken
    smc     #0
    ldr     r0, =out_of_thumb
    bx      r0
    .balign 4
    .ltorg
    .arm
out_of_thumb:
    vmov    r0, r1, d5                      @ EC 0x07: the lazy switch, once an entry
    ldr     r0, =UART
    ldr     r1, [r0, #0x18]                 @ EC 0x24: user-space MMIO
    ldrsb   r1, [r0, #0x30]
    strh    r1, [r0, #0x24]
    ldr     r0, =GICD
    ldr     r1, [r0, #4]                    @ in-kernel MMIO
    wfe                                     @ EC 0x01
    mov     r0, #200
    mcr     p15, 0, r0, c14, c3, 0          @ CNTV_TVAL: a physical interrupt while the guest runs or waits
    mov     r0, #1
    mcr     p15, 0, r0, c14, c3, 1          @ CNTV_CTL
    isb
    wfi                                     @ IRQs are masked: it wakes, and is acknowledged below
    mov     r0, #0
    mcr     p15, 0, r0, c14, c3, 1

    @ More interrupts at once than there are list registers: each must be there to acknowledge.
    ldr     r0, =GICD
    ldr     r1, =(((1 << SPIS) - 1) << (FIRST_SPI - 32))
    str     r1, [r0, #0x204]                @ GICD_ISPENDR1
    mov     r3, #0
1:  ldr     r0, =GICC
    ldr     r1, [r0, #0xc]                  @ GICC_IAR
    cmp     r1, #1020
    bhs     2f
    str     r1, [r0, #0x10]                 @ GICC_EOIR
    cmp     r1, #27
    addne   r3, r3, #1
    b       1b
2:  add     r3, r3, #0x10000                @ tries
    tst     r3, #0x400000
    bne     3f
    ldr     r0, =GICD
    ldr     r1, [r0, #0x204]                @ one more exit: the list registers are filled again
    cmp     r1, #0
    bne     1b
    ldr     r0, =GICC
    ldr     r1, [r0, #0x18]                 @ GICC_HPPIR: nothing left in a list register
    cmp     r1, #1020
    blo     1b
3:  bic     r3, r3, #0xff0000
    cmp     r3, #SPIS
    movne   r0, #'L'
    blne    tell

    @ What was stored in the last round is there, and the next is stored.
    ldr     r0, =PAGES
    mov     r3, #PAGE_COUNT
4:  ldr     r1, [r0]
    cmp     r1, r2
    bne     5f
    add     r1, r2, #1
    str     r1, [r0]
    add     r0, r0, #0x1000
    subs    r3, r3, #1
    bne     4b
    add     r2, r2, #1
    b       rounds
5:  mov     r0, #'M'
    bl      tell
    b       .

undefined:                                  @ on behind the instruction
    mrs     r3, spsr
    tst     r3, #0x20                       @ T32: LR is 2 behind the beginning of an instruction of 4 bytes
    addne   lr, lr, #2
    movs    pc, lr

data_abort:
    sub     lr, lr, #8
    ldr     sp, =kept
    str     r0, [sp]
    mrc     p15, 0, r0, c5, c0, 0           @ DFSR
    sub     r0, r0, #0x400
    cmp     r0, #6                          @ asynchronous external abort, short-descriptor format
    ldr     r0, [sp]
    movseq  pc, lr
    mov     r0, #'D'
    bl      tell
    b       .

tell:                                       @ a line: one of several VMs has no other
    ldr     r1, =UART
    str     r0, [r1]
    mov     r0, #'\n'
    str     r0, [r1]
    bx      lr
    .ltorg

    .balign 32
vectors:
    b       .
    b       undefined
    b       .
    b       .
    b       data_abort
    b       .
    b       .
    b       .
kept:
    .word   0                               @ the handler's r0
