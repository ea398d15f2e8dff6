/*
 * Threads and their scheduler: one queue of runnable threads, round robin.
 *
 * A thread runs until it blocks, ends, or its time slice is over and it reaches a point where it may be
 * switched: the way back to PL0, or cond_resched. The idle thread runs when the queue is empty: WFI. The
 * slice timer is armed only while somebody waits for the core.
 */
#include "kernel.h"

#define SLICE_PER_SECOND 100

struct cpu cpus[NR_CPUS];
struct thread *all_threads;

static struct spinlock sched_lock;
static struct thread *run_queue;
static struct soft_timer slice_timer;
static u32 next_thread_id = 1;

extern void kernel_thread_start(void);
extern void user_thread_start(void);
extern void switch_to(u32 *save_sp, u32 next_sp);

static void queue_thread(struct thread *thread)
{
    struct thread **link = &run_queue;

    while (*link)
        link = &(*link)->next_runnable;
    thread->next_runnable = NULL;
    *link = thread;
}

static void slice_over(struct soft_timer *timer)
{
    (void)timer;
    this_cpu()->need_resched = true;
}

static struct thread *thread_create(const char *name, struct process *process)
{
    struct thread *thread = page_alloc();

    if (!thread)
        panic("no memory for thread %s", name);
    thread->kernel_stack = pages_alloc(1);
    if (!thread->kernel_stack)
        panic("no memory for thread %s", name);
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
    queue_thread(thread);
    this_cpu()->need_resched = true; /* or nobody would arm the slice timer for it */
    spin_unlock(&sched_lock, flags);
}

struct thread *kernel_thread(const char *name, void (*function)(void *), void *argument)
{
    struct thread *thread = thread_create(name, NULL);
    u32 *top = (u32 *)((char *)thread->kernel_stack + KERNEL_STACK_SIZE);

    thread->kernel_sp = (u32)initial_context(top, (u32)function, (u32)argument, kernel_thread_start);
    make_runnable(thread);
    return thread;
}

struct thread *user_thread(struct process *process, const char *name, u32 pc, u32 sp, u32 r0)
{
    struct thread *thread = thread_create(name, process);
    struct pt_regs *regs = (struct pt_regs *)((char *)thread->kernel_stack + KERNEL_STACK_SIZE) - 1;

    regs->r[0] = r0;
    regs->sp = sp;
    regs->pc = pc & ~1u;
    regs->cpsr = 0x10 | (pc & 1 ? BIT(5) : 0); /* User mode, A32 or T32 */
    process->thread_count++;
    thread->kernel_sp = (u32)initial_context((u32 *)regs, 0, 0, user_thread_start);
    make_runnable(thread);
    return thread;
}

void sched_init(void)
{
    struct cpu *cpu = &cpus[0];

    slice_timer.function = slice_over;
    cpu->idle = thread_create("idle", NULL);
    cpu->running = cpu->idle;
    CP15_WRITE(TPIDRPRW, cpu);
}

/* The other half of a switch, in the new thread: interrupts on again. */
void thread_first_run(void)
{
    irq_enable();
}

void schedule(void)
{
    u32 flags = irq_save();
    struct cpu *cpu = this_cpu();
    struct thread *previous = cpu->running;

    u32 lock_flags = spin_lock(&sched_lock);
    cpu->need_resched = false;
    if (previous != cpu->idle && previous->state == THREAD_RUNNABLE)
        queue_thread(previous);
    struct thread *next = run_queue;
    if (next)
        run_queue = next->next_runnable;
    else
        next = cpu->idle;
    bool others_wait = run_queue != NULL;
    spin_unlock(&sched_lock, lock_flags);

    if (others_wait)
        timer_start(&slice_timer, timer_now() + timer_frequency() / SLICE_PER_SECOND);
    if (next != previous) {
        cpu->running = next;
        if (next->process && next->process != previous->process)
            process_switch_to(next->process);
        switch_to(&previous->kernel_sp, next->kernel_sp);
    }
    irq_restore(flags);
}

void cond_resched(void)
{
    if (this_cpu()->need_resched)
        schedule();
}

void thread_block(void)
{
    /* Masked until the switch: a wake in between would queue a thread that still runs. */
    u32 flags = irq_save();
    u32 lock_flags = spin_lock(&sched_lock);
    struct thread *thread = current;
    bool sleep = !thread->wake_pending;

    if (sleep)
        thread->state = THREAD_BLOCKED;
    spin_unlock(&sched_lock, lock_flags);
    if (sleep)
        schedule();
    thread->wake_pending = false;
    irq_restore(flags);
}

void thread_wake(struct thread *thread)
{
    u32 flags = spin_lock(&sched_lock);

    if (thread->state == THREAD_BLOCKED) {
        thread->state = THREAD_RUNNABLE;
        thread->wake_pending = true;
        queue_thread(thread);
        this_cpu()->need_resched = true;
    } else if (thread->state == THREAD_RUNNABLE) {
        thread->wake_pending = true;
    }
    spin_unlock(&sched_lock, flags);
}

void thread_reap(struct process *process)
{
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
}

void thread_wake_process(struct process *process)
{
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->process == process && thread != current)
            thread_wake(thread);
}

void thread_exit(void)
{
    struct thread *thread = current;

    irq_disable();
    thread->state = THREAD_DEAD;
    if (thread->process)
        process_thread_gone(thread->process);
    schedule();
    panic("a dead thread runs");
}

void idle_loop(void)
{
    for (;;) {
        irq_disable();
        if (run_queue) {
            irq_enable();
            schedule();
        } else {
            wfi();
            irq_enable(); /* the interrupt that ended WFI is taken here */
        }
    }
}
