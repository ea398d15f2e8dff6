/*
 * The page allocator: a buddy system over all RAM above the kernel.
 *
 * mem_map has one byte per 4 KiB page: the order of the free block that starts there, or a mark. Free
 * blocks are linked through their own first words. A freed block merges with its buddy as long as that is
 * free and of the same order. Pages are handed out zeroed.
 */
#include "kernel.h"

#define NOT_A_FREE_BLOCK 0xff
#define MAX_RESERVED 16

struct free_block {
    struct free_block *next;
    struct free_block *previous;
};

static struct spinlock page_lock;
static u8 *mem_map;
static u32 first_page;
static u32 page_count;
static u32 free_pages;
static struct free_block free_lists[MAX_ORDER + 1];
static struct {
    u32 start;
    u32 end;
} reserved[MAX_RESERVED];
static u32 reserved_count;

static inline u32 page_index(const void *page)
{
    return (virt_to_phys(page) >> PAGE_SHIFT) - first_page;
}

static inline struct free_block *page_at(u32 index)
{
    return phys_to_virt((first_page + index) << PAGE_SHIFT);
}

static inline void list_add_behind(struct free_block *block, u32 order, struct free_block *previous)
{
    block->next = previous->next;
    block->previous = previous;
    previous->next->previous = block;
    previous->next = block;
    mem_map[page_index(block)] = (u8)order;
}

static inline void list_add(struct free_block *block, u32 order)
{
    list_add_behind(block, order, &free_lists[order]);
}

static inline void list_remove(struct free_block *block)
{
    block->next->previous = block->previous;
    block->previous->next = block->next;
    mem_map[page_index(block)] = NOT_A_FREE_BLOCK;
}

static void merge_and_add(u32 index, u32 order)
{
    for (; order < MAX_ORDER; order++) {
        u32 buddy = ((index + first_page) ^ (1u << order)) - first_page;
        if (buddy >= page_count || mem_map[buddy] != order)
            break;
        list_remove(page_at(buddy));
        index = index < buddy ? index : buddy;
    }
    list_add(page_at(index), order);
}

void page_reserve(u32 start, u32 end)
{
    if (reserved_count == MAX_RESERVED)
        panic("too many reserved memory ranges");
    reserved[reserved_count].start = ALIGN_DOWN(start, PAGE_SIZE);
    reserved[reserved_count].end = ALIGN_UP(end, PAGE_SIZE);
    reserved_count++;
}

u32 page_reserved_until(u32 pa)
{
    for (u32 i = 0; i < reserved_count; i++)
        if (pa >= reserved[i].start && pa < reserved[i].end)
            return reserved[i].end;
    return 0;
}

static bool block_is_free(u32 pa, u32 order, u32 end)
{
    u32 block_end = pa + (PAGE_SIZE << order);

    if (pa & ((PAGE_SIZE << order) - 1) || block_end > end)
        return false;
    for (u32 i = 0; i < reserved_count; i++)
        if (pa < reserved[i].end && block_end > reserved[i].start)
            return false;
    return true;
}

void page_init(u32 start, u32 end)
{
    first_page = start >> PAGE_SHIFT;
    page_count = (end - start) >> PAGE_SHIFT;
    for (u32 order = 0; order <= MAX_ORDER; order++)
        free_lists[order].next = free_lists[order].previous = &free_lists[order];

    /* mem_map goes to the first hole that is big enough; it is reserved like anything else. */
    u32 map_pa = start;
    for (u32 taken; (taken = page_reserved_until(map_pa)) != 0;)
        map_pa = taken;
    mem_map = phys_to_virt(map_pa);
    page_reserve(map_pa, map_pa + page_count);
    memset(mem_map, NOT_A_FREE_BLOCK, page_count);

    for (u32 pa = start; pa < end;) {
        u32 taken = page_reserved_until(pa);
        if (taken) {
            pa = taken;
            continue;
        }
        u32 order = MAX_ORDER;
        while (!block_is_free(pa, order, end))
            order--;
        /* What is taken first is the lowest. */
        list_add_behind(phys_to_virt(pa), order, free_lists[order].previous);
        free_pages += 1u << order;
        pa += PAGE_SIZE << order;
    }
}

/* The free block of this order that begins at `pa`, if there is one. */
static struct free_block *free_block_at(u32 pa, u32 order)
{
    u32 index = (pa >> PAGE_SHIFT) - first_page;

    return index < page_count && mem_map[index] == order ? page_at(index) : NULL;
}

void *pages_alloc_at(u32 pa, u32 order, u32 keep)
{
    u32 flags = spin_lock(&page_lock);
    struct free_block *block = free_pages >= keep + (1u << order) ? free_block_at(pa, order) : NULL;

    if (block) {
        list_remove(block);
        free_pages -= 1u << order;
    }
    spin_unlock(&page_lock, flags);
    if (!block)
        return pages_alloc_above(order, keep);
    memset(block, 0, PAGE_SIZE << order);
    return block;
}

void *pages_alloc_above(u32 order, u32 keep)
{
    u32 flags = spin_lock(&page_lock);
    u32 found = free_pages >= keep + (1u << order) ? order : MAX_ORDER + 1;

    while (found <= MAX_ORDER && free_lists[found].next == &free_lists[found])
        found++;
    if (found > MAX_ORDER) {
        spin_unlock(&page_lock, flags);
        return NULL;
    }
    struct free_block *block = free_lists[found].next;
    list_remove(block);
    while (found > order) {
        found--;
        list_add((struct free_block *)((char *)block + (PAGE_SIZE << found)), found);
    }
    free_pages -= 1u << order;
    spin_unlock(&page_lock, flags);
    memset(block, 0, PAGE_SIZE << order);
    return block;
}

void pages_free(void *pages, u32 order)
{
    u32 flags = spin_lock(&page_lock);

    merge_and_add(page_index(pages), order);
    free_pages += 1u << order;
    spin_unlock(&page_lock, flags);
}

u32 pages_available(void)
{
    return free_pages;
}
