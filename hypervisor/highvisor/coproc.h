/*
 * The table of CP15 registers, by row.
 */
#ifndef COPROC_H
#define COPROC_H

#include "kvm.h"

/** An access as the syndrome tells it. */
struct coproc_params {
    u32 crn, crm, opc1, opc2;
    u32 rt, rt2;
    bool is_64bit;
    bool is_write;
};

struct coproc_register {
    u8 opc1, crn, crm, opc2;
    bool is_64bit;
    u16 offset; /* of its value, in struct kvm_vcpu; 0: nowhere */
    /** An access of the guest's that traps. False: Undefined Instruction. NULL: none traps. */
    bool (*access)(struct kvm_vcpu *vcpu, const struct coproc_params *params, const struct coproc_register *reg);
    /** What a VMM gets and sets, where it is not at `offset`; both NULL: nothing. It can't be set if only `set` is. */
    u64 (*get)(struct kvm_vcpu *vcpu);
    s32 (*set)(struct kvm_vcpu *vcpu, const struct coproc_register *reg, u64 value);
};

extern const struct coproc_register cp15_registers[];
extern const u32 cp15_register_count;

static inline u32 *coproc_state(struct kvm_vcpu *vcpu, const struct coproc_register *reg)
{
    return (u32 *)((char *)vcpu + reg->offset);
}

/** `set` of a register that is as the machine is. */
s32 coproc_is_fixed(struct kvm_vcpu *vcpu, const struct coproc_register *reg, u64 value);

#endif
