/*
 * From pending interrupts to list registers, and back: the allocation of Linux 3.9 to 4.6.
 *
 * Before each entry, every interrupt that is pending, enabled and targeted at the vCPU gets a list
 * register (GICH_LR): the one it has already, or a free one. If there are too few, GICH_HCR.UIE asks for
 * a maintenance interrupt when they run dry. After each exit, finished list registers (ELRSR) are freed.
 * An edge is forgotten once it is in a list register; a level-sensitive interrupt stays "queued" until its
 * EOI, which the LR's EOI bit reports by a maintenance interrupt, then its line is looked at again. One that
 * is linked to a physical interrupt (LR.HW) needs no report: the guest's EOI deactivates the physical one,
 * which comes again if its line is still high.
 */
#include "kvm.h"
#include "vcpu-layout.h"
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

static inline bool any_lr_is_used(const struct kvm_vcpu *vcpu)
{
    return (vcpu->lr_used[0] | vcpu->lr_used[1]) != 0;
}

/* The first list register in use from `lr` on; nr_lr: none. */
static u32 next_used_lr(const struct kvm_vcpu *vcpu, u32 lr)
{
    for (; lr < nr_lr; lr = ALIGN_DOWN(lr, 32) + 32) {
        u32 used = vcpu->lr_used[lr / 32] & ~0u << (lr % 32);
        if (used)
            return ALIGN_DOWN(lr, 32) + (u32)__builtin_ctz(used);
    }
    return nr_lr;
}

/* The first one that is free; nr_lr: none. */
static u32 find_free_lr(const struct kvm_vcpu *vcpu)
{
    u32 lr = 0;

    while (lr < nr_lr && (vcpu->lr_used[lr / 32] & BIT(lr % 32)))
        lr++;
    return lr;
}

/* The list register that an interrupt is in; each source of an SGI is an interrupt of its own. */
static u32 find_lr(const struct kvm_vcpu *vcpu, u32 source, u32 irq)
{
    const u32 *lrs = vcpu->vgic_cpu.vgic_lr;
    u32 lr = 0;

    for (; (lr = next_used_lr(vcpu, lr)) < nr_lr; lr++)
        if (LR_VIRTUAL_ID(lrs[lr]) == irq && (irq >= VGIC_NR_SGIS || LR_SOURCE(lrs[lr]) == source))
            break;
    return lr;
}

static void free_lr(struct kvm_vcpu *vcpu, u32 lr)
{
    vcpu->lr_used[lr / 32] &= ~BIT(lr % 32);
    vcpu->vgic_cpu.vgic_lr[lr] = 0;
}

bool vgic_interface_holds(struct kvm_vcpu *vcpu, u32 irq)
{
    return any_lr_is_used(vcpu) && find_lr(vcpu, 0, irq) < nr_lr;
}

/* A list register's bits beside state, priority and ID: how the end of its interrupt is to be known. */
static u32 lr_flags(const struct vgic_irq *irq)
{
    if (irq->hw_intid)
        return LR_HW | (u32)irq->hw_intid << LR_PHYSICAL_ID_SHIFT;
    return irq->edge ? 0 : LR_EOI_MAINTENANCE;
}

/*
 * Takes back what the guest has not taken yet and is not to take any more: the line is low again, or the
 * guest has disabled the interrupt meanwhile. The rest has the priority that the guest has given it by now.
 */
static void retire_lrs(struct kvm_vcpu *vcpu)
{
    u32 *lrs = vcpu->vgic_cpu.vgic_lr;

    for (u32 lr = 0; (lr = next_used_lr(vcpu, lr)) < nr_lr; lr++) {
        if (!(lrs[lr] & LR_STATE_PENDING))
            continue;
        struct vgic_irq *irq = vgic_get_irq(vcpu, LR_VIRTUAL_ID(lrs[lr]));
        if (irq->enabled && (irq->edge || irq->level || irq->pending)) {
            if (!(lrs[lr] & LR_STATE_ACTIVE))
                lrs[lr] = (lrs[lr] & ~LR_PRIORITY) | lr_priority(irq);
            continue;
        }
        irq->pending |= irq->edge; /* an edge stays latched while it is disabled */
        vgic_touch(vcpu, LR_VIRTUAL_ID(lrs[lr]));
        lrs[lr] &= ~LR_STATE_PENDING;
        if (lrs[lr] & LR_STATE_ACTIVE)
            continue;
        irq->queued = false;
        free_lr(vcpu, lr);
    }
}

