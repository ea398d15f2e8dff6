/*
 * Exceptions of the host: from its own kernel code (SVC) and from PL0 processes.
 *
 * Every exception ends up in SVC mode on the current thread's kernel stack, with a struct pt_regs there:
 * r0-r12, sp, lr, pc, cpsr. The other modes' stacks are never used (SRS stores straight to SP_svc), so
 * the kernel may be switched away from inside a handler.
 *
 * Asynchronous aborts are taken wherever registers are not just being saved: what comes later than that is the guest's.
 */
#include "layout.h"

    .syntax unified
    .arch armv7-a
    .cfi_sections .debug_frame
    .text
    .arm

#define PT_SP 52
#define PT_LR 56
#define PT_CPSR 64
#define PT_SIZE 68

    .macro  save_pt_regs adjust
    .if \adjust
    sub     lr, lr, #\adjust
    .endif
    srsdb   sp!, #0x13
    cpsid   i, #0x13
    sub     sp, sp, #8
    push    {r0-r12}
    ldr     r1, [sp, #PT_CPSR]
    tst     r1, #0xf                    @ from PL0?
    addeq   r0, sp, #PT_SP
    stmiaeq r0, {sp, lr}^
    addne   r0, sp, #PT_SIZE
    strne   r0, [sp, #PT_SP]
    strne   lr, [sp, #PT_LR]
    .endm

/* PAR.F := whether the host can't write to \register; Z if it can. Clobbers \register. */
    .macro  test_writable register
    mcr     p15, 0, \register, c7, c8, 1 @ ATS1CPW
    isb
    mrc     p15, 0, \register, c7, c4, 0 @ PAR
    tst     \register, #1
    .endm

/*
 * From abt or und, \mode: if SP_svc is no stack, storing there would end here again, for ever. Then this core's stack for
 * a panic takes its place, with the value of SP_svc on top; r1 is lost. r0 is in TPIDRURO meanwhile, which no process of
 * this host uses.
 */
    .macro  ensure_stack mode
    mcr     p15, 0, r0, c13, c0, 3      @ TPIDRURO
    cps     #0x13
    tst     sp, #3
    bne     8f
    sub     r0, sp, #4
    test_writable r0
    bne     8f
    sub     r0, sp, #PT_SIZE
    test_writable r0
    beq     9f
8:  mrc     p15, 0, r0, c0, c0, 5       @ MPIDR
    and     r0, r0, #(NR_CPUS - 1)
    ldr     r1, =panic_stacks + PANIC_STACK_SIZE
    add     r0, r1, r0, lsl #PANIC_STACK_SHIFT
    str     sp, [r0, #-8]!
    mov     sp, r0
9:  cps     #\mode
    mrc     p15, 0, r0, c13, c0, 3
    .endm

    .macro  exception name, handler, adjust, mode=0
    .global \name
    .type \name, %function
\name:
    .cfi_startproc
    .cfi_undefined lr
    .if \mode
    ensure_stack \mode
    .endif
    save_pt_regs \adjust
    .if \adjust
    cpsie   a                           @ which all of these but UNDEFINED mask
    .endif
    mov     r0, sp
    mov     r4, sp
    bic     sp, sp, #7
    bl      \handler
    mov     sp, r4
    b       exception_return
    .cfi_endproc
    .size \name, . - \name
    .endm

    .balign 32
    .global host_vectors
    .type host_vectors, %function
host_vectors:
    .cfi_startproc
    .cfi_undefined lr
    b       .                           @ 0x00 not used
    b       host_undef_entry            @ 0x04
    b       host_svc_entry              @ 0x08
    b       host_prefetch_abort_entry   @ 0x0c
    b       host_data_abort_entry       @ 0x10
    b       .                           @ 0x14 not used at PL1
    b       host_irq_entry              @ 0x18
    b       .                           @ 0x1c FIQ is never enabled
    .cfi_endproc
    .size host_vectors, . - host_vectors

    exception host_undef_entry, host_undef, 4, mode=0x1b
    exception host_svc_entry, host_svc, 0
    exception host_prefetch_abort_entry, host_prefetch_abort, 4, mode=0x17
    exception host_data_abort_entry, host_data_abort, 8, mode=0x17
    exception host_irq_entry, host_irq, 4
    .pool

/* SP points at the struct pt_regs to continue with. */
    .global exception_return
    .type exception_return, %function
exception_return:
    .cfi_startproc
    .cfi_undefined lr
    cpsid   i
    ldr     r1, [sp, #PT_CPSR]
    tst     r1, #0xf
    bne     1f
    mov     r0, sp
    mov     r4, sp
    bic     sp, sp, #7
    bl      return_to_user_work         @ reschedule or end the process, if asked
    mov     sp, r4
    add     r0, sp, #PT_SP
    ldmia   r0, {sp, lr}^
    nop
    b       2f
1:  ldr     lr, [sp, #PT_LR]
2:  clrex
    pop     {r0-r12}
    add     sp, sp, #8
    rfeia   sp!
    .cfi_endproc
    .size exception_return, . - exception_return

/* void switch_to(u32 *save_sp, u32 next_sp): the callee-saved registers are the thread's context. */
    .global switch_to
    .type switch_to, %function
switch_to:
    .cfi_startproc
    push    {r4-r11, lr}
    .cfi_def_cfa_offset 36
    .cfi_offset r4, -36
    .cfi_offset r5, -32
    .cfi_offset r6, -28
    .cfi_offset r7, -24
    .cfi_offset r8, -20
    .cfi_offset r9, -16
    .cfi_offset r10, -12
    .cfi_offset r11, -8
    .cfi_offset lr, -4
    str     sp, [r0]
    mov     sp, r1
    pop     {r4-r11, pc}
    .cfi_endproc
    .size switch_to, . - switch_to

/* First run of a kernel thread: r4 = function, r5 = argument. */
    .global kernel_thread_start
    .type kernel_thread_start, %function
kernel_thread_start:
    .cfi_startproc
    .cfi_undefined lr
    bl      thread_first_run
    mov     r0, r5
    blx     r4
    b       thread_exit
    .cfi_endproc
    .size kernel_thread_start, . - kernel_thread_start

/* First run of a user thread: its pt_regs lie on top of its kernel stack. */
    .global user_thread_start
    .type user_thread_start, %function
user_thread_start:
    .cfi_startproc
    .cfi_undefined lr
    bl      thread_first_run
    b       exception_return
    .cfi_endproc
    .size user_thread_start, . - user_thread_start
