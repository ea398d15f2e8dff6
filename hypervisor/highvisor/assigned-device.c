/*
 * Pass-through devices: mapped into a VM by Stage 2, as they are, and taken back at its end. Which there are, and how each
 * is reset, the host knows (host/assignable.c).
 */
#include "kvm.h"

s32 kvm_assign_device(struct kvm *kvm, const struct kvm_assigned_device *device)
{
    if (device->guest_phys_addr & (PAGE_SIZE - 1))
        return -EINVAL;
    s32 result = assignable_take(device->host_phys_addr, device->size, kvm);
    if (result < 0)
        return result;

    u32 flags = spin_lock(&kvm->mmu_lock);
    bool done = kvm->assigned_count < KVM_ASSIGNED_DEVICES;
    for (u32 offset = 0; done && offset < device->size; offset += PAGE_SIZE)
        done = stage2_map(kvm, device->guest_phys_addr + offset, device->host_phys_addr + offset, PAGE_SIZE,
                          S2_DEVICE | S2_READ | S2_WRITE | PTE_XN);
    if (done)
        kvm->assigned[kvm->assigned_count++] = (struct kvm_assigned){
            .ipa = device->guest_phys_addr, .pa = device->host_phys_addr, .size = device->size};
    spin_unlock(&kvm->mmu_lock, flags);
    return done ? 0 : -ENOMEM; /* and it is taken back with the VM */
}

void kvm_free_assigned_devices(struct kvm *kvm)
{
    assignable_reset(kvm);     /* its line is low, */
    kvm_free_linked_irqs(kvm); /* so that its interrupt is not pending any more, */
    assignable_return(kvm);    /* and another may have it */
}
