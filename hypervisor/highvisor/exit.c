/*
 * After a world switch out: what the exit was, and who handles it. One table, indexed by HSR.EC.
 *
 * A handler returns 1 (back to the guest), 0 (to the VMM; kvm_run says why) or an error. A class without
 * a handler is nothing a guest may do: it gets an Undefined Instruction exception.
 */
#include "trace.h"

#define WFX_IS_WFE BIT(0)

typedef s32 (*exit_handler)(struct kvm_vcpu *vcpu);

static s32 handle_wfx(struct kvm_vcpu *vcpu)
{
    trace(TRACE_KVM_WFX, vcpu, *vcpu_pc(vcpu), vcpu->fault.hsr & WFX_IS_WFE);
    if (vcpu->fault.hsr & WFX_IS_WFE) {
        vcpu->stat.wfe_exit_stat++;
        schedule();
    } else {
        vcpu->stat.wfi_exit_stat++;
        kvm_vcpu_block(vcpu);
    }
    kvm_skip_instruction(vcpu);
    return 1;
}

static s32 handle_hvc(struct kvm_vcpu *vcpu)
{
    trace(TRACE_KVM_HVC, vcpu, *vcpu_pc(vcpu), vcpu->regs.usr_regs[0], vcpu->fault.hsr & 0xffff);
    vcpu->stat.hvc_exit_stat++;
    s32 result = kvm_psci_call(vcpu);
    if (result >= 0)
        return result;
    /* HVC's return address is the next instruction; the exception is for the HVC itself. */
    *vcpu_pc(vcpu) -= 4;
    kvm_inject_undefined(vcpu);
    return 1;
}

static s32 handle_smc(struct kvm_vcpu *vcpu)
{
    vcpu->stat.smc_exits++;
    kvm_inject_undefined(vcpu); /* there is no Secure world behind this machine */
    return 1;
}

static s32 handle_undefined(struct kvm_vcpu *vcpu)
{
    kvm_inject_undefined(vcpu);
    return 1;
}

static const exit_handler exit_handlers[HSR_EC_MAX] = {
    [HSR_EC_WFX] = handle_wfx,
    [HSR_EC_CP15_32] = kvm_handle_cp15_32,
    [HSR_EC_CP15_64] = kvm_handle_cp15_64,
    [HSR_EC_CP14_MR] = kvm_handle_cp14_32,
    [HSR_EC_CP14_LS] = kvm_handle_cp14_load_store,
    [HSR_EC_CP14_64] = kvm_handle_cp14_64,
    [HSR_EC_CP_0_13] = handle_undefined,
    [HSR_EC_CP10_ID] = handle_undefined,
    [HSR_EC_HVC] = handle_hvc,
    [HSR_EC_SMC] = handle_smc,
    [HSR_EC_IABT] = kvm_handle_guest_abort,
    [HSR_EC_DABT] = kvm_handle_guest_abort,
};

static s32 fail_to_user(struct kvm_vcpu *vcpu, s32 error)
{
    vcpu->run->exit_reason = KVM_EXIT_INTERNAL_ERROR;
    vcpu->run->internal.hsr = vcpu->fault.hsr;
    vcpu->run->internal.hxfar = vcpu->fault.hxfar;
    vcpu->run->internal.ipa = (u64)(vcpu->fault.hpfar >> 4) << 12;
    vcpu->run->internal.pc = *vcpu_pc(vcpu);
    return error;
}

/*
 * An asynchronous abort came together with this exit. The guest has to see the abort first, and then does again what it left
 * for: nothing of the exit was done yet, but that HVC's return address is behind it.
 */
static s32 handle_abort_at_exit(struct kvm_vcpu *vcpu, u32 code)
{
    if (code == ARM_EXCEPTION_HVC && vcpu->fault.hsr >> 26 == HSR_EC_HVC)
        *vcpu_pc(vcpu) -= 4;
    kvm_inject_vabt(vcpu);
    return 1;
}

s32 handle_exit(struct kvm_vcpu *vcpu, u32 exit_code)
{
    if (exit_code & ARM_EXIT_WITH_ABORT)
        return handle_abort_at_exit(vcpu, ARM_EXCEPTION_CODE(exit_code));
    switch (exit_code) {
    case ARM_EXCEPTION_IRQ:
        return 1; /* the host has taken it already */
    case ARM_EXCEPTION_HVC: {
        if (!kvm_condition_valid(vcpu)) {
            vcpu->stat.skipped_instructions++;
            kvm_skip_instruction(vcpu);
            return 1;
        }
        exit_handler handler = exit_handlers[vcpu->fault.hsr >> 26];
        s32 result = (handler ? handler : handle_undefined)(vcpu);
        return result < 0 ? fail_to_user(vcpu, result) : result;
    }
    default:
        /* FIQ: nothing the guest did. */
        return fail_to_user(vcpu, -EIO);
    }
}
