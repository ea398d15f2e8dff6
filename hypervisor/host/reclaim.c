/*
 * Memory pressure: when free pages become few, processes' pages are taken back, and come again when they are touched.
 *
 * A hand goes round all pages of all processes, as that of a clock. A page that was used since the hand last came by
 * (its access flag is set: in the process's own tables, or in Stage 2 of a VM whose RAM it is) has the flag cleared and
 * stays; one that was not goes to the swap area, or nowhere, if it is all zero. A block of 2 MiB that was not used becomes
 * the pages it consists of, and the hand goes through these next. Whoever is about to need memory moves
 * the hand itself (memory_reclaim), while it holds no lock; what is left then is enough for what is allocated with
 * locks held.
 */
#include "kernel.h"
#include "kvm.h"

#define FEW_PAGES 128
#define ENOUGH_PAGES 160
#define MOST_ROUNDS 3 /* all pages used at first, all of them old then */

struct spinlock reclaim_lock;
static struct process *all_processes;

static struct {
    struct process *process; /* NULL: at the beginning */
    u32 vma;
    u32 va;
    u32 rounds;
} hand;

/* How many are few: less when there was not enough to be had, or each access would have the hand go round for nothing. */
static u32 few_pages = FEW_PAGES;

static struct {
    u32 swapped, dropped, young, split;
} counts;

void reclaim_add_process(struct process *process)
{
    u32 flags = spin_lock(&reclaim_lock);

    process->next = all_processes;
    all_processes = process;
    spin_unlock(&reclaim_lock, flags);
}

static void hand_to(struct process *process)
{
    hand.process = process;
    hand.vma = 0;
    hand.va = 0;
}

void reclaim_remove_process(struct process *process)
{
    u32 flags = spin_lock(&reclaim_lock);
    struct process **link = &all_processes;

    while (*link != process)
        link = &(*link)->next;
    *link = process->next;
    if (hand.process == process)
        hand_to(process->next);
    few_pages = FEW_PAGES;
    spin_unlock(&reclaim_lock, flags);
}

/* The next page or block that is there, from the hand on, which is behind it then. 0: the process has no more. */
static u32 next_memory(struct process *process, u32 *va)
{
    for (; hand.vma < process->vma_count; hand.vma++, hand.va = 0) {
        const struct vma *vma = &process->vmas[hand.vma];
        if (hand.va < vma->start)
            hand.va = vma->start;
        while (hand.va < vma->end) {
            *va = hand.va;
            u32 size = process_has_memory(process, *va);
            bool has_table = size != BLOCK_SIZE && table_walk(process->pgd, *va, 3, false);
            hand.va = has_table ? *va + PAGE_SIZE : ALIGN_DOWN(*va, BLOCK_SIZE) + BLOCK_SIZE;
            if (size)
                return size;
        }
    }
    return 0;
}

/* Whether it was used since this was last asked. What TLBs hold is flushed later: forget_old_translations. */
static bool test_and_clear_young(struct process *process, u32 va, u32 size)
{
    bool young = process_age(process, va);

    process->aged |= young;
    return kvm_age_hva(process, va, size) || young;
}

/* TLBs hold no entry without access flag, but those of before: who uses the page is not seen until they are gone. */
static void forget_old_translations(void)
{
    u32 flags = spin_lock(&reclaim_lock);

    for (struct process *process = all_processes; process; process = process->next) {
        if (process->aged)
            flush_tlb_asid(process->pid);
        process->aged = false;
    }
    kvm_flush_aged();
    spin_unlock(&reclaim_lock, flags);
}

static void take_back(struct process *process, u32 va)
{
    kvm_invalidate_hva_start(process, va);
    enum taken taken = process_take_page(process, va);
    kvm_invalidate_hva_end(process);
    counts.swapped += taken == PAGE_SWAPPED;
    counts.dropped += taken == PAGE_DROPPED;
}

static void split(struct process *process, u32 va)
{
    if (!process_split_block(process, va))
        return;
    hand.va = va;
    counts.split++;
}

/* One step of the hand. Each is by itself, so that interrupts don't wait for more than one page. */
static void step(void)
{
    u32 flags = spin_lock(&reclaim_lock), size, va;

    if (!hand.process) {
        hand_to(all_processes);
        hand.rounds++;
    }
    struct process *process = hand.process;
    if (!process || !(size = next_memory(process, &va)))
        hand_to(process ? process->next : NULL);
    else if (test_and_clear_young(process, va, size))
        counts.young++;
    else if (size == BLOCK_SIZE)
        split(process, va);
    else
        take_back(process, va);
    spin_unlock(&reclaim_lock, flags);
}

u32 pages_to_keep(void)
{
    return swap_is_there() ? ENOUGH_PAGES : 0;
}

/* A process that is killed may be what others wait for, and the kernel's threads are who returns the memory. */
static bool may_wait(void)
{
    return current->process && !current->process->killed;
}

static void make_room(void)
{
    while (pages_available() < FEW_PAGES && process_is_ending() && may_wait())
        schedule();
    if (!swap_is_there() || pages_available() >= few_pages)
        return;
    u32 end = hand.rounds + MOST_ROUNDS;
    while (pages_available() < ENOUGH_PAGES && (s32)(hand.rounds - end) <= 0)
        step();
    forget_old_translations();
    few_pages = pages_available() >= FEW_PAGES ? FEW_PAGES : pages_available() / 2 + 1;
}

void memory_reclaim(void)
{
    if (pages_available() < FEW_PAGES)
        make_room();
}

void reclaim_report(void)
{
    if (!swap_is_there())
        return;
    kprintf("host: --- memory statistics: begin ---\n");
    kprintf("host: %u pages swapped out, %u pages of zeroes dropped, %u pages used and left, %u blocks split\n",
            counts.swapped, counts.dropped, counts.young, counts.split);
    kprintf("host: --- memory statistics: end ---\n");
    kprintf("host: %u pages in the swap area\n", swap_used());
}
