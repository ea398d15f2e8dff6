/*
 * The virtual timer of a vCPU.
 *
 * While the vCPU runs, it owns the core's virtual timer (the lowvisor loads and stores it). When it is
 * out, a soft timer on the host's physical timer stands in: at expiry the interrupt is injected and a
 * blocked vCPU wakes. An expired timer is injected as an edge of PPI 27 and masked (CNTV_CTL.IMASK), so
 * that it doesn't fire again until the guest has programmed it anew. CNTVOFF makes the guest's virtual
 * counter start at 0 when the VM is made.
 */
#include "kvm.h"

void kvm_timer_vm_init(struct kvm *kvm)
{
    kvm->cntvoff = timer_now();
    kvm->timer_enabled = 1;
}

static void inject(struct kvm_vcpu *vcpu)
{
    vcpu->timer_cpu.cntv_ctl |= CNTV_CTL_IMASK;
    vcpu->stat.vtimer_injections++;
    kvm_vgic_inject_irq(vcpu->kvm, vcpu->vcpu_id, BOARD_IRQ_VIRTUAL_TIMER, true);
}

static bool timer_can_fire(const struct kvm_vcpu *vcpu)
{
    return (vcpu->timer_cpu.cntv_ctl & (CNTV_CTL_ENABLE | CNTV_CTL_IMASK)) == CNTV_CTL_ENABLE;
}

/* The soft timer's expiry, in interrupt context. */
static void background_timer_expired(struct soft_timer *timer)
{
    struct kvm_vcpu *vcpu = container_of(timer, struct kvm_vcpu, background_timer);

    if (timer_can_fire(vcpu))
        inject(vcpu);
}

void kvm_timer_vcpu_init(struct kvm_vcpu *vcpu)
{
    vcpu->background_timer.function = background_timer_expired;
}

/* Before entry: from here on the hardware timer does it. */
void kvm_timer_flush_hwstate(struct kvm_vcpu *vcpu)
{
    timer_cancel(&vcpu->background_timer);
}

/* After exit: expired already, or to be watched by the host. */
void kvm_timer_sync_hwstate(struct kvm_vcpu *vcpu)
{
    if (!timer_can_fire(vcpu))
        return;
    u64 expires = vcpu->timer_cpu.cntv_cval + vcpu->kvm->cntvoff;
    if (vcpu->timer_cpu.cntv_cval <= timer_now() - vcpu->kvm->cntvoff)
        inject(vcpu);
    else
        timer_start(&vcpu->background_timer, expires);
}
