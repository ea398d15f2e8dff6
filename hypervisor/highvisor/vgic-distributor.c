/*
 * The virtual distributor's registers: a guest's accesses to GICD trap here (no VMM involved).
 *
 * Every register range is a row: offset, length, how to read a word, how to write one. Accesses smaller
 * than a word are done on the word with a byte mask. What GICv2 leaves to the implementation: groups,
 * active state: read as zero, writes ignored; SGIs are edge-triggered, PPIs level-sensitive.
 *
 * By the same rows a VMM gets and sets the state (KVM_DEV_ARM_VGIC_GRP_DIST_REGS); where that is something else than what
 * a guest sees, a row has two more functions: pending is what is latched, not a line's level, and there is active state.
 */
#include "kvm.h"

#define IIDR ((0x4bu << 24) | 0x43b)

typedef u32 (*read_function)(struct kvm_vcpu *vcpu, u32 offset);
typedef void (*write_function)(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask);

static struct vgic_irq *irq_or_null(struct kvm_vcpu *vcpu, u32 irq)
{
    return irq < vcpu->kvm->vgic.nr_irqs ? vgic_get_irq(vcpu, irq) : NULL;
}

/* ---- one bit per interrupt ---- */

static u32 read_bits(struct kvm_vcpu *vcpu, u32 offset, u32 (*get)(const struct vgic_irq *irq))
{
    u32 value = 0;

    for (u32 i = 0; i < 32; i++) {
        struct vgic_irq *irq = irq_or_null(vcpu, offset * 8 + i);
        if (irq && get(irq))
            value |= BIT(i);
    }
    return value;
}

static u32 get_enabled(const struct vgic_irq *irq)
{
    return irq->enabled;
}

static u32 get_pending(const struct vgic_irq *irq)
{
    return irq->pending || (irq->level && !irq->edge);
}

static u32 read_enable(struct kvm_vcpu *vcpu, u32 offset)
{
    return read_bits(vcpu, offset, get_enabled);
}

static u32 read_pending(struct kvm_vcpu *vcpu, u32 offset)
{
    return read_bits(vcpu, offset, get_pending);
}

static void set_enable(struct kvm_vcpu *vcpu, u32 offset, u32 bits, bool enable)
{
    for (u32 i = 0; i < 32; i++) {
        u32 intid = offset * 8 + i;
        struct vgic_irq *irq = irq_or_null(vcpu, intid);
        if (irq && (bits & BIT(i)) && intid >= VGIC_NR_SGIS) /* SGIs are always enabled */
            irq->enabled = enable;
    }
}

static void write_set_enable(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    set_enable(vcpu, offset, value & mask, true);
}

static void write_clear_enable(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    set_enable(vcpu, offset, value & mask, false);
}

static void set_pending(struct kvm_vcpu *vcpu, u32 offset, u32 bits, bool pending)
{
    for (u32 i = 0; i < 32; i++) {
        u32 intid = offset * 8 + i;
        struct vgic_irq *irq = irq_or_null(vcpu, intid);
        if (!irq || !(bits & BIT(i)) || intid < VGIC_NR_SGIS) /* SGIs: by GICD_SPENDSGIR */
            continue;
        irq->pending = pending;
        vgic_touch(vcpu, intid);
    }
}

static void write_set_pending(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    set_pending(vcpu, offset, value & mask, true);
}

static void write_clear_pending(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    set_pending(vcpu, offset, value & mask, false);
}

/* ---- the same for a VMM ---- */

static u32 get_latched(const struct vgic_irq *irq)
{
    return irq->pending;
}

static u32 read_latched(struct kvm_vcpu *vcpu, u32 offset)
{
    return read_bits(vcpu, offset, get_latched);
}

static u32 read_active(struct kvm_vcpu *vcpu, u32 offset)
{
    u32 value = 0, source;

    for (u32 i = 0; i < 32; i++)
        if (irq_or_null(vcpu, offset * 8 + i) && vgic_interface_is_active(vcpu, offset * 8 + i, &source))
            value |= BIT(i);
    return value;
}

static void set_active(struct kvm_vcpu *vcpu, u32 offset, u32 bits, bool active)
{
    for (u32 i = 0; i < 32; i++)
        if (irq_or_null(vcpu, offset * 8 + i) && (bits & BIT(i)))
            vgic_interface_set_active(vcpu, offset * 8 + i, active, 0);
}

static void write_set_active(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    set_active(vcpu, offset, value & mask, true);
}

static void write_clear_active(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    set_active(vcpu, offset, value & mask, false);
}

static u32 read_sgi_source(struct kvm_vcpu *vcpu, u32 offset)
{
    u32 value = 0, source;

    for (u32 i = 0; i < 4; i++)
        if (vgic_interface_is_active(vcpu, offset + i, &source))
            value |= source << (8 * i);
    return value;
}

