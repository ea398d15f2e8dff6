/*
 * The guest's own exceptions at PL1. None of them involves the hypervisor when the guest causes it itself;
 * an Undefined Instruction exception may also be the hypervisor's answer to a trapped instruction.
 */
#include "guest.h"

#define PSR_T BIT(5)

volatile struct exception_counts exception_counts;
volatile u32 last_svc, last_fault_status, last_fault_address;

/* The length of the T32 instruction at `pc`: 32 bits if its first halfword is 0b111xx with xx != 00. */
static u32 instruction_length(const struct exception_frame *frame)
{
    if (!(frame->spsr & PSR_T))
        return 4;
    return *(u16 *)frame->pc >= 0xe800 ? 4 : 2;
}

void handle_undef(struct exception_frame *frame)
{
    if (frame->spsr & PSR_T)
        frame->pc += 2; /* LR is the instruction + 2 there, + 4 in A32 */
    exception_counts.undef++;
    frame->pc += instruction_length(frame);
}

void handle_svc(struct exception_frame *frame)
{
    u32 number = frame->spsr & PSR_T ? ((u16 *)frame->pc)[-1] & 0xff : ((u32 *)frame->pc)[-1] & 0xffffff;

    exception_counts.svc++;
    last_svc = number;
    if ((frame->spsr & 0x1f) != 0x10)
        return;
    if (number == 0)
        leave_user(frame->r[0]);
    frame->r[0] *= 6;
}

void handle_prefetch_abort(struct exception_frame *frame)
{
    exception_counts.prefetch_abort++;
    last_fault_status = CP15_READ(IFSR);
    last_fault_address = CP15_READ(IFAR);
    frame->pc = frame->r[12]; /* the caller left its continuation in r12 */
}

void handle_data_abort(struct exception_frame *frame)
{
    exception_counts.data_abort++;
    last_fault_status = CP15_READ(DFSR);
    last_fault_address = CP15_READ(DFAR);
    frame->pc += instruction_length(frame);
}
