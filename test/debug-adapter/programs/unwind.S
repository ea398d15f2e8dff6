/* Every unwind directive that an assembler can write, in both sections that hold them. */
    .syntax unified
    .arm
    .cfi_sections .eh_frame, .debug_frame
    .text
    .global everything
    .type everything, %function
everything:
    .cfi_startproc
    push    {r4, r5, r6, lr}
    .cfi_def_cfa_offset 16
    .cfi_offset r4, -16
    .cfi_offset r5, -12
    .cfi_offset r6, -8
    .cfi_offset lr, -4
    sub     sp, sp, #1024
    .cfi_adjust_cfa_offset 1024
    mov     r11, sp
    .cfi_def_cfa r11, 1040
    .cfi_remember_state
    mov     r7, r6
    .cfi_register r6, r7
    .cfi_same_value r8
    .cfi_undefined r9
    add     r0, r0, #1
    .cfi_restore_state
    .cfi_val_offset r10, -8
    add     r0, r0, #2
    .cfi_escape 0x0f, 3, 0x7b, 0x90, 0x08          @ DW_CFA_def_cfa_expression: breg11 + 1040
    add     r0, r0, #3
    .cfi_def_cfa sp, 1040
    .cfi_escape 0x10, 4, 2, 0x7b, 4                @ DW_CFA_expression r4: breg11 + 4
    .cfi_escape 0x16, 5, 2, 0x7b, 8                @ DW_CFA_val_expression r5: breg11 + 8
    add     sp, sp, #1024
    .cfi_def_cfa_offset 16
    .skip   400
    pop     {r4, r5, r6, pc}
    .cfi_endproc
    .size everything, . - everything

    .global signal_return
    .type signal_return, %function
signal_return:
    .cfi_startproc
    .cfi_signal_frame
    .cfi_def_cfa_offset 64
    .skip   70000
    nop
    .cfi_restore lr
    bx      lr
    .cfi_endproc
    .size signal_return, . - signal_return
