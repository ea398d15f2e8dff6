/* Assembly with and without unwind directives. */
    .syntax unified
    .fpu    vfpv4
    .text
    .global _start
    .type _start, %function
_start:
    ldr     sp, =stack_top
    mrc     p15, 0, r0, c1, c0, 2       @ CPACR: full access to VFP
    orr     r0, r0, #0xf << 20
    mcr     p15, 0, r0, c1, c0, 2
    isb
    mov     r0, #0x40000000             @ FPEXC.EN
    vmsr    fpexc, r0
    bl      main
1:  b       1b
    .ltorg
    .size _start, . - _start

    .global assembly_leaf
    .type assembly_leaf, %function
assembly_leaf:
    add     r0, r0, #1
    bx      lr
    .size assembly_leaf, . - assembly_leaf

    .global assembly_call
    .type assembly_call, %function
assembly_call:
    push    {r4, lr}
    sub     sp, sp, #8
    mov     r4, r0
    bl      leaf
    add     r0, r0, r4
    add     sp, sp, #8
    pop     {r4, pc}
    .size assembly_call, . - assembly_call

    @ The tables of -funwind-tables name these; nothing here ever throws.
    .global __aeabi_unwind_cpp_pr0, __aeabi_unwind_cpp_pr1
__aeabi_unwind_cpp_pr0:
    bx      lr
__aeabi_unwind_cpp_pr1:
    bx      lr

table:
    .word   0x12345678
    .bss
    .space  4096
stack_top:
