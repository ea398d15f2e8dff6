/*
 * Spin locks: LDREX/STREX on one word, with interrupts of the own core masked while the lock is held.
 */
#include "kernel.h"

u32 spin_lock(struct spinlock *lock)
{
    u32 flags = irq_save();
    u32 seen, failed;

    do {
        __asm__ volatile("1: ldrex   %0, [%2]\n"
                         "   cmp     %0, #0\n"
                         "   wfene\n"
                         "   bne     1b\n"
                         "   strex   %1, %3, [%2]\n"
                         : "=&r"(seen), "=&r"(failed)
                         : "r"(&lock->locked), "r"(1)
                         : "cc", "memory");
    } while (failed);
    __asm__ volatile("dmb ish" ::: "memory");
    return flags;
}

void spin_unlock(struct spinlock *lock, u32 flags)
{
    __asm__ volatile("dmb ish" ::: "memory");
    lock->locked = 0;
    __asm__ volatile("dsb ish\n\tsev" ::: "memory");
    irq_restore(flags);
}
