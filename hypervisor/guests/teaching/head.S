/*
 * The teaching guest's first instructions: SVC mode, MMU off, at an IPA.
 *
 * Builds a first-level table of sections (short-descriptor format, TTBR0), turns on the MMU and caches and
 * jumps to virtual addresses. Every store here touches guest RAM for the first time: each new page is a
 * Stage 2 fault. The writes to DACR, TTBCR, TTBR0 and SCTLR trap as long as HCR.TVM is set.
 */
    .syntax unified
    .arch armv7-a
    .cfi_sections .debug_frame
    .section .head.text, "ax"
    .arm

#define VA_TO_IPA 0x80000000

    .global guest_start
    .type guest_start, %function
guest_start:
    .cfi_startproc
    .cfi_undefined lr
    cpsid   aif
    ldr     r0, =first_level_table - VA_TO_IPA
    mov     r1, #0
    mov     r2, #4096
1:  str     r1, [r0], #4                @ all 4096 entries: fault
    subs    r2, r2, #1
    bne     1b

    ldr     r4, =first_level_table - VA_TO_IPA
    ldr     r5, =0x1140e                @ normal memory, shareable, PL1 read/write
    @ This page, one to one, until the jump: VA 0x400xxxxx -> IPA 0x40000000.
    orr     r0, r5, #0x40000000
    ldr     r1, =(0x400 << 2)
    str     r0, [r4, r1]
    @ The kernel: VA 0xc0000000 + 4 MiB -> IPA 0x40000000.
    add     r1, r4, #(0xc00 << 2)
    mov     r2, #4
2:  str     r0, [r1], #4
    add     r0, r0, #0x100000
    subs    r2, r2, #1
    bne     2b
    @ Devices: VA 0xf8000000 -> GIC, 0xf9000000 -> UART; VA 0xf4000000 -> ROM.
    ldr     r5, =0x00416                @ device memory, never executed, PL1 read/write
    ldr     r0, =0x08000000
    orr     r0, r0, r5
    ldr     r1, =(0xf80 << 2)
    str     r0, [r4, r1]
    add     r0, r0, #0x01000000
    ldr     r1, =(0xf90 << 2)
    str     r0, [r4, r1]
    ldr     r0, =0x04000000
    orr     r0, r0, r5
    ldr     r1, =(0xf40 << 2)
    str     r0, [r4, r1]

    mov     r0, #0
    mcr     p15, 0, r0, c2, c0, 2       @ TTBCR: TTBR0 alone, short descriptors
    mov     r0, #1
    mcr     p15, 0, r0, c3, c0, 0       @ DACR: domain 0 client
    orr     r0, r4, #0x4a               @ walks: inner and outer write-back, shareable
    mcr     p15, 0, r0, c2, c0, 0       @ TTBR0
    mov     r0, #0
    mcr     p15, 0, r0, c13, c0, 1      @ CONTEXTIDR: ASID 0
    mcr     p15, 0, r0, c8, c7, 0       @ TLBIALL
    mcr     p15, 0, r0, c7, c5, 0       @ ICIALLU
    mcr     p15, 0, r0, c7, c5, 6       @ BPIALL
    dsb
    isb
    mrc     p15, 0, r0, c1, c0, 0       @ SCTLR
    ldr     r1, =0x1805                 @ M, C, Z, I
    orr     r0, r0, r1
    ldr     r1, =(1 << 28) | (1 << 29) | (1 << 13)  @ no TEX remap, no AFE, vectors at VBAR
    bic     r0, r0, r1
    .global guest_mmu_on
guest_mmu_on:
    mcr     p15, 0, r0, c1, c0, 0
    isb
    ldr     pc, =guest_virtual_start
    .cfi_endproc
    .size guest_start, . - guest_start
    .pool

    .text
    .global guest_virtual_start
    .type guest_virtual_start, %function
guest_virtual_start:
    .cfi_startproc
    .cfi_undefined lr
    ldr     r0, =guest_vectors
    mcr     p15, 0, r0, c12, c0, 0      @ VBAR
    isb
    @ A stack for each mode that takes exceptions.
    cps     #0x12
    ldr     sp, =irq_stack_top
    cps     #0x17
    ldr     sp, =abt_stack_top
    cps     #0x1b
    ldr     sp, =und_stack_top
    cps     #0x13
    ldr     sp, =svc_stack_top
    ldr     r0, =__bss_zero_start
    ldr     r1, =__bss_end
    mov     r2, #0
3:  cmp     r0, r1
    strlo   r2, [r0], #4
    blo     3b
    bl      guest_main
4:  wfi
    b       4b
    .cfi_endproc
    .size guest_virtual_start, . - guest_virtual_start
    .pool

    .section .bss.a_table, "aw", %nobits
    .balign 16384
    .global first_level_table
first_level_table:
    .space  16384
    .global svc_stack_top, irq_stack_top, abt_stack_top, und_stack_top
    .space  4096
svc_stack_top:
    .space  1024
irq_stack_top:
    .space  1024
abt_stack_top:
    .space  1024
und_stack_top:
    .global __bss_zero_start
__bss_zero_start:
