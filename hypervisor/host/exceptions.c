/*
 * What the host does with its exceptions, after exception-entry.S has saved the registers.
 *
 * System calls and page faults of processes, interrupts from anywhere; anything else is a bug: of the
 * process, which ends, or of the kernel, which panics.
 */
#include "fault-names.h"
#include "kernel.h"

#define MODE_USER 0x10
#define DFSR_WNR BIT(11)
#define FSR_STATUS(fsr) ((fsr) & 0x3f) /* long-descriptor format */

static bool from_user(const struct pt_regs *regs)
{
    return (regs->cpsr & 0xf) == 0;
}

/* Translation, access flag and permission faults: 0x04 to 0x0f. */
static bool is_page_fault(u32 fsr)
{
    return FSR_STATUS(fsr) >= 0x04 && FSR_STATUS(fsr) <= 0x0f;
}

#define NO_FSR 0xffffffff

/* The stack that the exception was taken on was none: exception-entry.S has left its address on another. */
static bool had_no_stack(const struct pt_regs *regs)
{
    return regs->sp == (u32)&panic_stacks[CP15_READ(MPIDR) & (NR_CPUS - 1)][PANIC_STACK_SIZE - 8];
}

static void fault_of_the_host(const struct pt_regs *regs, const char *what, const char *why, u32 fsr, u32 far)
{
    bool no_stack = had_no_stack(regs);

    panic_begin();
    kprintf("%s in %s on core %u, thread %s, mode %s: PC 0x%08x, LR 0x%08x, SP 0x%08x%s",
            what, from_user(regs) ? "a process of the host" : "the host's kernel",
            CP15_READ(MPIDR) & (NR_CPUS - 1), panic_is_first() && current ? current->name : "-",
            mode_name(regs->cpsr), regs->pc, regs->lr, no_stack ? *(u32 *)regs->sp : regs->sp,
            no_stack ? ", which is no stack" : "");
    kprintf("%s%s, FSR 0x%03x", *why ? ": " : "", why, fsr);
    if (!fault_is_asynchronous(FSR_STATUS(fsr)))
        kprintf(", FAR 0x%08x", far);
    panic_end();
}

/* Of an abort; UNDEFINED has neither `fsr` nor `far`. */
static void unexpected(const struct pt_regs *regs, const char *what, u32 fsr, u32 far)
{
    const char *why = fsr == NO_FSR ? "" : fault_status_name(FSR_STATUS(fsr));

    fsr = fsr == NO_FSR ? 0 : fsr;
    if (!from_user(regs) || fault_is_asynchronous(FSR_STATUS(fsr)))
        fault_of_the_host(regs, what, why, fsr, far); /* an access before, of whom nobody knows */
    kprintf("host: process %s: %s at 0x%08x, FSR 0x%03x, FAR 0x%08x\n", current->process->name, what,
            regs->pc, fsr, far);
    process_exit(current->process, -EFAULT);
}

/* It may take long, as memory may have to be waited for. */
static bool handle_fault(u32 va, bool write)
{
    irq_enable();
    return process_handle_fault(current->process, va, write);
}

void host_undef(struct pt_regs *regs)
{
    unexpected(regs, "Undefined Instruction", NO_FSR, 0);
}

void host_prefetch_abort(struct pt_regs *regs)
{
    u32 ifsr = CP15_READ(IFSR);
    u32 ifar = CP15_READ(IFAR);

    if (from_user(regs) && is_page_fault(ifsr) && FSR_STATUS(ifsr) < 0x0c && handle_fault(ifar, false))
        return;
    unexpected(regs, "Prefetch Abort", ifsr, ifar);
}

void host_data_abort(struct pt_regs *regs)
{
    u32 dfsr = CP15_READ(DFSR);
    u32 dfar = CP15_READ(DFAR);

    if (from_user(regs) && is_page_fault(dfsr) && FSR_STATUS(dfsr) < 0x0c &&
        handle_fault(dfar, (dfsr & DFSR_WNR) != 0))
        return;
    unexpected(regs, "Data Abort", dfsr, dfar);
}

void host_irq(struct pt_regs *regs)
{
    (void)regs;
    irq_handle_pending();
}

void host_svc(struct pt_regs *regs)
{
    if (!from_user(regs))
        unexpected(regs, "SVC", NO_FSR, 0);
    irq_enable();
    system_call(regs);
}

/* Interrupts stay masked from the last look to the return, or one that asks for a switch would be missed. */
void return_to_user_work(struct pt_regs *regs)
{
    (void)regs;
    irq_disable();
    while (this_cpu()->need_resched || current->process->killed) {
        irq_enable();
        if (current->process->killed)
            thread_exit();
        schedule();
        irq_disable();
    }
}
