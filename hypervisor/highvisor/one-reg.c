/*
 * A vCPU's registers one by one, as a VMM gets and sets them: by an id that says group, size and register.
 *
 * A group is a row: whose registers they are, and how the n-th of them is named. Those of CP15 are the table of traps
 * (coproc.c).
 */
#include "kvm.h"

static inline u32 index_of(u64 id)
{
    return (u32)(id & KVM_REG_ARM_INDEX_MASK);
}

/* ---- core: the words of struct kvm_regs ---- */

#define CORE_WORDS (sizeof(struct kvm_regs) / sizeof(u32))

bool kvm_mode_is_valid(u32 cpsr)
{
    static const u32 modes = BIT(0x0) | BIT(0x1) | BIT(0x2) | BIT(0x3) | BIT(0x7) | BIT(0xb) | BIT(0xf);

    return (cpsr & 0x10) && (modes & BIT(cpsr & 0xf)); /* not Hyp, not Monitor, and none that there is not */
}

static u64 core_size(u64 id)
{
    return index_of(id) < CORE_WORDS ? KVM_REG_SIZE_U32 : 0;
}

static u64 core_get(struct kvm_vcpu *vcpu, u64 id)
{
    return ((const u32 *)&vcpu->regs)[index_of(id)];
}

static s32 core_set(struct kvm_vcpu *vcpu, u64 id, u64 value)
{
    u32 index = index_of(id);

    if (index == USR_CPSR && !kvm_mode_is_valid((u32)value))
        return -EINVAL;
    ((u32 *)&vcpu->regs)[index] = (u32)value;
    return 0;
}

static bool core_id(u32 n, u64 *id)
{
    *id = KVM_REG_ARM_CORE | KVM_REG_SIZE_U32 | n;
    return n < CORE_WORDS;
}

/* ---- CCSIDR by CSSELR (ARM ARM B4.1.19, B4.1.41) ---- */

#define CSSELR_END 14 /* seven levels: data or unified, instruction */
#define CLIDR_CTYPE(clidr, level) BITS(clidr, 3 * (level) + 2, 3 * (level))

/* CTYPE: 1 instruction, 2 data, 3 both, 4 unified. */
static bool has_cache(u32 csselr)
{
    u32 type = csselr < CSSELR_END ? CLIDR_CTYPE(CP15_READ(CLIDR), csselr / 2) : 0;

    return csselr & 1 ? type == 1 || type == 3 : type >= 2 && type <= 4;
}

static u64 cache_size(u64 id)
{
    return has_cache(index_of(id)) ? KVM_REG_SIZE_U32 : 0;
}

static u64 cache_get(struct kvm_vcpu *vcpu, u64 id)
{
    (void)vcpu;
    irq_disable(); /* CSSELR is the core's */
    u32 before = CP15_READ(CSSELR);
    CP15_WRITE(CSSELR, index_of(id));
    isb();
    u32 value = CP15_READ(CCSIDR);
    CP15_WRITE(CSSELR, before);
    isb();
    irq_enable();
    return value;
}

static s32 cache_set(struct kvm_vcpu *vcpu, u64 id, u64 value)
{
    return value == cache_get(vcpu, id) ? 0 : -EINVAL;
}

static bool cache_id(u32 n, u64 *id)
{
    for (u32 csselr = 0; csselr < CSSELR_END; csselr++) {
        if (!has_cache(csselr) || n--)
            continue;
        *id = KVM_REG_ARM_DEMUX | KVM_REG_SIZE_U32 | KVM_REG_ARM_DEMUX_ID_CCSIDR | csselr;
        return true;
    }
    return false;
}

/* ---- VFP ---- */

#define NR_D 32
#define IN_VFP(member) offsetof(struct vfp_hard_struct, member)
#define VFP_READ(reg)                                                                              \
    ({                                                                                             \
        u32 value_;                                                                                \
        __asm__ volatile("mrc p10, 7, %0, " reg ", c0, 0" : "=r"(value_));                         \
        value_;                                                                                    \
    })

static u32 fpsid(void)
{
    return VFP_READ("c0");
}

static u32 mvfr1(void)
{
    return VFP_READ("c6");
}

static u32 mvfr0(void)
{
    return VFP_READ("c7");
}

static const struct {
    u16 index;
    u16 offset;         /* in struct vfp_hard_struct */
    u32 (*fixed)(void); /* as the machine is; NULL: the vCPU's, at `offset` */
} vfp_registers[] = {
    {KVM_REG_ARM_VFP_FPSID, 0, fpsid},
    {KVM_REG_ARM_VFP_FPSCR, IN_VFP(fpscr), NULL},
    {KVM_REG_ARM_VFP_MVFR1, 0, mvfr1},
    {KVM_REG_ARM_VFP_MVFR0, 0, mvfr0},
    {KVM_REG_ARM_VFP_FPEXC, IN_VFP(fpexc), NULL},
    {KVM_REG_ARM_VFP_FPINST, IN_VFP(fpinst), NULL},
    {KVM_REG_ARM_VFP_FPINST2, IN_VFP(fpinst2), NULL},
};

/* Of a control register: its row; as many as there are rows: there is no such. */
static u32 vfp_row(u64 id)
{
    u32 i = 0;

    while (i < ARRAY_SIZE(vfp_registers) && vfp_registers[i].index != index_of(id))
        i++;
    return i;
}

