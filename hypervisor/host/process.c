/*
 * PL0 processes: an address space, files, and one or more threads.
 *
 * Memory is a list of ranges (VMAs), filled with zeroed pages on first touch, by the process or by the
 * kernel on its behalf (process_memory; a VM's RAM gets its pages that way, from Stage 2 faults), and with what
 * they held when they are touched again after the host took them back (reclaim.c). The
 * kernel reaches user memory only through process_memory, never by the user's address, so a bad pointer
 * is an error number and not a fault.
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

/* Ranges are only ever added, so whoever looks for one needs no lock. */
static bool add_vma(struct process *process, u32 start, u32 end, u32 flags)
{
    if (process->vma_count == PROCESS_VMAS || end <= start || end > USER_END)
        return false;
    process->vmas[process->vma_count] =
        (struct vma){.start = ALIGN_DOWN(start, PAGE_SIZE), .end = ALIGN_UP(end, PAGE_SIZE), .flags = flags};
    dmb();
    process->vma_count++;
    return true;
}

static struct vma *find_vma(struct process *process, u32 va)
{
    for (u32 i = 0; i < process->vma_count; i++)
        if (va >= process->vmas[i].start && va < process->vmas[i].end)
            return &process->vmas[i];
    return NULL;
}

static pte_t user_pte(u32 pa, u32 flags)
{
    pte_t pte = pa | PTE_VALID | PTE_AF | PTE_NG | PTE_USER | PTE_INNER_SHAREABLE | PTE_PXN;

    if (!(flags & VMA_WRITE))
        pte |= PTE_READ_ONLY;
    if (!(flags & VMA_EXEC))
        pte |= PTE_XN;
    return pte;
}

/* The content of a page from the swap area. */
static void bring_back(const struct vma *vma, u32 slot, void *page)
{
    swap_in(slot, page);
    if (vma->flags & VMA_EXEC) {
        flush_dcache(page, PAGE_SIZE);
        sync_icache();
    }
}

/* process_page, with the process's lock held: the page stays where it is until the lock is let go. */
static void *locate_page(struct process *process, u32 va, bool write, u32 *size)
{
    struct vma *vma = find_vma(process, va);
    void *memory = NULL;

    if (!vma || (write && !(vma->flags & VMA_WRITE)))
        return NULL;
    bool huge = (vma->flags & VMA_HUGE) != 0;
    *size = huge ? BLOCK_SIZE : PAGE_SIZE;
    pte_t *pte = table_walk(process->pgd, va, huge ? 2 : 3, true);
    if (pte && !(*pte & PTE_VALID)) {
        void *page = pages_alloc(huge ? MAX_ORDER : 0);
        if (page) {
            if (*pte & PTE_SWAPPED)
                bring_back(vma, (u32)(*pte & PTE_ADDRESS), page);
            dmb(); /* its content first */
            pte_set(pte, user_pte(virt_to_phys(page), vma->flags) | (huge ? 0 : PTE_TABLE));
            dsb();
        }
    }
    if (pte && (*pte & PTE_VALID) && !(*pte & PTE_AF))
        pte_set(pte, *pte | PTE_AF); /* used again: an access flag fault */
    if (pte && (*pte & PTE_VALID))
        memory = phys_to_virt(*pte & PTE_ADDRESS);
    return memory;
}

void *process_page(struct process *process, u32 va, bool write, u32 *size)
{
    u32 flags = spin_lock(&process->lock);
    void *memory = locate_page(process, va, write, size);

    spin_unlock(&process->lock, flags);
    return memory;
}

void *process_memory(struct process *process, u32 va, bool write)
{
    u32 size;
    char *page = process_page(process, va, write, &size);

    return page ? page + (va & (size - 1)) : NULL;
}

/* The level 3 entry of a page that is there and is the process's own; NULL: it is not. */
static pte_t *own_page(struct process *process, u32 va)
{
    struct vma *vma = find_vma(process, va);
    pte_t *pte = vma && !(vma->flags & VMA_HUGE) ? table_walk(process->pgd, va, 3, false) : NULL;

    return pte && (*pte & PTE_VALID) && !(*pte & PTE_SHARED) ? pte : NULL;
}

bool process_has_page(struct process *process, u32 va)
{
    return own_page(process, va) != NULL;
}

void process_move_page(struct process *process, u32 va)
{
    void *to = page_alloc(), *unused = to;

    if (!to)
        return;
    u32 flags = spin_lock(&process->lock);
    pte_t *pte = own_page(process, va);
    if (pte) {
        unused = phys_to_virt(*pte & PTE_ADDRESS);
        pte_t moved = (*pte & ~PTE_ADDRESS) | virt_to_phys(to);
        pte_set(pte, 0);
        flush_tlb_page(va, process->pid);
        memcpy(to, unused, PAGE_SIZE);
        dmb();
        pte_set(pte, moved);
        dsb();
    }
    spin_unlock(&process->lock, flags);
    page_free(unused);
}

bool process_age_page(struct process *process, u32 va)
{
    u32 flags = spin_lock(&process->lock);
    pte_t *pte = own_page(process, va);
    bool young = pte && (*pte & PTE_AF);

    if (young)
        pte_set(pte, *pte & ~(pte_t)PTE_AF);
    spin_unlock(&process->lock, flags);
    return young;
}

static bool is_zero(const u32 *page)
{
    for (u32 i = 0; i < PAGE_SIZE / sizeof(u32); i++)
        if (page[i])
            return false;
    return true;
}