static void write_sgi_source(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    u32 source;

    (void)mask;
    for (u32 i = 0; i < 4; i++)
        if (vgic_interface_is_active(vcpu, offset + i, &source))
            vgic_interface_set_active(vcpu, offset + i, true, value >> (8 * i) & (KVM_MAX_VCPUS - 1));
}

/* ---- two bits per interrupt: configuration ---- */

static u32 read_config(struct kvm_vcpu *vcpu, u32 offset)
{
    u32 value = 0;

    for (u32 i = 0; i < 16; i++) {
        struct vgic_irq *irq = irq_or_null(vcpu, offset * 4 + i);
        if (irq && irq->edge)
            value |= 2u << (2 * i);
    }
    return value;
}

static void write_config(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    for (u32 i = 0; i < 16; i++) {
        u32 intid = offset * 4 + i;
        struct vgic_irq *irq = irq_or_null(vcpu, intid);
        if (!irq || intid < VGIC_NR_PRIVATE || !(mask & (2u << (2 * i))))
            continue;
        irq->edge = (value & (2u << (2 * i))) != 0;
        vgic_touch(vcpu, intid);
    }
}

/* ---- a byte per interrupt: priority, targets ---- */

static u32 read_priority(struct kvm_vcpu *vcpu, u32 offset)
{
    u32 value = 0;

    for (u32 i = 0; i < 4; i++) {
        struct vgic_irq *irq = irq_or_null(vcpu, offset + i);
        value |= irq ? (u32)irq->priority << (8 * i) : 0;
    }
    return value;
}

static void write_priority(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    for (u32 i = 0; i < 4; i++) {
        struct vgic_irq *irq = irq_or_null(vcpu, offset + i);
        if (irq && (mask >> (8 * i) & 0xff))
            irq->priority = (u8)(value >> (8 * i)) & 0xf8; /* 32 levels, as a list register holds */
    }
}

static u32 read_targets(struct kvm_vcpu *vcpu, u32 offset)
{
    u32 value = 0;

    for (u32 i = 0; i < 4; i++) {
        u32 intid = offset + i;
        struct vgic_irq *irq = irq_or_null(vcpu, intid);
        u32 targets = intid < VGIC_NR_PRIVATE ? BIT(vcpu->vcpu_id) : irq ? irq->targets : 0;
        value |= targets << (8 * i);
    }
    return value;
}

static void write_targets(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    for (u32 i = 0; i < 4; i++) {
        u32 intid = offset + i, targets = value >> (8 * i) & 0xff;
        struct vgic_irq *irq = irq_or_null(vcpu, intid);
        if (irq && intid >= VGIC_NR_PRIVATE && (mask >> (8 * i) & 0xff))
            irq->targets = (u8)(targets & -targets); /* one target: the lowest */
    }
}

/* ---- the rest ---- */

static u32 read_control(struct kvm_vcpu *vcpu, u32 offset)
{
    if (offset == 0)
        return vcpu->kvm->vgic.enabled;
    if (offset == 4)
        return (vcpu->kvm->online_vcpus - 1) << 5 | (vcpu->kvm->vgic.nr_irqs / 32 - 1);
    return offset == 8 ? IIDR : 0;
}

static void write_control(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    if (offset == 0)
        vcpu->kvm->vgic.enabled = value & mask & 1;
}

static u32 read_zero(struct kvm_vcpu *vcpu, u32 offset)
{
    (void)vcpu;
    (void)offset;
    return 0;
}

static void write_ignored(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    (void)vcpu;
    (void)offset;
    (void)value;
    (void)mask;
}

static void write_sgi(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    (void)offset;
    vgic_dispatch_sgi(vcpu, value & mask);
}

static u32 read_sgi_pending(struct kvm_vcpu *vcpu, u32 offset)
{
    u32 value = 0;

    for (u32 i = 0; i < 4; i++)
        value |= (u32)vcpu->private_irqs[offset + i].sources << (8 * i);
    return value;
}

static void write_clear_sgi_pending(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    for (u32 i = 0; i < 4; i++) {
        struct vgic_irq *irq = &vcpu->private_irqs[offset + i];
        irq->sources &= (u8)~((value & mask) >> (8 * i));
        irq->pending = irq->sources != 0;
        vgic_touch(vcpu, offset + i);
    }
}

static void write_set_sgi_pending(struct kvm_vcpu *vcpu, u32 offset, u32 value, u32 mask)
{
    for (u32 i = 0; i < 4; i++) {
        struct vgic_irq *irq = &vcpu->private_irqs[offset + i];
        irq->sources |= (u8)((value & mask) >> (8 * i));
        irq->pending = irq->sources != 0;
        vgic_touch(vcpu, offset + i);
    }
}

