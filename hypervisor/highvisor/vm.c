/*
 * Virtual machines: creation, memory slots, destruction.
 *
 * A VM's RAM is memory of its VMM process; a memory slot says which IPAs stand for which of its virtual
 * addresses. Nothing is mapped when a slot is made: pages come on Stage 2 faults (stage2-fault.c).
 */
#include "kvm.h"

struct kvm *vm_list;

static u32 next_vm_id = 1;
static struct spinlock vm_list_lock;

struct kvm *kvm_create_vm(const char *name)
{
    struct kvm *kvm = page_alloc();

    if (!kvm)
        return NULL;
    if (!stage2_alloc_pgd(kvm) || !create_hyp_mappings(kvm, kvm + 1, PTE_XN)) {
        if (kvm->pgd)
            stage2_free_pgd(kvm);
        page_free(kvm);
        return NULL;
    }
    memcpy(kvm->name, name, sizeof(kvm->name) - 1);
    kvm->process = current->process;
    kvm->users = 1;
    kvm_timer_vm_init(kvm);

    u32 reclaim = spin_lock(&reclaim_lock); /* which goes through the list */
    u32 flags = spin_lock(&vm_list_lock);
    kvm->vm_id = next_vm_id++;
    struct kvm **link = &vm_list;
    while (*link)
        link = &(*link)->next;
    *link = kvm;
    spin_unlock(&vm_list_lock, flags);
    spin_unlock(&reclaim_lock, reclaim);
    return kvm;
}

static void kvm_destroy_vm(struct kvm *kvm)
{
    u32 reclaim = spin_lock(&reclaim_lock);
    u32 flags = spin_lock(&vm_list_lock);

    for (struct kvm **link = &vm_list; *link; link = &(*link)->next) {
        if (*link == kvm) {
            *link = kvm->next;
            break;
        }
    }
    spin_unlock(&vm_list_lock, flags);
    spin_unlock(&reclaim_lock, reclaim);
    kvm_free_assigned_devices(kvm);
    for (u32 i = 0; i < KVM_MAX_VCPUS; i++) {
        if (!kvm->vcpus[i])
            continue;
        kvm_free_vcpu(kvm->vcpus[i]);
    }
    kvm_tlb_flush_vmid(kvm);
    stage2_free_pgd(kvm);
    for (u32 i = 0; i < KVM_MEMORY_SLOTS; i++)
        dirty_log_free(kvm->memslots[i].dirty_bitmap, kvm->memslots[i].size);
    remove_hyp_mappings(kvm, kvm + 1);
    page_free(kvm);
}

void kvm_get(struct kvm *kvm)
{
    u32 flags = spin_lock(&vm_list_lock);

    kvm->users++;
    spin_unlock(&vm_list_lock, flags);
}

void kvm_put(struct kvm *kvm)
{
    u32 flags = spin_lock(&vm_list_lock);
    bool is_last = --kvm->users == 0;

    spin_unlock(&vm_list_lock, flags);
    if (is_last)
        kvm_destroy_vm(kvm);
}

struct kvm_memory_slot *kvm_find_memslot(struct kvm *kvm, u64 ipa)
{
    for (u32 i = 0; i < kvm->memslots_used; i++) {
        struct kvm_memory_slot *slot = &kvm->memslots[i];
        if (ipa >= slot->base && ipa - slot->base < slot->size)
            return slot;
    }
    return NULL;
}

static bool overlaps_other_slot(struct kvm *kvm, u32 self, u64 base, u64 size)
{
    for (u32 i = 0; i < KVM_MEMORY_SLOTS; i++) {
        struct kvm_memory_slot *slot = &kvm->memslots[i];
        if (i != self && slot->size && base < slot->base + slot->size && slot->base < base + size)
            return true;
    }
    return false;
}

/* Puts `new` in the place of a slot, with mmu_lock held: what was mapped goes, unless only the log begins or ends. */
static void replace_slot(struct kvm *kvm, struct kvm_memory_slot *slot, const struct kvm_memory_slot *new)
{
    bool same_memory = slot->base == new->base && slot->size == new->size &&
                       slot->userspace_addr == new->userspace_addr &&
                       !((slot->flags ^ new->flags) & KVM_MEM_READONLY);

    if (slot->size && !same_memory)
        stage2_unmap(kvm, slot->base, slot->size);
    else if (slot->size && new->dirty_bitmap)
        stage2_write_protect(kvm, slot->base, slot->size);
    kvm_tlb_flush_vmid(kvm);
    *slot = *new;
    kvm->mmu_notifier_seq++;
}

s32 kvm_set_memory_region(struct kvm *kvm, const struct kvm_userspace_memory_region *region)
{
    u64 base = region->guest_phys_addr, size = region->memory_size;
    struct kvm_memory_slot new = {
        .base = base, .size = size, .userspace_addr = (u32)region->userspace_addr, .flags = region->flags};

    if (region->flags & ~(KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY))
        return -EINVAL;
    if (region->slot >= KVM_MEMORY_SLOTS || ((base | size | region->userspace_addr) & (PAGE_SIZE - 1)))
        return -EINVAL;
    if (base + size < base || (base + size) >> 40 || region->userspace_addr + size > USER_END)
        return -EINVAL;
    if (size && (region->flags & KVM_MEM_LOG_DIRTY_PAGES) && !(new.dirty_bitmap = dirty_log_alloc(size)))
        return -ENOMEM;

    struct kvm_memory_slot *slot = &kvm->memslots[region->slot], unused = new;
    u32 flags = spin_lock(&kvm->mmu_lock);
    bool overlaps = overlaps_other_slot(kvm, region->slot, base, size);
    if (!overlaps) {
        unused = *slot;
        replace_slot(kvm, slot, &new);
        dmb(); /* who looks at it without the lock finds it made */
        if (region->slot >= kvm->memslots_used)
            kvm->memslots_used = region->slot + 1;
    }
    spin_unlock(&kvm->mmu_lock, flags);
    dirty_log_free(unused.dirty_bitmap, unused.size);
    return overlaps ? -EEXIST : 0;
}