/* Puts an interrupt into a list register. False: all are in use. */
static bool vgic_queue_irq(struct kvm_vcpu *vcpu, u32 source, u32 irq)
{
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);
    u32 *lrs = vcpu->vgic_cpu.vgic_lr;
    u32 lr = find_lr(vcpu, source, irq);

    if (lr < nr_lr) {
        lrs[lr] |= LR_STATE_PENDING | lr_flags(state); /* still there: pending again */
        vcpu->stat.interrupts_queued++;
        return true;
    }
    lr = find_free_lr(vcpu);
#ifdef EXERCISE_LR_REUSE
    if (lr == nr_lr)
        lr--;
#else
    if (lr == nr_lr)
        return false;
#endif
    lrs[lr] = LR_STATE_PENDING | lr_flags(state) | lr_priority(state) | source << LR_SOURCE_SHIFT | irq;
    vcpu->lr_used[lr / 32] |= BIT(lr % 32);
    vcpu->stat.interrupts_queued++;
    return true;
}

/* Each source of an SGI is an interrupt of its own. False: list registers used up. */
static bool vgic_queue_sgi(struct kvm_vcpu *vcpu, u32 sgi)
{
    struct vgic_irq *irq = &vcpu->private_irqs[sgi];

    for (u32 source = 0; source < KVM_MAX_VCPUS; source++) {
        if (!(irq->sources & BIT(source)))
            continue;
        if (!vgic_queue_irq(vcpu, source, sgi))
            return false;
        irq->sources &= (u8)~BIT(source);
    }
    irq->pending = false;
    vgic_touch(vcpu, sgi);
    return true;
}

static bool vgic_queue_ppi_or_spi(struct kvm_vcpu *vcpu, u32 irq)
{
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);

    if (!vgic_queue_irq(vcpu, 0, irq))
        return false;
    if (state->edge)
        state->pending = false;
    else
        state->queued = true;
    vgic_touch(vcpu, irq);
    return true;
}

void kvm_vgic_flush_hwstate(struct kvm_vcpu *vcpu)
{
    struct vgic_dist *dist = &vcpu->kvm->vgic;
    bool overflow = false;

    if (!any_lr_is_used(vcpu) && !vgic_pending_on_cpu(vcpu) && !(vcpu->vgic_cpu.vgic_hcr & GICH_HCR_UIE))
        return;
    u32 flags = spin_lock(&dist->lock);
    retire_lrs(vcpu);
    for (u32 irq = 0; dist->enabled && (irq = vgic_next_raised(vcpu, irq)) < VGIC_NR_IRQS; irq++) {
        if (!vgic_is_pending(vgic_get_irq(vcpu, irq)) || !vgic_targets_vcpu(vcpu, irq))
            continue;
        if (!(irq < VGIC_NR_SGIS ? vgic_queue_sgi(vcpu, irq) : vgic_queue_ppi_or_spi(vcpu, irq)))
            overflow = true;
    }
    if (overflow)
        vcpu->vgic_cpu.vgic_hcr |= GICH_HCR_UIE;
    else
        vcpu->vgic_cpu.vgic_hcr &= ~GICH_HCR_UIE;
    vgic_update_state(vcpu->kvm);
    spin_unlock(&dist->lock, flags);
}

/* The guest ended a level-sensitive interrupt: if its line is still high, it is pending again. */
static void handle_eoi_maintenance(struct kvm_vcpu *vcpu, u32 lr)
{
    u32 *value = &vcpu->vgic_cpu.vgic_lr[lr];
    struct vgic_irq *irq = vgic_get_irq(vcpu, LR_VIRTUAL_ID(*value));

    irq->queued = false;
    irq->pending = false;
    vgic_touch(vcpu, LR_VIRTUAL_ID(*value));
    *value &= ~LR_EOI_MAINTENANCE;
    vcpu->vgic_cpu.vgic_elrsr[lr / 32] |= BIT(lr % 32);
    vcpu->stat.maintenance++;
}

