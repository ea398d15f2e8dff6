/*
 * KVM's own start: Hyp's translation tables, the lowvisor in place of the Hyp stub, the VGIC found.
 *
 * Hyp maps no more than it needs, at the kernel's virtual addresses: the world-switch text, each core's
 * Hyp stack and VFP save area, later each VM and vCPU structure, and GICH; for a panic what it leaves behind, and
 * the UART. Besides, the page of the Hyp
 * initialization is mapped one to one, since Hyp's MMU goes on while it runs.
 */
#include "hyp-panic.h"
#include "kvm.h"

#define HYP_TEXT PTE_READ_ONLY
#define HYP_DATA PTE_XN
#define HYP_DEVICE (PTE_XN | PTE_ATTR_INDEX(MT_DEVICE))

extern char __idmap_start[], __idmap_end[], __hyp_text_start[], __hyp_text_end[];
extern char __kvm_hyp_init[], __kvm_hyp_vector[];
extern u32 __hyp_get_vectors(void);
extern void __hyp_set_vectors(u32 base);
extern void __hyp_initialize(u32 pgd_low, u32 pgd_high, u32 stack_top, u32 vectors);

static pte_t *hyp_pgd;
static struct spinlock hyp_lock;

/* One page of Hyp's stage 1. At PL2 AP[1] is RES1: the bit that means "user" in a process's tables. */
static bool hyp_map_page(u32 va, u32 pa, u64 flags)
{
    u32 cpsr = spin_lock(&hyp_lock);
    pte_t *pte = table_walk(hyp_pgd, va, 3, true);

    if (pte)
        pte_set(pte, pa | PTE_VALID | PTE_TABLE | PTE_AF | PTE_USER | PTE_INNER_SHAREABLE | flags);
    dsb();
    spin_unlock(&hyp_lock, cpsr);
    return pte != NULL;
}

bool create_hyp_mappings(const void *from, const void *to, u64 flags)
{
    for (u32 va = ALIGN_DOWN((u32)from, PAGE_SIZE); va < (u32)to; va += PAGE_SIZE)
        if (!hyp_map_page(va, virt_to_phys((void *)va), flags))
            return false;
    return true;
}

void remove_hyp_mappings(const void *from, const void *to)
{
    u32 cpsr = spin_lock(&hyp_lock);

    for (u32 va = ALIGN_DOWN((u32)from, PAGE_SIZE); va < (u32)to; va += PAGE_SIZE) {
        pte_t *pte = table_walk(hyp_pgd, va, 3, false);
        if (pte)
            pte_set(pte, 0);
    }
    dsb();
    spin_unlock(&hyp_lock, cpsr);
    kvm_call_hyp(__kvm_flush_hyp_tlb);
}

void kvm_init_cpu(struct cpu *cpu)
{
    char *stack = page_alloc();

    cpu->host_vfp = page_alloc();
    if (!stack || !cpu->host_vfp || !create_hyp_mappings(stack, stack + PAGE_SIZE, HYP_DATA) ||
        !create_hyp_mappings(cpu->host_vfp, cpu->host_vfp + 1, HYP_DATA))
        panic("no memory for Hyp");
    cpu->hyp_stack = (u32)stack;
    __hyp_set_vectors((u32)__kvm_hyp_init); /* linked at its physical address */
    __hyp_initialize(virt_to_phys(hyp_pgd), 0, (u32)stack + PAGE_SIZE, (u32)__kvm_hyp_vector);
    if (__hyp_get_vectors() != (u32)__kvm_hyp_vector)
        panic("Hyp mode does not answer");
    kvm_call_hyp(__hyp_panic_init, hyp_panic_here());
}

static void maintenance_interrupt(u32 intid, void *context)
{
    /* Its work is done on the way out of the guest (kvm_vgic_sync_hwstate), which also lowers the line. */
    (void)intid;
    (void)context;
}

static void virtual_timer_interrupt(u32 intid, void *context)
{
    /* The world switch disables the virtual timer: here nothing is left but to have left the guest. */
    (void)intid;
    (void)context;
}

void kvm_init(void)
{
    kvm_coproc_check_order();
    hyp_pgd = page_alloc();
    if (!hyp_pgd)
        panic("no memory for Hyp's tables");
    for (u32 pa = (u32)__idmap_start; pa < (u32)__idmap_end; pa += PAGE_SIZE)
        hyp_map_page(pa, pa, HYP_TEXT);
    create_hyp_mappings(__hyp_text_start, __hyp_text_end, HYP_TEXT);
    hyp_map_page(device_va(BOARD_GICH_BASE), BOARD_GICH_BASE, HYP_DEVICE);
    hyp_map_page(device_va(BOARD_UART_BASE), BOARD_UART_BASE, HYP_DEVICE);
    create_hyp_mappings(hyp_panics, hyp_panics + NR_CPUS, HYP_DATA);
    kvm_init_cpu(this_cpu());

    u32 list_registers = vgic_hardware_init();
    irq_request(BOARD_IRQ_MAINTENANCE, maintenance_interrupt, NULL);
    irq_request(BOARD_IRQ_VIRTUAL_TIMER, virtual_timer_interrupt, NULL);
    kprintf("host: KVM ready: lowvisor in Hyp, %u list registers\n", list_registers);
}
