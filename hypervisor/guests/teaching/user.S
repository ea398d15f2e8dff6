/*
 * The guest's program at PL0: calls the guest's kernel twice (SVC #1 with r0 = a number) and ends with
 * SVC #0. T32, linked at VA 0x00010000, mapped by paging.c.
 */
    .syntax unified
    .arch armv7-a
    .cfi_sections .debug_frame
    .section .user, "ax"
    .thumb
    .thumb_func
    .global user_program
    .type user_program, %function
user_program:
    .cfi_startproc
    .cfi_undefined lr
    movs    r0, #7
    svc     #1
    adds    r0, r0, #1                  @ the kernel answers in r0
    svc     #1
    svc     #0
    .cfi_endproc
    .size user_program, . - user_program
