/*
 * The host kernel's interfaces: one section per file of host/.
 *
 * A small kernel for 1 to 8 cores: one address space per process, round-robin threads, a buddy page
 * allocator, soft timers on the physical timer, GICv2, files. Kernel code is not preempted; it runs with
 * interrupts on in system calls. State that a core owns is in struct cpu, found by TPIDRPRW; what cores
 * share has a spin lock. Where two are held at once, the order is: `reclaim_lock`, a VM's `lock`, its
 * `mmu_lock`, `vmid_lock`, `vm_list_lock`, the VGIC's, the console's input, a process's, the scheduler's, then
 * those that ask for no other: timers, page allocator, swap area, console.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include "board.h"
#include "cp15.h"
#include "errno.h"
#include "layout.h"
#include "locking.h"
#include "memory.h"
#include "types.h"

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

/** A function to be called in interrupt context at a time. */
struct soft_timer {
    struct soft_timer *next;
    u64 expires; /* CNTPCT */
    void (*function)(struct soft_timer *timer);
    volatile bool queued;
    struct cpu *cpu;                 /* whose queue it is in */
    struct cpu *volatile running_on; /* who executes `function` just now, or NULL */
};

/** What one core owns. TPIDRPRW points to it. */
struct cpu {
    u32 id;
    u32 mpidr;          /* its affinity: MPIDR[23:0] */
    u32 gic_target;     /* its bit in GICD_SGIR and GICD_ITARGETSR */
    volatile bool online;
    struct thread *running;
    struct thread *idle;
    bool need_resched;
    bool nudged;                 /* idle, and told that a thread waits */
    struct soft_timer slice;     /* ends the time slice of `running` */
    struct soft_timer *timers;   /* sorted by expiry */
    void (*volatile call)(void); /* what another core wants it to execute (smp_call_each) */
    struct kvm_vcpu *running_vcpu; /* the vCPU this core last entered, while its thread runs */
    u32 hyp_stack;                 /* VA of the page that is this core's Hyp stack */
    struct vfp_hard_struct *host_vfp;
    bool vtimer_active; /* this core's virtual timer interrupt was made active (highvisor/vtimer.c) */
};

extern struct cpu cpus[NR_CPUS];
extern u32 online_cpus; /* cpus[0] to cpus[online_cpus - 1] take part */

static inline struct cpu *this_cpu(void)
{
    return (struct cpu *)CP15_READ(TPIDRPRW);
}

#define current (this_cpu()->running)

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
/** The end of the reserved range that covers `pa`, or 0. */
u32 page_reserved_until(u32 pa);
/** 2^order pages, zeroed, aligned to their size, if there are and `keep` free pages are left then; else NULL. */
void *pages_alloc_above(u32 order, u32 keep);
/** The block at `pa` if that is free and of this order, else another one. */
void *pages_alloc_at(u32 pa, u32 order, u32 keep);
void pages_free(void *pages, u32 order);
u32 pages_available(void);

static inline void *pages_alloc(u32 order)
{
    return pages_alloc_above(order, 0);
}

static inline void *page_alloc(void)
{
    return pages_alloc(0);
}

static inline void page_free(void *page)
{
    pages_free(page, 0);
}

/* ---- swap.c: contents of pages whose memory was taken back ---- */

/** RAM from `start` to `end` (PA), except what is reserved. */
void swap_init(u32 start, u32 end);
bool swap_is_there(void);
/** Keeps a page's content; names the slot it is in, a multiple of PAGE_SIZE. 0: no slot is free. */
u32 swap_out(const void *page);
/** Brings it back, which frees the slot. */
void swap_in(u32 slot, void *page);
void swap_free(u32 slot);
u32 swap_used(void);

/* ---- reclaim.c: memory pressure ---- */

/** No VM comes, and no process and no VM goes, while it is held. */
extern struct spinlock reclaim_lock;
/** If few pages are free, waits for those of processes that end, and takes others' back. Holds no lock, and comes before
 * whatever needs pages. */
void memory_reclaim(void);
/** How many free pages whoever can do without leaves to the others. */
u32 pages_to_keep(void);
void reclaim_add_process(struct process *process);
void reclaim_remove_process(struct process *process);
/** Prints how often it was needed, if there is a swap area. */
void reclaim_report(void);

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
#define PTE_SWAPPED BIT(2) /* software, of an entry that is not valid: its address is a slot of the swap area */
#define PTE_ATTR_INDEX(n) ((u32)(n) << 2)

/** Writes a descriptor in one piece (ARM ARM A3.5.3, LPAE): another core's walk sees the old one or the new. */
static inline void pte_set(pte_t *entry, pte_t value)
{
    __asm__ volatile("strd %Q1, %R1, [%0]" ::"r"(entry), "r"(value) : "memory");
}

void mm_init(u32 ram_end);
/** The part of a core of its own, which comes with the tables in TTBR1 already. */
void mm_init_cpu(void);
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

