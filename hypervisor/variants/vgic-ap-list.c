/*
 * From pending interrupts to list registers, and back: the allocation of Linux 4.7 and later.
 *
 * Between two runs of the vCPU nothing is kept in list registers: after each exit they are folded into the
 * interrupts' own state, before each entry filled anew from a list of all interrupts that are active or
 * pending, those of high priority first where there are too few registers. The state of an interrupt is
 * so in one place at any time, and a pending interrupt of high priority never waits behind a low one for
 * a register.
 */
#include "vgic-lr.h"

static u32 nr_lr;

u32 vgic_hardware_init(void)
{
    nr_lr = vgic_list_registers();
    return nr_lr;
}

void vgic_interface_vm_init(struct kvm *kvm)
{
    vgic_map_virtual_interface(kvm);
}

void vgic_interface_vcpu_init(struct kvm_vcpu *vcpu)
{
    vcpu->vgic_cpu.nr_lr = nr_lr;
    vcpu->vgic_cpu.vgic_hcr = GICH_HCR_EN;
}

bool vgic_interface_mmio(struct kvm_vcpu *vcpu, u64 ipa, u32 size, bool write, u32 *value)
{
    (void)vcpu;
    (void)ipa;
    (void)size;
    (void)write;
    (void)value;
    return false; /* the guest's CPU interface is the hardware's virtual one */
}

bool vgic_interface_pending(struct kvm_vcpu *vcpu)
{
    (void)vcpu;
    return false; /* nothing stays in a list register while the vCPU is out */
}

bool vgic_interface_holds(struct kvm_vcpu *vcpu, u32 irq)
{
    return vgic_get_irq(vcpu, irq)->active;
}

/* Active first, since a register must show what the guest has taken; then by priority. */
static u32 rank(const struct vgic_irq *irq)
{
    return irq->active ? 0 : 1u + irq->priority;
}

/* The active and pending list: its first nr_lr entries, sorted. Returns how many there are in all. */
static u32 make_ap_list(struct kvm_vcpu *vcpu, u8 *list)
{
    u32 count = 0;

    for (u32 irq = 0; irq < VGIC_NR_IRQS; irq++) {
        struct vgic_irq *state = vgic_get_irq(vcpu, irq);
        bool wanted = state->active || (vcpu->kvm->vgic.enabled && vgic_is_pending(state));
        if (!wanted || !vgic_targets_vcpu(vcpu, irq))
            continue;
        u32 at = count < nr_lr ? count : nr_lr;
        for (; at > 0 && rank(vgic_get_irq(vcpu, list[at - 1])) > rank(state); at--)
            if (at < nr_lr)
                list[at] = list[at - 1];
        if (at < nr_lr)
            list[at] = (u8)irq;
        count++;
    }
    return count;
}

/* A level-sensitive interrupt is never pending and active at once: its line is looked at after the EOI. */
static u32 populate_lr(struct kvm_vcpu *vcpu, u32 irq)
{
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);
    u32 lr = lr_priority(state) | irq;

    if (state->active)
        lr |= LR_STATE_ACTIVE | (u32)state->active_source << LR_SOURCE_SHIFT;
    if (state->hw_intid)
        lr |= LR_HW | (u32)state->hw_intid << LR_PHYSICAL_ID_SHIFT;
    else if (!state->edge)
        lr |= LR_EOI_MAINTENANCE;
    if (!vgic_is_pending(state) || (state->active && (!state->edge || irq < VGIC_NR_SGIS)))
        return lr;
    if (irq < VGIC_NR_SGIS) {
        u32 source = (u32)__builtin_ctz(state->sources);
        lr |= source << LR_SOURCE_SHIFT;
        state->sources &= (u8)~BIT(source);
        if (state->sources)
            lr |= LR_EOI_MAINTENANCE; /* the next source, when this one has ended */
    }
    if (state->edge)
        state->pending = irq < VGIC_NR_SGIS && state->sources; /* a level's latch goes when it is taken */
    vgic_touch(vcpu, irq);
    vcpu->stat.interrupts_queued++;
    return lr | LR_STATE_PENDING;
}

void kvm_vgic_flush_hwstate(struct kvm_vcpu *vcpu)
{
    struct vgic_dist *dist = &vcpu->kvm->vgic;
    struct vgic_cpu *cpu = &vcpu->vgic_cpu;
    u8 list[VGIC_MAX_LRS];

    if (!dist->ready)
        return;
    u32 flags = spin_lock(&dist->lock);
    u32 count = make_ap_list(vcpu, list);
    for (u32 lr = 0; lr < nr_lr; lr++)
        cpu->vgic_lr[lr] = lr < count ? populate_lr(vcpu, list[lr]) : 0;
    if (count > nr_lr)
        cpu->vgic_hcr |= GICH_HCR_UIE;
    else
        cpu->vgic_hcr &= ~GICH_HCR_UIE;
    vgic_update_state(vcpu->kvm);
    spin_unlock(&dist->lock, flags);
}

/* What a list register says about its interrupt after the guest ran. */
static void fold_lr(struct kvm_vcpu *vcpu, u32 lr)
{
    u32 irq = LR_VIRTUAL_ID(lr);
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);

    state->active = (lr & LR_STATE_ACTIVE) != 0;
    if (irq < VGIC_NR_SGIS)
        state->active_source = (u8)LR_SOURCE(lr);
    if (!(lr & LR_HW) && (lr & LR_EOI_MAINTENANCE) && !(lr & (LR_STATE_ACTIVE | LR_STATE_PENDING)))
        vcpu->stat.maintenance++;
    if ((lr & LR_HW) && !(lr & (LR_STATE_ACTIVE | LR_STATE_PENDING)))
        kvm_linked_irq_ended(vcpu, irq);
    if (irq < VGIC_NR_SGIS && (lr & LR_STATE_PENDING))
        state->sources |= (u8)BIT(LR_SOURCE(lr));
    if (state->edge)
        state->pending |= (lr & LR_STATE_PENDING) != 0; /* latched again */
    else if (!(lr & LR_STATE_PENDING))
        state->pending = false;
    vgic_touch(vcpu, irq);
}

void kvm_vgic_sync_hwstate(struct kvm_vcpu *vcpu)
{
    struct vgic_dist *dist = &vcpu->kvm->vgic;
    struct vgic_cpu *cpu = &vcpu->vgic_cpu;

    if (!dist->ready)
        return;
    u32 flags = spin_lock(&dist->lock);
    bool any = false;
    for (u32 i = 0; i < nr_lr; i++) {
        if (!cpu->vgic_lr[i])
            continue;
        fold_lr(vcpu, cpu->vgic_lr[i]);
        cpu->vgic_lr[i] = 0;
        any = true;
    }
    if (any)
        vgic_pass_on(vcpu);
    spin_unlock(&dist->lock, flags);
}

/* ---- for a VMM that gets and sets the state: it is all in one place ---- */

void vgic_interface_fold(struct kvm_vcpu *vcpu)
{
    (void)vcpu;
}

bool vgic_interface_is_active(struct kvm_vcpu *vcpu, u32 irq, u32 *source)
{
    const struct vgic_irq *state = vgic_get_irq(vcpu, irq);

    *source = state->active && irq < VGIC_NR_SGIS ? state->active_source : 0;
    return state->active && vgic_targets_vcpu(vcpu, irq);
}

void vgic_interface_set_active(struct kvm_vcpu *vcpu, u32 irq, bool active, u32 source)
{
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);

    state->active = active;
    state->active_source = (u8)source;
}
