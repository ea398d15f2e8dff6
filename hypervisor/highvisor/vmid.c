/*
 * VMIDs: 8 bits that tag a VM's TLB entries. 0 is the host.
 *
 * They are handed out in order. When they are used up a new generation begins: all guests' TLB entries
 * are flushed once, every other core is made to leave its guest first, and each VM gets a new VMID before it
 * runs again.
 */
#include "kvm.h"
#include "modules.h"

#define VMID_COUNT 256

/* Never fewer than one for each core, or two VMs would take their VMID from each other for ever. */
static u32 vmid_count(void)
{
    u32 fewer = boot_modules.vmid_count;

    if (!fewer || fewer > VMID_COUNT)
        return VMID_COUNT;
    return fewer > online_cpus ? fewer : online_cpus + 1;
}

volatile u32 vmid_generation = 1;
static u32 next_vmid = 1;
static struct spinlock vmid_lock;

/*
 * Waits until no other core is in a guest with a VMID of before. A core says that it enters (running_vcpu)
 * before it looks at the generation for the last time: so we see that it is in, or it sees that it must not.
 * The interrupt takes it out though its host masks interrupts, which is why it needs no lock of ours.
 */
static void force_guests_out(void)
{
    struct cpu *here = this_cpu();

    dmb();
    for (u32 i = 0; i < online_cpus; i++) {
        struct kvm_vcpu *volatile *running = &cpus[i].running_vcpu;
        if (&cpus[i] == here || !*running)
            continue;
        irq_send_sgi(&cpus[i], SGI_RESCHEDULE);
        while (*running)
            ;
    }
    dmb();
}

void update_vttbr(struct kvm *kvm)
{
    if (!vmid_is_stale(kvm))
        return;
    u32 flags = spin_lock(&vmid_lock);
    if (vmid_is_stale(kvm)) {
        if (next_vmid == vmid_count()) {
            vmid_generation++;
            next_vmid = 1;
            force_guests_out();
            kvm_call_hyp(__kvm_flush_vm_context);
        }
        kvm->vmid = next_vmid++;
        kvm->vttbr = virt_to_phys(kvm->pgd) | ((u64)kvm->vmid << VTTBR_VMID_SHIFT);
        dsb(); /* whoever sees the generation sees the VTTBR */
        kvm->vmid_generation = vmid_generation;
    }
    spin_unlock(&vmid_lock, flags);
}
