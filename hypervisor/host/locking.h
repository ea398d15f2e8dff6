/*
 * Interrupts masked on this core, and spin locks (spinlock.c). What a core alone touches needs the first, what
 * cores share the second; kernel.h has the order in which locks are taken.
 */
#ifndef LOCKING_H
#define LOCKING_H

#include "cp15.h"
#include "types.h"

static inline u32 irq_save(void)
{
    u32 cpsr = read_cpsr();
    __asm__ volatile("cpsid i" ::: "memory");
    return cpsr;
}

static inline void irq_restore(u32 cpsr)
{
    __asm__ volatile("msr cpsr_c, %0" ::"r"(cpsr) : "memory");
}

static inline void irq_disable(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

static inline void irq_enable(void)
{
    __asm__ volatile("cpsie i" ::: "memory");
}

struct spinlock {
    volatile u32 locked;
};

/** Takes the lock with interrupts masked; returns what spin_unlock needs. */
u32 spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock, u32 flags);

#endif