enum taken process_take_page(struct process *process, u32 va)
{
    enum taken taken = PAGE_STAYS;
    void *page = NULL;
    u32 flags = spin_lock(&process->lock);
    pte_t *pte = own_page(process, va);

    if (pte) {
        pte_t before = *pte;
        page = phys_to_virt(before & PTE_ADDRESS);
        pte_set(pte, 0);
        flush_tlb_page(va, process->pid);
        bool zero = is_zero(page);
        u32 slot = zero ? 0 : swap_out(page);
        taken = zero ? PAGE_DROPPED : slot ? PAGE_SWAPPED : PAGE_STAYS;
        pte_set(pte, zero ? 0 : slot ? slot | PTE_SWAPPED : before);
        dsb();
    }
    spin_unlock(&process->lock, flags);
    if (taken != PAGE_STAYS)
        page_free(page);
    return taken;
}

bool process_handle_fault(struct process *process, u32 va, bool write)
{
    u32 size;

    memory_reclaim();
    return process_page(process, va, write, &size) != NULL;
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

u32 process_map_kernel_page(struct process *process, void *page)
{
    u32 va = process_mmap(process, PAGE_SIZE, VMA_WRITE);
    u32 flags = spin_lock(&process->lock);
    pte_t *pte = va ? table_walk(process->pgd, va, 3, true) : NULL;
    bool is_free = pte && !*pte; /* or another thread touched it before it was made known */

    if (is_free) {
        pte_set(pte, user_pte(virt_to_phys(page), VMA_WRITE) | PTE_TABLE | PTE_SHARED);
        dsb();
    }
    spin_unlock(&process->lock, flags);
    return is_free ? va : 0;
}

/* Copies between kernel memory and the current process, page by page, none of which moves meanwhile. */
static s32 copy_user(u32 user, char *kernel, u32 size, bool to_user)
{
    while (size) {
        memory_reclaim();
        u32 chunk = PAGE_SIZE - (user & (PAGE_SIZE - 1));
        if (chunk > size)
            chunk = size;
        struct process *process = current->process;
        u32 page_size, flags = spin_lock(&process->lock);
        char *memory = locate_page(process, user, to_user, &page_size);
        if (memory) {
            memory += user & (page_size - 1);
            memcpy(to_user ? memory : kernel, to_user ? kernel : memory, chunk);
        }
        spin_unlock(&process->lock, flags);
        if (!memory)
            return -EFAULT;
        user += chunk;
        kernel += chunk;
        size -= chunk;
    }
    return 0;
}

s32 copy_from_user(void *to, u32 from, u32 size)
{
    return copy_user(from, to, size, false);
}

s32 copy_to_user(u32 to, const void *from, u32 size)
{
    return copy_user(to, (char *)from, size, true);
}

static bool load_segment(struct process *process, const char *elf, const struct elf_program_header *segment)
{
    u32 flags = (segment->flags & 2 ? VMA_WRITE : 0) | (segment->flags & 1 ? VMA_EXEC : 0);

    if (!add_vma(process, segment->vaddr, segment->vaddr + segment->memsz, flags))
        return false;
    for (u32 done = 0; done < segment->filesz;) {
        u32 va = segment->vaddr + done;
        u32 chunk = PAGE_SIZE - (va & (PAGE_SIZE - 1));
        char *memory = process_memory(process, va, false);
        if (!memory)
            return false;
        if (chunk > segment->filesz - done)
            chunk = segment->filesz - done;
        memcpy(memory, elf + segment->offset + done, chunk);
        flush_dcache(memory, chunk);
        done += chunk;
    }
    return true;
}

struct process *process_create(const char *name, const void *elf, u32 size, u32 number)
{
    memory_reclaim();
    const struct elf_header *header = elf;
    struct process *process = page_alloc();

    if (!process || size < sizeof(*header) || header->magic != ELF_MAGIC)
        return NULL;
    process->pid = next_pid++ & 0xff;
    process->number = number;
    process->waiter = current;
    for (u32 i = 0; name[i] && i < sizeof(process->name) - 1; i++)
        process->name[i] = name[i];
    process->pgd = page_alloc();
    process->mmap_next = USER_MMAP_BASE;
    const struct elf_program_header *segments = (const void *)((const char *)elf + header->phoff);
    for (u32 i = 0; i < header->phnum; i++)
        if (segments[i].type == PT_LOAD && !load_segment(process, elf, &segments[i]))
            return NULL;
    sync_icache();
    add_vma(process, USER_STACK_TOP - USER_STACK_SIZE, USER_STACK_TOP, VMA_WRITE);
    reclaim_add_process(process);
    user_thread(process, name, header->entry, USER_STACK_TOP, number);
    return process;
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
    flush_tlb_asid(process->pid);
    table_free(process->pgd);
    page_free(process);
}

void process_exit(struct process *process, s32 status)
{
    process->exit_status = status;
    process->killed = true; /* its other threads end on their way back to PL0 */
    thread_wake_process(process);
    thread_exit();
}

/* The last thread closes the files; the rest goes when whoever waits has seen the status. */
void process_thread_leaves(struct process *process)
{
    u32 flags = spin_lock(&process->lock);
    bool is_last = --process->thread_count == 0;

    spin_unlock(&process->lock, flags);
    for (s32 i = 0; is_last && i < PROCESS_FILES; i++)
        if (process->files[i])
            file_close(i);
}
