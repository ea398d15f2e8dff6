/*
 * The real-time clock (PL031, ARM DDI 0224). The host doesn't use it; it is there to be given to a VM, and it is this that
 * makes it as it was for the next one.
 */
#include "kernel.h"

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

/* It has no reset of its own. A guest may have set it: it goes on as if none had. */
void rtc_reset(void)
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
