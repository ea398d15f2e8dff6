@ Two vCPUs that leave themselves while they have interrupts: pending more than there are list registers, one taken, and one
@ taken while another is. Each leaves by WFE, with which the host lets others run: where it goes on it is as likely as not on
@ another core. Each round both send each other two SGIs of different priority and themselves one, and each makes three SPIs
@ of its own pending; all have to come, once, from the right sender, and the running priority has to be what it was. Uses
@ r0-r3 alone: everything else of its world may hold anything. MMU off; entered in SVC at RAM + 32 KiB. What goes wrong it
@ says with one letter: 'L' an interrupt was lost, 'T' it came twice, 'W' it is another's, 'R' the running priority is wrong.
    .include "guest.inc"

    .equ    FIRST_SPI, 40                   @ three for each vCPU
    .equ    TO_ITSELF, 4                    @ the SGI; to the other: the own number, and 8 more for the high priority
    .equ    PRIORITY_SPI, 0xa0
    .equ    PRIORITY_LOW, 0x80
    .equ    PRIORITY_TO_ITSELF, 0x60
    .equ    PRIORITY_HIGH, 0x40
    .equ    TRIES, 2000

    @ A page for each vCPU.
    .equ    ROUND, 0                        @ the other compares it with what it has been told
    .equ    TOLD, 4                         @ by the low SGI, and by the high one
    .equ    SPIS, 12                        @ a bit for each that has come this round
    .equ    OWN, 16                         @ how often its own SGI has
    .equ    TRY, 20
    .equ    OUTER, 24                       @ what was taken: GICC_IAR, and the sender's round then
    .equ    INNER, 32

    .macro  vcpu_number rd
    mrc     p15, 0, \rd, c0, c0, 5          @ MPIDR
    and     \rd, \rd, #1
    .endm

    @ r3 := this vCPU's page
    .macro  own_page
    vcpu_number r3
    lsl     r3, r3, #12
    orr     r3, r3, #0x40000000
    orr     r3, r3, #0x00100000
    .endm

    .macro  say letter
    mov     r0, #\letter
    b       tell
    .endm

    @ GICC_RPR is the priority of the interrupt at \place of the page. Clobbers r0-r2.
    .macro  check_running place
    ldr     r0, [r3, #\place]
    ubfx    r0, r0, #0, #10
    cmp     r0, #32
    movhs   r2, #PRIORITY_SPI
    bhs     1f
    mov     r2, #PRIORITY_LOW
    cmp     r0, #TO_ITSELF
    moveq   r2, #PRIORITY_TO_ITSELF
    movhi   r2, #PRIORITY_HIGH
1:  ldr     r1, =GICC
    ldr     r0, [r1, #0x14]                 @ GICC_RPR
    cmp     r0, r2
    bne     wrong_priority
    .endm

    @ Acknowledges; with nothing to take goes to \none. Clobbers r0-r2.
    .macro  take place, none
    ldr     r1, =GICC
    ldr     r0, [r1, #0xc]                  @ GICC_IAR
    ubfx    r2, r0, #0, #10
    cmp     r2, #1020
    bhs     \none
    str     r0, [r3, #\place]
    eor     r2, r3, #0x1000
    ldr     r0, [r2, #ROUND]
    str     r0, [r3, #(\place + 4)]
    .endm

    @ Ends it, and notes that it has come. Clobbers r0-r2.
    .macro  end place
    ldr     r1, =GICC
    ldr     r0, [r3, #\place]
    str     r0, [r1, #0x10]                 @ GICC_EOIR
    ubfx    r1, r0, #10, #3
    ubfx    r0, r0, #0, #10
    vcpu_number r2
    cmp     r0, #32
    bhs     2f
    cmp     r0, #TO_ITSELF
    beq     1f
    eor     r2, r2, #1
    cmp     r1, r2                          @ the sender
    bne     wrong
    lsr     r1, r0, #3
    and     r0, r0, #7
    cmp     r0, r2
    bne     wrong
    cmp     r1, #1
    bhi     wrong
    ldr     r0, [r3, #(\place + 4)]
    add     r1, r3, r1, lsl #2
    str     r0, [r1, #TOLD]
    b       3f
1:  cmp     r1, r2
    bne     wrong
    ldr     r0, [r3, #OWN]
    add     r0, r0, #1
    str     r0, [r3, #OWN]
    cmp     r0, #1
    bne     twice
    b       3f
2:  sub     r0, r0, #FIRST_SPI
    add     r2, r2, r2, lsl #1
    sub     r0, r0, r2
    cmp     r0, #2
    bhi     wrong
    mov     r1, #1
    lsl     r1, r1, r0
    ldr     r0, [r3, #SPIS]
    tst     r0, r1
    orr     r0, r0, r1
    str     r0, [r3, #SPIS]
    bne     twice
3:
    .endm

_start:
    cpsid   aif
    ldr     r0, =0x84000003                 @ PSCI CPU_ON
    mov     r1, #1
    ldr     r2, =begin
    mov     r3, #0
    hvc     #0
begin:
    cpsid   aif
    ldr     r0, =GICD
    mov     r1, #1
    str     r1, [r0]                        @ GICD_CTLR
    ldr     r1, =0x80808080
    ldr     r2, =0x40404040
    str     r1, [r0, #0x400]                @ GICD_IPRIORITYR: SGIs
    str     r2, [r0, #0x408]
    str     r2, [r0, #0x40c]
    mov     r1, #PRIORITY_TO_ITSELF
    strb    r1, [r0, #(0x400 + TO_ITSELF)]
    vcpu_number r2
    mov     r1, #1
    lsl     r1, r1, r2                      @ this vCPU,
    add     r2, r2, r2, lsl #1
    add     r0, r0, #FIRST_SPI
    add     r0, r0, r2                      @ and its SPIs
    strb    r1, [r0, #0x800]                @ GICD_ITARGETSR
    strb    r1, [r0, #0x801]
    strb    r1, [r0, #0x802]
    mov     r1, #PRIORITY_SPI
    strb    r1, [r0, #0x400]
    strb    r1, [r0, #0x401]
    strb    r1, [r0, #0x402]
    ldr     r0, =GICD
    ldr     r1, =0xaaaaaaaa                 @ GICD_ICFGR: edges
    str     r1, [r0, #(0xc00 + FIRST_SPI / 16 * 4)]
    mov     r1, #(7 << (FIRST_SPI - 32))
    lsl     r1, r1, r2
    str     r1, [r0, #0x104]                @ GICD_ISENABLER1
    ldr     r0, =GICC
    mov     r1, #0xf0
    str     r1, [r0, #4]                    @ GICC_PMR
    mov     r1, #1
    str     r1, [r0]                        @ GICC_CTLR

    .global rounds
rounds:
    own_page
    mov     r0, #0
    str     r0, [r3, #SPIS]
    str     r0, [r3, #OWN]
    str     r0, [r3, #TRY]
    ldr     r0, [r3, #ROUND]
    add     r0, r0, #1
    str     r0, [r3, #ROUND]
    dsb
    ldr     r1, =GICD
    vcpu_number r2
    mov     r0, #7
    add     r2, r2, r2, lsl #1
    lsl     r0, r0, r2
    lsl     r0, r0, #(FIRST_SPI - 32)
    str     r0, [r1, #0x204]                @ GICD_ISPENDR1
    ldr     r0, =(2 << 24 | TO_ITSELF)
    str     r0, [r1, #0xf00]                @ GICD_SGIR
    vcpu_number r2
    orr     r0, r2, #(1 << 24)              @ to all others
    str     r0, [r1, #0xf00]
    orr     r0, r0, #8
    str     r0, [r1, #0xf00]

drain:
    take    OUTER, none=nothing
    wfe
    check_running OUTER
    take    INNER, none=no_inner
    wfe
    check_running INNER
    ldr     r0, =0x84000000                 @ PSCI_VERSION
    hvc     #0
    end     INNER
    wfe
    check_running OUTER
no_inner:
    end     OUTER
    b       drain

nothing:
    ldr     r0, [r3, #SPIS]
    cmp     r0, #7
    ldreq   r0, [r3, #OWN]
    cmpeq   r0, #1
    bne     1f
    eor     r2, r3, #0x1000
    ldr     r0, [r2, #ROUND]
    ldr     r1, [r3, #TOLD]
    cmp     r0, r1
    ldreq   r1, [r3, #(TOLD + 4)]
    cmpeq   r0, r1
    beq     rounds
1:  ldr     r0, [r3, #TRY]
    add     r0, r0, #1
    str     r0, [r3, #TRY]
    ldr     r1, =TRIES
    cmp     r0, r1
    wfe
    blo     drain
    say     'L'

wrong:
    say     'W'
twice:
    say     'T'
wrong_priority:
    say     'R'
tell:
    ldr     r1, =UART
    str     r0, [r1]
    mov     r0, #'\n'
    str     r0, [r1]
    b       .
    .ltorg
