/* What the lowvisor leaves of an exception that Hyp mode itself met: at the bottom of the core's Hyp stack. */
#ifndef HYP_PANIC_H
#define HYP_PANIC_H

#include "types.h"

struct kvm_vcpu;

/** Shared with the lowvisor: offsets in lowvisor/vcpu-layout.h. */
struct hyp_panic {
    u32 code; /* ARM_EXCEPTION_* */
    u32 elr_hyp;
    u32 spsr_hyp;
    u32 hsr;
    u32 hdfar;
    u32 hifar;
    struct kvm_vcpu *vcpu; /* HTPIDR: NULL outside a world switch */
    u32 hcr;
    u64 vttbr;
};

#endif
