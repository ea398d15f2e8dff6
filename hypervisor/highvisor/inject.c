/*
 * Exceptions given to a guest: the highvisor does by hand what the core would do at PL1.
 *
 * SPSR and LR of the target mode, fault status and address, the vector by SCTLR.V and VBAR, CPSR by
 * SCTLR.TE and EE. LR offsets are the architecture's (ARM ARM B1.8.3).
 */
#include "kvm.h"

#define MODE_UND 0x1b
#define MODE_ABT 0x17
#define PSR_T BIT(5)
#define PSR_I BIT(7)
#define PSR_A BIT(8)
#define PSR_E BIT(9)
#define PSR_J BIT(24)
#define PSR_IT ((3u << 25) | (0x3fu << 10))
#define SCTLR_V BIT(13)
#define SCTLR_EE BIT(25)
#define SCTLR_TE BIT(30)
#define TTBCR_EAE BIT(31)
#define FSR_EXTERNAL_SHORT 0x08 /* synchronous external abort, short-descriptor format */
#define FSR_EXTERNAL_LONG (BIT(9) | 0x10)
#define VECTOR_UND 0x04
#define VECTOR_PABT 0x0c
#define VECTOR_DABT 0x10

static void enter_mode(struct kvm_vcpu *vcpu, u32 mode, u32 mask, u32 vector, u32 *bank, u32 lr_offset)
{
    u32 cpsr = *vcpu_cpsr(vcpu), sctlr = vcpu->cp15.sctlr;
    u32 base = sctlr & SCTLR_V ? 0xffff0000u : vcpu->cp15.vbar;

    bank[BANK_SPSR] = cpsr;
    bank[BANK_LR] = *vcpu_pc(vcpu) + lr_offset;
    cpsr &= ~(0x1fu | PSR_T | PSR_E | PSR_J | PSR_IT);
    cpsr |= mode | mask;
    if (sctlr & SCTLR_TE)
        cpsr |= PSR_T;
    if (sctlr & SCTLR_EE)
        cpsr |= PSR_E;
    *vcpu_cpsr(vcpu) = cpsr;
    *vcpu_pc(vcpu) = base + vector;
}

static u32 external_abort_status(struct kvm_vcpu *vcpu)
{
    return vcpu->cp15.ttbcr & TTBCR_EAE ? FSR_EXTERNAL_LONG : FSR_EXTERNAL_SHORT;
}

void kvm_inject_undefined(struct kvm_vcpu *vcpu)
{
    u32 offset = *vcpu_cpsr(vcpu) & PSR_T ? 2 : 4;

    vcpu->stat.undefined_injected++;
    enter_mode(vcpu, MODE_UND, PSR_I, VECTOR_UND, vcpu->regs.und_regs, offset);
}

void kvm_inject_pabt(struct kvm_vcpu *vcpu, u32 address)
{
    vcpu->stat.aborts_injected++;
    enter_mode(vcpu, MODE_ABT, PSR_I | PSR_A, VECTOR_PABT, vcpu->regs.abt_regs, 4);
    vcpu->cp15.ifsr = external_abort_status(vcpu);
    vcpu->cp15.ifar = address;
}

void kvm_inject_dabt(struct kvm_vcpu *vcpu, u32 address)
{
    vcpu->stat.aborts_injected++;
    enter_mode(vcpu, MODE_ABT, PSR_I | PSR_A, VECTOR_DABT, vcpu->regs.abt_regs, 8);
    vcpu->cp15.dfsr = external_abort_status(vcpu);
    vcpu->cp15.dfar = address;
}

/* The core does the rest, and clears HCR.VA: ARM ARM B1.9.9. */
void kvm_inject_vabt(struct kvm_vcpu *vcpu)
{
    vcpu->stat.asynchronous_aborts++;
    vcpu->hcr |= HCR_VA;
}