/* PrimeCell identification: what a GICv2 shows at 0xfe0 and 0xfe8. */
static u32 read_identification(struct kvm_vcpu *vcpu, u32 offset)
{
    (void)vcpu;
    return offset == 8 ? 0x2b : 0;
}

#define SAME(read, write) read, write, read, write
#define NOT_A_VMMS(read, write) read, write, NULL, NULL

static const struct register_range {
    u32 base;
    u32 length;
    read_function read;
    write_function write;
    read_function user_read; /* NULL: a VMM has no such register */
    write_function user_write;
} register_ranges[] = {
    {0x000, 0x00c, SAME(read_control, write_control)},        /* CTLR, TYPER, IIDR */
    {0x080, 0x080, SAME(read_zero, write_ignored)},           /* IGROUPR */
    {0x100, 0x080, SAME(read_enable, write_set_enable)},      /* ISENABLER */
    {0x180, 0x080, SAME(read_enable, write_clear_enable)},    /* ICENABLER */
    {0x200, 0x080, read_pending, write_set_pending, read_latched, write_set_pending},     /* ISPENDR */
    {0x280, 0x080, read_pending, write_clear_pending, read_latched, write_clear_pending}, /* ICPENDR */
    {0x300, 0x080, read_zero, write_ignored, read_active, write_set_active},              /* ISACTIVER */
    {0x380, 0x080, read_zero, write_ignored, read_active, write_clear_active},            /* ICACTIVER */
    {0x400, 0x400, SAME(read_priority, write_priority)},      /* IPRIORITYR */
    {0x800, 0x400, SAME(read_targets, write_targets)},        /* ITARGETSR */
    {0xc00, 0x100, SAME(read_config, write_config)},          /* ICFGR */
    {KVM_DEV_ARM_VGIC_DIST_SGI_SOURCE, 0x010, read_zero, write_ignored, read_sgi_source, write_sgi_source},
    {0xf00, 0x004, NOT_A_VMMS(read_zero, write_sgi)},         /* SGIR */
    {0xf10, 0x010, SAME(read_sgi_pending, write_clear_sgi_pending)}, /* CPENDSGIR */
    {0xf20, 0x010, SAME(read_sgi_pending, write_set_sgi_pending)},   /* SPENDSGIR */
    {0xfe0, 0x020, SAME(read_identification, write_ignored)},
};

/* After a write: other vCPUs may have got something. */
static void tell_vcpus(struct kvm *kvm, const struct kvm_vcpu *self)
{
    u32 before = kvm->vgic.irq_pending_on_cpu;

    vgic_update_state(kvm);
    u32 new = kvm->vgic.irq_pending_on_cpu & ~before & ~BIT(self->vcpu_id);
    for (u32 i = 0; i < KVM_MAX_VCPUS; i++)
        if (new & BIT(i))
            kvm_vcpu_kick(kvm->vcpus[i]);
}

/* NULL: reserved. */
static const struct register_range *find_range(u32 offset)
{
    for (u32 i = 0; i < ARRAY_SIZE(register_ranges); i++)
        if (offset - register_ranges[i].base < register_ranges[i].length)
            return &register_ranges[i];
    return NULL;
}

bool vgic_handle_mmio(struct kvm_vcpu *vcpu, u64 ipa, u32 size, bool write, u32 *value)
{
    struct vgic_dist *dist = &vcpu->kvm->vgic;

    if (!dist->ready || ipa < dist->dist_base || ipa - dist->dist_base >= KVM_VGIC_V2_DIST_SIZE)
        return false;
    u32 offset = (u32)(ipa - dist->dist_base), shift = (offset & 3) * 8;
    u32 mask = (size == 4 ? 0xffffffffu : (1u << (8 * size)) - 1) << shift;

    offset &= ~3u;
    const struct register_range *range = find_range(offset);
    if (!range) {
        *value = 0; /* reserved: RAZ/WI */
        return true;
    }
    u32 flags = spin_lock(&dist->lock);
    if (write) {
        range->write(vcpu, offset - range->base, *value << shift, mask);
        tell_vcpus(vcpu->kvm, vcpu);
    } else {
        *value = (range->read(vcpu, offset - range->base) & mask) >> shift;
    }
    spin_unlock(&dist->lock, flags);
    return true;
}

bool vgic_has_user_register(u32 offset)
{
    const struct register_range *range = find_range(offset);

    return range && range->user_read && !(offset & 3);
}

void vgic_user_access(struct kvm_vcpu *vcpu, u32 offset, bool write, u32 *value)
{
    const struct register_range *range = find_range(offset);

    if (write) {
        range->user_write(vcpu, offset - range->base, *value, 0xffffffff);
        vgic_update_state(vcpu->kvm);
    } else {
        *value = range->user_read(vcpu, offset - range->base);
    }
}
