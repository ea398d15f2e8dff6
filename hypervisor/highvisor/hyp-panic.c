/*
 * An exception that Hyp mode itself met: a fault of the lowvisor, after which nothing can go on.
 *
 * The lowvisor (hyp-panic.S) has put the host's world in its place, whatever was half done, or one that is good for a
 * panic alone, and left what it knew. Here it is said: what, where, and on whose behalf; and what went wrong after it.
 */
#include "hyp-panic.h"
#include "exception-names.h"
#include "fault-names.h"

struct hyp_panic hyp_panics[NR_CPUS];

/* "vm1 vCPU0" of a world switch, else the host. Of a second fault, what is behind HTPIDR is not to be trusted. */
static const char *whose(const struct hyp_panic *panic, char *text)
{
    const struct kvm_vcpu *vcpu = panic->faults[0].vcpu;

    if (!vcpu)
        return "the host";
    if (panic->count > 1)
        return "a vCPU";
    memcpy(text, "vm# vCPU#", 10);
    text[2] = (char)('0' + vcpu->kvm->vm_id % 10);
    text[8] = (char)('0' + vcpu->vcpu_id);
    return text;
}

/* What HSR says. An Undefined Instruction from Hyp mode writes none: there it is an earlier exception's. */
static const char *why(const struct hyp_fault *at)
{
    return at->code == ARM_EXCEPTION_UNDEFINED ? "of an earlier exception" : exception_class_name(at->hsr >> 26);
}

static const char *stack_verdict(u32 sp)
{
    u32 stack = this_cpu()->hyp_stack;

    return sp > stack && sp <= stack + PAGE_SIZE && !(sp & 3) ? "" : ", which is not this core's stack";
}

/* An asynchronous abort has no address. */
static void say_data_abort(u32 hsr, u32 hdfar)
{
    kprintf(", %s", fault_status_name(hsr));
    if (!fault_is_asynchronous(hsr))
        kprintf(", HDFAR 0x%08x", hdfar);
}

static void say_why(const struct hyp_fault *at)
{
    kprintf("SP_hyp 0x%08x%s, HSR 0x%08x: %s", at->sp, stack_verdict(at->sp), at->hsr, why(at));
    if (at->code == ARM_EXCEPTION_DATA_ABORT)
        say_data_abort(at->hsr, at->hdfar);
    else if (at->code == ARM_EXCEPTION_PREF_ABORT)
        kprintf(", %s, HIFAR 0x%08x", fault_status_name(at->hsr), at->hifar);
}

void kvm_hyp_panic(void)
{
    const struct hyp_panic *panic = hyp_panic_here();
    const struct hyp_fault *at = &panic->faults[0], *then = &panic->faults[1];
    char text[12];

    panic_begin();
    kprintf("%s in Hyp mode on core %u, %s for %s (VMID %u, HCR 0x%08x): ELR_hyp 0x%08x, SPSR_hyp 0x%08x (%s), ",
            exception_type_name(at->code), this_cpu()->id, at->vcpu ? "in a world switch" : "in a call",
            whose(panic, text), (u32)(at->vttbr >> VTTBR_VMID_SHIFT) & 0xff, at->hcr, at->elr_hyp, at->spsr_hyp,
            mode_name(at->spsr_hyp));
    say_why(at);
    if (panic->count > 1) {
        kprintf("; then %s on the way to the host: ELR_hyp 0x%08x, ", exception_type_name(then->code), then->elr_hyp);
        say_why(then);
    }
    panic_end();
}
