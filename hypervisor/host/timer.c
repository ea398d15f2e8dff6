/*
 * Soft timers on one comparator: the non-secure physical timer (PPI 30).
 *
 * Queued timers are a list sorted by expiry; CNTP_CVAL holds the first. The scheduler's time slice and
 * the virtual timers of vCPUs that are not running (highvisor/vtimer.c) are such timers.
 */
#include "kernel.h"

static struct soft_timer *timer_queue;
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

static void program_comparator(void)
{
    if (!timer_queue) {
        CP15_WRITE(CNTP_CTL, 0);
    } else {
        CP15_WRITE64(CNTP_CVAL, timer_queue->expires);
        CP15_WRITE(CNTP_CTL, 1);
    }
    isb();
}

static void unlink_timer(struct soft_timer *timer)
{
    struct soft_timer **link = &timer_queue;

    while (*link && *link != timer)
        link = &(*link)->next;
    if (*link)
        *link = timer->next;
    timer->queued = false;
}

void timer_start(struct soft_timer *timer, u64 expires)
{
    u32 flags = spin_lock(&timer_lock);
    struct soft_timer **link = &timer_queue;

    if (timer->queued)
        unlink_timer(timer);
    timer->expires = expires;
    while (*link && (*link)->expires <= expires)
        link = &(*link)->next;
    timer->next = *link;
    timer->queued = true;
    *link = timer;
    program_comparator();
    spin_unlock(&timer_lock, flags);
}

void timer_cancel(struct soft_timer *timer)
{
    u32 flags = spin_lock(&timer_lock);

    if (timer->queued) {
        unlink_timer(timer);
        program_comparator();
    }
    spin_unlock(&timer_lock, flags);
}

static void timer_interrupt(u32 intid, void *context)
{
    (void)intid;
    (void)context;
    u32 flags = spin_lock(&timer_lock);

    while (timer_queue && timer_queue->expires <= timer_now()) {
        struct soft_timer *timer = timer_queue;
        unlink_timer(timer);
        spin_unlock(&timer_lock, flags);
        timer->function(timer);
        flags = spin_lock(&timer_lock);
    }
    program_comparator();
    spin_unlock(&timer_lock, flags);
}

void timer_init(void)
{
    CP15_WRITE(CNTP_CTL, 0);
    irq_request(BOARD_IRQ_PHYSICAL_TIMER, timer_interrupt, NULL);
}
