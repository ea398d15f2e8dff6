/*
 * A trapped instruction may have failed its condition: then there is nothing to emulate, only to skip.
 *
 * The condition comes from HSR.COND where HSR.CV is set, else, in T32, from ITSTATE. Skipping moves PC by
 * the instruction's length (HSR.IL) and, in an IT block, ITSTATE to the next instruction.
 */
#include "kvm.h"

#define HSR_IL BIT(25)
#define HSR_CV BIT(24)
#define PSR_T BIT(5)
#define PSR_IT_1_0 (3u << 25)
#define PSR_IT_7_2 (0x3fu << 10)
#define COND_AL 0xe

static u32 itstate(u32 cpsr)
{
    return BITS(cpsr, 26, 25) | BITS(cpsr, 15, 10) << 2;
}

static bool condition_holds(u32 condition, u32 cpsr)
{
    bool n = BITS(cpsr, 31, 31), z = BITS(cpsr, 30, 30), c = BITS(cpsr, 29, 29), v = BITS(cpsr, 28, 28);
    bool result;

    switch (condition >> 1) {
    case 0: result = z; break;
    case 1: result = c; break;
    case 2: result = n; break;
    case 3: result = v; break;
    case 4: result = c && !z; break;
    case 5: result = n == v; break;
    case 6: result = n == v && !z; break;
    default: return true;
    }
    return condition & 1 ? !result : result;
}

/* Classes whose syndrome has CV and COND: WFI to coprocessor accesses, HVC and SMC excepted. */
static inline bool class_has_condition(u32 ec)
{
    return ec >= HSR_EC_WFX && ec <= HSR_EC_CP14_64;
}

bool kvm_condition_valid(struct kvm_vcpu *vcpu)
{
    u32 hsr = vcpu->fault.hsr, cpsr = *vcpu_cpsr(vcpu), condition = COND_AL;

    if (!class_has_condition(hsr >> 26))
        return true; /* unknown, HVC, SMC, aborts: these trap only when executed */
    if (hsr & HSR_CV)
        condition = BITS(hsr, 23, 20);
    else if (itstate(cpsr))
        condition = itstate(cpsr) >> 4;
    return condition_holds(condition, cpsr);
}

void kvm_skip_instruction(struct kvm_vcpu *vcpu)
{
    u32 *cpsr = vcpu_cpsr(vcpu);
    bool is_thumb = (*cpsr & PSR_T) != 0;
    bool is_wide = (vcpu->fault.hsr & HSR_IL) != 0;

    *vcpu_pc(vcpu) += is_thumb && !is_wide ? 2 : 4;
    if (is_thumb && itstate(*cpsr)) {
        u32 it = itstate(*cpsr);
        it = it & 7 ? (it & 0xe0) | ((it << 1) & 0x1f) : 0;
        *cpsr = (*cpsr & ~(PSR_IT_1_0 | PSR_IT_7_2)) | (it & 3) << 25 | (it >> 2) << 10;
    }
}
