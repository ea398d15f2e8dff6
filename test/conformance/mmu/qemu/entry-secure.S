/* Start in Secure SVC mode, Secure vectors, and the way into code with the MMU on. */
        .arch   armv7ve
        .arch_extension sec
        .syntax unified
        .arm

        .section .text.start, "ax"
        .global _start
_start: ldr     sp, =stack_top
        bl      main
        mov     r0, #0x18                       @ semihosting SYS_EXIT: there is no PSCI here
        ldr     r1, =0x20026
        svc     #0x123456
        b       .
        .ltorg

        .text
        .balign 32
        .global secure_vectors
secure_vectors:
        b       .
        b       1f                              @ 0x04 Undefined
        b       2f                              @ 0x08 SVC
        b       3f                              @ 0x0c Prefetch Abort
        b       4f                              @ 0x10 Data Abort
        b       .
        b       .
        b       .
1:      mov     r2, #1
        b       trapped
2:      mov     r2, #2
        b       trapped
3:      mov     r2, #3
        b       trapped
4:      mov     r2, #4
trapped:
        setend  le
        mrc     p15, 0, r3, c1, c0, 0           @ SCTLR
        bic     r3, r3, #1
        mcr     p15, 0, r3, c1, c0, 0
        isb
        cps     #0x13
        ldr     r3, =loaded
        str     r0, [r3]
        mov     r0, r2
        pop     {r4-r12, pc}
        .ltorg

/* int enter(code, spsr, va, value): turns on the MMU if the set-up has it on, and runs `code` until it traps. */
        .global enter
enter:  push    {r4-r12, lr}
        mov     lr, r0
        msr     spsr_cxsf, r1
        mov     r1, r2
        ldr     r4, =sctlr
        ldr     r4, [r4]
        mov     r0, r3
        mcr     p15, 0, r4, c1, c0, 0
        isb
        movs    pc, lr
        .ltorg