/* SGIs between the host's cores: look at the run queue, which a guest is left for; call smp_call_each's function. */
#define SGI_RESCHEDULE 0
#define SGI_CALL 1

/** The distributor, and the part of the first core. */
void irq_init(struct cpu *cpu);
/** The part of a core of its own: its CPU interface, its PPIs. */
void irq_init_cpu(struct cpu *cpu);
void irq_request(u32 intid, irq_handler handler, void *context);
/** Whether nobody has asked for it. */
bool irq_is_free(u32 intid);
/** An SPI of a device that is a guest's: the handler makes it pending there, and the guest's EOI deactivates it. */
void irq_forward(u32 intid, irq_handler handler, void *context);
/** It is disabled, inactive and not pending after that, but for a line that is high; its handler runs nowhere. */
void irq_free(u32 intid);
/** Which core an SPI is for. */
void irq_set_target(u32 intid, const struct cpu *cpu);
bool irq_is_active(u32 intid);
/** Sets or clears an interrupt's active state by hand; while it is active it is not signalled. */
void irq_set_active(u32 intid, bool active);
void irq_send_sgi(const struct cpu *to, u32 sgi);
void irq_handle_pending(void);

/* ---- timer.c: soft timers on the physical timer ---- */

void timer_init(void);
void timer_init_cpu(void);
/** Runs `timer->function` in interrupt context on this core once CNTPCT reaches `expires`. */
void timer_start(struct soft_timer *timer, u64 expires);
/** After it the timer is not queued, and its function runs on no other core. Holds no lock that the function takes. */
void timer_cancel(struct soft_timer *timer);
u64 timer_now(void);
u32 timer_frequency(void);
/** 64 by 32 bits, digit by digit, since there is no library to divide; the quotient's lower 32 bits. */
u32 divide(u64 dividend, u32 divisor, u32 *rest);

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
    struct cpu *cpu; /* where it runs, or ran last; NULL: nowhere yet */
};

extern struct thread *all_threads;

void sched_init(void);
/** Gives a core its idle thread, before it runs anything. */
void sched_init_cpu(struct cpu *cpu);
/** What SGI_RESCHEDULE asks for. */
void sched_interrupt(void);
struct thread *kernel_thread(const char *name, void (*function)(void *), void *argument);
/** NULL: no memory. */
struct thread *user_thread(struct process *process, const char *name, u32 pc, u32 sp, u32 r0);
void schedule(void);
void cond_resched(void);
/** Sleeps until thread_wake; returns at once if a wake came since the last return. */
void thread_block(void);
void thread_wake(struct thread *thread);
/** Frees the ended threads of a process. */
void thread_reap(struct process *process);
/** Wakes all threads of a process; one that runs on another core leaves its guest, or PL0. */
void thread_wake_process(struct process *process);
void thread_exit(void) __attribute__((noreturn));
void idle_loop(void) __attribute__((noreturn));

/* ---- process.c ---- */

#define PROCESS_FILES 16
#define PROCESS_VMAS 16
#define VMA_WRITE 2
#define VMA_EXEC 4
#define VMA_HUGE 8 /* backed by 2 MiB blocks, as far as there are */

struct vma {
    u32 start;
    u32 end;
    u32 flags;
    u32 pa; /* of a range of blocks: where its beginning would be if all of it lay in one piece; 0: not known */
};

struct file;

struct process {
    u32 pid; /* also the ASID */
    u32 number; /* 1 for the first VMM, and its VM; the console's keyboard is given to a process by it */
    char name[16];
    pte_t *pgd;
    struct vma vmas[PROCESS_VMAS];
    u32 vma_count;
    u32 mmap_next;
    struct file *files[PROCESS_FILES];
    u32 thread_count;  /* those that have not begun to end */
    u32 threads_alive; /* those that have not ended; under the scheduler's lock */
    struct thread *waiter;
    volatile bool exited;
    bool killed; /* its threads end on their way back to PL0 */
    s32 exit_status;
    struct spinlock lock;
    struct process *next; /* of reclaim.c, as is: */
    bool aged;            /* access flags were cleared that TLBs may still have set */
};

/**
 * Loads an ELF program and starts its first thread with r0 = `number`; its end wakes the caller, who destroys it soon:
 * others may wait for its memory. 0, ENOMEM, or ENOEXEC.
 */
s32 process_create(const char *name, const void *elf, u32 size, u32 number, struct process **created);
/** Frees an exited process: its memory, its threads, itself. */
void process_destroy(struct process *process);
/** Loads the address space; NULL: none. */
void process_switch_to(struct process *process);
void process_exit(struct process *process, s32 status);
/** Its threads end on their way back to PL0. False: they do already. */
bool process_kill(struct process *process, s32 status);
/** Whether one has begun to end and still has its memory. */
bool process_is_ending(void);
/** A thread begins to end: the last one closes the files. */
void process_thread_leaves(struct process *process);
u32 process_mmap(struct process *process, u32 length, u32 flags);

