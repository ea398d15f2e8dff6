/*
 * The guest's exception vectors. Each exception saves r0-r12, LR and SPSR on its own mode's stack and
 * calls a C function with a pointer to them; what C changes there is what the guest continues with.
 */
    .syntax unified
    .arch armv7-a
    .arch_extension sec
    .arch_extension virt
    .cfi_sections .debug_frame
    .text
    .arm

    .balign 32
    .global guest_vectors
    .type guest_vectors, %function
guest_vectors:
    .cfi_startproc
    .cfi_undefined lr
    b       .                           @ 0x00 not used
    b       guest_undef_entry           @ 0x04
    b       guest_svc_entry             @ 0x08
    b       guest_prefetch_abort_entry  @ 0x0c
    b       guest_data_abort_entry      @ 0x10
    b       .                           @ 0x14 not used at PL1
    b       guest_irq_entry             @ 0x18
    b       .                           @ 0x1c
    .cfi_endproc
    .size guest_vectors, . - guest_vectors

    .macro  exception name, handler, adjust
    .global \name
    .type \name, %function
\name:
    .cfi_startproc
    .cfi_undefined lr
    .if \adjust
    sub     lr, lr, #\adjust
    .endif
    push    {r0-r12, lr}
    mrs     r0, spsr
    push    {r0, r1}                    @ SPSR, and a word to keep SP aligned
    mov     r0, sp
    bl      \handler
    pop     {r0, r1}
    msr     spsr_cxsf, r0
    ldm     sp!, {r0-r12, pc}^
    .cfi_endproc
    .size \name, . - \name
    .endm

    exception guest_undef_entry, handle_undef, 4
    exception guest_svc_entry, handle_svc, 0
    exception guest_prefetch_abort_entry, handle_prefetch_abort, 4
    exception guest_data_abort_entry, handle_data_abort, 8
    exception guest_irq_entry, handle_irq, 4

/* u32 call_user(u32 pc): runs PL0 code at pc until its SVC #0; returns its r0. */
    .global call_user
    .type call_user, %function
call_user:
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
    ldr     r1, =user_return_sp
    str     sp, [r1]
    mov     r1, #0x10                   @ User mode, interrupts on
    tst     r0, #1                      @ T32?
    orrne   r1, r1, #0x20
    bic     r0, r0, #1
    msr     spsr_cxsf, r1
    movs    pc, r0
    .cfi_endproc
    .size call_user, . - call_user

/* void leave_user(u32 result): back into call_user's caller, from the SVC handler. */
    .global leave_user
    .type leave_user, %function
leave_user:
    .cfi_startproc
    .cfi_undefined lr
    ldr     r1, =user_return_sp
    ldr     sp, [r1]
    pop     {r4-r11, pc}
    .cfi_endproc
    .size leave_user, . - leave_user
    .pool

    .bss
    .balign 4
user_return_sp:
    .space  4
