/*
 * PSCI for guests, by HVC: cores on and off, system off and reset. Version 0.1, 0.2 or 1.0, as the VMM wants
 * it; of another version's functions a vCPU has none.
 *
 * CPU_ON resets a vCPU that waits and wakes its thread. SYSTEM_OFF and SYSTEM_RESET stop the VM's vCPUs
 * and tell the VMM by KVM_EXIT_SYSTEM_EVENT.
 */
#include "kvm.h"

#define SMCCC_VERSION_1_1 0x10001
#define PSCI_TOS_MP 2 /* no Trusted OS that needs migration */
#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED ((u32)-1)
#define PSCI_INVALID_PARAMETERS ((u32)-2)
#define PSCI_ALREADY_ON ((u32)-4)
#define PSCI_INTERNAL_FAILURE ((u32)-6)
#define MPIDR_AFFINITY 0x00ffffffu
#define PSR_T BIT(5)

static struct kvm_vcpu *vcpu_by_affinity(struct kvm *kvm, u32 mpidr)
{
    for (u32 i = 0; i < KVM_MAX_VCPUS; i++)
        if (kvm->vcpus[i] && (kvm->vcpus[i]->vmpidr & MPIDR_AFFINITY) == (mpidr & MPIDR_AFFINITY))
            return kvm->vcpus[i];
    return NULL;
}

static u32 psci_cpu_on(struct kvm_vcpu *source)
{
    u32 entry = *vcpu_reg(source, 2), context = *vcpu_reg(source, 3);
    struct kvm_vcpu *vcpu = vcpu_by_affinity(source->kvm, *vcpu_reg(source, 1));

    if (!vcpu || !vcpu->initialized)
        return PSCI_INVALID_PARAMETERS;
    u32 flags = spin_lock(&vcpu->kvm->lock);
    bool was_off = vcpu->power_off;
    if (was_off) {
        kvm_reset_vcpu(vcpu);
        *vcpu_pc(vcpu) = entry & ~1u;
        if (entry & 1)
            *vcpu_cpsr(vcpu) |= PSR_T;
        vcpu->regs.usr_regs[0] = context;
        dmb(); /* its thread sees this when it sees that it is on */
        vcpu->power_off = false;
        kvm_vcpu_kick(vcpu);
    }
    spin_unlock(&vcpu->kvm->lock, flags);
    return was_off ? PSCI_SUCCESS : PSCI_ALREADY_ON;
}

/* The last thing a vCPU does with itself: from here on its registers belong to who switches it on. */
static s32 psci_cpu_off(struct kvm_vcpu *vcpu)
{
    *vcpu_reg(vcpu, 0) = PSCI_INTERNAL_FAILURE; /* CPU_OFF does not return */
    dmb();
    vcpu->power_off = true;
    return 1;
}

static u32 psci_affinity_info(struct kvm_vcpu *vcpu)
{
    struct kvm_vcpu *target = vcpu_by_affinity(vcpu->kvm, *vcpu_reg(vcpu, 1));

    if (*vcpu_reg(vcpu, 2) != 0 || !target)
        return PSCI_INVALID_PARAMETERS;
    return target->power_off ? 1 : 0;
}

static s32 system_event(struct kvm_vcpu *vcpu, u32 type)
{
    for (u32 i = 0; i < KVM_MAX_VCPUS; i++) {
        struct kvm_vcpu *other = vcpu->kvm->vcpus[i];
        if (other) {
            other->power_off = true;
            kvm_vcpu_kick(other);
        }
    }
    *vcpu_reg(vcpu, 0) = PSCI_INTERNAL_FAILURE; /* seen only if the VMM resumes the guest after all */
    vcpu->run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
    vcpu->run->system_event.type = type;
    return 0;
}

struct psci_version {
    u32 version;
    u32 cpu_off; /* its number in this version */
    s32 (*call)(struct kvm_vcpu *vcpu, u32 *result);
};

