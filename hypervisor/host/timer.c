/*
 * Soft timers on one comparator per core: the non-secure physical timer (PPI 30).
 *
 * Each core has a list of timers sorted by expiry; its CNTP_CVAL holds the first. A timer is in the list of
 * the core that started it, and its function runs there. The scheduler's time slice and the virtual timers
 * of vCPUs that are not running (highvisor/vtimer.c) are such timers.
 */
#include "kernel.h"

static struct spinlock timer_lock;

u64 timer_now(void)
{
    isb();
    return CP15_READ64(CNTPCT);
}

u32 timer_frequency(void)
{
    return CP15_READ(CNTFRQ);
}

u32 divide(u64 dividend, u32 divisor, u32 *rest)
{
    u64 left = 0;
    u32 quotient = 0;

    for (s32 bit = 63; bit >= 0; bit--) {
        left = left << 1 | ((u32)(dividend >> bit) & 1);
        quotient <<= 1;
        if (left >= divisor) {
            left -= divisor;
            quotient |= 1;
        }
    }
    *rest = (u32)left;
    return quotient;
}

static void program_comparator(const struct cpu *cpu)
{
    if (!cpu->timers) {
        CP15_WRITE(CNTP_CTL, 0);
    } else {
        CP15_WRITE64(CNTP_CVAL, cpu->timers->expires);
        CP15_WRITE(CNTP_CTL, 1);
    }
    isb();
}

static void unlink_timer(struct soft_timer *timer)
{
    struct soft_timer **link = &timer->cpu->timers;

    while (*link != timer)
        link = &(*link)->next;
    *link = timer->next;
    timer->queued = false;
}

void timer_start(struct soft_timer *timer, u64 expires)
{
    u32 flags = spin_lock(&timer_lock);
    struct cpu *cpu = this_cpu();
    struct soft_timer **link = &cpu->timers;

    if (timer->queued)
        unlink_timer(timer);
    timer->expires = expires;
    while (*link && (*link)->expires <= expires)
        link = &(*link)->next;
    timer->next = *link;
    timer->queued = true;
    timer->cpu = cpu;
    *link = timer;
    program_comparator(cpu);
    spin_unlock(&timer_lock, flags);
}

void timer_cancel(struct soft_timer *timer)
{
    if (!timer->queued) {
        dmb(); /* timer_interrupt says that it runs before it takes it out of the queue */
        if (!timer->running_on)
            return;
    }
    u32 flags = spin_lock(&timer_lock);
    struct cpu *cpu = this_cpu();

    while (timer->queued || (timer->running_on && timer->running_on != cpu)) {
        if (timer->queued) {
            unlink_timer(timer);
            if (timer->cpu == cpu)
                program_comparator(cpu); /* another core's comes in vain, once */
        } else {
            spin_unlock(&timer_lock, flags);
            flags = spin_lock(&timer_lock);
        }
    }
    spin_unlock(&timer_lock, flags);
}

static void timer_interrupt(u32 intid, void *context)
{
    (void)intid;
    (void)context;
    u32 flags = spin_lock(&timer_lock);
    struct cpu *cpu = this_cpu();

    while (cpu->timers && cpu->timers->expires <= timer_now()) {
        struct soft_timer *timer = cpu->timers;
        timer->running_on = cpu;
        dmb();
        unlink_timer(timer);
        spin_unlock(&timer_lock, flags);
        timer->function(timer);
        flags = spin_lock(&timer_lock);
        timer->running_on = NULL;
    }
    program_comparator(cpu);
    spin_unlock(&timer_lock, flags);
}

void timer_init_cpu(void)
{
    CP15_WRITE(CNTP_CTL, 0);
}

void timer_init(void)
{
    timer_init_cpu();
    irq_request(BOARD_IRQ_PHYSICAL_TIMER, timer_interrupt, NULL);
}
