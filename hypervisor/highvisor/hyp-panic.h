/* What the lowvisor leaves of exceptions that Hyp mode itself met, for each core. */
#ifndef HYP_PANIC_H
#define HYP_PANIC_H

#include "kvm.h"
#include "vcpu-layout.h"

/** Shared with the lowvisor: offsets in lowvisor/vcpu-layout.h. */
struct hyp_fault {
    u32 code; /* ARM_EXCEPTION_* */
    u32 sp;
    u32 elr_hyp;
    u32 spsr_hyp;
    u32 hsr;
    u32 hdfar; /* of a data abort; else not an address */
    u32 hifar; /* of a prefetch abort; else not an address */
    struct kvm_vcpu *vcpu; /* HTPIDR: NULL outside a world switch */
    u64 vttbr;
    u32 hcr;
    u32 unused;
};

struct hyp_panic {
    u32 count; /* of faults */
    u32 unused;
    struct hyp_fault faults[2]; /* the second, of the way to the host after the first */
    struct kvm_cp15_state host_cp15; /* what the host has to have to say so, if its own is lost */
    u32 to_size[10];
} __attribute__((aligned(1 << HYP_PANIC_SHIFT)));

extern struct hyp_panic hyp_panics[NR_CPUS];

/** This core's; found as the lowvisor finds it. */
static inline struct hyp_panic *hyp_panic_here(void)
{
    return &hyp_panics[CP15_READ(MPIDR) & (NR_CPUS - 1)];
}

#endif
