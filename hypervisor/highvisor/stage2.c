/*
 * Stage 2 translation tables: IPA -> PA, owned by the highvisor, switched on and off by the lowvisor.
 *
 * 40-bit IPAs: the walk starts at level 1 with a root of 1024 entries, two concatenated tables of 4 KiB
 * (lowvisor/hyp-init.S sets VTCR so). RAM is mapped by pages of 4 KiB, or blocks of 2 MiB where the VMM
 * gave blocks. A changed entry goes through "invalid, flush, new" (break before make), but for one whose
 * right to write is taken.
 */
#include "kvm.h"

#define ENTRIES 512
#define S2_AF BIT(10)
#define S2_INNER_SHAREABLE (3u << 8)
#define ROOT_ORDER 1

bool stage2_alloc_pgd(struct kvm *kvm)
{
    kvm->pgd = pages_alloc(ROOT_ORDER);
    return kvm->pgd != NULL;
}

static inline u32 level_shift(u32 level)
{
    return 39 - 9 * level; /* 1: 1 GiB, 2: 2 MiB, 3: 4 KiB */
}

static inline u32 index_at(u64 ipa, u32 level)
{
    u32 index = (u32)(ipa >> level_shift(level));

    return level == 1 ? index & (S2_PGD_ENTRIES - 1) : index & (ENTRIES - 1);
}

