@ A guest that is saved and goes on as another VM wherever it stores to its UART (saveInterval 1), in each state that is to
@ be kept: registers of all modes, VFP, CP15, interrupts that are active, pending, both, from other vCPUs, a level that is
@ still high, timers. MMU off, IRQs masked: it asks its CPU interface. A letter for each, '?' for what is not as it was.
    .include "guest.inc"

    .equ    UARTIMSC, 0x38
    .equ    UARTIFLS, 0x34
    .equ    INTID_UART, 33
    .equ    INTID_EDGE, 60
    .equ    TAKEN, 0x40200000               @ a word: the other vCPU's first SGI has been taken

@ r4 = GICD, r5 = GICC, r6 = UART

_start:
    cpsid   aif, #0x1f
    ldr     r4, =GICD
    ldr     r5, =GICC
    ldr     r6, =UART
    mov     r1, #0xf0
    str     r1, [r5, #4]                    @ GICC_PMR
    mov     r1, #1
    str     r1, [r5, #8]                    @ GICC_BPR: groups of four priorities
    str     r1, [r5]                        @ GICC_CTLR
    str     r1, [r4]                        @ GICD_CTLR
    ldr     r1, =0x48004000                 @ PPIs 27 and 30, SGI 14
    str     r1, [r4, #0x100]                @ GICD_ISENABLER0
    mov     r1, #(1 << (INTID_UART - 32)) | (1 << (INTID_EDGE - 32))
    str     r1, [r4, #0x104]
    ldr     r1, =0x02000000                 @ INTID 60 is edge-triggered,
    str     r1, [r4, #0xc0c]                @ GICD_ICFGR3
    mov     r1, #0x40
    strb    r1, [r4, #(0x400 + INTID_EDGE)]
    mov     r1, #0x80
    strb    r1, [r4, #(0x400 + INTID_UART)]
    strb    r1, [r4, #(0x400 + 5)]
    strb    r1, [r4, #(0x400 + 27)]
    strb    r1, [r4, #(0x400 + 30)]
    mov     r1, #0x20
    strb    r1, [r4, #(0x400 + 3)]

@ Registers of the other modes, each with a number of its own; this one is System mode, where all of them can be named.
    .macro  banked action
    .irp    reg, SP_irq, LR_irq, SP_svc, LR_svc, SP_abt, LR_abt, SP_und, LR_und, SP_fiq, LR_fiq
    \action \reg
    .endr
    .irp    reg, r8_fiq, r9_fiq, r10_fiq, r11_fiq, r12_fiq
    \action \reg
    .endr
    .irp    reg, SPSR_irq, SPSR_svc, SPSR_abt, SPSR_und, SPSR_fiq
    \action \reg
    .endr
    .endm
    .macro  fill reg
    msr     \reg, r0
    add     r0, r0, #1
    .endm
    .macro  compare reg
    mrs     r1, \reg
    eor     r1, r1, r0
    orr     r3, r3, r1
    add     r0, r0, #1
    .endm
    mov     r0, #0x10
    banked  fill
    mov     sp, r0
    bl      move
    mov     r0, #0x10
    mov     r3, #0
    banked  compare
    eor     r1, sp, r0
    orrs    r3, r3, r1
    moveq   r8, #'r'
    bl      say

@ VFP: a pattern in each register.
    mrc     p15, 0, r0, c1, c0, 2
    orr     r0, r0, #(0xf << 20)
    mcr     p15, 0, r0, c1, c0, 2           @ CPACR
    isb
    mov     r0, #(1 << 30)
    vmsr    fpexc, r0
    mov     r0, #0x03000000                 @ DN, FZ: bits of FPSCR
    vmsr    fpscr, r0
    mov     r0, #0x100
    .irp    d, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    mvn     r1, r0
    vmov    d\d, r0, r1
    add     r0, r0, #1
    .endr
    bl      move
    vmrs    r3, fpscr
    eor     r3, r3, #0x03000000
    mov     r0, #0x100
    .irp    d, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    vmov    r1, r2, d\d
    mvn     r2, r2
    eor     r1, r1, r0
    orr     r3, r3, r1
    eor     r2, r2, r0
    orr     r3, r3, r2
    add     r0, r0, #1
    .endr
    cmp     r3, #0
    moveq   r8, #'v'
    bl      say

@ CP15, by a table of encodings; PAR, which is a double word, by itself.
    .macro  each action
    \action 0, c2, c0, 0, 0x12340000        @ TTBR0
    \action 0, c2, c0, 1, 0x56780000        @ TTBR1
    \action 0, c2, c0, 2, 0x00000007        @ TTBCR
    \action 0, c3, c0, 0, 0x55aa55aa        @ DACR
    \action 0, c5, c0, 0, 0x0000000f        @ DFSR
    \action 0, c5, c0, 1, 0x0000000d        @ IFSR
    \action 0, c6, c0, 0, 0x11111111        @ DFAR
    \action 0, c6, c0, 2, 0x22222222        @ IFAR
    \action 0, c10, c2, 0, 0x000a81a8       @ PRRR
    \action 0, c10, c2, 1, 0x40e040e0       @ NMRR
    \action 0, c12, c0, 0, 0x33333320       @ VBAR
    \action 0, c13, c0, 1, 0x00004407       @ CONTEXTIDR
    \action 0, c13, c0, 2, 0x44444444       @ TPIDRURW
    \action 0, c13, c0, 3, 0x55555555       @ TPIDRURO
    \action 0, c13, c0, 4, 0x66666666       @ TPIDRPRW
    \action 2, c0, c0, 0, 0x00000002        @ CSSELR
    \action 0, c14, c1, 0, 0x000000f3       @ CNTKCTL
    .endm
    .macro  set op1, n, m, op2, value
    ldr     r0, =\value
    mcr     p15, \op1, r0, \n, \m, \op2
    .endm
    .macro  look op1, n, m, op2, value
    ldr     r0, =\value
    mrc     p15, \op1, r1, \n, \m, \op2
    eor     r1, r1, r0
    orr     r3, r3, r1
    .endm
    each    set
    ldr     r0, =0x77777000
    mov     r1, #0
    mcrr    p15, 0, r0, r1, c7              @ PAR
    isb
    bl      move
    mov     r3, #0
    each    look
    mrrc    p15, 0, r0, r1, c7
    ldr     r2, =0x77777000
    eor     r0, r0, r2
    orrs    r3, r3, r0
    moveq   r8, #'c'
    bl      say
    b       interrupts
    .ltorg

@ An SGI that is active, another one pending that comes before it, and an edge that is active and pending.
interrupts:
    ldr     r1, =0x02000005                 @ SGI 5 to itself
    str     r1, [r4, #0xf00]                @ GICD_SGIR
    mov     r0, #5
    bl      expect                          @ it is active,
    ldr     r1, =0x02000003                 @ and 3, of a higher priority, comes
    str     r1, [r4, #0xf00]
    bl      move
    mov     r0, #3
    bl      expect
    bl      move                            @ both are active
    ldr     r0, [r5, #0x14]                 @ GICC_RPR
    cmp     r0, #0x20
    moveq   r8, #'a'
    bl      say
    mov     r0, #3
    str     r0, [r5, #0x10]                 @ GICC_EOIR
    ldr     r0, [r5, #0x14]
    cmp     r0, #0x80
    moveq   r8, #'b'
    bl      say
    mov     r0, #5
    str     r0, [r5, #0x10]
    bl      idle                            @ nothing is active, nothing pending

    mov     r1, #(1 << (INTID_EDGE - 32))
    str     r1, [r4, #0x204]                @ GICD_ISPENDR1
    mov     r0, #INTID_EDGE
    bl      expect
    str     r1, [r4, #0x204]                @ active and pending
    bl      move
    mov     r0, #INTID_EDGE
    str     r0, [r5, #0x10]
    bl      expect                          @ so it comes again
    mov     r0, #INTID_EDGE
    str     r0, [r5, #0x10]
    bl      idle
    mov     r1, #(1 << (INTID_EDGE - 32))
    str     r1, [r4, #0x184]                @ GICD_ICENABLER1: latched while it is disabled
    str     r1, [r4, #0x204]
    bl      move
    bl      idle
    str     r1, [r4, #0x104]
    mov     r0, #INTID_EDGE
    bl      expect
    mov     r0, #INTID_EDGE
    str     r0, [r5, #0x10]

@ A device's line: it is high all the time.
    mov     r1, #(1 << 5)
    str     r1, [r6, #UARTIMSC]             @ the UART has sent something: its line is high
    mov     r0, #INTID_UART
    bl      expect
    bl      move                            @ active
    mov     r0, #INTID_UART
    str     r0, [r5, #0x10]
    bl      expect                          @ still high
    mov     r1, #0
    str     r1, [r6, #UARTIMSC]             @ low, while it is active
    bl      move
    mov     r0, #INTID_UART
    str     r0, [r5, #0x10]
    bl      idle

@ Timers: one that has expired and is active, one that will expire; the virtual count goes on, and doesn't go back.
    mov     r1, #0
    mcr     p15, 0, r1, c14, c3, 0          @ CNTV_TVAL
    mov     r1, #1
    mcr     p15, 0, r1, c14, c3, 1          @ CNTV_CTL
    isb
    wfi
    mov     r0, #27
    bl      expect
    mrrc    p15, 1, r10, r11, c14           @ CNTVCT
    bl      move
    isb
    mrrc    p15, 1, r0, r1, c14
    subs    r0, r0, r10
    sbcs    r1, r1, r11
    cmphs   r1, #0
    ldr     r2, =2000000                    @ not the time that another VM's making takes
    cmpeq   r2, r0
    movhs   r8, #'t'
    movlo   r8, #'?'
    str     r8, [r6]
    mrc     p15, 0, r0, c14, c3, 1
    cmp     r0, #5                          @ enabled, condition met
    moveq   r8, #'T'
    bl      say
    mov     r0, #27
    str     r0, [r5, #0x10]
    ldr     r1, =20000
    mcr     p15, 0, r1, c14, c3, 0
    isb
    bl      move
    wfi
    mov     r0, #27
    bl      expect
    mov     r1, #0
    mcr     p15, 0, r1, c14, c3, 1
    isb
    mov     r0, #27
    str     r0, [r5, #0x10]
    bl      idle

    ldr     r1, =20000
    mcr     p15, 0, r1, c14, c2, 0          @ CNTP_TVAL
    mov     r1, #1
    mcr     p15, 0, r1, c14, c2, 1          @ CNTP_CTL
    bl      move
    wfi
    mov     r0, #30
    bl      expect
    bl      move
    mrc     p15, 0, r0, c14, c2, 1
    cmp     r0, #5
    moveq   r8, #'P'
    bl      say
    mov     r1, #0
    mcr     p15, 0, r1, c14, c2, 1
    mov     r0, #30
    str     r0, [r5, #0x10]
    bl      idle

.ifdef SMP
@ Another vCPU: it sends an SGI, which is active here, from it, while another from it is pending; and is switched off.
    mov     r1, #0
    ldr     r0, =TAKEN
    str     r1, [r0]
    ldr     r0, =0x84000003                 @ PSCI CPU_ON
    mov     r1, #1
    ldr     r2, =second
    mov     r3, #0
    hvc     #0
    mov     r0, #5
    orr     r0, r0, #(1 << 10)              @ from vCPU 1
    bl      expect
    mov     r1, #1
    ldr     r0, =TAKEN
    str     r1, [r0]
1:  wfe
    bl      move
    ldr     r0, [r5, #0x18]                 @ GICC_HPPIR; QEMU leaves out whom it is from
    ubfx    r0, r0, #0, #10
    cmp     r0, #3
    bne     1b
    moveq   r8, #'m'
    bl      say
    ldr     r0, =(3 | 1 << 10)
    bl      expect
    bl      move
    ldr     r0, =(3 | 1 << 10)
    str     r0, [r5, #0x10]
    ldr     r0, =(5 | 1 << 10)
    str     r0, [r5, #0x10]
    bl      idle
2:  ldr     r0, =0x84000004                 @ PSCI AFFINITY_INFO
    mov     r1, #1
    mov     r2, #0
    hvc     #0
    cmp     r0, #1                          @ off
    wfene
    bne     2b
    bl      move                            @ and it stays so
    ldr     r0, =0x84000004
    mov     r1, #1
    mov     r2, #0
    hvc     #0
    cmp     r0, #1
    moveq   r8, #'o'
    bl      say
.endif

    ldr     r0, =0x84000000                 @ PSCI VERSION: 0.2
    hvc     #0
    cmp     r0, #2
    moveq   r8, #'.'
    bl      say
    mov     r8, #'\n'
    str     r8, [r6]
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    hvc     #0
    b       .
    .ltorg

.ifdef SMP
second:
    cpsid   aif
    ldr     r4, =GICD
    ldr     r1, =0x00010005                 @ SGI 5 to vCPU 0
    str     r1, [r4, #0xf00]
    ldr     r2, =TAKEN
1:  wfe
    ldr     r1, [r2]
    cmp     r1, #1
    bne     1b
    ldr     r1, =0x00010003                 @ then SGI 3
    str     r1, [r4, #0xf00]
    ldr     r0, =0x84000002                 @ PSCI CPU_OFF
    hvc     #0
.endif

move:                                       @ leaves the registers, flags and LR
    str     r8, [r6, #UARTIFLS]             @ an exit: and the VM is another
    bx      lr

say:                                        @ r8 if the flags are those of equality
    movne   r8, #'?'
    str     r8, [r6]
    bx      lr

expect:                                     @ INTID r0 is there to be taken, at the latest after some exits
    mov     r3, #0x10000
1:  ldr     r2, [r5, #0xc]                  @ GICC_IAR
    cmp     r2, r0
    beq     2f
    ldr     r7, [r4]
    wfe                                     @ another vCPU's turn
    subs    r3, r3, #1
    bne     1b
    cmp     r2, r0
2:  moveq   r8, #'i'
    b       say

idle:                                       @ no interrupt is active, none is there
    ldr     r2, [r5, #0x14]                 @ GICC_RPR
    cmp     r2, #0xf8
    cmpne   r2, #0xff
    ldreq   r2, [r5, #0xc]                  @ GICC_IAR
    lsreq   r2, r2, #2
    cmpeq   r2, #(1020 >> 2)
    moveq   r8, #'-'
    b       say
    .ltorg
