@ A guest that leaves itself for a few reasons that have tracepoints of their own, and powers off. MMU off; entered in
@ SVC at RAM + 32 KiB.
    .include "guest.inc"

_start:
    mrc     p15, 0, r0, c1, c0, 1           @ ACTLR (HCR.TAC)
    mov     r0, #0
    mcr     p15, 0, r0, c7, c14, 2          @ DCCISW (HCR.TSW)
    mrc     p15, 0, r1, c3, c0, 0
    mcr     p15, 0, r1, c3, c0, 0           @ DACR (HCR.TVM)
    ldr     r2, =0x09000018
    ldr     r3, =0x40100000
    mov     r4, #16
1:  ldr     r0, [r2]                        @ MMIO of the VMM,
    str     r0, [r3]                        @ and a page that is not mapped yet
    add     r3, r3, #0x1000
    subs    r4, r4, #1
    bne     1b
    wfe
    ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
    hvc     #0
    b       .