static s32 psci_0_1_call(struct kvm_vcpu *vcpu, u32 *result)
{
    switch (*vcpu_reg(vcpu, 0)) {
    case PSCI_0_1_CPU_ON:
        *result = psci_cpu_on(vcpu);
        return 1;
    case PSCI_0_1_CPU_SUSPEND:
    case PSCI_0_1_MIGRATE:
        *result = PSCI_NOT_SUPPORTED;
        return 1;
    }
    return -EINVAL;
}

static s32 psci_0_2_call(struct kvm_vcpu *vcpu, u32 *result)
{
    switch (*vcpu_reg(vcpu, 0)) {
    case PSCI_VERSION:
        *result = vcpu->psci->version;
        return 1;
    case PSCI_CPU_SUSPEND:
        kvm_vcpu_block(vcpu); /* as WFI */
        *result = PSCI_SUCCESS;
        return 1;
    case PSCI_CPU_ON:
        *result = psci_cpu_on(vcpu);
        return 1;
    case PSCI_AFFINITY_INFO:
        *result = psci_affinity_info(vcpu);
        return 1;
    case PSCI_MIGRATE:
        *result = PSCI_NOT_SUPPORTED;
        return 1;
    case PSCI_MIGRATE_INFO_TYPE:
        *result = PSCI_TOS_MP;
        return 1;
    case PSCI_SYSTEM_OFF:
        return system_event(vcpu, KVM_SYSTEM_EVENT_SHUTDOWN);
    case PSCI_SYSTEM_RESET:
        return system_event(vcpu, KVM_SYSTEM_EVENT_RESET);
    }
    return -EINVAL;
}

/* What PSCI_FEATURES says is there. */
static const u32 features_1_0[] = {
    PSCI_VERSION,       PSCI_CPU_SUSPEND,       PSCI_CPU_OFF,    PSCI_CPU_ON,
    PSCI_AFFINITY_INFO, PSCI_MIGRATE_INFO_TYPE, PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET,
    PSCI_FEATURES,      ARM_SMCCC_VERSION,
};

static u32 psci_features(u32 function)
{
    for (u32 i = 0; i < ARRAY_SIZE(features_1_0); i++)
        if (features_1_0[i] == function)
            return PSCI_SUCCESS;
    return PSCI_NOT_SUPPORTED;
}

static s32 psci_1_0_call(struct kvm_vcpu *vcpu, u32 *result)
{
    switch (*vcpu_reg(vcpu, 0)) {
    case PSCI_FEATURES:
        *result = psci_features(*vcpu_reg(vcpu, 1));
        return 1;
    case ARM_SMCCC_VERSION:
        *result = SMCCC_VERSION_1_1;
        return 1;
    }
    return psci_0_2_call(vcpu, result);
}

static const struct psci_version versions[] = {
    {KVM_ARM_PSCI_0_1, PSCI_0_1_CPU_OFF, psci_0_1_call},
    {KVM_ARM_PSCI_0_2, PSCI_CPU_OFF, psci_0_2_call},
    {KVM_ARM_PSCI_1_0, PSCI_CPU_OFF, psci_1_0_call},
};

u32 kvm_psci_get_version(const struct kvm_vcpu *vcpu)
{
    return vcpu->psci->version;
}

s32 kvm_psci_set_version(struct kvm_vcpu *vcpu, u64 version)
{
    for (u32 i = 0; i < ARRAY_SIZE(versions); i++) {
        if (versions[i].version != version)
            continue;
        vcpu->psci = &versions[i];
        return 0;
    }
    return -EINVAL;
}

s32 kvm_psci_call(struct kvm_vcpu *vcpu)
{
    u32 *r0 = vcpu_reg(vcpu, 0), result;

    if (*r0 == vcpu->psci->cpu_off)
        return psci_cpu_off(vcpu);
    s32 answer = vcpu->psci->call(vcpu, &result);
    if (answer > 0)
        *r0 = result;
    return answer;
}
