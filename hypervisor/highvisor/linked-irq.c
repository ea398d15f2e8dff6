/*
 * Interrupts of pass-through devices: a physical interrupt linked to a virtual one (GICH_LR.HW, IHI 0048B 5.2.2).
 *
 * The host takes the physical interrupt, drops its priority and leaves it active: it is not signalled again. It is
 * pending for the guest now, in a list register with the physical INTID, and the guest's EOI deactivates both, without
 * an exit. If the device's line is high still, the physical one is pending at once, and it begins anew. The interrupt
 * follows its vCPU: it comes to the core on which that runs, and is an exit there.
 */
#include "kvm.h"

static struct spinlock link_lock;

/*
 * A vCPU may have ended the last one without an exit, and another is to get this one: the first has to come out, so
 * that the end is seen (kvm_linked_irq_ended) and the interrupt goes where it is to go.
 */
static void kick_holders(struct kvm *kvm, u32 irq)
{
    u32 flags = spin_lock(&kvm->vgic.lock);

    for (u32 i = 0; i < KVM_MAX_VCPUS; i++)
        if (kvm->vcpus[i] && vgic_interface_holds(kvm->vcpus[i], irq))
            kvm_vcpu_kick(kvm->vcpus[i]);
    spin_unlock(&kvm->vgic.lock, flags);
}

/* In interrupt context: what is a guest's is passed on. */
static void linked_interrupt(u32 intid, void *context)
{
    const struct kvm_linked_irq *link = context;

    (void)intid;
    kvm_vgic_inject_irq(link->kvm, 0, link->guest_irq, true);
    kick_holders(link->kvm, link->guest_irq);
}

s32 kvm_assign_irq(struct kvm *kvm, const struct kvm_assigned_irq *irq)
{
    bool is_spi = irq->host_irq >= VGIC_NR_PRIVATE && irq->guest_irq >= VGIC_NR_PRIVATE &&
                  irq->guest_irq < kvm->vgic.nr_irqs;

    if (!is_spi || !kvm->vgic.ready || !kvm->vcpus[0])
        return -EINVAL;
    u32 flags = spin_lock(&link_lock);
    struct vgic_irq *state = vgic_get_irq(kvm->vcpus[0], irq->guest_irq);
    s32 result = 0;
    if (!irq_is_free(irq->host_irq) || state->hw_intid)
        result = -EBUSY;
    else if (kvm->linked_irq_count == KVM_ASSIGNED_DEVICES)
        result = -ENOMEM;
    if (result == 0) {
        struct kvm_linked_irq *link = &kvm->linked_irqs[kvm->linked_irq_count];
        *link = (struct kvm_linked_irq){
            .kvm = kvm, .host_irq = irq->host_irq, .guest_irq = irq->guest_irq, .cpu = &cpus[0]};
        dmb(); /* who counts it finds it made */
        kvm->linked_irq_count++;
        state->hw_intid = (u8)irq->host_irq;
        irq_set_target(irq->host_irq, link->cpu);
        irq_forward(irq->host_irq, linked_interrupt, link);
    }
    spin_unlock(&link_lock, flags);
    return result;
}

void kvm_free_linked_irqs(struct kvm *kvm)
{
    for (u32 i = 0; i < kvm->linked_irq_count; i++)
        irq_free(kvm->linked_irqs[i].host_irq);
    kvm->linked_irq_count = 0;
}

void kvm_linked_irqs_follow(struct kvm_vcpu *vcpu)
{
    struct kvm *kvm = vcpu->kvm;

    for (u32 i = 0; i < kvm->linked_irq_count; i++) {
        struct kvm_linked_irq *link = &kvm->linked_irqs[i];
        if (link->cpu == vcpu->cpu || !vgic_targets_vcpu(vcpu, link->guest_irq))
            continue;
        link->cpu = vcpu->cpu;
        irq_set_target(link->host_irq, link->cpu);
    }
}

/*
 * What the line is now is not known, but the physical interrupt knows: if it is active it has been taken once more,
 * maybe by another core, before the end of the last one was seen here. A timer's is watched by vtimer.c.
 */
void kvm_linked_irq_ended(struct kvm_vcpu *vcpu, u32 irq)
{
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);
    bool is_device = irq >= VGIC_NR_PRIVATE, again = is_device && irq_is_active(state->hw_intid);

    state->level = again;
    state->pending = again && state->edge;
    vcpu->stat.linked_interrupts += is_device;
    vgic_touch(vcpu, irq);
}
