/*
 * The CP15 registers of a guest: what an access that traps does, and where the value is that a VMM gets and sets.
 *
 * The rows are in cp15-registers.h. What a guest may not do with its registers it does not get here for: those that
 * don't trap are switched with the world.
 */
#include "coproc.h"
#include "trace.h"

#define SCTLR_M BIT(0)
#define SCTLR_C BIT(2)

static bool read_zero_write_ignored(struct kvm_vcpu *vcpu, const struct coproc_params *params,
                                    const struct coproc_register *reg)
{
    (void)reg;
    if (!params->is_write)
        *vcpu_reg(vcpu, params->rt) = 0;
    return true;
}

static bool read_only(struct kvm_vcpu *vcpu, const struct coproc_params *params, u32 value)
{
    if (!params->is_write)
        *vcpu_reg(vcpu, params->rt) = value;
    return true; /* writes are ignored */
}

static bool access_actlr(struct kvm_vcpu *vcpu, const struct coproc_params *params,
                         const struct coproc_register *reg)
{
    (void)reg;
    return read_only(vcpu, params, vcpu->actlr);
}

/* L2CTLR tells a cluster's number of cores, minus one, in bits [25:24]. */
static u32 l2ctlr(const struct kvm_vcpu *vcpu)
{
    u32 cores = vcpu->kvm->online_vcpus > 4 ? 4 : vcpu->kvm->online_vcpus;

    return (cores - 1) << 24;
}

static bool access_l2ctlr(struct kvm_vcpu *vcpu, const struct coproc_params *params,
                          const struct coproc_register *reg)
{
    (void)reg;
    return read_only(vcpu, params, l2ctlr(vcpu));
}

static bool access_cbar(struct kvm_vcpu *vcpu, const struct coproc_params *params,
                        const struct coproc_register *reg)
{
    (void)reg;
    return params->is_write ? false : read_only(vcpu, params, 0);
}

/* The physical timer is the host's (CNTHCTL.PL1PCEN = 0); a guest has one in software. */
static bool access_cntp_tval(struct kvm_vcpu *vcpu, const struct coproc_params *params,
                             const struct coproc_register *reg)
{
    (void)reg;
    if (params->is_write)
        kvm_ptimer_set_tval(vcpu, *vcpu_reg(vcpu, params->rt));
    else
        *vcpu_reg(vcpu, params->rt) = kvm_ptimer_get_tval(vcpu);
    return true;
}

static bool access_cntp_ctl(struct kvm_vcpu *vcpu, const struct coproc_params *params,
                            const struct coproc_register *reg)
{
    (void)reg;
    if (params->is_write)
        kvm_ptimer_set_ctl(vcpu, *vcpu_reg(vcpu, params->rt));
    else
        *vcpu_reg(vcpu, params->rt) = kvm_ptimer_get_ctl(vcpu);
    return true;
}

static bool access_cntp_cval(struct kvm_vcpu *vcpu, const struct coproc_params *params,
                             const struct coproc_register *reg)
{
    u32 *low = vcpu_reg(vcpu, params->rt), *high = vcpu_reg(vcpu, params->rt2);

    (void)reg;
    if (params->is_write) {
        kvm_ptimer_set_cval(vcpu, *low | (u64)*high << 32);
    } else {
        *low = (u32)vcpu->ptimer.cval;
        *high = (u32)(vcpu->ptimer.cval >> 32);
    }
    return true;
}

static bool caches_and_mmu_on(const struct kvm_vcpu *vcpu)
{
    return (vcpu->cp15.sctlr & (SCTLR_M | SCTLR_C)) == (SCTLR_M | SCTLR_C);
}

/*
 * Cache maintenance by set/way reaches one core's caches only, so it can't be given to a guest that may
 * move. All of the VM's memory is cleaned by address instead, once: until the guest has switched its
 * caches (trapped by HCR.TVM), more set/way operations need nothing.
 */
static bool access_set_way(struct kvm_vcpu *vcpu, const struct coproc_params *params,
                           const struct coproc_register *reg)
{
    (void)reg;
    if (!params->is_write)
        return false;
    trace(TRACE_KVM_SET_WAY_FLUSH, vcpu, *vcpu_pc(vcpu), caches_and_mmu_on(vcpu));
    vcpu->stat.set_way_exits++;
    if (!(vcpu->hcr & HCR_TVM)) {
        stage2_flush_vm(vcpu->kvm);
        vcpu->hcr |= HCR_TVM;
    }
    return true;
}

/* Writes to the stage 1 translation registers, trapped until MMU and caches are on. */
static bool access_vm_register(struct kvm_vcpu *vcpu, const struct coproc_params *params,
                               const struct coproc_register *reg)
{
    bool were_on = caches_and_mmu_on(vcpu);
    u32 *state = coproc_state(vcpu, reg);

    if (!params->is_write)
        return false;
    vcpu->stat.vm_register_exits++;
    state[0] = *vcpu_reg(vcpu, params->rt);
    if (params->is_64bit)
        state[1] = *vcpu_reg(vcpu, params->rt2);
    trace(TRACE_KVM_TOGGLE_CACHE, vcpu, *vcpu_pc(vcpu), were_on, caches_and_mmu_on(vcpu));
    if (caches_and_mmu_on(vcpu) != were_on)
        stage2_flush_vm(vcpu->kvm);
    if (caches_and_mmu_on(vcpu))
        vcpu->hcr &= ~HCR_TVM;
    return true;
}

