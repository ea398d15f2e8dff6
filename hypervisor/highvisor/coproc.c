/*
 * Coprocessor accesses that trap: which register, and what the guest gets. One table (cp15-registers.h), a row per
 * register, sorted by encoding (kvm_coproc_check_order looks when KVM starts) and searched by halves; by the same table a
 * VMM gets and sets them.
 *
 * A register that is not in the table does not exist for a guest: Undefined Instruction. CP14 trace registers trap
 * (HCPTR.TTA) and are in no table: this core has no trace interface (ID_DFR0), a guest that tries anyway gets what it
 * would get on such a core. CP14 debug registers trap (HDCR.TDA and kin), or a guest's breakpoints would be hit in the
 * host: a guest has none, they read as zero, and writes are ignored.
 */
#include "coproc.h"
#include "trace.h"

#define ORDER_64BIT BIT(15)

/* A register's place in the table: 32-bit ones first, then by CRn, CRm, opc1, opc2, as in the id that a VMM has for it. */
static u32 order(bool is_64bit, u32 crn, u32 crm, u32 opc1, u32 opc2)
{
    return (is_64bit ? ORDER_64BIT : 0) | KVM_REG_ARM_CP15_INDEX(opc1, crn, crm, opc2);
}

static u32 order_of(const struct coproc_register *reg)
{
    return order(reg->is_64bit, reg->crn, reg->crm, reg->opc1, reg->opc2);
}

static const struct coproc_register *find_register(u32 wanted)
{
    u32 low = 0, high = cp15_register_count;

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
    for (u32 i = 1; i < cp15_register_count; i++)
        if (order_of(&cp15_registers[i - 1]) >= order_of(&cp15_registers[i]))
            panic("CP15 registers %u and %u are out of order", i - 1, i);
}

static s32 emulate_cp15(struct kvm_vcpu *vcpu, const struct coproc_params *params)
{
    const struct coproc_register *reg =
        find_register(order(params->is_64bit, params->crn, params->crm, params->opc1, params->opc2));

    trace(TRACE_KVM_EMULATE_CP15_IMP, vcpu, vcpu->fault.hsr);
    vcpu->stat.cp15_exits++;
    if (reg && reg->access && reg->access(vcpu, params, reg))
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

/* ---- for a VMM ---- */

s32 coproc_is_fixed(struct kvm_vcpu *vcpu, const struct coproc_register *reg, u64 value)
{
    return value == reg->get(vcpu) ? 0 : -EINVAL;
}

static const struct coproc_register *find_for_user(u64 id, bool is_64bit)
{
    u32 index = (u32)(id & KVM_REG_ARM_INDEX_MASK);
    const struct coproc_register *reg =
        index < ORDER_64BIT ? find_register(index | (is_64bit ? ORDER_64BIT : 0)) : NULL;

    return reg && (reg->get || reg->offset) ? reg : NULL;
}

static inline bool is_64bit(u64 id)
{
    return (id & KVM_REG_SIZE_MASK) == KVM_REG_SIZE_U64;
}

/* The two kinds are encoded apart: an id may be of the one that there is not. */
u64 kvm_cp15_size(u64 id)
{
    bool is_there = find_for_user(id, is_64bit(id)) != NULL, other_is_there = find_for_user(id, !is_64bit(id)) != NULL;

    if (!is_there && !other_is_there)
        return 0;
    return is_64bit(id) == is_there ? KVM_REG_SIZE_U64 : KVM_REG_SIZE_U32;
}

u64 kvm_cp15_get(struct kvm_vcpu *vcpu, u64 id)
{
    const struct coproc_register *reg = find_for_user(id, is_64bit(id));

    if (reg->get)
        return reg->get(vcpu);
    return reg->is_64bit ? *(u64 *)coproc_state(vcpu, reg) : *coproc_state(vcpu, reg);
}

s32 kvm_cp15_set(struct kvm_vcpu *vcpu, u64 id, u64 value)
{
    const struct coproc_register *reg = find_for_user(id, is_64bit(id));

    if (reg->get)
        return reg->set ? reg->set(vcpu, reg, value) : -EINVAL;
    if (reg->is_64bit)
        *(u64 *)coproc_state(vcpu, reg) = value;
    else
        *coproc_state(vcpu, reg) = (u32)value;
    return 0;
}

bool kvm_cp15_id(u32 n, u64 *id)
{
    for (u32 i = 0; i < cp15_register_count; i++) {
        const struct coproc_register *reg = &cp15_registers[i];
        if (!(reg->offset || reg->set) || n--)
            continue;
        *id = KVM_REG_ARM_CP15 | (reg->is_64bit ? KVM_REG_SIZE_U64 : KVM_REG_SIZE_U32) |
              (order_of(reg) & ~ORDER_64BIT);
        return true;
    }
    return false;
}