static inline bool is_table(u64 entry)
{
    return (entry & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

/* A new entry over one that is valid, with the TLBs flushed in between. */
static void replace_entry(struct kvm *kvm, u64 *entry, u64 new)
{
    pte_set(entry, 0);
    dsb();
    kvm_tlb_flush_vmid(kvm);
    pte_set(entry, new);
    dsb();
}

/* A block becomes the pages it consists of. False: no memory for their table. */
static bool split_block(struct kvm *kvm, u64 *entry)
{
    u64 *table = page_alloc();

    for (u32 i = 0; table && i < ENTRIES; i++)
        table[i] = (*entry + i * PAGE_SIZE) | PTE_TABLE;
    if (table)
        replace_entry(kvm, entry, virt_to_phys(table) | PTE_VALID | PTE_TABLE);
    return table != NULL;
}

/* The entry that maps `ipa`, at `leaf_level` or where the walk ends before; NULL: no memory. */
static u64 *stage2_walk(struct kvm *kvm, u64 ipa, u32 leaf_level, bool allocate, u32 *level_found)
{
    u64 *table = kvm->pgd;

    for (u32 level = 1;; level++) {
        u64 *entry = &table[index_at(ipa, level)];
        *level_found = level;
        if (level == leaf_level)
            return entry;
        if (!is_table(*entry)) {
            if (!allocate)
                return entry;
            if (*entry & PTE_VALID) {
                if (!split_block(kvm, entry))
                    return NULL;
                table = phys_to_virt(*entry & PTE_ADDRESS);
                continue;
            }
            void *next = page_alloc();
            if (!next)
                return NULL;
            dsb();
            pte_set(entry, virt_to_phys(next) | PTE_VALID | PTE_TABLE);
            dsb();
        }
        table = phys_to_virt(*entry & PTE_ADDRESS);
    }
}

/* A VM that has not run yet has no VMID, and nothing in any TLB: under VMID 0 the host's entries would go. */
void kvm_tlb_flush_vmid(struct kvm *kvm)
{
#ifdef EXERCISE_MISSING_TLB_FLUSH
    (void)kvm;
#else
    if (kvm->vttbr)
        kvm_call_hyp(__kvm_tlb_flush_vmid, kvm);
#endif
}

bool stage2_map(struct kvm *kvm, u64 ipa, u32 pa, u32 size, u64 attributes)
{
    u32 leaf = size == BLOCK_SIZE ? 2 : 3, level;
    u64 *entry = stage2_walk(kvm, ipa, leaf, true, &level);
    u64 new = pa | attributes | S2_AF | S2_INNER_SHAREABLE | PTE_VALID | (leaf == 3 ? PTE_TABLE : 0);

    if (!entry || *entry == new) /* another vCPU may have been here with the same fault */
        return entry != NULL;
    u64 old = *entry;
    if (old & PTE_VALID) {
        replace_entry(kvm, entry, new);
        if (leaf == 2 && is_table(old)) /* a block that had been split */
            page_free(phys_to_virt(old & PTE_ADDRESS));
    } else {
        pte_set(entry, new);
        dsb();
    }
    return true;
}

/* What comes after the entry of `level` that maps `ipa`. */
static u64 after(u64 ipa, u32 level)
{
    u64 span = 1ull << level_shift(level);

    return ALIGN_DOWN(ipa, span) + span;
}

void stage2_write_protect(struct kvm *kvm, u64 ipa, u64 size)
{
    u64 end = ipa + size;

    while (ipa < end) {
        u32 level;
        u64 *entry = stage2_walk(kvm, ipa, 3, false, &level);
        if ((*entry & PTE_VALID) && (*entry & S2_WRITE))
            pte_set(entry, *entry & ~(u64)S2_WRITE);
        ipa = after(ipa, level);
    }
    dsb();
}

static bool is_empty(const u64 *table)
{
    for (u32 i = 0; i < ENTRIES; i++)
        if (table[i])
            return false;
    return true;
}

/*
 * A table that nothing refers to any more. Until the TLBs are flushed a walk may still read it: as long as its
 * entries are not valid, it finds nothing, and the address of the next such table is no valid entry.
 */
struct unused_table {
    struct unused_table *next;
    u32 nothing;
};

static void unmap_level(u64 *table, u32 level, u64 ipa, u64 end, struct unused_table **unused)
{
    for (u64 next; ipa < end; ipa = next) {
        u64 *entry = &table[index_at(ipa, level)];
        next = after(ipa, level);
        if (level < 3 && is_table(*entry)) {
            u64 *below = phys_to_virt(*entry & PTE_ADDRESS);
            unmap_level(below, level + 1, ipa, next < end ? next : end, unused);
            if (!is_empty(below))
                continue;
            pte_set(entry, 0);
            ((struct unused_table *)below)->next = *unused;
            *unused = (struct unused_table *)below;
        } else if (*entry) {
            pte_set(entry, 0);
        }
    }
}

void stage2_unmap(struct kvm *kvm, u64 ipa, u64 size)
{
    struct unused_table *unused = NULL;

    unmap_level(kvm->pgd, 1, ipa, ipa + size, &unused);
    dsb();
    kvm_tlb_flush_vmid(kvm);
    while (unused) {
        struct unused_table *next = unused->next;
        page_free(unused);
        kvm->stat.tables_returned++;
        unused = next;
    }
}

void stage2_make_young(struct kvm *kvm, u64 ipa)
{
    u32 level;
    u64 *entry = stage2_walk(kvm, ipa, 3, false, &level);

    if ((*entry & PTE_VALID) && !(*entry & S2_AF)) {
        pte_set(entry, *entry | S2_AF);
        dsb();
    }
}

bool stage2_make_old(struct kvm *kvm, u64 ipa, u32 size)
{
    bool young = false;

    for (u64 end = ipa + size; ipa < end;) {
        u32 level;
        u64 *entry = stage2_walk(kvm, ipa, 3, false, &level);
        if ((*entry & PTE_VALID) && (*entry & S2_AF)) {
            pte_set(entry, *entry & ~(u64)S2_AF);
            young = true;
        }
        ipa = after(ipa, level);
    }
    return young;
}

static void flush_level(u64 *table, u32 level)
{
    u32 entries = level == 1 ? S2_PGD_ENTRIES : ENTRIES;

    for (u32 i = 0; i < entries; i++) {
        if (!(table[i] & PTE_VALID))
            continue;
        if (level < 3 && is_table(table[i]))
            flush_level(phys_to_virt(table[i] & PTE_ADDRESS), level + 1);
        else if ((table[i] & S2_NORMAL) == S2_NORMAL)
            flush_dcache(phys_to_virt(table[i] & PTE_ADDRESS), 1u << level_shift(level));
    }
}

/* Cleans the VM's RAM from the data caches: for a guest that switches its caches on or off. */
void stage2_flush_vm(struct kvm *kvm)
{
    flush_level(kvm->pgd, 1);
}

static void free_tables(u64 *table, u32 level)
{
    u32 entries = level == 1 ? S2_PGD_ENTRIES : ENTRIES;

    for (u32 i = 0; i < entries && level < 3; i++)
        if (is_table(table[i]))
            free_tables(phys_to_virt(table[i] & PTE_ADDRESS), level + 1);
    pages_free(table, level == 1 ? ROOT_ORDER : 0);
}

void stage2_free_pgd(struct kvm *kvm)
{
    free_tables(kvm->pgd, 1);
    kvm->pgd = NULL;
}
