/* Start, Hyp vectors, and the pieces of code that run below Hyp. */
        .arch   armv7ve
        .arch_extension virt
        .syntax unified
        .arm

        .section .text.start, "ax"
        .global _start
_start: ldr     sp, =stack_top
        ldr     r0, =hyp_vectors
        mcr     p15, 4, r0, c12, c0, 0          @ HVBAR
        bl      main
        ldr     r0, =0x84000008                 @ PSCI SYSTEM_OFF
        smc     #0
        b       .
        .ltorg

        .text
        .balign 32
hyp_vectors:
        b       .
        b       1f                              @ 0x04 Undefined
        b       2f                              @ 0x08 HVC from Hyp
        b       3f                              @ 0x0c Prefetch Abort
        b       4f                              @ 0x10 Data Abort
        b       5f                              @ 0x14 Hyp Trap
        b       6f
        b       7f
1:      mov     r2, #1
        b       trapped
2:      mov     r2, #2
        b       trapped
3:      mov     r2, #3
        b       trapped
4:      mov     r2, #4
        b       trapped
5:      mov     r2, #5
        b       trapped
6:      mov     r2, #6
        b       trapped
7:      mov     r2, #7
/* Back to the caller of enter() or of hyp_access(): r0 the value read, r2 the vector. */
trapped:
        setend  le
        mrc     p15, 4, r3, c1, c0, 0           @ HSCTLR
        bic     r3, r3, #1
        mcr     p15, 4, r3, c1, c0, 0
        isb
        ldr     r3, =loaded
        str     r0, [r3]
        mov     r0, r2
        pop     {r4-r12, pc}
        .ltorg

/* int enter(code, spsr, va, value): runs `code` below Hyp until it traps; gives the vector. */
        .global enter
enter:  push    {r4-r12, lr}
        msr     elr_hyp, r0
        msr     spsr_cxsf, r1
        mov     r1, r2
        mov     r0, r3
        eret

/* int hyp_access(va, value, write): a load or store in Hyp with its MMU on. */
        .global hyp_access
hyp_access:
        push    {r4-r12, lr}
        mov     r5, r2
        mov     r3, r0
        mov     r0, r1
        mrc     p15, 4, r4, c1, c0, 0
        orr     r4, r4, #1
        mcr     p15, 4, r4, c1, c0, 0
        isb
        cmp     r5, #0
        ldreq   r0, [r3]
        strne   r0, [r3]
        mov     r2, #0
        b       trapped

/* int hyp_operation(kind, va): an address translation operation of PL1&0, made in Hyp; gives the vector, or 0. */
        .global hyp_operation
hyp_operation:
        push    {r4-r12, lr}
        mov     r3, r0
        mov     r0, #0
        add     pc, pc, r3, lsl #3
        nop
        mcr     p15, 0, r1, c7, c8, 0           @ ATS1CPR
        b       1f
        mcr     p15, 0, r1, c7, c8, 1
        b       1f
        mcr     p15, 0, r1, c7, c8, 2
        b       1f
        mcr     p15, 0, r1, c7, c8, 3
        b       1f
        mcr     p15, 0, r1, c7, c8, 4           @ ATS12NSOPR
        b       1f
        mcr     p15, 0, r1, c7, c8, 5
        b       1f
        mcr     p15, 0, r1, c7, c8, 6
        b       1f
        mcr     p15, 0, r1, c7, c8, 7
1:      isb
        mov     r2, #0
        b       trapped

/* int hyp_translate(va, write): ATS1HR or ATS1HW with Hyp's MMU on. */
        .global hyp_translate
hyp_translate:
        push    {r4-r12, lr}
        mrc     p15, 4, r4, c1, c0, 0
        orr     r4, r4, #1
        mcr     p15, 4, r4, c1, c0, 0
        isb
        cmp     r1, #0
        bne     1f
        mcr     p15, 4, r0, c7, c8, 0
        b       2f
1:      mcr     p15, 4, r0, c7, c8, 1
2:      isb
        mov     r2, #0
        b       trapped
