/*
 * Pass-through devices: mapped into a VM by Stage 2, as they are, and taken back at its end.
 *
 * A device is one VM's at a time, and only such a one is given away that the host can reset: whatever a VM has left in
 * it, its interrupt among that, the next one finds nothing of it.
 */
#include "kvm.h"

#define RTC(offset) (device_va(BOARD_RTC_BASE) + (offset))
#define RTC_DR 0x00
#define RTC_MR 0x04
#define RTC_LR 0x08
#define RTC_IMSC 0x10
#define RTC_ICR 0x1c

static u32 seconds_since_boot(void)
{
    u32 rest;

    return divide(timer_now(), timer_frequency(), &rest);
}

/* The clock (PL031, ARM DDI 0224) has no reset of its own. A guest may have set it: it goes on as if none had. */
static void reset_clock(void)
{
    static bool known;
    static u32 at_boot;

    if (!known)
        at_boot = read32(RTC(RTC_DR)) - seconds_since_boot();
    known = true;
    write32(RTC(RTC_IMSC), 0);
    write32(RTC(RTC_MR), 0);
    write32(RTC(RTC_LR), at_boot + seconds_since_boot());
    write32(RTC(RTC_ICR), 1); /* last: a match would raise it */
}

static struct {
    u32 pa;
    u32 size;
    void (*reset)(void);
    struct kvm *owner;
} devices[] = {
    {BOARD_RTC_BASE, PAGE_SIZE, reset_clock, NULL},
};
static struct spinlock devices_lock;

static s32 take(struct kvm *kvm, const struct kvm_assigned_device *wanted)
{
    s32 result = -EINVAL;
    u32 flags = spin_lock(&devices_lock);

    for (u32 i = 0; i < ARRAY_SIZE(devices); i++) {
        if (devices[i].pa != wanted->host_phys_addr || devices[i].size != wanted->size)
            continue;
        result = devices[i].owner ? -EBUSY : 0;
        if (result == 0) {
            devices[i].owner = kvm;
            devices[i].reset();
        }
    }
    spin_unlock(&devices_lock, flags);
    return result;
}

s32 kvm_assign_device(struct kvm *kvm, const struct kvm_assigned_device *device)
{
    if (device->guest_phys_addr & (PAGE_SIZE - 1))
        return -EINVAL;
    s32 result = take(kvm, device);
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
    u32 flags = spin_lock(&devices_lock);

    for (u32 i = 0; i < ARRAY_SIZE(devices); i++)
        if (devices[i].owner == kvm)
            devices[i].reset(); /* its line is low, */
    kvm_free_linked_irqs(kvm);  /* so that its interrupt is not pending any more, */
    for (u32 i = 0; i < ARRAY_SIZE(devices); i++)
        if (devices[i].owner == kvm)
            devices[i].owner = NULL; /* and another may have it */
    spin_unlock(&devices_lock, flags);
}
