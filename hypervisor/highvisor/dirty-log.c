/*
 * The dirty log: which pages of a memory slot the guest has written to, for a VMM that copies a running VM.
 *
 * A page that isn't in the log is write-protected by Stage 2. The first write to it is a permission fault: it goes
 * into the log, and may be written from then on (stage2-fault.c). Whoever asks for the log takes it, leaves an empty
 * one in its place, and has the pages of the taken one write-protected again before any of them is read: so a write
 * is in the page as it is read, or in the next log. A 2 MiB block is split when a page of it is written.
 */
#include "kvm.h"

static u32 log_words(u64 size)
{
    return ALIGN_UP((u32)(size >> PAGE_SHIFT), 32) / 32;
}

static u32 log_order(u64 size)
{
    u32 order = 0;

    while ((u32)PAGE_SIZE << order < log_words(size) * sizeof(u32))
        order++;
    return order;
}

u32 *dirty_log_alloc(u64 size)
{
    return pages_alloc(log_order(size));
}

void dirty_log_free(u32 *bitmap, u64 size)
{
    if (bitmap)
        pages_free(bitmap, log_order(size));
}

void dirty_log_mark(struct kvm_memory_slot *slot, u64 ipa)
{
    u32 page = (u32)((ipa - slot->base) >> PAGE_SHIFT);

    slot->dirty_bitmap[page / 32] |= BIT(page % 32);
}

static void write_protect_logged(struct kvm *kvm, const struct kvm_memory_slot *slot, const u32 *bitmap)
{
    for (u32 i = 0; i < log_words(slot->size); i++)
        for (u32 word = bitmap[i]; word; word &= word - 1)
            stage2_write_protect(kvm, slot->base + ((u64)(i * 32 + (u32)__builtin_ctz(word)) << PAGE_SHIFT), PAGE_SIZE);
    kvm_tlb_flush_vmid(kvm);
}

s32 kvm_get_dirty_log(struct kvm *kvm, const struct kvm_dirty_log *log)
{
    if (log->slot >= KVM_MEMORY_SLOTS)
        return -EINVAL;
    struct kvm_memory_slot *slot = &kvm->memslots[log->slot];
    u64 size = slot->size;
    u32 *empty = slot->dirty_bitmap ? dirty_log_alloc(size) : NULL;

    if (!empty)
        return slot->dirty_bitmap ? -ENOMEM : -ENOENT;
    u32 flags = spin_lock(&kvm->mmu_lock);
    u32 *taken = slot->dirty_bitmap;
    bool is_there = taken && slot->size == size; /* or it was ended meanwhile */
    if (is_there) {
        slot->dirty_bitmap = empty;
        write_protect_logged(kvm, slot, taken);
    }
    spin_unlock(&kvm->mmu_lock, flags);
    if (!is_there) {
        dirty_log_free(empty, size);
        return -ENOENT;
    }
    s32 result = copy_to_user((u32)log->dirty_bitmap, taken, log_words(size) * sizeof(u32));
    dirty_log_free(taken, size);
    return result;
}
