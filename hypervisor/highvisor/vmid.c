/*
 * VMIDs: 8 bits that tag a VM's TLB entries. 0 is the host.
 *
 * They are handed out in order. When they are used up a new generation begins: all guests' TLB entries
 * are flushed once, every vCPU is forced out, and each VM gets a new VMID before it runs again.
 */
#include "kvm.h"
#include "modules.h"

#define VMID_COUNT 256

static u32 vmid_count(void)
{
    u32 fewer = boot_modules.vmid_count;

    return fewer > 1 && fewer < VMID_COUNT ? fewer : VMID_COUNT;
}

static u32 vmid_generation = 1;
static u32 next_vmid = 1;
static struct spinlock vmid_lock;

bool vmid_is_stale(const struct kvm *kvm)
{
    return kvm->vmid_generation != vmid_generation;
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
            for (struct kvm *other = vm_list; other; other = other->next)
                kvm_kick_all(other);
            kvm_call_hyp(__kvm_flush_vm_context);
        }
        kvm->vmid = next_vmid++;
        kvm->vmid_generation = vmid_generation;
        kvm->vttbr = virt_to_phys(kvm->pgd) | ((u64)kvm->vmid << VTTBR_VMID_SHIFT);
    }
    spin_unlock(&vmid_lock, flags);
}
