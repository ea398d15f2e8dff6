@ A guest that has its memory copied by the VMM (hypervisor/vmm/pre-copy.c) and knows which pages it writes to in
@ between. Entered in SVC at RAM + 32 KiB, MMU off; no stack, or that would be written to. With SMP defined, a second
@ vCPU counts in many pages all the while.
    .include "guest.inc"

    .equ    PRE_COPY, 0x0b000000
    .equ    BEGIN, 1
    .equ    ROUND, 2
    .equ    END, 3
    .equ    PAGES, 0x40100000
    .equ    PAGE, 0x1000
    .equ    COUNTED_PAGES, 24
    .equ    MAIL, 0x40200000                @ 1: to stop, 2: has stopped

    .macro  pre_copy what
    mov     r0, #\what
    str     r0, [r4]
    .endm

    .macro  page n
    ldr     r6, =(PAGES + \n * PAGE)
    .endm

_start:
    cpsid   aif
    ldr     r4, =PRE_COPY
.ifdef SMP
    ldr     r7, =MAIL
    mov     r0, #0
    str     r0, [r7]
    ldr     r0, =0x84000003                 @ PSCI CPU_ON
    mov     r1, #1
    ldr     r2, =counter
    mov     r3, #0
    hvc     #0
    pre_copy BEGIN
    mov     r5, #12
1:  mov     r3, #400
2:  subs    r3, r3, #1
    bne     2b
    pre_copy ROUND
    subs    r5, r5, #1
    bne     1b
    mov     r0, #1
    str     r0, [r7]
3:  ldr     r0, [r7]
    cmp     r0, #2
    bne     3b
    pre_copy END
.else
    page    0                               @ mapped and written before
    str     r4, [r6]
    pre_copy BEGIN

    str     r4, [r6]                        @ mapped already,
    page    3
    strb    r4, [r6, #0xfff]                @ or not: its last byte,
    page    6
    stmdb   r6, {r4, r6}                    @ 5: the last bytes by a multiple store
    page    9
    sub     r1, r6, #4
    stmia   r1, {r4, r6}                    @ 8 and 9
    page    11
    ldr     r1, [r6]                        @ is only read
    page    13
1:  ldrex   r1, [r6]
    strex   r2, r4, [r6]
    cmp     r2, #0
    bne     1b
    pre_copy ROUND

    pre_copy ROUND                          @ nothing

    page    3                               @ again what was written, and what was only read
    str     r4, [r6]
    page    11
    str     r4, [r6]
    str     r4, [r6, #4]
    page    13
    ldr     r1, [r6]
    pre_copy ROUND

    page    700                             @ far away
    str     r4, [r6]
    page    3
    strh    r4, [r6, #2]
    pre_copy END

    page    5                               @ nothing is logged any more
    str     r6, [r6]
    pre_copy BEGIN                          @ but from here on
    page    4
    str     r6, [r6]
    pre_copy END
.endif
    ldr     r0, =0x84000008                 @ SYSTEM_OFF
    hvc     #0

.ifdef SMP
counter:
    ldr     r7, =MAIL
1:  page    0
    mov     r2, #COUNTED_PAGES
2:  ldr     r1, [r6]
    add     r1, r1, #1
    str     r1, [r6]
    add     r6, r6, #PAGE
    subs    r2, r2, #1
    bne     2b
    ldr     r1, [r7]
    cmp     r1, #1
    bne     1b
    mov     r1, #2
    str     r1, [r7]
    ldr     r0, =0x84000002                 @ CPU_OFF
    hvc     #0
.endif
    .ltorg
