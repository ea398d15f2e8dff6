/*
 * Device accesses of a guest, decoded from the syndrome and carried out by the distributor or the VMM.
 *
 * The syndrome names register, size and direction (HSR.ISV = 1 for single loads and stores without
 * write-back). PC moves on before the emulation; a read's result is written when it is known: at once for
 * the distributor, at the next KVM_RUN for the VMM.
 */
#include "trace.h"

#define DABT_ISV BIT(24)
#define DABT_SAS(hsr) BITS(hsr, 23, 22)
#define DABT_SSE BIT(21)
#define DABT_SRT(hsr) BITS(hsr, 19, 16)
#define DABT_CM BIT(8)
#define DABT_S1PTW BIT(7)
#define DABT_WNR BIT(6)

static inline u32 size_mask(u32 size)
{
    return size == 4 ? 0xffffffffu : (1u << (size * 8)) - 1;
}

static void complete_read(struct kvm_vcpu *vcpu, u32 rt, u32 size, bool sign_extend, u32 value)
{
    value &= size_mask(size);
    if (sign_extend && size < 4) {
        u32 sign = 1u << (size * 8 - 1);
        value = (value ^ sign) - sign;
    }
    *vcpu_reg(vcpu, rt) = value;
}

void kvm_finish_mmio(struct kvm_vcpu *vcpu)
{
    if (!vcpu->mmio.open)
        return;
    vcpu->mmio.open = false;
    if (vcpu->mmio.write)
        return;
    u32 value = vcpu->run->mmio.value;

    trace(TRACE_KVM_MMIO, vcpu, vcpu->mmio.size, (u32)vcpu->run->mmio.phys_addr, value);
    complete_read(vcpu, vcpu->mmio.rt, vcpu->mmio.size, vcpu->mmio.sign_extend, value);
}

bool kvm_abort_mmio(struct kvm_vcpu *vcpu)
{
    if (!vcpu->mmio.open)
        return false;
    vcpu->mmio.open = false;
    *vcpu_pc(vcpu) = vcpu->mmio.pc;
    *vcpu_cpsr(vcpu) = vcpu->mmio.cpsr;
    kvm_inject_dabt(vcpu, vcpu->fault.hxfar);
    return true;
}

s32 io_mem_abort(struct kvm_vcpu *vcpu, u64 ipa)
{
    u32 hsr = vcpu->fault.hsr;
    u32 size = 1u << DABT_SAS(hsr), rt = DABT_SRT(hsr);
    bool write = (hsr & DABT_WNR) != 0, sign_extend = (hsr & DABT_SSE) != 0;

    if (hsr & (DABT_CM | DABT_S1PTW)) {
        kvm_inject_dabt(vcpu, vcpu->fault.hxfar); /* its translation tables are not in RAM: its own fault */
        return 1;
    }
    if (!(hsr & DABT_ISV) || size > 4)
        return -ENOSYS;
    if (rt == 15) {
        kvm_inject_pabt(vcpu, vcpu->fault.hxfar);
        return 1;
    }
    u32 value = write ? *vcpu_reg(vcpu, rt) & size_mask(size) : 0;
    trace(TRACE_KVM_MMIO_EMULATE, vcpu, *vcpu_pc(vcpu), hsr, *vcpu_cpsr(vcpu));
    u32 pc = *vcpu_pc(vcpu), cpsr = *vcpu_cpsr(vcpu);
    kvm_skip_instruction(vcpu);

    if (vgic_handle_mmio(vcpu, ipa, size, write, &value) ||
        vgic_interface_mmio(vcpu, ipa, size, write, &value)) {
        trace(TRACE_KVM_MMIO, vcpu, size | (write ? TRACE_MMIO_WRITE : 0), (u32)ipa, value);
        vcpu->stat.mmio_exit_kernel++;
        if (!write)
            complete_read(vcpu, rt, size, sign_extend, value);
        return 1;
    }
    if (write)
        trace(TRACE_KVM_MMIO, vcpu, size | TRACE_MMIO_WRITE, (u32)ipa, value);
    vcpu->stat.mmio_exit_user++;
    vcpu->run->exit_reason = KVM_EXIT_MMIO;
    vcpu->run->mmio.phys_addr = ipa;
    vcpu->run->mmio.len = size;
    vcpu->run->mmio.is_write = write;
    vcpu->run->mmio.value = value;
    vcpu->mmio.open = true;
    vcpu->mmio.write = write;
    vcpu->mmio.sign_extend = sign_extend;
    vcpu->mmio.rt = rt;
    vcpu->mmio.size = size;
    vcpu->mmio.pc = pc;
    vcpu->mmio.cpsr = cpsr;
    return 0;
}