/* ---- process-memory.c ---- */

/** Kernel address of the byte at `va` of a process, its page allocated if need be; NULL: no such memory. */
void *process_memory(struct process *process, u32 va, bool write);
/** Like process_memory, with the size of the run of memory behind it: PAGE_SIZE or BLOCK_SIZE. */
void *process_page(struct process *process, u32 va, bool write, u32 *size);
/** What is there at `va` and the process's own: a page, a block (its size), or nothing (0). */
u32 process_has_memory(struct process *process, u32 va);
/** Clears its access flag, and says whether that was set; TLBs may hold it set until they are flushed. */
bool process_age(struct process *process, u32 va);
/** Makes the block at `va` pages, used as much as it was. False: no memory for their table. */
bool process_split_block(struct process *process, u32 va);
enum taken { PAGE_STAYS, PAGE_SWAPPED, PAGE_DROPPED /* it was all zero */ };
/** Takes the memory of the page at `va` back; only while no VM has it mapped. */
enum taken process_take_page(struct process *process, u32 va);
/** Puts the page at `va` elsewhere in RAM; only while no VM has it mapped. */
void process_move_page(struct process *process, u32 va);
/** Maps one kernel page into the process; returns its VA or 0. */
u32 process_map_kernel_page(struct process *process, void *page);
/** The kernel page at `va` is the process's own from now on, and goes with it. */
void process_keep_page(struct process *process, u32 va);
/**
 * Where there was no memory at `va`: whether it lacks only that. Then the access is to be tried again, since another process
 * is ending; or there is nothing to wait for, and this one has been told to end, which was said. Holds no lock.
 */
bool process_lacks_memory(struct process *process, u32 va, bool write);
/** False: it may not use `va` so. */
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
/** The open file, which stays open while it is used: until file_put, if `shared` then; NULL: there is none. */
struct file *file_get(s32 descriptor, bool *shared);
void file_put(struct file *file);
s32 file_close(s32 descriptor);

/* ---- syscall.c ---- */

void system_call(struct pt_regs *regs);

/* ---- console.c ---- */

void console_init(void);
/** From here on nobody waits for the console: the machine is about to end. */
void console_break_lock(void);
/** All of it together, not mixed with what others write. */
void console_write(const char *text, u32 size);
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kvprintf(const char *format, va_list arguments);

/* ---- console-input.c ---- */

/** A character has come. */
void console_typed(char c);
void console_tell_listeners(void);
/** The current process listens from now on: `notify(context)` is called in interrupt context when there is input for it. */
void console_listen(void (*notify)(void *context), void *context);
/** After it a listener with this context is not called any more; what comes is kept for its process. */
void console_ignore(void *context);
/** The process has ended: it listens no more. */
void console_leave(const struct process *process);
/** The next character for the current process; -1: there is none. */
s32 console_read_char(void);

/* ---- host-registers.S, host-audit.c ---- */

void host_vfp_fill(const u64 *pattern);
void host_vfp_read(u64 *into);
void host_banked_fill(const u32 *pattern);
void host_banked_read(u32 *into);
void host_audit_begin(void);
/** Prints a line for each kind of register: unchanged or not. */
void host_audit_end(void);

/* ---- assignable.c, rtc.c: devices that may be given to a VM ---- */

/** Resets the device and makes it `owner`'s. EBUSY: it is another's. EINVAL: there is none that may be given away. */
s32 assignable_take(u32 pa, u32 size, const void *owner);
/** Resets all that are `owner`'s, which they stay. */
void assignable_reset(const void *owner);
/** From here on others may have what was `owner`'s. */
void assignable_return(const void *owner);
void rtc_reset(void);

/* ---- smp.c: the other cores ---- */

/** Starts the cores of the device tree that are not this one. */
void smp_init(void);
/** Calls a function on each core, one after the other, with interrupts masked; returns when all have done it. */
void smp_call_each(void (*function)(void));

/* ---- psci-call.S, main.c ---- */

extern bool entered_in_hyp;
/** A call to the firmware: SMC, or HVC on a machine without Hyp mode. */
u32 psci_call(u32 function, u32 a1, u32 a2, u32 a3);
u32 psci_call_smc(u32 function, u32 a1, u32 a2, u32 a3);
u32 psci_call_hvc(u32 function, u32 a1, u32 a2, u32 a3);
void machine_power_off(void) __attribute__((noreturn));

/* ---- panic.c ---- */

/** Where a core panics whose own stack is none, by MPIDR. */
extern u8 panic_stacks[NR_CPUS][PANIC_STACK_SIZE];
/** From here on any fault is one of the panic itself. What is printed until its end says what is wrong. */
void panic_begin(void);
/** False: what is wrong is the panic. */
bool panic_is_first(void);
void panic_end(void) __attribute__((noreturn));
#define panic(...) (panic_begin(), kprintf(__VA_ARGS__), panic_end())

#endif
