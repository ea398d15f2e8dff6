/*
 * The devices of the machine that may be given to a VM as they are: those that the host doesn't use itself, and can reset.
 *
 * A device is one owner's at a time. It is reset before it is given away, and when it comes back: whatever one owner has
 * left in it, its interrupt among that, the next one finds nothing of it.
 */
#include "kernel.h"

static struct {
    u32 pa;
    u32 size;
    void (*reset)(void);
    const void *owner;
} devices[] = {
    {BOARD_RTC_BASE, PAGE_SIZE, rtc_reset, NULL},
};
static struct spinlock devices_lock;

s32 assignable_take(u32 pa, u32 size, const void *owner)
{
    s32 result = -EINVAL;
    u32 flags = spin_lock(&devices_lock);

    for (u32 i = 0; i < ARRAY_SIZE(devices); i++) {
        if (devices[i].pa != pa || devices[i].size != size)
            continue;
        result = devices[i].owner ? -EBUSY : 0;
        if (result == 0) {
            devices[i].owner = owner;
            devices[i].reset();
        }
    }
    spin_unlock(&devices_lock, flags);
    return result;
}

void assignable_reset(const void *owner)
{
    u32 flags = spin_lock(&devices_lock);

    for (u32 i = 0; i < ARRAY_SIZE(devices); i++)
        if (devices[i].owner == owner)
            devices[i].reset();
    spin_unlock(&devices_lock, flags);
}

void assignable_return(const void *owner)
{
    u32 flags = spin_lock(&devices_lock);

    for (u32 i = 0; i < ARRAY_SIZE(devices); i++)
        if (devices[i].owner == owner)
            devices[i].owner = NULL;
    spin_unlock(&devices_lock, flags);
}
