/*
 * The host kernel's interfaces: one section per file of host/.
 *
 * A small kernel: one address space per process, round-robin threads, a buddy page allocator, soft timers
 * on the physical timer, GICv2, files. Kernel code is not preempted; it runs with interrupts on in system
 * calls. State that a core owns is in struct cpu, found by TPIDRPRW.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include "board.h"
#include "cp15.h"
#include "layout.h"
#include "memory.h"
#include "types.h"

/* Error numbers returned to user space, negated (the usual ones). */
#define EPERM 1
#define ENOENT 2
#define EINTR 4
#define EIO 5
#define ENXIO 6
#define E2BIG 7
#define EBADF 9
#define ENOMEM 12
#define EFAULT 14
#define EEXIST 17
#define ENODEV 19
#define EINVAL 22
#define EMFILE 24
#define ENOSYS 38

/* ---- exception-entry.S, exceptions.c ---- */

/** Registers at an exception, as saved on the kernel stack. */
struct pt_regs {
    u32 r[13];
    u32 sp;
    u32 lr;
    u32 pc;
    u32 cpsr;
};

/* ---- per-core state ---- */

struct thread;
struct process;
struct kvm_vcpu;

/** d0-d31 and the VFP control registers, as the lowvisor stores them. */
struct vfp_hard_struct {
    u64 d[32];
    u32 fpexc;
    u32 fpscr;
    u32 fpinst;
    u32 fpinst2;
};

/** What one core owns. TPIDRPRW points to it. */
struct cpu {
    u32 id;
    struct thread *running;
    struct thread *idle;
    bool need_resched;
    struct kvm_vcpu *running_vcpu; /* the vCPU this core last entered, while its thread runs */
    u32 hyp_stack;                 /* VA of the page that is this core's Hyp stack */
    struct vfp_hard_struct *host_vfp;
    bool vtimer_active; /* this core's virtual timer interrupt was made active (highvisor/vtimer.c) */
};

extern struct cpu cpus[NR_CPUS];

static inline struct cpu *this_cpu(void)
{
    return (struct cpu *)CP15_READ(TPIDRPRW);
}

#define current (this_cpu()->running)

/* ---- interrupts masked, spin locks ---- */

static inline u32 irq_save(void)
{
    u32 cpsr = read_cpsr();
    __asm__ volatile("cpsid i" ::: "memory");
    return cpsr;
}

static inline void irq_restore(u32 cpsr)
{
    __asm__ volatile("msr cpsr_c, %0" ::"r"(cpsr) : "memory");
}

static inline void irq_disable(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

static inline void irq_enable(void)
{
    __asm__ volatile("cpsie i" ::: "memory");
}

struct spinlock {
    volatile u32 locked;
};

/** Takes the lock with interrupts masked; returns what spin_unlock needs. */
u32 spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock, u32 flags);

/* ---- addresses ---- */

static inline u32 virt_to_phys(const void *va)
{
    return (u32)va - PA_TO_VA_OFFSET;
}

static inline void *phys_to_virt(u64 pa)
{
    return (void *)((u32)pa + PA_TO_VA_OFFSET);
}

static inline uintptr_t device_va(u32 pa)
{
    return pa + DEVICE_VA_OFFSET;
}

/* ---- page.c: the page allocator ---- */

#define MAX_ORDER 9 /* 2 MiB */

/** Takes over RAM from `start` to `end` (PA), except what is reserved. */
void page_init(u32 start, u32 end);
/** Marks PA [start, end) as not to be given out; before page_init only. */
void page_reserve(u32 start, u32 end);
/** 2^order pages, zeroed, aligned to their size; NULL when there are none. */
void *pages_alloc(u32 order);
void pages_free(void *pages, u32 order);
u32 pages_available(void);

static inline void *page_alloc(void)
{
    return pages_alloc(0);
}

static inline void page_free(void *page)
{
    pages_free(page, 0);
}

/* ---- mm.c: stage 1 translation tables (long-descriptor format) ---- */

typedef u64 pte_t;

#define PTE_VALID BIT(0)
#define PTE_TABLE BIT(1) /* levels 1 and 2: a table; level 3: a page */
#define PTE_USER BIT(6)
#define PTE_READ_ONLY BIT(7)
#define PTE_INNER_SHAREABLE (3u << 8)
#define PTE_AF BIT(10)
#define PTE_NG BIT(11)
#define PTE_PXN (1ull << 53)
#define PTE_XN (1ull << 54)
#define PTE_SHARED (1ull << 55) /* software: the page is not this table's to free */
#define PTE_ADDRESS 0xfffffff000ull
#define PTE_ATTR_INDEX(n) ((u32)(n) << 2)

void mm_init(u32 ram_end);
/** The level 3 entry (or level 2 block entry) for `va` in a three-level tree; allocates tables on demand. */
pte_t *table_walk(pte_t *root, u32 va, u32 leaf_level, bool allocate);
/** Frees a process's tables and the memory they map. */
void table_free(pte_t *root);
/** No process's address space: for kernel threads. */
void mm_use_no_process(void);
void flush_tlb_asid(u32 asid);
void flush_tlb_page(u32 va, u32 asid);
void flush_dcache(const void *start, u32 size);
void sync_icache(void);

/* ---- irq.c ---- */

typedef void (*irq_handler)(u32 intid, void *context);

void irq_init(void);
void irq_request(u32 intid, irq_handler handler, void *context);
/** Sets or clears an interrupt's active state by hand; while it is active it is not signalled. */
void irq_set_active(u32 intid, bool active);
/** SGI 0 to a core: makes it leave a guest. */
void irq_send_sgi(u32 cpu_id);
void irq_handle_pending(void);

