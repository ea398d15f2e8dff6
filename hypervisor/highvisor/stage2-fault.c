/*
 * Stage 2 faults: a guest touched an IPA that Stage 2 does not map, or not so.
 *
 * RAM of a memory slot is mapped now, on its first touch. Anything else is a device access: the virtual
 * distributor or the VMM decides what it means (mmio.c). An instruction fetch from no memory is the
 * guest's own Prefetch Abort.
 */
#include "trace.h"

#define FSC(hsr) ((hsr) & 0x3c) /* fault status without the level */
#define FSC_TRANSLATION 0x04
#define FSC_ACCESS_FLAG 0x08
#define FSC_PERMISSION 0x0c
#define FSC_ASYNCHRONOUS 0x11 /* all of the status */
#define HSR_WNR BIT(6)
#define HSR_S1PTW BIT(7)
#define HSR_CM BIT(8)

static inline bool is_instruction_abort(u32 hsr)
{
    return hsr >> 26 == HSR_EC_IABT;
}

/* An asynchronous external abort, which HCR.AMO sends here: HPFAR and the address registers say nothing of it. */
static inline bool is_asynchronous(u32 hsr)
{
    return !is_instruction_abort(hsr) && BITS(hsr, 5, 0) == FSC_ASYNCHRONOUS;
}

/* A walk of the guest's own tables only reads them, whatever it was for. */
static inline bool is_write(u32 hsr)
{
    return !is_instruction_abort(hsr) && (hsr & HSR_WNR) && !(hsr & HSR_S1PTW);
}

/*
 * Maps the page (or 2 MiB block) of a memory slot that holds `ipa`. Slot and page are found and made ready
 * without the lock; if the host took memory away since `changes` was read, nothing is mapped, and the guest
 * faults once more. So it does when the host lacks memory, unless that ends its VMM. With a dirty log, only pages are
 * mapped, and writable only if it is a write.
 */
static s32 user_mem_abort(struct kvm_vcpu *vcpu, struct kvm_memory_slot *slot, u64 ipa, u32 changes)
{
    struct kvm *kvm = vcpu->kvm;
    bool read_only = (slot->flags & KVM_MEM_READONLY) != 0, logs = slot->dirty_bitmap != NULL;
    bool write = is_write(vcpu->fault.hsr);
    u32 hva = slot->userspace_addr + (u32)(ipa - slot->base);
    u32 size;
    char *memory = process_page(kvm->process, hva, !read_only, &size);

    if (!memory)
        return process_lacks_memory(kvm->process, hva, !read_only) ? 1 : -EFAULT;
    u64 attributes = S2_NORMAL | S2_READ | (read_only || (logs && !write) ? 0 : S2_WRITE);
    bool block = size == BLOCK_SIZE && !logs && !((slot->base ^ slot->userspace_addr) & (BLOCK_SIZE - 1)) &&
                 ALIGN_DOWN(ipa, BLOCK_SIZE) >= slot->base &&
                 ALIGN_DOWN(ipa, BLOCK_SIZE) + BLOCK_SIZE <= slot->base + slot->size;
    if (!block) {
        memory += hva & (size - 1) & ~(PAGE_SIZE - 1);
        size = PAGE_SIZE;
    }
    /*
     * The VMM wrote it through the caches; the guest may execute it, and may have its own caches off. If this vCPU has
     * them on, another may not: nobody asks, as in Linux, which did at first (4.9.227 doesn't).
     */
    flush_dcache(memory, size);
    sync_icache();
    vcpu->stat.stage2_faults++;
    vcpu->stat.dirty_faults += FSC(vcpu->fault.hsr) == FSC_PERMISSION;
    bool done = true;
    u32 flags = spin_lock(&kvm->mmu_lock);
    if (changes == kvm->mmu_notifier_seq && !kvm->mmu_notifier_count) {
        done = stage2_map(kvm, ALIGN_DOWN(ipa, size), virt_to_phys(memory), size, attributes);
        if (done && logs && write)
            dirty_log_mark(slot, ipa);
    }
    spin_unlock(&kvm->mmu_lock, flags);
    return done || process_lacks_memory(kvm->process, hva, !read_only) ? 1 : -ENOMEM; /* of a table's page, too */
}

/* The first use of a page since the host has asked whether it is used. */
static s32 handle_access_fault(struct kvm_vcpu *vcpu, u64 ipa)
{
    u32 flags = spin_lock(&vcpu->kvm->mmu_lock);

    trace(TRACE_KVM_ACCESS_FAULT, vcpu, (u32)ipa);
    stage2_make_young(vcpu->kvm, ipa);
    vcpu->stat.access_faults++;
    spin_unlock(&vcpu->kvm->mmu_lock, flags);
    return 1;
}

s32 kvm_handle_guest_abort(struct kvm_vcpu *vcpu)
{
    u32 hsr = vcpu->fault.hsr;
    u64 ipa = (u64)(vcpu->fault.hpfar >> 4) << 12;
    u32 status = FSC(hsr);

    if (is_asynchronous(hsr)) {
        kvm_inject_vabt(vcpu);
        return 1;
    }
    trace(TRACE_KVM_GUEST_FAULT, vcpu, vcpu->fault.hpfar, hsr, vcpu->fault.hxfar, *vcpu_pc(vcpu));
    if (status != FSC_TRANSLATION && status != FSC_PERMISSION && status != FSC_ACCESS_FLAG)
        return -EFAULT;
    memory_reclaim();
    u32 changes = vcpu->kvm->mmu_notifier_seq;
    dmb();
    struct kvm_memory_slot *slot = kvm_find_memslot(vcpu->kvm, ipa);
    bool is_memory = slot && !(is_write(hsr) && (slot->flags & KVM_MEM_READONLY));
    if (is_memory && status == FSC_ACCESS_FLAG)
        return handle_access_fault(vcpu, ipa);
    if (is_memory)
        return status == FSC_PERMISSION && !is_write(hsr) ? -EFAULT : user_mem_abort(vcpu, slot, ipa, changes);

    if (is_instruction_abort(hsr)) {
        kvm_inject_pabt(vcpu, vcpu->fault.hxfar);
        return 1;
    }
    if (hsr & HSR_CM) {
        kvm_skip_instruction(vcpu); /* cache maintenance on a device: nothing to maintain */
        return 1;
    }
    return io_mem_abort(vcpu, ipa | (vcpu->fault.hxfar & (PAGE_SIZE - 1)));
}

/* The host takes the page back and gives another: what memory pressure or compaction does to a guest. */
void kvm_move_a_page(struct kvm *kvm)
{
    u32 flags = spin_lock(&kvm->mmu_lock);
    struct kvm_memory_slot *slot = &kvm->memslots[0];
    u32 pages = (u32)(slot->size >> PAGE_SHIFT);

    for (u32 tries = 0; tries < pages; tries++) {
        u32 page = kvm->next_moved++ % pages;
        u32 hva = slot->userspace_addr + (page << PAGE_SHIFT);
        if (process_has_memory(kvm->process, hva) != PAGE_SIZE)
            continue;
        trace_vm(TRACE_KVM_UNMAP_HVA_RANGE, kvm, hva, hva + PAGE_SIZE);
        stage2_unmap(kvm, slot->base + ((u64)page << PAGE_SHIFT), PAGE_SIZE);
        process_move_page(kvm->process, hva);
        kvm->mmu_notifier_seq++;
        break;
    }
    spin_unlock(&kvm->mmu_lock, flags);
}
