/*
 * Exit statistics of a vCPU: how often the guest was left, and why. KVM_GET_STATISTICS hands them out.
 */
#include "trace.h"

void kvm_account_exit(struct kvm_vcpu *vcpu, u32 exit_code)
{
    u32 ec = vcpu->fault.hsr >> 26;
    u32 code = ARM_EXCEPTION_CODE(exit_code);

    trace(TRACE_KVM_EXIT, vcpu, exit_code, code == ARM_EXCEPTION_HVC ? ec : 0, *vcpu_pc(vcpu));
    vcpu->stat.exits++;
    if (code == ARM_EXCEPTION_IRQ)
        vcpu->stat.irq_exits++;
    else if (code == ARM_EXCEPTION_HVC)
        vcpu->stat.exits_by_class[ec]++;
}
