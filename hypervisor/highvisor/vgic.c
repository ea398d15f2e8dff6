/*
 * The virtual GIC's state: which interrupt is pending for which vCPU, and how interrupts come in.
 *
 * An interrupt is raised by a device (kvm_vgic_inject_irq), by a vCPU's write to GICD_SGIR
 * (vgic_dispatch_sgi) or by the distributor's pending registers (vgic-distributor.c). Whoever changes
 * something brings `irq_pending_on_cpu` up to date, by which a vCPU sees at a glance that there is work.
 * So that nobody looks at all interrupts to find one, those that are raised have a bit in a bitmap.
 * How a pending interrupt reaches the guest is vgic-lr.c's part: through list registers.
 */
#include "trace.h"

void vgic_vm_create(struct kvm *kvm)
{
    struct vgic_dist *dist = &kvm->vgic;

    for (u32 i = 0; i < VGIC_NR_SPIS; i++)
        dist->spis[i].targets = 1;
    dist->dist_base = dist->cpu_base = VGIC_ADDR_UNDEF;
    dist->nr_irqs = VGIC_NR_IRQS;
    dist->created = true;
}

void vgic_vm_init(struct kvm *kvm)
{
    vgic_interface_vm_init(kvm);
    dmb();
    kvm->vgic.ready = true;
}

void vgic_vcpu_init(struct kvm_vcpu *vcpu)
{
    for (u32 i = 0; i < VGIC_NR_PRIVATE; i++) {
        vcpu->private_irqs[i].edge = i < VGIC_NR_SGIS; /* PPIs are level-sensitive, as timers are */
        vcpu->private_irqs[i].enabled = i < VGIC_NR_SGIS;
    }
    vgic_interface_vcpu_init(vcpu);
}

struct vgic_irq *vgic_get_irq(struct kvm_vcpu *vcpu, u32 irq)
{
    return irq < VGIC_NR_PRIVATE ? &vcpu->private_irqs[irq] : &vcpu->kvm->vgic.spis[irq - VGIC_NR_PRIVATE];
}

void vgic_touch(struct kvm_vcpu *vcpu, u32 irq)
{
    const struct vgic_irq *state = vgic_get_irq(vcpu, irq);
    u32 *raised = irq < VGIC_NR_PRIVATE ? &vcpu->private_raised : &vcpu->kvm->vgic.spis_raised[irq / 32 - 1];

    if (state->pending || (state->level && !state->edge))
        *raised |= BIT(irq % 32);
    else
        *raised &= ~BIT(irq % 32);
}

u32 vgic_next_raised(const struct kvm_vcpu *vcpu, u32 irq)
{
    while (irq < VGIC_NR_IRQS) {
        u32 word = irq < VGIC_NR_PRIVATE ? vcpu->private_raised : vcpu->kvm->vgic.spis_raised[irq / 32 - 1];
        word &= ~0u << (irq % 32);
        if (word)
            return ALIGN_DOWN(irq, 32) + (u32)__builtin_ctz(word);
        irq = ALIGN_DOWN(irq, 32) + 32;
    }
    return VGIC_NR_IRQS;
}

bool vgic_targets_vcpu(struct kvm_vcpu *vcpu, u32 irq)
{
    return irq < VGIC_NR_PRIVATE || (vgic_get_irq(vcpu, irq)->targets & BIT(vcpu->vcpu_id));
}

bool vgic_is_pending(const struct vgic_irq *irq)
{
    return irq->enabled && (irq->pending || (irq->level && !irq->edge)) && !irq->queued;
}

static bool has_pending(struct kvm_vcpu *vcpu)
{
    if (!vcpu->kvm->vgic.enabled)
        return false;
    for (u32 irq = 0; (irq = vgic_next_raised(vcpu, irq)) < VGIC_NR_IRQS; irq++)
        if (vgic_is_pending(vgic_get_irq(vcpu, irq)) && vgic_targets_vcpu(vcpu, irq))
            return true;
    return false;
}

void vgic_update_state(struct kvm *kvm)
{
    u32 pending = 0;

    for (u32 i = 0; i < KVM_MAX_VCPUS; i++)
        if (kvm->vcpus[i] && has_pending(kvm->vcpus[i]))
            pending |= BIT(i);
    kvm->vgic.irq_pending_on_cpu = pending; /* in one piece: vCPUs look at it without the lock */
}

void vgic_pass_on(struct kvm_vcpu *vcpu)
{
    struct kvm *kvm = vcpu->kvm;
    u32 before = kvm->vgic.irq_pending_on_cpu;

    vgic_update_state(kvm);
    for (u32 others = kvm->vgic.irq_pending_on_cpu & ~before & ~BIT(vcpu->vcpu_id); others; others &= others - 1)
        kvm_vcpu_kick(kvm->vcpus[__builtin_ctz(others)]);
}

bool kvm_vgic_vcpu_pending_irq(struct kvm_vcpu *vcpu)
{
    return vgic_interface_pending(vcpu) || vgic_pending_on_cpu(vcpu);
}

static void kick_targets(struct kvm *kvm, u32 irq)
{
    for (u32 i = 0; i < KVM_MAX_VCPUS; i++)
        if (kvm->vcpus[i] && vgic_targets_vcpu(kvm->vcpus[i], irq))
            kvm_vcpu_kick(kvm->vcpus[i]);
}

s32 kvm_vgic_inject_irq(struct kvm *kvm, u32 vcpu_id, u32 irq, bool level)
{
    struct kvm_vcpu *vcpu = vcpu_id < KVM_MAX_VCPUS ? kvm->vcpus[vcpu_id] : NULL;

    if (!vcpu || irq < VGIC_NR_SGIS || !kvm->vgic.ready || irq >= kvm->vgic.nr_irqs)
        return -EINVAL;
    trace(TRACE_VGIC_UPDATE_IRQ_PENDING, vcpu, vcpu_id, irq, level);
    u32 flags = spin_lock(&kvm->vgic.lock);
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);
    if (state->edge && level && !state->level)
        state->pending = true;
    state->level = level;
    vgic_touch(vcpu, irq);
    vgic_update_state(kvm);
    spin_unlock(&kvm->vgic.lock, flags);
    if (!level)
        return 0;
    if (irq < VGIC_NR_PRIVATE)
        kvm_vcpu_kick(vcpu);
    else
        kick_targets(kvm, irq);
    return 0;
}

void vgic_dispatch_sgi(struct kvm_vcpu *vcpu, u32 sgir)
{
    struct kvm *kvm = vcpu->kvm;
    u32 sgi = sgir & 0xf, targets = BITS(sgir, 23, 16);

    switch (BITS(sgir, 25, 24)) {
    case 1: targets = 0xff & ~BIT(vcpu->vcpu_id); break; /* all but the sender */
    case 2: targets = BIT(vcpu->vcpu_id); break;
    case 3: return; /* reserved */
    }
    for (u32 i = 0; i < KVM_MAX_VCPUS; i++) {
        if (!kvm->vcpus[i] || !(targets & BIT(i)))
            continue;
        kvm->vcpus[i]->private_irqs[sgi].pending = true;
        kvm->vcpus[i]->private_irqs[sgi].sources |= (u8)BIT(vcpu->vcpu_id);
        vgic_touch(kvm->vcpus[i], sgi);
        if (kvm->vcpus[i] != vcpu)
            kvm_vcpu_kick(kvm->vcpus[i]);
    }
}
