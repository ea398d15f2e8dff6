/*
 * Threads and their scheduler: one queue of runnable threads for all cores, round robin.
 *
 * A thread runs until it blocks, ends, or its time slice is over and it reaches a point where it may be
 * switched: the way back to PL0, or cond_resched. A core's idle thread runs when the queue is empty: WFI.
 * A core's slice timer is armed only while somebody waits for a core.
 *
 * One lock is for the queue and for the states of all threads. It is held over the switch itself and let go
 * by the thread switched to: so whoever finds a thread in the queue finds its registers in memory, and a
 * thread that has blocked or ended under the lock has left its stack when another core gets the lock.
 */
#include "kernel.h"

#define SLICE_PER_SECOND 100
#define PSR_I BIT(7)

struct cpu cpus[NR_CPUS];
u32 online_cpus = 1;
struct thread *all_threads;

static struct spinlock sched_lock;
static struct thread *volatile run_queue;
static u32 next_thread_id = 1;

extern void kernel_thread_start(void);
extern void user_thread_start(void);
extern void switch_to(u32 *save_sp, u32 next_sp);

static void queue_thread(struct thread *thread)
{
    struct thread *volatile *link = &run_queue;

    while (*link)
        link = &(*link)->next_runnable;
    thread->next_runnable = NULL;
    *link = thread;
}

static bool is_free(const struct cpu *cpu)
{
    return cpu->running == cpu->idle && !cpu->nudged;
}

/* An idle core that nobody has given work yet: this one, the one the thread ran on last, any. */
static struct cpu *find_free_cpu(const struct thread *thread)
{
    struct cpu *here = this_cpu();

    if (is_free(here))
        return here;
    if (thread->cpu && is_free(thread->cpu))
        return thread->cpu;
    for (u32 i = 0; i < online_cpus; i++)
        if (is_free(&cpus[i]))
            return &cpus[i];
    return NULL;
}

/* A thread waits and no core is free: each gives up its own after a time slice. */
static void share_cores(struct cpu *here)
{
    here->need_resched = true; /* which arms its slice timer */
    for (u32 i = 0; i < online_cpus; i++)
        if (&cpus[i] != here && cpus[i].running != cpus[i].idle && !cpus[i].slice.queued)
            irq_send_sgi(&cpus[i], SGI_RESCHEDULE);
}

/* Queues a thread and sees to it that a core takes it. With the lock held. */
static void enqueue(struct thread *thread)
{
    struct cpu *here = this_cpu(), *free = find_free_cpu(thread);

    queue_thread(thread);
    if (!free) {
        share_cores(here);
        return;
    }
    free->nudged = true;
    if (free != here)
        irq_send_sgi(free, SGI_RESCHEDULE);
}

static void slice_over(struct soft_timer *timer)
{
    (void)timer;
    this_cpu()->need_resched = true;
}

/* NULL: no memory. */
static struct thread *thread_create(const char *name, struct process *process)
{
    struct thread *thread = page_alloc();

    if (!thread)
        return NULL;
    thread->kernel_stack = pages_alloc(1);
    if (!thread->kernel_stack) {
        page_free(thread);
        return NULL;
    }
    for (u32 i = 0; name[i] && i < sizeof(thread->name) - 1; i++)
        thread->name[i] = name[i];
    thread->process = process;
    u32 flags = spin_lock(&sched_lock);
    thread->id = next_thread_id++;
    thread->next = all_threads;
    all_threads = thread;
    spin_unlock(&sched_lock, flags);
    return thread;
}

/* One that the kernel can't be without. */
static struct thread *kernel_thread_create(const char *name)
{
    struct thread *thread = thread_create(name, NULL);

    if (!thread)
        panic("no memory for thread %s", name);
    return thread;
}

/* Lays out what switch_to pops: r4-r11, pc. */
static u32 *initial_context(u32 *top, u32 r4, u32 r5, void (*start)(void))
{
    u32 *sp = top - 9;

    sp[0] = r4;
    sp[1] = r5;
    sp[8] = (u32)start;
    return sp;
}

static void make_runnable(struct thread *thread)
{
    u32 flags = spin_lock(&sched_lock);

    thread->state = THREAD_RUNNABLE;
    if (thread->process)
        thread->process->threads_alive++;
    enqueue(thread);
    spin_unlock(&sched_lock, flags);
}

struct thread *kernel_thread(const char *name, void (*function)(void *), void *argument)
{
    struct thread *thread = kernel_thread_create(name);
    u32 *top = (u32 *)((char *)thread->kernel_stack + KERNEL_STACK_SIZE);

    thread->kernel_sp = (u32)initial_context(top, (u32)function, (u32)argument, kernel_thread_start);
    make_runnable(thread);
    return thread;
}

struct thread *user_thread(struct process *process, const char *name, u32 pc, u32 sp, u32 r0)
{
    struct thread *thread = thread_create(name, process);
    if (!thread)
        return NULL;
    struct pt_regs *regs = (struct pt_regs *)((char *)thread->kernel_stack + KERNEL_STACK_SIZE) - 1;