static u64 vfp_size(u64 id)
{
    if (index_of(id) < NR_D)
        return KVM_REG_SIZE_U64;
    return vfp_row(id) < ARRAY_SIZE(vfp_registers) ? KVM_REG_SIZE_U32 : 0;
}

static u32 *vfp_state(struct kvm_vcpu *vcpu, u64 id)
{
    return (u32 *)((char *)&vcpu->vfp_guest + vfp_registers[vfp_row(id)].offset);
}

static u64 vfp_get(struct kvm_vcpu *vcpu, u64 id)
{
    if (index_of(id) < NR_D)
        return vcpu->vfp_guest.d[index_of(id)];
    u32 (*fixed)(void) = vfp_registers[vfp_row(id)].fixed;
    return fixed ? fixed() : *vfp_state(vcpu, id);
}

static s32 vfp_set(struct kvm_vcpu *vcpu, u64 id, u64 value)
{
    if (index_of(id) < NR_D)
        vcpu->vfp_guest.d[index_of(id)] = value;
    else if (vfp_registers[vfp_row(id)].fixed)
        return value == vfp_get(vcpu, id) ? 0 : -EINVAL;
    else
        *vfp_state(vcpu, id) = (u32)value;
    return 0;
}

static bool vfp_id(u32 n, u64 *id)
{
    if (n < NR_D)
        *id = KVM_REG_ARM_VFP | KVM_REG_SIZE_U64 | n;
    else if (n < NR_D + ARRAY_SIZE(vfp_registers))
        *id = KVM_REG_ARM_VFP | KVM_REG_SIZE_U32 | vfp_registers[n - NR_D].index;
    return n < NR_D + ARRAY_SIZE(vfp_registers);
}

/* ---- firmware: PSCI's version ---- */

static u64 firmware_size(u64 id)
{
    return index_of(id) == 0 ? KVM_REG_SIZE_U64 : 0;
}

static u64 firmware_get(struct kvm_vcpu *vcpu, u64 id)
{
    (void)id;
    return kvm_psci_get_version(vcpu);
}

static s32 firmware_set(struct kvm_vcpu *vcpu, u64 id, u64 value)
{
    (void)id;
    return kvm_psci_set_version(vcpu, value);
}

static bool firmware_id(u32 n, u64 *id)
{
    *id = KVM_REG_ARM_PSCI_VERSION;
    return n == 0;
}

/* ---- all of them ---- */

static const struct register_group {
    u64 group;
    u64 (*size)(u64 id); /* KVM_REG_SIZE_*, whatever the id says of it; 0: there is no such register */
    u64 (*get)(struct kvm_vcpu *vcpu, u64 id);
    s32 (*set)(struct kvm_vcpu *vcpu, u64 id, u64 value);
    bool (*id)(u32 n, u64 *id); /* of the n-th that can be set; false: there are not so many */
} groups[] = {
    {KVM_REG_ARM_CORE, core_size, core_get, core_set, core_id},
    {KVM_REG_ARM_CP15, kvm_cp15_size, kvm_cp15_get, kvm_cp15_set, kvm_cp15_id},
    {KVM_REG_ARM_DEMUX, cache_size, cache_get, cache_set, cache_id},
    {KVM_REG_ARM_VFP, vfp_size, vfp_get, vfp_set, vfp_id},
    {KVM_REG_ARM_FW, firmware_size, firmware_get, firmware_set, firmware_id},
};

static s32 find_group(u64 id, const struct register_group **group)
{
    for (u32 i = 0; i < ARRAY_SIZE(groups); i++) {
        if (groups[i].group != (id & ~(KVM_REG_SIZE_MASK | KVM_REG_ARM_INDEX_MASK)))
            continue;
        *group = &groups[i];
        u64 size = groups[i].size(id);
        return size == 0 ? -ENOENT : size != (id & KVM_REG_SIZE_MASK) ? -EINVAL : 0;
    }
    return -ENOENT;
}

static inline u32 bytes_of(u64 id)
{
    return 1u << ((id & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT);
}

s32 kvm_get_one_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
    const struct register_group *group;
    s32 result = find_group(reg->id, &group);

    if (result < 0)
        return result;
    u64 value = group->get(vcpu, reg->id);
    return reg->addr >> 32 ? -EFAULT : copy_to_user((u32)reg->addr, &value, bytes_of(reg->id)); /* little endian */
}

s32 kvm_set_one_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg)
{
    const struct register_group *group;
    u64 value = 0;
    s32 result = find_group(reg->id, &group);

    if (result < 0)
        return result;
    if (reg->addr >> 32 || copy_from_user(&value, (u32)reg->addr, bytes_of(reg->id)))
        return -EFAULT;
    return group->set(vcpu, reg->id, value);
}

/* Goes through all ids; those that `to`, a user address, has room for are put there. */
static s32 list(u32 to, u64 room, u64 *count)
{
    u64 id;

    *count = 0;
    for (u32 i = 0; i < ARRAY_SIZE(groups); i++)
        for (u32 n = 0; groups[i].id(n, &id); n++, ++*count)
            if (*count < room && copy_to_user(to + (u32)*count * sizeof(id), &id, sizeof(id)))
                return -EFAULT;
    return 0;
}

s32 kvm_get_reg_list(u32 user_list)
{
    u64 room, count;

    if (copy_from_user(&room, user_list, sizeof(room)))
        return -EFAULT;
    list(0, 0, &count);
    if (copy_to_user(user_list, &count, sizeof(count)))
        return -EFAULT;
    return room < count ? -E2BIG : list(user_list + sizeof(count), count, &count);
}