/* ---- what only a VMM comes to: the values that are not in the vCPU as they are ---- */

static u64 get_l2ctlr(struct kvm_vcpu *vcpu)
{
    return l2ctlr(vcpu);
}

static u64 get_cntp_ctl(struct kvm_vcpu *vcpu)
{
    return kvm_ptimer_get_ctl(vcpu);
}

static s32 set_cntp_ctl(struct kvm_vcpu *vcpu, const struct coproc_register *reg, u64 value)
{
    (void)reg;
    kvm_ptimer_set_ctl(vcpu, (u32)value);
    return 0;
}

static u64 get_cntp_cval(struct kvm_vcpu *vcpu)
{
    return vcpu->ptimer.cval;
}

static s32 set_cntp_cval(struct kvm_vcpu *vcpu, const struct coproc_register *reg, u64 value)
{
    (void)reg;
    kvm_ptimer_set_cval(vcpu, value);
    return 0;
}

static u64 get_cntpct(struct kvm_vcpu *vcpu)
{
    (void)vcpu;
    return timer_now();
}

static u64 get_cntv_ctl(struct kvm_vcpu *vcpu)
{
    return kvm_timer_get_ctl(vcpu);
}

static s32 set_cntv_ctl(struct kvm_vcpu *vcpu, const struct coproc_register *reg, u64 value)
{
    (void)reg;
    vcpu->timer_cpu.cntv_ctl = (u32)value & (CNTV_CTL_ENABLE | CNTV_CTL_IMASK);
    return 0;
}

static u64 get_cntv_cval(struct kvm_vcpu *vcpu)
{
    return vcpu->timer_cpu.cntv_cval;
}

static s32 set_cntv_cval(struct kvm_vcpu *vcpu, const struct coproc_register *reg, u64 value)
{
    (void)reg;
    vcpu->timer_cpu.cntv_cval = value;
    return 0;
}

static u64 get_cntvct(struct kvm_vcpu *vcpu)
{
    return timer_now() - vcpu->kvm->cntvoff;
}

static s32 set_cntvct(struct kvm_vcpu *vcpu, const struct coproc_register *reg, u64 value)
{
    (void)reg;
    vcpu->kvm->cntvoff = timer_now() - value;
    return 0;
}

/* The machine's own: each has a function, since the encoding is in the instruction. */
#define TRAP32(op1, n, m, op2, access)
#define VM32(op1, n, m, op2, member)
#define VM64(op1, m, member)
#define OWN32(op1, n, m, op2, access, member)
#define OWN64(op1, m, access, member)
#define USER32(op1, n, m, op2, access, get, set)
#define USER64(op1, m, access, get, set)
#define MACHINE_REGISTER(op1, n, m, op2, name)                                                     \
    static u64 get_##name(struct kvm_vcpu *vcpu)                                                   \
    {                                                                                              \
        u32 value;                                                                                 \
        (void)vcpu;                                                                                \
        __asm__ volatile("mrc p15, " #op1 ", %0, c" #n ", c" #m ", " #op2 : "=r"(value));          \
        return value;                                                                              \
    }
#include "cp15-registers.h"
#undef TRAP32
#undef VM32
#undef VM64
#undef OWN32
#undef OWN64
#undef USER32
#undef USER64
#undef MACHINE_REGISTER

#define IN_VCPU(member) offsetof(struct kvm_vcpu, member)
#define TRAP32(op1, n, m, op2, access) {op1, n, m, op2, false, 0, access, NULL, NULL},
#define VM32(op1, n, m, op2, member) {op1, n, m, op2, false, IN_VCPU(cp15.member), access_vm_register, NULL, NULL},
#define VM64(op1, m, member) {op1, 0, m, 0, true, IN_VCPU(cp15.member), access_vm_register, NULL, NULL},
#define OWN32(op1, n, m, op2, access, member) {op1, n, m, op2, false, IN_VCPU(member), access, NULL, NULL},
#define OWN64(op1, m, access, member) {op1, 0, m, 0, true, IN_VCPU(member), access, NULL, NULL},
#define USER32(op1, n, m, op2, access, get, set) {op1, n, m, op2, false, 0, access, get, set},
#define USER64(op1, m, access, get, set) {op1, 0, m, 0, true, 0, access, get, set},
#define MACHINE_REGISTER(op1, n, m, op2, name) {op1, n, m, op2, false, 0, NULL, get_##name, coproc_is_fixed},

const struct coproc_register cp15_registers[] = {
#include "cp15-registers.h"
};
const u32 cp15_register_count = ARRAY_SIZE(cp15_registers);