    regs->r[0] = r0;
    regs->sp = sp;
    regs->pc = pc & ~1u;
    regs->cpsr = 0x10 | (pc & 1 ? BIT(5) : 0); /* User mode, A32 or T32 */
    u32 flags = spin_lock(&process->lock);
    process->thread_count++;
    spin_unlock(&process->lock, flags);
    thread->kernel_sp = (u32)initial_context((u32 *)regs, 0, 0, user_thread_start);
    make_runnable(thread);
    return thread;
}

void sched_init_cpu(struct cpu *cpu)
{
    cpu->slice.function = slice_over;
    cpu->idle = kernel_thread_create("idle");
    cpu->idle->cpu = cpu;
    cpu->running = cpu->idle;
}

void sched_init(void)
{
    CP15_WRITE(TPIDRPRW, &cpus[0]);
    sched_init_cpu(&cpus[0]);
}

static void arm_slice(struct cpu *cpu)
{
    timer_start(&cpu->slice, timer_now() + timer_frequency() / SLICE_PER_SECOND);
}

void sched_interrupt(void)
{
    struct cpu *cpu = this_cpu();

    if (run_queue && cpu->running != cpu->idle && !cpu->slice.queued)
        arm_slice(cpu);
}

/* The other half of a switch, in the new thread: the lock is let go, interrupts are on again. */
void thread_first_run(void)
{
    spin_unlock(&sched_lock, read_cpsr() & ~PSR_I);
}

/* To the next thread, with the lock held; it is held again when this thread goes on. */
static void switch_away(void)
{
    struct cpu *cpu = this_cpu();
    struct thread *previous = cpu->running;

    cpu->need_resched = false;
    cpu->nudged = false;
    if (previous != cpu->idle && previous->state == THREAD_RUNNABLE)
        queue_thread(previous);
    struct thread *next = run_queue;
    if (next)
        run_queue = next->next_runnable;
    else
        next = cpu->idle;
    if (run_queue)
        arm_slice(cpu);
    if (next == previous)
        return;
    cpu->running = next;
    next->cpu = cpu;
    if (next->process != previous->process)
        process_switch_to(next->process);
    switch_to(&previous->kernel_sp, next->kernel_sp);
}

void schedule(void)
{
    u32 flags = spin_lock(&sched_lock);

    switch_away();
    spin_unlock(&sched_lock, flags);
}

void cond_resched(void)
{
    if (this_cpu()->need_resched)
        schedule();
}

void thread_block(void)
{
    u32 flags = spin_lock(&sched_lock);
    struct thread *thread = current;

    if (!thread->wake_pending) {
        thread->state = THREAD_BLOCKED;
        switch_away();
    }
    thread->wake_pending = false;
    spin_unlock(&sched_lock, flags);
}

/* With the lock held. */
static void wake(struct thread *thread)
{
    if (thread->state == THREAD_DEAD)
        return;
    thread->wake_pending = true;
    if (thread->state == THREAD_RUNNABLE)
        return;
    thread->state = THREAD_RUNNABLE;
    enqueue(thread);
}

void thread_wake(struct thread *thread)
{
    u32 flags = spin_lock(&sched_lock);

    wake(thread);
    spin_unlock(&sched_lock, flags);
}

void thread_reap(struct process *process)
{
    u32 flags = spin_lock(&sched_lock);

    for (struct thread **link = &all_threads; *link;) {
        struct thread *thread = *link;
        if (thread->process != process || thread->state != THREAD_DEAD) {
            link = &thread->next;
            continue;
        }
        *link = thread->next;
        pages_free(thread->kernel_stack, 1);
        page_free(thread);
    }
    spin_unlock(&sched_lock, flags);
}

void thread_wake_process(struct process *process)
{
    u32 flags = spin_lock(&sched_lock);

    for (struct thread *thread = all_threads; thread; thread = thread->next) {
        if (thread->process != process || thread == current)
            continue;
        wake(thread);
        if (thread->cpu && thread->cpu != this_cpu() && thread->cpu->running == thread)
            irq_send_sgi(thread->cpu, SGI_RESCHEDULE);
    }
    spin_unlock(&sched_lock, flags);
}

void thread_exit(void)
{
    struct thread *thread = current;
    struct process *process = thread->process;

    if (process)
        process_thread_leaves(process);
    spin_lock(&sched_lock);
    thread->state = THREAD_DEAD;
    if (process && --process->threads_alive == 0) {
        process->exited = true;
        if (process->waiter)
            wake(process->waiter);
    }
    switch_away();
    panic("a dead thread runs");
}

void idle_loop(void)
{
    for (;;) {
        irq_disable();
        if (run_queue || this_cpu()->nudged) {
            irq_enable();
            schedule();
        } else {
            wfi();
            irq_enable(); /* the interrupt that ended WFI is taken here */
        }
    }
}
