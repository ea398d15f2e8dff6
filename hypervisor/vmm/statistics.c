/*
 * The exit table: how often each vCPU left its guest, and why. Counts differ between machines (timing),
 * so the table stands between two marks.
 */
#include "vmm.h"

static const struct {
    u32 ec;
    const char *name;
} classes[] = {
    {0x00, "unknown reason"},
    {0x01, "WFI or WFE"},
    {0x03, "CP15 MCR/MRC"},
    {0x04, "CP15 MCRR/MRRC"},
    {0x05, "CP14 MCR/MRC"},
    {0x06, "CP14 LDC/STC"},
    {0x07, "coprocessor 0-13"},
    {0x08, "CP10 MRC (VMRS)"},
    {0x0c, "CP14 MRRC"},
    {0x12, "HVC"},
    {0x13, "SMC"},
    {0x20, "Prefetch Abort (Stage 2)"},
    {0x24, "Data Abort (Stage 2)"},
};

struct counter {
    const char *name;
    u32 count;
};

static void print_counters(const struct counter *counters, u32 count)
{
    for (u32 i = 0; i < count; i++)
        if (counters[i].count)
            say("  %-34s %8u\n", counters[i].name, counters[i].count);
}

static void print_vcpu(u32 vcpu)
{
    static struct kvm_vcpu_statistics stat;

    if (ioctl(vm.vcpu_descriptors[vcpu], KVM_GET_STATISTICS, (u32)&stat) < 0)
        fail("no statistics");
    say("vm%u vCPU%u: %u exits\n", vm.number, vcpu, stat.exits);
    for (u32 i = 0; i < ARRAY_SIZE(classes); i++)
        if (stat.exits_by_class[classes[i].ec])
            say("  EC 0x%02x %-26s %8u\n", classes[i].ec, classes[i].name,
                stat.exits_by_class[classes[i].ec]);
    struct counter counters[] = {
        {"physical interrupt", stat.irq_exits},
        {"of these: WFI", stat.wfi_exit_stat},
        {"of these: WFE", stat.wfe_exit_stat},
        {"of these: set/way", stat.set_way_exits},
        {"of these: MMU registers", stat.vm_register_exits},
        {"of these: pages mapped", stat.stage2_faults},
        {"of these: first write, for the log", stat.dirty_faults},
        {"of these: page used again", stat.access_faults},
        {"of these: MMIO to the VMM", stat.mmio_exit_user},
        {"of these: MMIO in the kernel", stat.mmio_exit_kernel},
        {"conditions failed", stat.skipped_instructions},
        {"UND injected", stat.undefined_injected},
        {"aborts injected", stat.aborts_injected},
        {"asynchronous aborts", stat.asynchronous_aborts},
        {"interrupts into list registers", stat.interrupts_queued},
        {"EOI maintenance", stat.maintenance},
        {"linked interrupts ended", stat.linked_interrupts},
        {"virtual timer expiries", stat.vtimer_injections},
        {"physical timer expiries", stat.ptimer_injections},
        {"lazy VFP switches", stat.vfp_switches},
        {"wake-ups from WFI", stat.halt_wakeup},
    };
    print_counters(counters, ARRAY_SIZE(counters));
}

static void print_memory(void)
{
    struct kvm_vm_statistics stat;

    if (ioctl(vm.descriptor, KVM_GET_STATISTICS, (u32)&stat) < 0)
        fail("no statistics");
    if (stat.pages_young | stat.pages_unmapped)
        say("vm%u memory: %u pages found used, %u taken back, %u tables returned\n", vm.number, stat.pages_young,
            stat.pages_unmapped, stat.tables_returned);
}

void print_statistics(void)
{
    gather_output();
    say("--- exit statistics: begin ---\n");
    for (u32 i = 0; i < vm.cpus; i++)
        print_vcpu(i);
    print_memory();
    if (vm.saves)
        say("vm%u: saved and restored %u times\n", vm.number, vm.saves);
    say("--- exit statistics: end ---\n");
    write_gathered();
}