/* ---- timer.c: soft timers on the physical timer ---- */

struct soft_timer {
    struct soft_timer *next;
    u64 expires; /* CNTPCT */
    void (*function)(struct soft_timer *timer);
    bool queued;
};

void timer_init(void);
/** Runs `timer->function` in interrupt context once CNTPCT reaches `expires`. */
void timer_start(struct soft_timer *timer, u64 expires);
void timer_cancel(struct soft_timer *timer);
u64 timer_now(void);
u32 timer_frequency(void);

/* ---- sched.c ---- */

enum thread_state { THREAD_RUNNABLE, THREAD_BLOCKED, THREAD_DEAD };

struct thread {
    u32 kernel_sp; /* where switch_to saved the context */
    struct thread *next_runnable;
    struct thread *next;
    enum thread_state state;
    u32 id;
    char name[16];
    struct process *process; /* NULL: a kernel thread */
    void *kernel_stack;
    bool wake_pending;
};

extern struct thread *all_threads;

void sched_init(void);
struct thread *kernel_thread(const char *name, void (*function)(void *), void *argument);
struct thread *user_thread(struct process *process, const char *name, u32 pc, u32 sp, u32 r0);
void schedule(void);
void cond_resched(void);
/** Sleeps until thread_wake; returns at once if a wake came since the last return. */
void thread_block(void);
void thread_wake(struct thread *thread);
/** Frees the ended threads of a process. */
void thread_reap(struct process *process);
/** Wakes all threads of a process. */
void thread_wake_process(struct process *process);
void thread_exit(void) __attribute__((noreturn));
void idle_loop(void) __attribute__((noreturn));

/* ---- process.c ---- */

#define PROCESS_FILES 16
#define PROCESS_VMAS 16
#define VMA_WRITE 2
#define VMA_EXEC 4
#define VMA_HUGE 8 /* backed by 2 MiB blocks */

struct vma {
    u32 start;
    u32 end;
    u32 flags;
};

struct file;

struct process {
    u32 pid; /* also the ASID */
    char name[16];
    pte_t *pgd;
    struct vma vmas[PROCESS_VMAS];
    u32 vma_count;
    u32 mmap_next;
    struct file *files[PROCESS_FILES];
    u32 thread_count;
    struct thread *waiter;
    bool exited;
    bool killed;
    s32 exit_status;
    struct spinlock lock;
};

/** Loads an ELF program and starts its first thread with r0 = `argument`. NULL: not a program. */
struct process *process_create(const char *name, const void *elf, u32 size, u32 argument);
/** Frees an exited process: its memory, its threads, itself. */
void process_destroy(struct process *process);
void process_switch_to(struct process *process);
void process_exit(struct process *process, s32 status);
void process_thread_gone(struct process *process);
/** Kernel address of the byte at `va` of a process, its page allocated if need be; NULL: no such memory. */
void *process_memory(struct process *process, u32 va, bool write);
/** Like process_memory, with the size of the run of memory behind it: PAGE_SIZE or BLOCK_SIZE. */
void *process_page(struct process *process, u32 va, bool write, u32 *size);
/** Whether the page at `va` is there, and the process's own. */
bool process_has_page(struct process *process, u32 va);
/** Puts the page at `va` elsewhere in RAM; only while no VM has it mapped. */
void process_move_page(struct process *process, u32 va);
u32 process_mmap(struct process *process, u32 length, u32 flags);
/** Maps one kernel page into the process; returns its VA or 0. */
u32 process_map_kernel_page(struct process *process, void *page);
bool process_handle_fault(struct process *process, u32 va, bool write);
s32 copy_from_user(void *to, u32 from, u32 size);
s32 copy_to_user(u32 to, const void *from, u32 size);

/* ---- file.c ---- */

struct file_operations {
    s32 (*read)(struct file *file, u32 user_buffer, u32 size);
    s32 (*write)(struct file *file, u32 user_buffer, u32 size);
    s32 (*ioctl)(struct file *file, u32 command, u32 argument);
    s32 (*mmap)(struct file *file, u32 length);
    s32 (*seek)(struct file *file, s32 offset, u32 whence);
    void (*release)(struct file *file);
};

struct file {
    const struct file_operations *operations;
    void *private_data;
    u32 position;
    u32 references;
};

s32 file_open(const char *path);
s32 file_install(const struct file_operations *operations, void *private_data);
struct file *file_get(s32 descriptor);
s32 file_close(s32 descriptor);

/* ---- syscall.c ---- */

void system_call(struct pt_regs *regs);

/* ---- console.c ---- */

void console_init(void);
void console_put(char c);
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kvprintf(const char *format, va_list arguments);
void console_listen(struct thread *thread, void (*notify)(void *context), void *context);
s32 console_read_char(void);

/* ---- host-registers.S, host-audit.c ---- */

void host_vfp_fill(const u64 *pattern);
void host_vfp_read(u64 *into);
void host_banked_fill(const u32 *pattern);
void host_banked_read(u32 *into);
void host_audit_begin(void);
/** Prints a line for each kind of register: unchanged or not. */
void host_audit_end(void);

/* ---- psci-call.S, main.c ---- */

extern bool entered_in_hyp;
u32 psci_call_smc(u32 function, u32 a1, u32 a2, u32 a3);
u32 psci_call_hvc(u32 function, u32 a1, u32 a2, u32 a3);
void machine_power_off(void) __attribute__((noreturn));
void panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
