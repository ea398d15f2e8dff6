/*
 * Tracepoints, under the kernel's names: what the highvisor does, recorded while it goes on.
 *
 * A bit of `trace_enabled` turns each on; a debugger may set it, or a process writes names to /dev/trace. While it
 * is 0, a tracepoint is a load, a test and a branch not taken. Records go to a ring that keeps the last TRACE_RECORDS
 * of all cores: the debugger finds them in `trace_ring`, a process reads /dev/trace.
 */
#ifndef TRACE_H
#define TRACE_H

#include "kvm.h"

#define TRACE_RECORDS 1024

enum trace_event {
    TRACE_KVM_ENTRY,
    TRACE_KVM_EXIT,
    TRACE_KVM_GUEST_FAULT,
    TRACE_KVM_ACCESS_FAULT,
    TRACE_KVM_IRQ_LINE,
    TRACE_KVM_MMIO_EMULATE,
    TRACE_KVM_MMIO,
    TRACE_KVM_EMULATE_CP15_IMP,
    TRACE_KVM_WFX,
    TRACE_KVM_HVC,
    TRACE_KVM_SET_WAY_FLUSH,
    TRACE_KVM_TOGGLE_CACHE,
    TRACE_KVM_UNMAP_HVA,
    TRACE_KVM_UNMAP_HVA_RANGE,
    TRACE_KVM_AGE_PAGE,
    TRACE_KVM_TIMER_UPDATE_IRQ,
    TRACE_KVM_TIMER_SAVE_STATE,
    TRACE_KVM_TIMER_RESTORE_STATE,
    TRACE_KVM_TIMER_HRTIMER_EXPIRE,
    TRACE_KVM_TIMER_EMULATE,
    TRACE_VGIC_UPDATE_IRQ_PENDING,
    TRACE_EVENTS,
};

#define TRACE_NO_VCPU 0xff
#define TRACE_MMIO_WRITE BIT(31) /* beside the size */
/* arch_timer_ctx_index, as the kernel has them */
#define TRACE_PHYSICAL_TIMER 0
#define TRACE_VIRTUAL_TIMER 1

/** One event; what the arguments are, trace.c has by event. */
struct trace_record {
    u64 time; /* CNTPCT */
    u32 sequence; /* 1, 2, ...; written last */
    u8 event; /* enum trace_event */
    u8 core;
    u8 vm_id;
    u8 vcpu_id; /* TRACE_NO_VCPU: of the VM as a whole */
    u32 arguments[4];
};

struct trace_ring {
    u32 next; /* records begun so far */
    u32 read; /* those before it were read from /dev/trace, or are lost */
    struct trace_record records[TRACE_RECORDS];
};

extern u32 trace_enabled; /* a bit for each event */
extern struct trace_ring trace_ring;

void trace_record(enum trace_event event, const struct kvm *kvm, u32 vcpu_id, u32 a, u32 b, u32 c, u32 d);

/** Up to four words for an event of a vCPU. */
#define trace(event, vcpu, ...) trace_words(event, (vcpu)->kvm, (vcpu)->vcpu_id, __VA_ARGS__, 0, 0, 0, 0)
/** The same for one of a VM. */
#define trace_vm(event, kvm, ...) trace_words(event, kvm, TRACE_NO_VCPU, __VA_ARGS__, 0, 0, 0, 0)
#define trace_words(event, kvm, vcpu_id, a, b, c, d, ...)                                          \
    do {                                                                                           \
        if (__builtin_expect(trace_enabled & BIT(event), 0))                                       \
            trace_record(event, kvm, vcpu_id, a, b, c, d);                                         \
    } while (0)

/** Prints the newest records that there are, `count` at most; whether they were read before makes no difference. */
void trace_dump(u32 count);

extern const struct file_operations trace_operations;

#endif
