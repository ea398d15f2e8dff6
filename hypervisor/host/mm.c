/*
 * The host's stage 1 translation tables, long-descriptor format.
 *
 * Kernel: TTBR1 points to a level 2 table for VA 0xc0000000 up; RAM in 2 MiB blocks, never executable,
 * except the kernel image's own 2 MiB, mapped by pages: text read-only, the rest not executable.
 * Processes: a level 1 table each, in TTBR0 with the process's ASID. table_walk serves both, and Hyp's
 * tables too (lowvisor's mappings, highvisor/hyp-map.c).
 */
#include "kernel.h"

extern char _text[], __hyp_text_end[], _etext[], _erodata[], _end[];
extern pte_t boot_pmd[512];

pte_t kernel_pmd[512] __attribute__((aligned(PAGE_SIZE), section(".bss.page_aligned")));
static pte_t no_process[512] __attribute__((aligned(PAGE_SIZE), section(".bss.page_aligned")));
static pte_t image_ptes[512] __attribute__((aligned(PAGE_SIZE), section(".bss.page_aligned")));

#define KERNEL_MEMORY (PTE_AF | PTE_INNER_SHAREABLE | PTE_ATTR_INDEX(MT_NORMAL) | PTE_VALID)
#define KERNEL_DEVICE (PTE_AF | PTE_ATTR_INDEX(MT_DEVICE) | PTE_VALID)

void flush_dcache(const void *start, u32 size)
{
    u32 end = (u32)start + size;

    for (u32 line = ALIGN_DOWN((u32)start, 64); line < end; line += 64)
        CP15_WRITE(DCCIMVAC, line);
    dsb();
}

void sync_icache(void)
{
    dsb();
    CP15_WRITE(ICIALLUIS, 0);
    dsb();
    isb();
}

void flush_tlb_asid(u32 asid)
{
    dsb();
    CP15_WRITE(TLBIASIDIS, asid);
    dsb();
    isb();
}

void flush_tlb_page(u32 va, u32 asid)
{
    dsb();
    CP15_WRITE(TLBIMVAIS, ALIGN_DOWN(va, PAGE_SIZE) | asid);
    dsb();
    isb();
}

static void set_block(u32 va, u64 descriptor)
{
    kernel_pmd[(va - PAGE_OFFSET) / BLOCK_SIZE] = descriptor;
}

void mm_init(u32 ram_end)
{
    for (u32 va = PAGE_OFFSET; va < PAGE_OFFSET + BLOCK_SIZE; va += PAGE_SIZE) {
        pte_t pte = virt_to_phys((void *)va) | KERNEL_MEMORY | PTE_TABLE;
        if (va >= (u32)_text && va < (u32)_etext)
            pte |= PTE_READ_ONLY;
        else
            pte |= PTE_XN;
        if (va >= (u32)_etext && va < (u32)_erodata)
            pte |= PTE_READ_ONLY;
        image_ptes[(va - PAGE_OFFSET) / PAGE_SIZE] = pte;
    }
    set_block(PAGE_OFFSET, virt_to_phys(image_ptes) | PTE_VALID | PTE_TABLE);
    for (u32 pa = PHYS_OFFSET + BLOCK_SIZE; pa < ram_end; pa += BLOCK_SIZE)
        set_block((u32)phys_to_virt(pa), pa | KERNEL_MEMORY | PTE_XN);
    for (u32 va = DEVICE_VA_START; va < DEVICE_VA_START + 0x2000000; va += BLOCK_SIZE)
        set_block(va, (va - DEVICE_VA_OFFSET) | KERNEL_DEVICE | PTE_XN);
    set_block(LOW_RAM_VA, LOW_RAM_PA | KERNEL_MEMORY | PTE_READ_ONLY | PTE_XN);

    dsb();
    CP15_WRITE64(TTBR1, virt_to_phys(kernel_pmd));
    mm_init_cpu();
}

void mm_init_cpu(void)
{
    mm_use_no_process(); /* the boot code's one-to-one map has done its work */
    CP15_WRITE(TLBIALL, 0);
    dsb();
    isb();
}

/* Index of `va` in a table of the given level (1: 1 GiB each, 2: 2 MiB, 3: 4 KiB). */
static inline u32 table_index(u32 va, u32 level)
{
    return (va >> (39 - 9 * level)) & 511;
}

pte_t *table_walk(pte_t *root, u32 va, u32 leaf_level, bool allocate)
{
    pte_t *table = root;

    for (u32 level = 1; level < leaf_level; level++) {
        pte_t *entry = &table[table_index(va, level)];
        if (!(*entry & PTE_VALID)) {
            if (!allocate)
                return NULL;
            void *next = page_alloc();
            if (!next)
                return NULL;
            dsb();
            pte_set(entry, virt_to_phys(next) | PTE_VALID | PTE_TABLE);
            dsb();
        } else if (!(*entry & PTE_TABLE)) {
            return entry; /* a block, one level up */
        }
        table = phys_to_virt(*entry & PTE_ADDRESS);
    }
    return &table[table_index(va, leaf_level)];
}

static void free_level(pte_t *table, u32 level)
{
    for (u32 i = 0; i < (level == 1 ? 4u : 512u); i++) {
        if (level == 3 && !(table[i] & PTE_VALID) && (table[i] & PTE_SWAPPED))
            swap_free((u32)(table[i] & PTE_ADDRESS));
        if (!(table[i] & PTE_VALID))
            continue;
        void *below = phys_to_virt(table[i] & PTE_ADDRESS);
        if (level < 3 && (table[i] & PTE_TABLE))
            free_level(below, level + 1);
        else if (!(table[i] & PTE_SHARED))
            pages_free(below, level == 2 ? MAX_ORDER : 0);
    }
    page_free(table);
}

void mm_use_no_process(void)
{
    CP15_WRITE64(TTBR0, virt_to_phys(no_process));
    isb();
}

void table_free(pte_t *root)
{
    free_level(root, 1);
}
