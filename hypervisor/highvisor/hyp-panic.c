/*
 * An exception that Hyp mode itself met: a fault of the lowvisor, after which nothing can go on.
 *
 * The lowvisor (hyp_bad_exception) has put the host's world in its place, whatever was half done, and left on the
 * core's Hyp stack what it knew. Here it is said: what, where, and on whose behalf.
 */
#include "exception-names.h"
#include "fault-names.h"
#include "hyp-panic.h"
#include "kvm.h"

/* "vm1 vCPU0" of a world switch, else the host. */
static const char *whose(const struct hyp_panic *at, char *text)
{
    if (!at->vcpu)
        return "the host";
    memcpy(text, "vm# vCPU#", 10);
    text[2] = (char)('0' + at->vcpu->kvm->vm_id % 10);
    text[8] = (char)('0' + at->vcpu->vcpu_id);
    return text;
}

/* What HSR says. An Undefined Instruction from Hyp mode writes none: there it is an earlier exception's. */
static const char *why(const struct hyp_panic *at)
{
    return at->code == ARM_EXCEPTION_UNDEFINED ? "of an earlier exception" : exception_class_name(at->hsr >> 26);
}

void kvm_hyp_panic(void)
{
    const struct hyp_panic *at = (const void *)this_cpu()->hyp_stack;
    bool abort = at->code == ARM_EXCEPTION_PREF_ABORT || at->code == ARM_EXCEPTION_DATA_ABORT;
    char text[12];

    panic("%s in Hyp mode on core %u, %s for %s (VMID %u, HCR 0x%08x): ELR_hyp 0x%08x, SPSR_hyp 0x%08x (%s), "
          "HSR 0x%08x: %s%s%s, HDFAR 0x%08x, HIFAR 0x%08x",
          exception_type_name(at->code), this_cpu()->id, at->vcpu ? "in a world switch" : "in a call", whose(at, text),
          (u32)(at->vttbr >> VTTBR_VMID_SHIFT) & 0xff, at->hcr, at->elr_hyp, at->spsr_hyp, mode_name(at->spsr_hyp),
          at->hsr, why(at), abort ? ", " : "", abort ? fault_status_name(at->hsr) : "", at->hdfar, at->hifar);
}
