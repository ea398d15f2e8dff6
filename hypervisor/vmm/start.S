/*
 * The VMM's first instructions (T32, PL0), its system calls, and the start of its other threads.
 * The kernel enters at _start with r0 = the number of this VM (0, 1, ...) and SP set.
 */
#include "syscall.h"

    .syntax unified
    .arch armv7-a
    .cfi_sections .debug_frame
    .section .text.start, "ax"
    .thumb

    .thumb_func
    .global _start
    .type _start, %function
_start:
    .cfi_startproc
    .cfi_undefined lr
    bl      main
    movs    r7, #SYS_EXIT
    svc     #0
    .cfi_endproc
    .size _start, . - _start

/* s32 system_call(u32 number, u32 a, u32 b, u32 c) */
    .thumb_func
    .global system_call
    .type system_call, %function
system_call:
    .cfi_startproc
    push    {r7, lr}
    .cfi_def_cfa_offset 8
    .cfi_offset r7, -8
    .cfi_offset lr, -4
    mov     r7, r0
    mov     r0, r1
    mov     r1, r2
    mov     r2, r3
    svc     #0
    pop     {r7, pc}
    .cfi_endproc
    .size system_call, . - system_call

/* Where SYS_CLONE starts a thread: r0 = struct vcpu_thread, SP its stack. */
    .thumb_func
    .global thread_entry
    .type thread_entry, %function
thread_entry:
    .cfi_startproc
    .cfi_undefined lr
    bl      vcpu_thread_main
1:  movs    r7, #SYS_SCHED_YIELD
    svc     #0
    b       1b
    .cfi_endproc
    .size thread_entry, . - thread_entry
