/*
 * PL0 processes: an address space, files, and one or more threads.
 *
 * Memory is a list of ranges (VMAs); what is behind their addresses, process-memory.c has.
 */
#include "kernel.h"

#define ELF_MAGIC 0x464c457f
#define PT_LOAD 1

struct elf_header {
    u32 magic;
    u8 ident[12];
    u16 type, machine;
    u32 version, entry, phoff, shoff, flags;
    u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_program_header {
    u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

static u32 next_pid = 1;
static u32 ending; /* processes that have begun to end and still have their memory */

/* Ranges are only ever added, and grow, so whoever looks for one needs no lock. */
static bool add_vma(struct process *process, u32 start, u32 end, u32 flags)
{
    struct vma *last = process->vma_count ? &process->vmas[process->vma_count - 1] : NULL;

    if (end <= start || end > USER_END)
        return false;
    if (last && last->end == start && last->flags == flags) {
        last->end = ALIGN_UP(end, PAGE_SIZE);
        return true;
    }
    if (process->vma_count == PROCESS_VMAS)
        return false;
    process->vmas[process->vma_count] =
        (struct vma){.start = ALIGN_DOWN(start, PAGE_SIZE), .end = ALIGN_UP(end, PAGE_SIZE), .flags = flags};
    dmb();
    process->vma_count++;
    return true;
}

u32 process_mmap(struct process *process, u32 length, u32 flags)
{
    u32 unit = flags & VMA_HUGE ? BLOCK_SIZE : PAGE_SIZE;
    u32 lock = spin_lock(&process->lock);
    u32 start = ALIGN_UP(process->mmap_next, unit);
    u32 end = start + ALIGN_UP(length, unit);

    if (end < start || end > USER_STACK_TOP - USER_STACK_SIZE || !add_vma(process, start, end, flags))
        start = 0;
    else
        process->mmap_next = end;
    spin_unlock(&process->lock, lock);
    return start;
}

static s32 load_segment(struct process *process, const char *elf, const struct elf_program_header *segment)
{
    u32 flags = (segment->flags & 2 ? VMA_WRITE : 0) | (segment->flags & 1 ? VMA_EXEC : 0);

    if (!add_vma(process, segment->vaddr, segment->vaddr + segment->memsz, flags))
        return -ENOEXEC;
    for (u32 done = 0; done < segment->filesz;) {
        u32 va = segment->vaddr + done;
        u32 chunk = PAGE_SIZE - (va & (PAGE_SIZE - 1));
        char *memory = process_memory(process, va, false);
        if (!memory)
            return -ENOMEM;
        if (chunk > segment->filesz - done)
            chunk = segment->filesz - done;
        memcpy(memory, elf + segment->offset + done, chunk);
        flush_dcache(memory, chunk);
        done += chunk;
    }
    return 0;
}

static s32 load_program(struct process *process, const void *elf)
{
    const struct elf_header *header = elf;
    const struct elf_program_header *segments = (const void *)((const char *)elf + header->phoff);
    s32 error = 0;

    for (u32 i = 0; i < header->phnum && !error; i++)
        if (segments[i].type == PT_LOAD)
            error = load_segment(process, elf, &segments[i]);
    sync_icache();
    if (!error && !add_vma(process, USER_STACK_TOP - USER_STACK_SIZE, USER_STACK_TOP, VMA_WRITE))
        error = -ENOEXEC;
    return error;
}

static void free_process(struct process *process)
{
    if (process->pgd) {
        flush_tlb_asid(process->pid);
        table_free(process->pgd);
    }
    page_free(process);
}

s32 process_create(const char *name, const void *elf, u32 size, u32 number, struct process **created)
{
    const struct elf_header *header = elf;

    if (size < sizeof(*header) || header->magic != ELF_MAGIC)
        return -ENOEXEC;
    memory_reclaim();
    struct process *process = page_alloc();
    if (!process)
        return -ENOMEM;
    process->pid = next_pid++ & 0xff;
    process->number = number;
    process->waiter = current;
    for (u32 i = 0; name[i] && i < sizeof(process->name) - 1; i++)
        process->name[i] = name[i];
    process->mmap_next = USER_MMAP_BASE;
    process->pgd = page_alloc();
    s32 error = process->pgd ? load_program(process, elf) : -ENOMEM;
    if (!error && !user_thread(process, name, header->entry, USER_STACK_TOP, number))
        error = -ENOMEM;
    if (error) {
        free_process(process);
        return error;
    }
    reclaim_add_process(process);
    *created = process;
    return 0;
}

void process_switch_to(struct process *process)
{
    if (!process) {
        mm_use_no_process(); /* nor may this core keep tables that another one frees */
        return;
    }
    CP15_WRITE64(TTBR0, virt_to_phys(process->pgd) | ((u64)process->pid << 48));
    CP15_WRITE(CONTEXTIDR, process->pid);
    isb();
}

void process_destroy(struct process *process)
{
    reclaim_remove_process(process);
    thread_reap(process); /* none of its threads is on a core any more */
    free_process(process);
    __atomic_sub_fetch(&ending, 1, __ATOMIC_RELEASE);
}

bool process_is_ending(void)
{
    return __atomic_load_n(&ending, __ATOMIC_ACQUIRE) != 0;
}

bool process_kill(struct process *process, s32 status)
{
    if (__atomic_exchange_n(&process->killed, true, __ATOMIC_RELAXED))
        return false;
    __atomic_add_fetch(&ending, 1, __ATOMIC_RELAXED);
    process->exit_status = status;
    thread_wake_process(process);
    return true;
}

void process_exit(struct process *process, s32 status)
{
    process_kill(process, status);
    thread_exit();
}

/* The last thread closes the files; the rest goes when whoever waits has seen the status. */
void process_thread_leaves(struct process *process)
{
    u32 flags = spin_lock(&process->lock);
    bool is_last = --process->thread_count == 0;

    spin_unlock(&process->lock, flags);
    if (!is_last)
        return;
    for (s32 i = 0; i < PROCESS_FILES; i++)
        if (process->files[i])
            file_close(i);
    console_leave(process);
}
