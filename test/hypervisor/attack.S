@ Two guests in one: that of the first VM attacks whatever it can name, that of the second looks whether its memory and
@ registers stay as they are. Which it is, the VMM says in word 4 of the ROM. The attacker prints a letter for each kind
@ of attack, and is stopped for the last one; the other one says 'intact'. MMU off; entered in SVC at RAM + 32 KiB.
@ With PRESSURE defined both use more memory than the host has, and the attacker says '!' if its own doesn't stay as it is.
    .include "guest.inc"

    .equ    ROM, 0x04000000
    .equ    RAM, 0x40000000
    .equ    RAM_SIZE, 0x400000
    .equ    OWN, 0x40100000                 @ pages that the second VM fills and looks at
    .ifdef  PRESSURE
    .equ    OWN_SIZE, 0x200000
    .equ    STEP, 1024
    .equ    CROWD, 0x40100000               @ pages that the first VM fills and looks at, up to the tables
    .equ    CROWD_END, 0x40200000
    .equ    CROWD_MORE, 0x40310000          @ and behind them
    .equ    CROWD_MORE_END, 0x40400000
    .else
    .equ    OWN_SIZE, 0x20000
    .equ    STEP, 4
    .endif
    .equ    TABLE, 0x40200000               @ translation tables, for each vCPU,
    .equ    SLOT, 0x8000                    @ and an instruction to be executed
    .equ    SCRATCH, 0x10000
    .equ    TOGETHER, 0x40300000            @ 1: the second vCPU is to go off
    .ifdef  SLOW_MACHINE
    .equ    SECONDS, 1                      @ it looks for a fortieth of so many seconds,
    .equ    SECONDS_OF_TWO, 600             @ of so many if the attacker has two vCPUs
    .else
    .equ    SECONDS, 1
    .equ    SECONDS_OF_TWO, 45
    .endif

_start:
    bl      begin
    ldr     r0, =(ROM + 16)
    ldr     r0, [r0]
    cmp     r0, #1
    bne     victim
    bl      has_second
    beq     attack
    ldr     r2, =second
    bl      switch_on
attack:
    bl      wild_addresses
    mov     r0, #'A'
    bl      done
    bl      own_tables
    mov     r0, #'B'
    bl      done
    bl      coprocessors
    mov     r0, #'C'
    bl      done
    bl      interrupt_controller
    mov     r0, #'D'
    bl      done
    bl      hypercalls
    mov     r0, #'E'
    bl      done
    bl      vector_registers
    mov     r0, #'F'
    bl      done
    bl      breakpoints
    mov     r0, #'G'
    bl      done
    bl      has_second
    beq     1f
    bl      each_other
    mov     r0, #'H'
    bl      say
1:
    mov     r0, #'\n'
    bl      say
    ldr     r0, =UART
    ldmia   r0, {r1, r2}                    @ no syndrome says what this is: the VMM gives up
    b       .

