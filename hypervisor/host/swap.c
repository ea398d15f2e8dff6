/*
 * The swap area: where the content of a page is kept whose memory the host takes back.
 *
 * The machine has no disk, so it is RAM: all that the page allocator was not given (host_memory in modules.h). It is
 * used as a disk would be, though: written and read by whole pages, each in a slot of its own, and nothing maps it.
 * Slots that were used and are free again are chained through their first words; the others come after `next_slot`.
 */
#include "kernel.h"

static struct spinlock swap_lock;
static u32 next_slot; /* PA; slots are named by their PA */
static u32 area_end;
static u32 free_slots;
static u32 used_slots;

void swap_init(u32 start, u32 end)
{
    next_slot = start;
    area_end = end;
}

bool swap_is_there(void)
{
    return area_end != 0;
}

u32 swap_used(void)
{
    return used_slots;
}

/* With the lock held; 0: there is none. */
static u32 take_slot(void)
{
    u32 slot = free_slots;

    if (slot) {
        free_slots = *(u32 *)phys_to_virt(slot);
    } else {
        for (u32 taken; (taken = page_reserved_until(next_slot)) != 0;)
            next_slot = taken; /* a boot module */
        if (next_slot >= area_end)
            return 0;
        slot = next_slot;
        next_slot += PAGE_SIZE;
    }
    used_slots++;
    return slot;
}

u32 swap_out(const void *page)
{
    u32 flags = spin_lock(&swap_lock);
    u32 slot = take_slot();

    spin_unlock(&swap_lock, flags);
    if (slot)
        memcpy(phys_to_virt(slot), page, PAGE_SIZE);
    return slot;
}

void swap_in(u32 slot, void *page)
{
    memcpy(page, phys_to_virt(slot), PAGE_SIZE);
    swap_free(slot);
}

void swap_free(u32 slot)
{
    u32 flags = spin_lock(&swap_lock);

    *(u32 *)phys_to_virt(slot) = free_slots;
    free_slots = slot;
    used_slots--;
    spin_unlock(&swap_lock, flags);
}
