/*
 * The end, when the host's kernel or the lowvisor is broken: which world, where, why, and power off.
 *
 * It comes to an end whatever is broken. A core that faults while it panics says that, too, and in fewer words each
 * time; the cores panic one after another, which is to say: the first one does.
 */
#include "kernel.h"
#include "trace.h"

#define LAST_TRACED 32

u8 panic_stacks[NR_CPUS][PANIC_STACK_SIZE] __attribute__((aligned(8)));

static struct spinlock first;
static u32 panicking; /* the core that has `first`, from 1 on */
static u32 depth;

static void stop(void)
{
    for (;;)
        wfi();
}

void panic_begin(void)
{
    u32 here = (CP15_READ(MPIDR) & (NR_CPUS - 1)) + 1;

    irq_disable();
    if (panicking != here) {
        spin_lock(&first);
        panicking = here;
    }
    depth++;
    if (depth > 4)
        stop();
    if (depth > 3)
        machine_power_off();
    console_break_lock();
    kprintf(depth == 1 ? "host: panic: " : "\nhost: panic: in the panic: ");
    if (depth == 3) {
        kprintf("once more\n");
        machine_power_off();
    }
}

bool panic_is_first(void)
{
    return depth == 1;
}

void panic_end(void)
{
    kprintf("\n");
    if (depth == 1)
        trace_dump(LAST_TRACED);
    machine_power_off();
}
