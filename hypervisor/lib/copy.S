/*
 * memcpy and memset: eight words at a time, which is what most of what they are called for consists of (pages).
 *
 * Bytes until the pointer is aligned, blocks of 64 bytes, then what is left, by the bits of the count. Only where a
 * copy's two sides are never aligned at once does it go by bytes. No VFP register is used, so none can disturb the
 * lazy VFP switch. A32 or T32, as the program is that this is assembled for.
 */
    .syntax unified
    .cfi_sections .debug_frame
    .text
#ifdef __thumb__
    .thumb
#endif

#define BLOCK 64

/* void *memset(void *to, int value, size_t count) */
    .global memset
    .type memset, %function
memset:
    .cfi_startproc
    mov     r12, r0                     @ r0 is the result
    and     r1, r1, #0xff
1:  tst     r12, #3
    beq     2f
    subs    r2, r2, #1
    it      lo
    bxlo    lr
    strb    r1, [r12], #1
    b       1b
2:  orr     r1, r1, r1, lsl #8
    orr     r1, r1, r1, lsl #16
    mov     r3, r1
    cmp     r2, #32
    blo     5f
    push    {r4-r9}
    .cfi_adjust_cfa_offset 24
    mov     r4, r1
    mov     r5, r1
    mov     r6, r1
    mov     r7, r1
    mov     r8, r1
    mov     r9, r1
    subs    r2, r2, #BLOCK
    blo     4f
3:  stmia   r12!, {r1, r3-r9}
    stmia   r12!, {r1, r3-r9}
    subs    r2, r2, #BLOCK
    bhs     3b
4:  tst     r2, #32                     @ below zero: its lower bits are what is left all the same
    it      ne
    stmiane r12!, {r1, r3-r9}
    pop     {r4-r9}
    .cfi_adjust_cfa_offset -24
5:  tst     r2, #16
    itt     ne
    stmiane r12!, {r1, r3}
    stmiane r12!, {r1, r3}
    tst     r2, #8
    it      ne
    stmiane r12!, {r1, r3}
    tst     r2, #4
    it      ne
    strne   r1, [r12], #4
    tst     r2, #2
    itt     ne
    strbne  r1, [r12], #1
    strbne  r1, [r12], #1
    tst     r2, #1
    it      ne
    strbne  r1, [r12]
    bx      lr
    .cfi_endproc
    .size memset, . - memset

/* void *memcpy(void *to, const void *from, size_t count): upwards, so `to` may overlap what comes after it. */
    .global memcpy
    .type memcpy, %function
memcpy:
    .cfi_startproc
    push    {r0, lr}
    .cfi_def_cfa_offset 8
    .cfi_offset lr, -4
    eor     r3, r0, r1
    tst     r3, #3
    bne     7f
1:  tst     r0, #3
    beq     2f
    subs    r2, r2, #1
    blo     9f
    ldrb    r3, [r1], #1
    strb    r3, [r0], #1
    b       1b
2:  cmp     r2, #32
    blo     6f
    push    {r4-r9}
    .cfi_adjust_cfa_offset 24
    subs    r2, r2, #BLOCK
    blo     4f
3:  ldmia   r1!, {r3-r9, r12}
    stmia   r0!, {r3-r9, r12}
    ldmia   r1!, {r3-r9, r12}
    stmia   r0!, {r3-r9, r12}
    subs    r2, r2, #BLOCK
    bhs     3b
4:  tst     r2, #32
    itt     ne
    ldmiane r1!, {r3-r9, r12}
    stmiane r0!, {r3-r9, r12}
    pop     {r4-r9}
    .cfi_adjust_cfa_offset -24
6:  tst     r2, #16
    itttt   ne
    ldmiane r1!, {r3, r12}
    stmiane r0!, {r3, r12}
    ldmiane r1!, {r3, r12}
    stmiane r0!, {r3, r12}
    tst     r2, #8
    itt     ne
    ldmiane r1!, {r3, r12}
    stmiane r0!, {r3, r12}
    tst     r2, #4
    itt     ne
    ldrne   r3, [r1], #4
    strne   r3, [r0], #4
    ands    r2, r2, #3
7:  subs    r2, r2, #1
    blo     9f
8:  ldrb    r3, [r1], #1
    strb    r3, [r0], #1
    subs    r2, r2, #1
    bhs     8b
9:  pop     {r0, pc}
    .cfi_endproc
    .size memcpy, . - memcpy