@ Of each vCPU: exceptions, VFP, stack, a seed for `random`, what is its own.
begin:
    cpsid   aif
    ldr     r0, =vectors
    mcr     p15, 0, r0, c12, c0, 0          @ VBAR
    mov     r0, #(0xf << 20)
    mcr     p15, 0, r0, c1, c0, 2           @ CPACR: VFP
    isb
    mrc     p15, 0, r0, c0, c0, 5           @ MPIDR
    and     r0, r0, #0xff
    ldr     r12, =TABLE
    add     r12, r12, r0, lsl #16           @ SCRATCH
    ldr     sp, =(RAM + 0x7000)
    sub     sp, sp, r0, lsl #12
    ldr     r10, =0x12345678
    add     r10, r10, r0
    ldr     r0, =0xe12fff1e                 @ BX lr
    add     r1, r12, #SLOT
    str     r0, [r1, #4]
    bx      lr

@ NE: there is a second vCPU (GICD_TYPER.CPUNumber)
has_second:
    ldr     r0, =GICD
    ldr     r0, [r0, #4]
    tst     r0, #(7 << 5)
    bx      lr

@ CPU_ON of the second vCPU at r2; r0 = what PSCI says
switch_on:
    ldr     r0, =0x84000003
    mov     r1, #1
    mov     r3, r2
    hvc     #0
    bx      lr

second:
    bl      begin
1:  bl      wild_addresses
    bl      own_tables
    bl      interrupt_controller
    bl      hypercalls
    bl      vector_registers
    ldr     r0, =TOGETHER
    ldr     r0, [r0]
    cmp     r0, #0
    beq     1b
off:                                        @ SGIs to everybody, and off
    ldr     r0, =GICD
    mvn     r1, #0
    str     r1, [r0, #0x100]                @ GICD_ISENABLER0: its own
    mov     r1, #1
    str     r1, [r0]                        @ GICD_CTLR
    ldr     r2, =GICC
    str     r1, [r2]                        @ GICC_CTLR
    ldr     r1, [r2, #0xc]                  @ GICC_IAR: takes one, and never ends it
    ldr     r1, =0x00ff0000
    mov     r2, #16
2:  str     r1, [r0, #0xf00]                @ GICD_SGIR
    add     r1, r1, #1
    subs    r2, r2, #1
    bne     2b
    ldr     r0, =0x84000002                 @ CPU_OFF
    hvc     #0
    b       .

    .thumb
    .thumb_func
off_thumb:
    ldr     r0, =0x84000002
    hvc     #0
    b       .
    .arm
    .ltorg

@ A kind of attack is done, r0.
done:
    push    {lr}
    bl      say
    .ifdef  PRESSURE
    ldr     r4, =CROWD
    ldr     r5, =CROWD_END
    bl      crowd
    ldr     r4, =CROWD_MORE
    ldr     r5, =CROWD_MORE_END
    bl      crowd
    .endif
    pop     {pc}

    .ifdef  PRESSURE
@ From r4 to r5 each page holds what was written last time, or nothing, and gets something else.
crowd:
    push    {r6, lr}
    ldr     r6, =0x600dcafe
1:  ldmia   r4, {r0, r1}                    @ a number, and the address with it
    cmp     r1, #0
    eorne   r2, r4, r6
    eorne   r2, r2, r0
    cmpne   r1, r2
    movne   r0, #'!'
    blne    say
    bl      random
    mov     r0, r9
    eor     r1, r4, r6
    eor     r1, r1, r0
    stmia   r4, {r0, r1}
    add     r4, r4, #4096
    cmp     r4, r5
    blo     1b
    pop     {r6, pc}
    .endif

say:
    ldr     r1, =UART
    str     r0, [r1]
    bx      lr

@ Xorshift: r9 := random; clobbers r8.
random:
    eor     r10, r10, r10, lsl #13
    eor     r10, r10, r10, lsr #17
    eor     r10, r10, r10, lsl #5
    mov     r9, r10
    bx      lr

@ ---- A: loads, stores and jumps, everywhere but in its own RAM ----
wild_addresses:
    push    {lr}
    mov     r4, #0
1:  add     r4, r4, #0x00300000             @ every 3 MiB
    bl      random
    ubfx    r5, r9, #2, #18
    orr     r5, r4, r5, lsl #2
    sub     r0, r5, #RAM
    cmp     r0, #RAM_SIZE
    blo     2f
    ldr     r0, [r5]
    str     r9, [r5]
    strb    r9, [r5]
    strh    r9, [r5]
    ldrsh   r0, [r5]
    adr     r11, 2f                         @ where a Prefetch Abort goes on
    bx      r5
2:  cmp     r4, #0xfb000000
    blo     1b
    @ The host's own: its kernel, its tables, the second VM's RAM, wherever they may be.
    ldr     r4, =0x40400000
3:  str     r4, [r4]
    ldr     r0, [r4, #4]
    add     r4, r4, #0x100000
    cmp     r4, #0x60000000
    blo     3b
    pop     {pc}

@ ---- B: its own stage 1 tables: sections for everything, 40-bit addresses, tables that are no RAM ----
own_tables:
    push    {lr}
    mov     r0, r12
    ldr     r1, =0xc02                      @ a section, full access, domain 0
    mov     r2, #4096
1:  str     r1, [r0], #4
    add     r1, r1, #0x100000
    subs    r2, r2, #1
    bne     1b
    mov     r0, #3
    mcr     p15, 0, r0, c3, c0, 0           @ DACR: manager
    mov     r0, #1
    mcr     p15, 0, r0, c2, c0, 2           @ TTBCR.N: TTBR1 from 0x80000000 on
    mov     r0, r12
    bl      with_mmu
    ldr     r0, =0x40408000                 @ a table in what is RAM of the host alone
    bl      with_mmu
    mov     r0, #0x08000000                 @ a table in a device
    bl      with_mmu

    mov     r0, r12                         @ long descriptors, for 1 GiB each
    .ifdef  NO_IPA_ABOVE_4_GIB              @ see deviations.ts
    ldr     r2, =0x80000701
    mov     r3, #0
    .else
    ldr     r2, =0x40000701
    mov     r3, #0xff
    .endif
    strd    r2, r3, [r0]                    @ a block, output address bits 39:32 set
    ldr     r2, =0x40000701
    mov     r3, #0
    strd    r2, r3, [r0, #8]                @ itself, so that it can go on
    ldr     r2, =0x40408003
    strd    r2, r3, [r0, #16]               @ a table in what is RAM of the host alone
    mov     r2, #3
    strd    r2, r3, [r0, #24]               @ a table where nothing is
    mov     r1, #0x80000000
    mcr     p15, 0, r1, c2, c0, 2           @ TTBCR.EAE
    mov     r1, #0xff
    mcr     p15, 0, r1, c10, c2, 0          @ MAIR0
    bl      with_mmu
    mov     r0, #0
    mcr     p15, 0, r0, c2, c0, 2
    pop     {pc}

@ MMU on with TTBR1 = r0, some accesses, MMU off. When even the code is gone, the Prefetch Abort handler turns it off.
with_mmu:
    push    {r0, lr}
    mov     r1, #0
    mcrr    p15, 1, r0, r1, c2
    mcrr    p15, 0, r12, r1, c2
    mcr     p15, 0, r0, c8, c7, 0
    dsb
    isb
    adr     r11, 3f
    mrc     p15, 0, r6, c1, c0, 0
    orr     r0, r6, #1
    mcr     p15, 0, r0, c1, c0, 0
    isb
    mov     r4, #0x00200000
2:  str     r4, [r4]
    ldr     r0, [r4, #8]
    add     r4, r4, #0x01000000
    sub     r0, r4, #RAM                    @ not its own RAM
    cmp     r0, #RAM_SIZE
    addlo   r4, r4, #0x01000000
    cmp     r4, #0xf0000000
    blo     2b
3:  mrc     p15, 0, r6, c1, c0, 0
    bic     r6, r6, #1
    mcr     p15, 0, r6, c1, c0, 0
    isb
    mcr     p15, 0, r6, c8, c7, 0
    dsb
    isb
    pop     {r0, pc}

@ ---- C: every register of CP14 and CP15: read, written with three values, put back ----
coprocessors:
    push    {lr}
    mov     r7, #0                          @ opc1, CRn, CRm, opc2: 14 bits
1:  and     r0, r7, #7                      @ opc2
    ubfx    r1, r7, #3, #4                  @ CRm
    ubfx    r2, r7, #7, #4                  @ CRn
    ubfx    r3, r7, #11, #3                 @ opc1
    ldr     r4, =0xee105f10                 @ MRC p15, 0, r5, c0, c0, 0
    orr     r4, r4, r0, lsl #5
    orr     r4, r4, r1
    orr     r4, r4, r2, lsl #16
    orr     r4, r4, r3, lsl #21
    bl      try_register
    bic     r4, r4, #0x100                  @ CP14
    bl      try_register
    add     r7, r7, #1
    cmp     r7, #(1 << 14)
    blo     1b

    mov     r7, #0                          @ 64-bit ones: opc1, CRm
2:  and     r1, r7, #15
    ubfx    r3, r7, #4, #4
    ldr     r4, =0xec565f00                 @ MRRC p15, 0, r5, r6, c0
    orr     r4, r4, r1
    orr     r4, r4, r3, lsl #4
    bl      try_wide
    bic     r4, r4, #0x100
    bl      try_wide
    add     r7, r7, #1
    cmp     r7, #256
    blo     2b
    pop     {pc}

@ r4 = an MRC to r5. SCTLR and VBAR are left alone: the code itself depends on them.
try_register:
    push    {lr}
    ldr     r0, =0xee115f10
    cmp     r4, r0
    ldrne   r0, =0xee1c5f10
    cmpne   r4, r0
    popeq   {pc}
    mov     r5, #0
    mov     r0, r4
    bl      execute
    mov     r8, r5
    mvn     r5, #0
    bl      write_register
    bl      random
    mov     r5, r9
    bl      write_register
    mov     r5, r8
    bl      write_register
    pop     {pc}

write_register:
    bic     r0, r4, #0x100000               @ MCR
    b       execute

@ r4 = an MRRC to r5, r6
try_wide:
    push    {lr}
    mov     r5, #0
    mov     r6, #0
    mov     r0, r4
    bl      execute
    push    {r5, r6}
    mvn     r5, #0
    bic     r0, r4, #0x100000               @ MCRR
    bl      execute
    pop     {r5, r6}
    bic     r0, r4, #0x100000
    bl      execute
    pop     {pc}

@ Executes the instruction in r0, with r5 and r6 its registers. Clobbers r1.
execute:
    add     r1, r12, #SLOT
    str     r0, [r1]
    dsb
    mcr     p15, 0, r1, c7, c5, 0           @ ICIALLU
    dsb
    isb
    bx      r1

@ ---- D: the distributor and the CPU interface, every register, of every size ----
interrupt_controller:
    push    {lr}
    ldr     r4, =GICD
    ldr     r5, =(GICD + 0x1000)
    bl      fill_device
    ldr     r4, =GICC
    ldr     r5, =(GICC + 0x2000)
    bl      fill_device
    ldr     r4, =(GICD + 0xf00)             @ SGIs, of all kinds, to everybody
    mov     r7, #0
1:  bl      random
    str     r9, [r4]
    orr     r0, r7, #(0xff << 16)
    str     r0, [r4]
    orr     r0, r7, #(1 << 24)
    str     r0, [r4]
    orr     r0, r7, #(2 << 24)
    str     r0, [r4]
    add     r7, r7, #1
    cmp     r7, #16
    blo     1b
    ldr     r4, =GICC                       @ acknowledge and end what comes, and what doesn't
    mov     r7, #300
2:  ldr     r0, [r4, #0xc]
    str     r0, [r4, #0x10]
    bl      random
    str     r9, [r4, #0x10]
    subs    r7, r7, #1
    bne     2b
    pop     {pc}

fill_device:                                @ from r4 to r5
    push    {lr}
1:  ldr     r0, [r4]
    mvn     r1, #0
    str     r1, [r4]
    bl      random
    str     r9, [r4]
    strb    r9, [r4, #1]
    strh    r9, [r4, #2]
    ldrb    r0, [r4, #3]
    add     r4, r4, #4
    cmp     r4, r5
    blo     1b
    pop     {pc}

@ ---- E: PSCI that makes no sense, and what the host says to Hyp mode by HVC ----
hypercalls:
    push    {lr}
    mov     r7, #0
1:  ldr     r0, =0x84000000
    bl      call
    ldr     r0, =0xc4000000
    bl      call
    ldr     r0, =0x95c1ba5e                 @ PSCI 0.1's numbers, as Linux has them
    bl      call
    add     r7, r7, #1
    cmp     r7, #64
    blo     1b
    mvn     r0, #0                          @ the host's "get vectors",
    hvc     #0
    ldr     r0, =0xc0012000                 @ and calls of what may be functions in Hyp mode
2:  mov     r4, r0
    mov     r1, #0
    hvc     #0
    hvc     #0xffff
    smc     #0
    add     r0, r4, #8
    ldr     r1, =0xc0015000
    cmp     r0, r1
    blo     2b
    pop     {pc}

call:                                       @ r0 + r7, but for what would end it
    push    {lr}
    add     r0, r0, r7
    bic     r1, r0, #0x40000000
    sub     r1, r1, #0x84000000
    cmp     r1, #1                          @ CPU_SUSPEND
    cmpne   r1, #2                          @ CPU_OFF
    cmpne   r1, #8                          @ SYSTEM_OFF
    cmpne   r1, #9                          @ SYSTEM_RESET
    popeq   {pc}
    ldr     r1, =0x95c1ba5e                 @ CPU_SUSPEND, CPU_OFF of 0.1
    sub     r1, r0, r1
    cmp     r1, #1
    popls   {pc}
    mov     r4, r0
    bl      random
    mov     r1, r9
    mvn     r2, #0
    mov     r3, r9
    hvc     #0
    mov     r0, r4
    mov     r1, #0                          @ itself
    ldr     r2, =0xfffffffd
    mov     r3, #0
    hvc     #0
    pop     {pc}

@ ---- F: VFP on and off, WFE, set/way operations, timers at their ends ----
vector_registers:
    mov     r7, #64
1:  mov     r0, #(1 << 30)
    vmsr    fpexc, r0
    vmov    d0, r7, r7
    vmov    d31, r7, r7
    mvn     r0, #0
    vmsr    fpscr, r0
    vmsr    fpexc, r0
    wfe
    mov     r0, #0
    vmsr    fpexc, r0
    mvn     r0, #0
    mcr     p15, 0, r0, c7, c14, 2          @ DCCISW of a set that isn't there
    mcr     p15, 0, r0, c7, c6, 2           @ DCISW
    mcr     p15, 0, r0, c14, c3, 0          @ CNTV_TVAL
    mcr     p15, 0, r0, c14, c3, 1          @ CNTV_CTL
    mcr     p15, 0, r0, c14, c2, 0          @ CNTP_TVAL
    mcr     p15, 0, r0, c14, c2, 1          @ CNTP_CTL
    mcrr    p15, 2, r0, r0, c14             @ CNTP_CVAL
    .ifndef NO_LAST_CNTV_CVAL               @ see deviations.ts
    mcrr    p15, 3, r0, r0, c14             @ CNTV_CVAL
    .endif
    subs    r7, r7, #1
    bne     1b
    mov     r0, #0
    mcr     p15, 0, r0, c14, c3, 1
    mcr     p15, 0, r0, c14, c2, 1
    bx      lr
    .ltorg

@ ---- G: breakpoints where the host's exception vectors may be ----
breakpoints:
    mov     r0, #0
    mcr     p14, 0, r0, c1, c0, 4           @ DBGOSLAR
    mrc     p14, 0, r0, c0, c2, 2
    orr     r0, r0, #(1 << 15)
    mcr     p14, 0, r0, c0, c2, 2           @ DBGDSCR.MDBGen
    ldr     r1, =(UART + 0x18)
    ldr     r4, =0xc0009008                 @ that of SVC
    ldr     r5, =0xc0018000
    ldr     r6, =0x1e7                      @ enabled, all bytes, all modes
1:  mcr     p14, 0, r4, c0, c0, 4           @ DBGBVR0
    mcr     p14, 0, r6, c0, c0, 5           @ DBGBCR0
    isb
    ldr     r0, [r1]                        @ to the VMM, which comes back by SVC
    add     r4, r4, #32
    cmp     r4, r5
    blo     1b
    mov     r0, #0
    mcr     p14, 0, r0, c0, c0, 5
    bx      lr
    .ltorg

@ ---- H: the second vCPU switched on and off where it makes sense and where not, SGIs from each to each meanwhile ----
each_other:
    push    {lr}
    ldr     r0, =TOGETHER
    mov     r1, #1
    str     r1, [r0]
    mov     r7, #200
1:  ldr     r5, =GICD
    mvn     r1, #0
    str     r1, [r5, #0x100]
    mov     r1, #1
    str     r1, [r5]
    ldr     r2, =GICC
    str     r1, [r2]
    mov     r1, #0xff
    str     r1, [r2, #4]                    @ GICC_PMR
    ldr     r1, [r2, #0xc]
    str     r1, [r2, #0x10]                 @ GICC_EOIR
    adr     r4, entries
2:  ldr     r2, [r4], #4
    cmp     r2, #0
    beq     4f
    bl      switch_on                       @ ALREADY_ON, as long as it is
    bl      switch_on                       @ at once again
    ldr     r5, =GICD
    bl      random
    str     r9, [r5, #0xf00]                @ GICD_SGIR
    bl      random
    str     r9, [r5, #0xf20]                @ GICD_SPENDSGIR
    bl      random
    str     r9, [r5, #0xf14]                @ GICD_CPENDSGIR
    bl      random
    str     r9, [r5, #0x820]                @ GICD_ITARGETSR
    bl      random
    str     r9, [r5, #0x204]                @ GICD_ISPENDR
    bl      random
    and     r1, r9, #3                      @ of itself, of the other, of those that are not there
    ubfx    r2, r9, #2, #2                  @ affinity levels
    ldr     r0, =0x84000004                 @ AFFINITY_INFO
    hvc     #0
    wfe
    b       2b
4:  subs    r7, r7, #1
    bne     1b
5:  ldr     r2, =UART                       @ at last where no code is: one Prefetch Abort after the other, without end
    bl      switch_on
    cmn     r0, #4                          @ ALREADY_ON
    wfeeq
    beq     5b
    pop     {pc}
entries:
    .word   off, off_thumb + 1, off + 2, off, 0
    .ltorg

@ ---- the second VM: what it has is what it left ----
victim:
    mov     r0, #(1 << 30)
    vmsr    fpexc, r0
    mrc     p15, 0, r0, c14, c0, 0          @ CNTFRQ
    mov     r1, #40
    udiv    r7, r0, r1
    bl      has_second
    moveq   r0, #SECONDS
    movne   r0, #SECONDS_OF_TWO
    mul     r7, r7, r0
    mrrc    p15, 1, r0, r1, c14             @ CNTVCT
    add     r7, r7, r0
    ldr     r6, =0x600dcafe
    mcr     p15, 0, r6, c13, c0, 2          @ TPIDRURW
    vmov    d7, r6, r6
    ldr     r4, =OWN
    ldr     r5, =(OWN + OWN_SIZE)
1:  eor     r0, r4, r6
    str     r0, [r4], #STEP
    cmp     r4, r5
    blo     1b
look:
    ldr     r4, =OWN
2:  ldr     r0, [r4]
    eor     r1, r4, r6
    cmp     r0, r1
    bne     damaged
    add     r4, r4, #STEP
    cmp     r4, r5
    blo     2b
    wfe                                     @ the other VM's turn
    mrc     p15, 0, r0, c13, c0, 2
    vmov    r1, r2, d7
    cmp     r0, r6
    cmpeq   r1, r6
    cmpeq   r2, r6
    bne     damaged
    mrrc    p15, 1, r0, r1, c14
    subs    r0, r0, r7
    bmi     look
    adr     r4, intact
    b       tell
damaged:
    adr     r4, not_intact
tell:
    ldr     r1, =UART
3:  ldrb    r0, [r4], #1
    cmp     r0, #0
    strne   r0, [r1]
    bne     3b
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    hvc     #0
    b       .
intact:
    .asciz  "intact\n"
not_intact:
    .asciz  "damaged\n"
    .balign 4
    .ltorg

undefined:
    movs    pc, lr
supervisor_call:
    movs    pc, lr
data_abort:
    subs    pc, lr, #4
prefetch_abort:                             @ the code is gone, or was never there: r11 says where to go on
    mrc     p15, 0, lr, c1, c0, 0
    bic     lr, lr, #1
    mcr     p15, 0, lr, c1, c0, 0           @ SCTLR: MMU off
    isb
    mov     lr, r11
    movs    pc, lr

    .balign 32
vectors:
    b       .
    b       undefined
    b       supervisor_call
    b       prefetch_abort
    b       data_abort
    b       .
    b       .
    b       .
