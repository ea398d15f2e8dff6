/*
 * The physical timer of a vCPU, all in software.
 *
 * CNTP belongs to the host, so a guest's accesses trap (CNTHCTL.PL1PCEN = 0) and coproc.c comes here. The
 * registers live in the vCPU; a soft timer of the host stands for the comparator, whether the vCPU runs or
 * not, and raises PPI 30 when the count is reached; the line is high until the guest programs the timer
 * anew, and each EOI of the guest has it looked at again. The guest reads the physical counter
 * itself (CNTHCTL.PL1PCTEN = 1), so the comparison is with CNTPCT as it is.
 */
#include "trace.h"

#define CTL_WRITABLE (CNTV_CTL_ENABLE | CNTV_CTL_IMASK)

static bool reached(const struct kvm_vcpu *vcpu)
{
    return (vcpu->ptimer.ctl & CNTV_CTL_ENABLE) && vcpu->ptimer.cval <= timer_now();
}

static void set_line(struct kvm_vcpu *vcpu, bool level)
{
    if (level == vcpu->private_irqs[BOARD_IRQ_PHYSICAL_TIMER].level)
        return;
    trace(TRACE_KVM_TIMER_UPDATE_IRQ, vcpu, vcpu->vcpu_id, BOARD_IRQ_PHYSICAL_TIMER, level);
    vcpu->stat.ptimer_injections += level;
    kvm_vgic_inject_irq(vcpu->kvm, vcpu->vcpu_id, BOARD_IRQ_PHYSICAL_TIMER, level);
}

/*
 * After a change of a register: the condition holds already, or is to be waited for. The timer is cancelled,
 * so nobody else is here: before the registers are changed, too, for it may expire on another core.
 */
static void update(struct kvm_vcpu *vcpu)
{
    bool unmasked = (vcpu->ptimer.ctl & CTL_WRITABLE) == CNTV_CTL_ENABLE;
    bool fires = unmasked && reached(vcpu);

    trace(TRACE_KVM_TIMER_EMULATE, vcpu, TRACE_PHYSICAL_TIMER, fires);
    set_line(vcpu, fires);
    if (unmasked && !fires)
        timer_start(&vcpu->ptimer.timer, vcpu->ptimer.cval);
}

/* The soft timer's expiry, in interrupt context. */
static void expired(struct soft_timer *timer)
{
    struct kvm_vcpu *vcpu = container_of(timer, struct kvm_vcpu, ptimer.timer);

    trace(TRACE_KVM_TIMER_HRTIMER_EXPIRE, vcpu, TRACE_PHYSICAL_TIMER);
    update(vcpu);
}

void kvm_ptimer_reset(struct kvm_vcpu *vcpu)
{
    timer_cancel(&vcpu->ptimer.timer);
    vcpu->ptimer.timer.function = expired;
    vcpu->ptimer.ctl = 0;
    vcpu->ptimer.cval = 0;
    update(vcpu);
}

u32 kvm_ptimer_get_ctl(struct kvm_vcpu *vcpu)
{
    return vcpu->ptimer.ctl | (reached(vcpu) ? CNTV_CTL_ISTATUS : 0);
}

void kvm_ptimer_set_ctl(struct kvm_vcpu *vcpu, u32 value)
{
    timer_cancel(&vcpu->ptimer.timer);
    vcpu->ptimer.ctl = value & CTL_WRITABLE;
    update(vcpu);
}

void kvm_ptimer_set_cval(struct kvm_vcpu *vcpu, u64 value)
{
    timer_cancel(&vcpu->ptimer.timer);
    vcpu->ptimer.cval = value;
    update(vcpu);
}

u32 kvm_ptimer_get_tval(struct kvm_vcpu *vcpu)
{
    return (u32)(vcpu->ptimer.cval - timer_now());
}

void kvm_ptimer_set_tval(struct kvm_vcpu *vcpu, u32 value)
{
    kvm_ptimer_set_cval(vcpu, timer_now() + (u64)(s64)(s32)value);
}