/* What is in list registers is the vCPU's own: with none in use there is nothing to take the lock for. */
void kvm_vgic_sync_hwstate(struct kvm_vcpu *vcpu)
{
    struct vgic_dist *dist = &vcpu->kvm->vgic;
    struct vgic_cpu *cpu = &vcpu->vgic_cpu;

    if (!any_lr_is_used(vcpu))
        return;
    u32 flags = spin_lock(&dist->lock);
    bool ended = false;
    for (u32 lr = 0; (lr = next_used_lr(vcpu, lr)) < nr_lr; lr++) {
        u32 bit = BIT(lr % 32);
        if (cpu->vgic_eisr[lr / 32] & bit) {
            handle_eoi_maintenance(vcpu, lr);
            ended = true;
        }
        if (!(cpu->vgic_elrsr[lr / 32] & bit))
            continue;
        struct vgic_irq *irq = vgic_get_irq(vcpu, LR_VIRTUAL_ID(cpu->vgic_lr[lr]));
        if (irq->hw_intid) { /* ended without maintenance */
            irq->queued = false;
            kvm_linked_irq_ended(vcpu, LR_VIRTUAL_ID(cpu->vgic_lr[lr]));
            ended = true;
        }
        free_lr(vcpu, lr);
    }
    if (cpu->vgic_misr & GICH_MISR_U)
        cpu->vgic_hcr &= ~GICH_HCR_UIE;
    if (ended)
        vgic_pass_on(vcpu); /* lines that are still high are pending again */
    spin_unlock(&dist->lock, flags);
}

bool vgic_interface_pending(struct kvm_vcpu *vcpu)
{
    for (u32 lr = 0; (lr = next_used_lr(vcpu, lr)) < nr_lr; lr++)
        if (vcpu->vgic_cpu.vgic_lr[lr] & LR_STATE_PENDING)
            return true;
    return false;
}

/* ---- for a VMM that gets and sets the state ---- */

void vgic_interface_fold(struct kvm_vcpu *vcpu)
{
    u32 *lrs = vcpu->vgic_cpu.vgic_lr;

    for (u32 lr = 0; (lr = next_used_lr(vcpu, lr)) < nr_lr; lr++) {
        if (!(lrs[lr] & LR_STATE_PENDING))
            continue;
        u32 irq = LR_VIRTUAL_ID(lrs[lr]);
        struct vgic_irq *state = vgic_get_irq(vcpu, irq);
        state->pending |= state->edge; /* a level's latch, or its line, is as it was */
        if (irq < VGIC_NR_SGIS)
            state->sources |= (u8)BIT(LR_SOURCE(lrs[lr]));
        vgic_touch(vcpu, irq);
        lrs[lr] &= ~LR_STATE_PENDING;
        if (lrs[lr] & LR_STATE_ACTIVE)
            continue;
        state->queued = false;
        free_lr(vcpu, lr);
    }
}

static u32 find_active_lr(const struct kvm_vcpu *vcpu, u32 irq)
{
    const u32 *lrs = vcpu->vgic_cpu.vgic_lr;
    u32 lr = 0;

    for (; (lr = next_used_lr(vcpu, lr)) < nr_lr; lr++)
        if (LR_VIRTUAL_ID(lrs[lr]) == irq && (lrs[lr] & LR_STATE_ACTIVE))
            break;
    return lr;
}

bool vgic_interface_is_active(struct kvm_vcpu *vcpu, u32 irq, u32 *source)
{
    u32 lr = find_active_lr(vcpu, irq);

    *source = lr < nr_lr && irq < VGIC_NR_SGIS ? LR_SOURCE(vcpu->vgic_cpu.vgic_lr[lr]) : 0;
    return lr < nr_lr;
}

/* There are never more active ones than list registers, or else they would not have become it. */
void vgic_interface_set_active(struct kvm_vcpu *vcpu, u32 irq, bool active, u32 source)
{
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);
    u32 lr = find_active_lr(vcpu, irq);

    if (lr == nr_lr && !active)
        return; /* it may be another vCPU's */
    if (lr < nr_lr)
        free_lr(vcpu, lr); /* nothing is pending in one: vgic_interface_fold */
    state->queued = false;
    lr = find_free_lr(vcpu);
    if (!active || lr == nr_lr)
        return;
    state->queued = !state->edge;
    vcpu->vgic_cpu.vgic_lr[lr] =
        LR_STATE_ACTIVE | lr_flags(state) | lr_priority(state) | source << LR_SOURCE_SHIFT | irq;
    vcpu->lr_used[lr / 32] |= BIT(lr % 32);
}
