/*
 * Coprocessor accesses that trap: which register, and what the guest gets. One table, a row per register,
 * sorted by encoding (kvm_coproc_check_order looks when KVM starts) and searched by halves.
 *
 * A register that is not in the table does not exist for a guest: Undefined Instruction. CP14 trace registers trap (HCPTR.TTA) and are in no
 * table: this core has no trace interface (ID_DFR0), a guest that tries anyway gets what it would get on
 * such a core. CP14 debug registers trap (HDCR.TDA and kin), or a guest's breakpoints would be hit in the
 * host: a guest has none, they read as zero, and writes are ignored.
 */
#include "trace.h"

#define SCTLR_M BIT(0)
#define SCTLR_C BIT(2)

struct coproc_params {
    u32 crn, crm, opc1, opc2;
    u32 rt, rt2;
    bool is_64bit;
    bool is_write;
};

struct coproc_register {
    u8 opc1, crn, crm, opc2;
    bool is_64bit;
    bool (*access)(struct kvm_vcpu *vcpu, const struct coproc_params *params,
                   const struct coproc_register *reg);
    u16 state_offset; /* in struct kvm_cp15_state, for access_vm_register */
};

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
static bool access_l2ctlr(struct kvm_vcpu *vcpu, const struct coproc_params *params,
                          const struct coproc_register *reg)
{
    u32 cores = vcpu->kvm->online_vcpus > 4 ? 4 : vcpu->kvm->online_vcpus;

    (void)reg;
    return read_only(vcpu, params, (cores - 1) << 24);
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
    u32 *state = (u32 *)((char *)&vcpu->cp15 + reg->state_offset);

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

#define R32(op1, n, m, op2, function) {op1, n, m, op2, false, function, 0}
#define VM32(op1, n, m, op2, member)                                                               \
    {op1, n, m, op2, false, access_vm_register, offsetof(struct kvm_cp15_state, member)}
#define R64(op1, m, function) {op1, 0, m, 0, true, function, 0}
#define VM64(op1, m, member)                                                                       \
    {op1, 0, m, 0, true, access_vm_register, offsetof(struct kvm_cp15_state, member)}

static const struct coproc_register cp15_registers[] = {
    VM32(0, 1, 0, 0, sctlr),
    R32(0, 1, 0, 1, access_actlr),
    VM32(0, 2, 0, 0, ttbr0),
    VM32(0, 2, 0, 1, ttbr1),
    VM32(0, 2, 0, 2, ttbcr),
    VM32(0, 3, 0, 0, dacr),
    VM32(0, 5, 0, 0, dfsr),
    VM32(0, 5, 0, 1, ifsr),
    VM32(0, 5, 1, 0, adfsr),
    VM32(0, 5, 1, 1, aifsr),
    VM32(0, 6, 0, 0, dfar),
    VM32(0, 6, 0, 2, ifar),
    R32(0, 7, 6, 2, access_set_way), /* DCISW */
    R32(0, 7, 10, 2, access_set_way), /* DCCSW */
    R32(0, 7, 14, 2, access_set_way), /* DCCISW */
    R32(1, 9, 0, 2, access_l2ctlr),
    R32(1, 9, 0, 3, read_zero_write_ignored), /* L2ECTLR */
    /* Performance monitors: none for guests. */
    R32(0, 9, 12, 0, read_zero_write_ignored), /* PMCR */
    R32(0, 9, 12, 1, read_zero_write_ignored), /* PMCNTENSET */
    R32(0, 9, 12, 2, read_zero_write_ignored), /* PMCNTENCLR */
    R32(0, 9, 12, 3, read_zero_write_ignored), /* PMOVSR */
    R32(0, 9, 12, 4, read_zero_write_ignored), /* PMSWINC */
    R32(0, 9, 12, 5, read_zero_write_ignored), /* PMSELR */
    R32(0, 9, 12, 6, read_zero_write_ignored), /* PMCEID0 */
    R32(0, 9, 12, 7, read_zero_write_ignored), /* PMCEID1 */
    R32(0, 9, 13, 0, read_zero_write_ignored), /* PMCCNTR */
    R32(0, 9, 13, 1, read_zero_write_ignored), /* PMXEVTYPER */
    R32(0, 9, 13, 2, read_zero_write_ignored), /* PMXEVCNTR */
    R32(0, 9, 14, 0, read_zero_write_ignored), /* PMUSERENR */
    R32(0, 9, 14, 1, read_zero_write_ignored), /* PMINTENSET */
    R32(0, 9, 14, 2, read_zero_write_ignored), /* PMINTENCLR */
    R32(0, 9, 14, 3, read_zero_write_ignored), /* PMOVSSET */
    VM32(0, 10, 2, 0, prrr),
    VM32(0, 10, 2, 1, nmrr),
    VM32(0, 10, 3, 0, amair0),
    VM32(0, 10, 3, 1, amair1),
    VM32(0, 13, 0, 1, contextidr),
    R32(0, 14, 2, 0, access_cntp_tval), /* CNTP_TVAL */
    R32(0, 14, 2, 1, access_cntp_ctl), /* CNTP_CTL */
    R32(4, 15, 0, 0, access_cbar), /* Performance monitors: none for guests. */
    VM64(0, 2, ttbr0),
    VM64(1, 2, ttbr1),
    R64(2, 14, access_cntp_cval), /* CNTP_CVAL */
};

/* A register's place in the table: 32-bit ones first, then by CRn, CRm, opc1, opc2. */
static u32 order(bool is_64bit, u32 crn, u32 crm, u32 opc1, u32 opc2)
{
    return is_64bit << 15 | crn << 11 | crm << 7 | opc1 << 3 | opc2;
}

static u32 order_of(const struct coproc_register *reg)
{
    return order(reg->is_64bit, reg->crn, reg->crm, reg->opc1, reg->opc2);
}

static const struct coproc_register *find_register(const struct coproc_params *params)
{
    u32 wanted = order(params->is_64bit, params->crn, params->crm, params->opc1, params->opc2);
    u32 low = 0, high = ARRAY_SIZE(cp15_registers);

    while (low < high) {
        u32 middle = (low + high) / 2;
        u32 here = order_of(&cp15_registers[middle]);
        if (here == wanted)
            return &cp15_registers[middle];
        if (here < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void kvm_coproc_check_order(void)
{
    for (u32 i = 1; i < ARRAY_SIZE(cp15_registers); i++)
        if (order_of(&cp15_registers[i - 1]) >= order_of(&cp15_registers[i]))
            panic("CP15 registers %u and %u are out of order", i - 1, i);
}

static s32 emulate_cp15(struct kvm_vcpu *vcpu, const struct coproc_params *params)
{
    const struct coproc_register *reg = find_register(params);

    trace(TRACE_KVM_EMULATE_CP15_IMP, vcpu, vcpu->fault.hsr);
    vcpu->stat.cp15_exits++;
    if (reg && reg->access(vcpu, params, reg))
        kvm_skip_instruction(vcpu);
    else
        kvm_inject_undefined(vcpu);
    return 1;
}

/* The syndrome of MCR and MRC, and that of MCRR and MRRC (ARM ARM B3.13.6). */
static struct coproc_params params_32(u32 hsr)
{
    return (struct coproc_params){
        .is_write = !(hsr & 1),
        .crm = BITS(hsr, 4, 1),
        .rt = BITS(hsr, 8, 5),
        .crn = BITS(hsr, 13, 10),
        .opc1 = BITS(hsr, 16, 14),
        .opc2 = BITS(hsr, 19, 17),
    };
}

static struct coproc_params params_64(u32 hsr)
{
    return (struct coproc_params){
        .is_64bit = true,
        .is_write = !(hsr & 1),
        .crm = BITS(hsr, 4, 1),
        .rt = BITS(hsr, 8, 5),
        .rt2 = BITS(hsr, 13, 10),
        .opc1 = BITS(hsr, 19, 16),
    };
}

s32 kvm_handle_cp15_32(struct kvm_vcpu *vcpu)
{
    struct coproc_params params = params_32(vcpu->fault.hsr);

    return emulate_cp15(vcpu, &params);
}

s32 kvm_handle_cp15_64(struct kvm_vcpu *vcpu)
{
    struct coproc_params params = params_64(vcpu->fault.hsr);

    return emulate_cp15(vcpu, &params);
}

static s32 emulate_cp14(struct kvm_vcpu *vcpu, const struct coproc_params *params, bool is_debug_register)
{
    vcpu->stat.cp14_exits++;
    if (!is_debug_register) {
        kvm_inject_undefined(vcpu);
        return 1;
    }
    if (!params->is_write) {
        *vcpu_reg(vcpu, params->rt) = 0;
        if (params->is_64bit)
            *vcpu_reg(vcpu, params->rt2) = 0;
    }
    kvm_skip_instruction(vcpu);
    return 1;
}

s32 kvm_handle_cp14_32(struct kvm_vcpu *vcpu)
{
    struct coproc_params params = params_32(vcpu->fault.hsr);

    /* opc1 = 1 would be trace registers. Rt = 15 is a read to the flags (DBGDSCRint): they stay. */
    if (params.opc1 == 0 && params.rt == 15)
        params.is_write = true;
    return emulate_cp14(vcpu, &params, params.opc1 == 0);
}

s32 kvm_handle_cp14_64(struct kvm_vcpu *vcpu)
{
    struct coproc_params params = params_64(vcpu->fault.hsr);

    /* DBGDRAR and DBGDSAR can be read. */
    return emulate_cp14(vcpu, &params,
                        params.opc1 == 0 && (params.crm == 1 || params.crm == 2) && !params.is_write);
}

/* LDC and STC with the debug data transfer registers. */
s32 kvm_handle_cp14_load_store(struct kvm_vcpu *vcpu)
{
    return emulate_cp14(vcpu, NULL, false);
}
