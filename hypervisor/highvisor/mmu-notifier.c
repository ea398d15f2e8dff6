/*
 * What becomes of a VM when the host does something with its VMM's memory: the MMU notifiers.
 *
 * The host names a page, or a block of 2 MiB, by the VMM's virtual address (HVA); each memory slot that has it, or a
 * part, gives an IPA, and Stage 2 has the rest. To take a page, the host calls ..._start, has the page to itself then, and calls ..._end. A vCPU that
 * faults meanwhile, or that found the page before, sees it by `mmu_notifier_count` and `mmu_notifier_seq`, maps
 * nothing, and faults once more (user_mem_abort). All of it is called with `reclaim_lock` held, so the list of VMs is
 * what it is.
 */
#include "trace.h"

typedef bool (*ipa_function)(struct kvm *kvm, u32 hva, u64 ipa, u32 size);

/* Calls `function` for each IPA of each VM that the memory is at, with mmu_lock held; whether any has said true. */
static bool handle_hva(struct process *process, u32 hva, u32 size, ipa_function function)
{
    bool result = false;

    for (struct kvm *kvm = vm_list; kvm; kvm = kvm->next) {
        if (kvm->process != process)
            continue;
        u32 flags = spin_lock(&kvm->mmu_lock);
        for (u32 i = 0; i < KVM_MEMORY_SLOTS; i++) {
            const struct kvm_memory_slot *slot = &kvm->memslots[i];
            u32 slot_end = slot->userspace_addr + (u32)slot->size;
            u32 begin = hva > slot->userspace_addr ? hva : slot->userspace_addr;
            u32 end = hva + size < slot_end ? hva + size : slot_end;
            if (begin < end)
                result |= function(kvm, begin, slot->base + (begin - slot->userspace_addr), end - begin);
        }
        spin_unlock(&kvm->mmu_lock, flags);
    }
    return result;
}

static bool age(struct kvm *kvm, u32 hva, u64 ipa, u32 size)
{
    bool young = stage2_make_old(kvm, ipa, size);

    trace_vm(TRACE_KVM_AGE_PAGE, kvm, hva, (u32)(ipa >> PAGE_SHIFT), size > PAGE_SIZE ? 2 : 3, young);
    kvm->aged |= young;
    kvm->stat.pages_young += young;
    return young;
}

bool kvm_age_hva(struct process *process, u32 hva, u32 size)
{
    return handle_hva(process, hva, size, age);
}

void kvm_flush_aged(void)
{
    for (struct kvm *kvm = vm_list; kvm; kvm = kvm->next) {
        u32 flags = spin_lock(&kvm->mmu_lock);
        if (kvm->aged)
            kvm_tlb_flush_vmid(kvm);
        kvm->aged = false;
        spin_unlock(&kvm->mmu_lock, flags);
    }
}

static bool unmap(struct kvm *kvm, u32 hva, u64 ipa, u32 size)
{
    trace_vm(TRACE_KVM_UNMAP_HVA, kvm, hva);
    stage2_unmap(kvm, ipa, size); /* with the block that the page was of, if it is mapped as such */
    kvm->stat.pages_unmapped++;
    return false;
}

/* Each VM of the process, whatever its slots are: they may change between start and end. */
static void count_invalidations(struct process *process, u32 begun, u32 ended)
{
    for (struct kvm *kvm = vm_list; kvm; kvm = kvm->next) {
        if (kvm->process != process)
            continue;
        u32 flags = spin_lock(&kvm->mmu_lock);
        kvm->mmu_notifier_seq += ended;
        kvm->mmu_notifier_count += begun - ended;
        spin_unlock(&kvm->mmu_lock, flags);
    }
}

void kvm_invalidate_hva_start(struct process *process, u32 hva)
{
    count_invalidations(process, 1, 0);
    handle_hva(process, hva, PAGE_SIZE, unmap);
}

void kvm_invalidate_hva_end(struct process *process)
{
    count_invalidations(process, 0, 1);
}
