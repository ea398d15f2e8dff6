/*
 * The devices' lock. A vCPU's thread that doesn't get it lets others run: the holder may be one of them.
 */
#include "vmm.h"

static bool locked;

void lock_devices(void)
{
    while (__atomic_exchange_n(&locked, true, __ATOMIC_ACQUIRE))
        system_call(SYS_SCHED_YIELD, 0, 0, 0);
}

void unlock_devices(void)
{
    __atomic_store_n(&locked, false, __ATOMIC_RELEASE);
}
