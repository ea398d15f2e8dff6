/*
 * Small pages in the guest's own stage 1 tables: one second-level table per 1 MiB, short descriptors.
 */
#include "guest.h"

#define TABLES 4
#define L1_PAGE_TABLE 1

extern u32 first_level_table[4096];
static u32 second_level[TABLES][256] __attribute__((aligned(1024)));
static u32 tables_used;

static u32 *entry_for(u32 va)
{
    u32 *first = &first_level_table[va >> 20];

    if (!*first) {
        *first = VA_TO_IPA(second_level[tables_used++ % TABLES]) | L1_PAGE_TABLE;
        dsb();
    }
    u32 *table = (u32 *)((*first & ~0x3ffu) + 0x80000000u);
    return &table[BITS(va, 19, 12)];
}

void paging_map_page(u32 va, u32 ipa, u32 flags)
{
    *entry_for(va) = ipa | flags;
    dsb();
    isb();
}

void paging_unmap_page(u32 va)
{
    *entry_for(va) = 0;
    dsb();
    CP15_WRITE(TLBIMVA, va);
    dsb();
    isb();
}
