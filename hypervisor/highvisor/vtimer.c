/*
 * The virtual timer of a vCPU.
 *
 * While the vCPU runs, it owns the core's virtual timer (the lowvisor loads and stores it). While it is blocked (WFI),
 * a soft timer on the host's physical timer stands in: at expiry the interrupt is raised and the vCPU wakes. A vCPU
 * that is out for any other reason needs none: where its time has come, the timer says so as soon as it is loaded.
 * The timer's output is the line of the guest's PPI 27, which is level-sensitive: it is
 * high until the guest programs the timer anew. So that the physical PPI 27 doesn't take the vCPU out again
 * at once, it is made active while the guest has the virtual one; the two are linked (LR.HW), and the
 * guest's EOI deactivates both. CNTVOFF makes the guest's virtual counter start at 0 when the VM is made.
 */
#include "trace.h"

void kvm_timer_vm_init(struct kvm *kvm)
{
    kvm->cntvoff = timer_now();
    kvm->timer_enabled = 1;
}

static inline bool timer_can_fire(const struct kvm_vcpu *vcpu)
{
    return (vcpu->timer_cpu.cntv_ctl & (CNTV_CTL_ENABLE | CNTV_CTL_IMASK)) == CNTV_CTL_ENABLE;
}

static inline bool condition_met(const struct kvm_vcpu *vcpu)
{
    return vcpu->timer_cpu.cntv_cval <= timer_now() - vcpu->kvm->cntvoff;
}

u32 kvm_timer_get_ctl(const struct kvm_vcpu *vcpu)
{
    u32 ctl = vcpu->timer_cpu.cntv_ctl;

    return ctl | ((ctl & CNTV_CTL_ENABLE) && condition_met(vcpu) ? CNTV_CTL_ISTATUS : 0);
}

static inline struct vgic_irq *timer_irq(struct kvm_vcpu *vcpu)
{
    return &vcpu->private_irqs[BOARD_IRQ_VIRTUAL_TIMER];
}

/* Brings the line to what the timer's output is by now; returns it. */
static bool update_line(struct kvm_vcpu *vcpu)
{
    bool level = timer_can_fire(vcpu) && condition_met(vcpu);

    if (level != timer_irq(vcpu)->level) {
        trace(TRACE_KVM_TIMER_UPDATE_IRQ, vcpu, vcpu->vcpu_id, BOARD_IRQ_VIRTUAL_TIMER, level);
        vcpu->stat.vtimer_injections += level;
        kvm_vgic_inject_irq(vcpu->kvm, vcpu->vcpu_id, BOARD_IRQ_VIRTUAL_TIMER, level);
    }
    return level;
}

/* The soft timer's expiry, in interrupt context. */
static void background_timer_expired(struct soft_timer *timer)
{
    struct kvm_vcpu *vcpu = container_of(timer, struct kvm_vcpu, background_timer);

    trace(TRACE_KVM_TIMER_HRTIMER_EXPIRE, vcpu, TRACE_VIRTUAL_TIMER);
    update_line(vcpu);
}

void kvm_timer_vcpu_init(struct kvm_vcpu *vcpu)
{
    vcpu->background_timer.function = background_timer_expired;
    timer_irq(vcpu)->hw_intid = BOARD_IRQ_VIRTUAL_TIMER;
}

/*
 * Before entry: from here on the hardware timer does it. The interrupt's active state belongs to the core,
 * so it is said for each entry; only that it isn't active need not be said twice.
 */
void kvm_timer_flush_hwstate(struct kvm_vcpu *vcpu)
{
    struct cpu *cpu = this_cpu();
    const struct arch_timer_cpu *timer = &vcpu->timer_cpu;
    bool active = timer_irq(vcpu)->level || vgic_interface_holds(vcpu, BOARD_IRQ_VIRTUAL_TIMER);

    if (active || cpu->vtimer_active)
        irq_set_active(BOARD_IRQ_VIRTUAL_TIMER, active);
    cpu->vtimer_active = active;
    trace(TRACE_KVM_TIMER_RESTORE_STATE, vcpu, timer->cntv_ctl, (u32)timer->cntv_cval, (u32)(timer->cntv_cval >> 32),
          TRACE_VIRTUAL_TIMER);
}

/* After exit. */
void kvm_timer_sync_hwstate(struct kvm_vcpu *vcpu)
{
    const struct arch_timer_cpu *timer = &vcpu->timer_cpu;

    trace(TRACE_KVM_TIMER_SAVE_STATE, vcpu, timer->cntv_ctl, (u32)timer->cntv_cval, (u32)(timer->cntv_cval >> 32),
          TRACE_VIRTUAL_TIMER);
    update_line(vcpu);
}

void kvm_timer_schedule(struct kvm_vcpu *vcpu)
{
    if (!update_line(vcpu) && timer_can_fire(vcpu))
        timer_start(&vcpu->background_timer, vcpu->timer_cpu.cntv_cval + vcpu->kvm->cntvoff);
}

void kvm_timer_unschedule(struct kvm_vcpu *vcpu)
{
    timer_cancel(&vcpu->background_timer);
}
