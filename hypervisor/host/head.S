/*
 * The host kernel's first instructions.
 *
 * Entered in Hyp (or SVC) with the MMU off, at a physical address, on one core. In Hyp it leaves the Hyp
 * stub behind and drops to SVC by ERET. Then it builds boot page tables (long-descriptor format), turns
 * on the MMU and jumps to the kernel's virtual addresses. This page is mapped one to one meanwhile. The
 * other cores come by PSCI CPU_ON to secondary_start, when the kernel's own tables are there.
 */
#include "layout.h"
#include "board.h"

    .syntax unified
    .arch armv7-a
    .arch_extension virt
    .arch_extension sec
    .cfi_sections .debug_frame
    .section .idmap.head, "ax"
    .arm

/* From Hyp to \where in SVC, the Hyp stub left behind; from SVC just there. \mode := the mode entered in. */
    .macro  drop_to_svc where, mode
    mrs     \mode, cpsr
    and     \mode, \mode, #0x1f
    cmp     \mode, #0x1a
    bne     \where
    bl      __hyp_stub_install
    ldr     r0, =0x1d3                  @ SVC with A, I and F masked
    msr     spsr_cxsf, r0
    ldr     r0, =\where
    msr     elr_hyp, r0
    eret
    .endm

/* In: r5 = TTBR0 and r6 = TTBR1, physical addresses of the tables. Clobbers r0-r2. */
    .macro  switch_mmu_on
    ldr     r0, =MAIR0_VALUE
    mcr     p15, 0, r0, c10, c2, 0
    mov     r1, #0
    mcr     p15, 0, r1, c10, c2, 1
    ldr     r0, =TTBCR_VALUE
    mcr     p15, 0, r0, c2, c0, 2
    mcrr    p15, 0, r5, r1, c2          @ TTBR0, ASID 0
    mcrr    p15, 1, r6, r1, c2          @ TTBR1
    mcr     p15, 0, r1, c8, c7, 0       @ TLBIALL
    mcr     p15, 0, r1, c7, c5, 0       @ ICIALLU
    mcr     p15, 0, r1, c7, c5, 6       @ BPIALL
    dsb
    isb
    mrc     p15, 0, r0, c1, c0, 0       @ SCTLR
    ldr     r2, =0x1805                 @ M, C, Z, I
    orr     r0, r0, r2
    bic     r0, r0, #(1 << 13)          @ V = 0: vectors at VBAR
    mcr     p15, 0, r0, c1, c0, 0
    isb
    .endm

    .global _start
    .type _start, %function
_start:
    .cfi_startproc
    .cfi_undefined lr
    cpsid   aif
    drop_to_svc enter_svc, r4

    .global enter_svc
enter_svc:
    @ Clear .bss, by physical address.
    ldr     r0, =__bss_start - PA_TO_VA_OFFSET
    ldr     r1, =__bss_end - PA_TO_VA_OFFSET
    mov     r2, #0
1:  cmp     r0, r1
    strlo   r2, [r0], #4
    blo     1b

    @ boot_idmap (TTBR0, level 1): RAM 0x40000000 .. 0x7fffffff one to one, one block of 1 GiB.
    ldr     r5, =boot_idmap - PA_TO_VA_OFFSET
    ldr     r0, =(0x40000000 | 0x701)   @ AF, inner shareable, normal memory, block
    mov     r1, #0
    strd    r0, r1, [r5, #8]

    @ boot_pmd (TTBR1, level 2): the first 16 MiB of the linear map, and the UART.
    ldr     r6, =boot_pmd - PA_TO_VA_OFFSET
    ldr     r0, =(PHYS_OFFSET | 0x701)
    mov     r2, r6
    add     r3, r6, #(8 * 8)
2:  strd    r0, r1, [r2], #8
    add     r0, r0, #BLOCK_SIZE
    cmp     r2, r3
    blo     2b
    ldr     r0, =(BOARD_UART_BASE | 0x405)  @ AF, device memory, block
    mov     r1, #(1 << 22)              @ XN
    ldr     r2, =(((BOARD_UART_BASE + DEVICE_VA_OFFSET - PAGE_OFFSET) >> 21) << 3)
    add     r2, r6, r2
    strd    r0, r1, [r2]

    switch_mmu_on
    ldr     pc, =kernel_virtual_start
    .cfi_endproc
    .size _start, . - _start
    .pool

/* r0 = this core's struct cpu (virtual address): CPU_ON's context. */
    .global secondary_start
    .type secondary_start, %function
secondary_start:
    .cfi_startproc
    .cfi_undefined lr
    cpsid   aif
    mov     r7, r0
    drop_to_svc secondary_svc, r4
    .global secondary_svc
secondary_svc:
    ldr     r5, =boot_idmap - PA_TO_VA_OFFSET
    ldr     r6, =kernel_pmd - PA_TO_VA_OFFSET
    switch_mmu_on
    ldr     pc, =secondary_virtual_start
    .cfi_endproc
    .size secondary_start, . - secondary_start
    .pool

    .text
    .macro  vectors_and_vfp
    ldr     r0, =host_vectors
    mcr     p15, 0, r0, c12, c0, 0      @ VBAR
    ldr     r0, =(0xf << 20)            @ CPACR: CP10 and CP11 usable, for the host's own VFP state
    mcr     p15, 0, r0, c1, c0, 2
    isb
    .endm

    .global secondary_virtual_start
    .type secondary_virtual_start, %function
secondary_virtual_start:
    .cfi_startproc
    .cfi_undefined lr
    vectors_and_vfp
    mcr     p15, 0, r7, c13, c0, 4      @ TPIDRPRW
    ldr     r0, =secondary_stack
    ldr     sp, [r0]
    cpsie   a
    mov     r0, r7
    bl      secondary_main
    b       .
    .cfi_endproc
    .size secondary_virtual_start, . - secondary_virtual_start
    .pool

    .global kernel_virtual_start
    .type kernel_virtual_start, %function
kernel_virtual_start:
    .cfi_startproc
    .cfi_undefined lr
    vectors_and_vfp
    ldr     sp, =boot_stack + KERNEL_STACK_SIZE
    cpsie   a                           @ asynchronous aborts are panics from here on
    mov     r0, r4
    bl      host_main
    b       .
    .cfi_endproc
    .size kernel_virtual_start, . - kernel_virtual_start
    .pool

    .section .bss.page_aligned, "aw", %nobits
    .balign PAGE_SIZE
    .global boot_idmap
boot_idmap:
    .space  PAGE_SIZE
    .global boot_pmd
boot_pmd:
    .space  PAGE_SIZE
    .global boot_stack
boot_stack:
    .space  KERNEL_STACK_SIZE
