/*
 * The memory behind a process's addresses.
 *
 * A range (VMA) is filled with zeroed pages on first touch, by the process or by the kernel on its behalf
 * (process_memory; a VM's RAM gets its pages that way, from Stage 2 faults), and with what they held when they are
 * touched again after the host took them back (reclaim.c). A range of blocks gets 2 MiB at once as long as there is
 * enough, else pages; a block that is to be taken back becomes pages first. The kernel reaches user memory only through
 * process_memory, never by the user's address, so a bad pointer is an error number and not a fault.
 */
#include "kernel.h"

/* Of a valid entry: at level 2, where level 3 is not. */
static inline bool is_block(pte_t pte)
{
    return (pte & (PTE_VALID | PTE_TABLE)) == PTE_VALID;
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

/* Maps memory that was just allocated, zeroed or filled. */
static void map(const struct vma *vma, pte_t *pte, const void *memory, pte_t kind)
{
    dmb(); /* its content first */
    pte_set(pte, user_pte(virt_to_phys(memory), vma->flags) | kind);
    dsb();
}

/* The block of 2 MiB that `va` is in, of a range of blocks: there, or made now. NULL: it is to be, or is, pages. */
static pte_t *locate_block(struct process *process, struct vma *vma, u32 va)
{
    pte_t *pte = table_walk(process->pgd, va, 2, true);
    u32 offset = ALIGN_DOWN(va, BLOCK_SIZE) - vma->start;
    void *block = pte && !*pte ? pages_alloc_at(vma->pa + offset, MAX_ORDER, pages_to_keep()) : NULL;

    if (block && !vma->pa)
        vma->pa = virt_to_phys(block) - offset;
    if (block)
        map(vma, pte, block, 0);
    return pte && is_block(*pte) ? pte : NULL;
}

static pte_t *locate_small_page(struct process *process, const struct vma *vma, u32 va)
{
    pte_t *pte = table_walk(process->pgd, va, 3, true);

    if (pte && !(*pte & PTE_VALID)) {
        void *page = page_alloc();
        if (!page)
            return NULL;
        if (*pte & PTE_SWAPPED)
            bring_back(vma, (u32)(*pte & PTE_ADDRESS), page);
        map(vma, pte, page, PTE_TABLE);
    }
    return pte;
}

/* The range that `va` is in, if it may be used so. */
static struct vma *find_usable_vma(struct process *process, u32 va, bool write)
{
    struct vma *vma = find_vma(process, va);

    return vma && (!write || (vma->flags & VMA_WRITE)) ? vma : NULL;
}

/* process_page, with the process's lock held: the page stays where it is until the lock is let go. */
static void *locate_page(struct process *process, u32 va, bool write, u32 *size)
{
    struct vma *vma = find_usable_vma(process, va, write);

    if (!vma)
        return NULL;
    pte_t *pte = vma->flags & VMA_HUGE ? locate_block(process, vma, va) : NULL;
    *size = pte ? BLOCK_SIZE : PAGE_SIZE;
    if (!pte)
        pte = locate_small_page(process, vma, va);
    if (!pte)
        return NULL;
    if (!(*pte & PTE_AF))
        pte_set(pte, *pte | PTE_AF); /* used again: an access flag fault */
    return phys_to_virt(*pte & PTE_ADDRESS);
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

/* Of the reasons why there is no memory behind an address that may be used, one is left: no page is free. */
bool process_lacks_memory(struct process *process, u32 va, bool write)
{
    if (!find_usable_vma(process, va, write))
        return false;
    memory_reclaim();
    if (!process->killed && (process_is_ending() || pages_available()))
        return true;
    if (process_kill(process, -ENOMEM))
        kprintf("host: process %s of VM %u: out of memory: no page is free%s for its address 0x%08x\n", process->name,
                process->number, swap_is_there() ? ", and none can be taken back," : "", va);
    return true;
}

/* The entry of a page or block that is there and is the process's own; NULL: it is not. */
static pte_t *own_memory(struct process *process, u32 va)
{
    pte_t *pte = find_vma(process, va) ? table_walk(process->pgd, va, 3, false) : NULL;

    return pte && (*pte & PTE_VALID) && !(*pte & PTE_SHARED) ? pte : NULL;
}

static pte_t *own_page(struct process *process, u32 va)
{
    pte_t *pte = own_memory(process, va);

    return pte && !is_block(*pte) ? pte : NULL;
}

u32 process_has_memory(struct process *process, u32 va)
{
    pte_t *pte = own_memory(process, va);

    return !pte ? 0 : is_block(*pte) ? BLOCK_SIZE : PAGE_SIZE;
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

bool process_age(struct process *process, u32 va)
{
    u32 flags = spin_lock(&process->lock);
    pte_t *pte = own_memory(process, va);
    bool young = pte && (*pte & PTE_AF);

    if (young)
        pte_set(pte, *pte & ~(pte_t)PTE_AF);
    spin_unlock(&process->lock, flags);
    return young;
}

bool process_split_block(struct process *process, u32 va)
{
    pte_t *table = page_alloc();

    if (!table)
        return false;
    u32 flags = spin_lock(&process->lock);
    pte_t *pte = table_walk(process->pgd, va, 2, false), block = *pte;
    for (u32 i = 0; i < BLOCK_SIZE / PAGE_SIZE; i++)
        table[i] = (block + i * PAGE_SIZE) | PTE_TABLE;
    pte_set(pte, 0);
    flush_tlb_page(va, process->pid);
    pte_set(pte, virt_to_phys(table) | PTE_VALID | PTE_TABLE);
    dsb();
    spin_unlock(&process->lock, flags);
    return true;
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
    return process_page(process, va, write, &size) || process_lacks_memory(process, va, write);
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

void process_keep_page(struct process *process, u32 va)
{
    u32 flags = spin_lock(&process->lock);
    pte_t *pte = table_walk(process->pgd, va, 3, false);

    pte_set(pte, *pte & ~PTE_SHARED);
    spin_unlock(&process->lock, flags);
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
        if (!memory && process_lacks_memory(process, user, to_user) && !process->killed)
            continue;
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
