/*
 * Virtual CPUs: creation, reset, the run loop.
 *
 * kvm_vcpu_ioctl_run is KVM_RUN: it enters the guest again and again, handling in the kernel what can be
 * handled there, until the VMM is needed. Each turn: mask interrupts, say that the guest is about to run, see
 * that nothing speaks against it, settle interrupts and timer into the vCPU, call the lowvisor, let the host
 * take its own interrupts, collect the vCPU's interrupt and timer state, handle the exit.
 *
 * Whoever has something for a vCPU on another core makes it known first (an interrupt pending, a request to
 * leave), then looks whether it is in its guest and sends an interrupt to that core if so (kvm_vcpu_kick). The
 * vCPU does the opposite: it says that it is in, then looks. One of the two sees the other.
 */
#include "kvm.h"
#include "modules.h"
#include "trace.h"

#define RESET_CPSR 0x1d3 /* SVC, A, I and F masked, A32 */
#define RESET_SCTLR 0x00c50078
#define RESET_UNKNOWN 0xdecaf000 /* registers whose reset value is UNKNOWN: a value that is easy to spot */
#define ACTLR_SMP BIT(6)

s32 kvm_create_vcpu(struct kvm *kvm, u32 id, struct kvm_vcpu **created)
{
    if (id >= KVM_MAX_VCPUS)
        return -EINVAL;
    struct kvm_vcpu *vcpu = page_alloc();
    if (!vcpu)
        return -ENOMEM;
    vcpu->run = page_alloc();
    if (!vcpu->run || !create_hyp_mappings(vcpu, vcpu + 1, PTE_XN)) {
        if (vcpu->run)
            page_free(vcpu->run);
        page_free(vcpu);
        return -ENOMEM;
    }
    vcpu->kvm = kvm;
    vcpu->vcpu_id = id;
    kvm_timer_vcpu_init(vcpu);
    vgic_vcpu_init(vcpu);
    u32 flags = spin_lock(&kvm->lock);
    bool is_new = !kvm->vcpus[id];
    if (is_new) {
        dmb(); /* who finds it finds it ready */
        kvm->vcpus[id] = vcpu;
        kvm->online_vcpus++;
    }
    spin_unlock(&kvm->lock, flags);
    if (!is_new) {
        kvm_free_vcpu(vcpu);
        return -EINVAL;
    }
    *created = vcpu;
    return 0;
}

void kvm_free_vcpu(struct kvm_vcpu *vcpu)
{
    timer_cancel(&vcpu->background_timer);
    timer_cancel(&vcpu->ptimer.timer);
    remove_hyp_mappings(vcpu, vcpu + 1);
    if (vcpu->run_va)
        process_keep_page(vcpu->kvm->process, vcpu->run_va); /* which may look at it still */
    else
        page_free(vcpu->run);
    page_free(vcpu);
}

bool kvm_vcpu_trylock(struct kvm_vcpu *vcpu)
{
    return !__atomic_exchange_n(&vcpu->locked, true, __ATOMIC_ACQUIRE);
}

void kvm_vcpu_unlock(struct kvm_vcpu *vcpu)
{
    __atomic_store_n(&vcpu->locked, false, __ATOMIC_RELEASE);
}

bool kvm_lock_all_vcpus(struct kvm *kvm)
{
    for (u32 i = 0; i < KVM_MAX_VCPUS; i++) {
        if (!kvm->vcpus[i] || kvm_vcpu_trylock(kvm->vcpus[i]))
            continue;
        while (i-- > 0)
            if (kvm->vcpus[i])
                kvm_vcpu_unlock(kvm->vcpus[i]);
        return false;
    }
    return true;
}

void kvm_unlock_all_vcpus(struct kvm *kvm)
{
    for (u32 i = 0; i < KVM_MAX_VCPUS; i++)
        if (kvm->vcpus[i])
            kvm_vcpu_unlock(kvm->vcpus[i]);
}

void kvm_reset_vcpu(struct kvm_vcpu *vcpu)
{
    struct kvm *kvm = vcpu->kvm;

    memset(&vcpu->regs, 0, sizeof(vcpu->regs));
    *vcpu_cpsr(vcpu) = RESET_CPSR;

    for (u32 i = 0; i < sizeof(vcpu->cp15) / 4; i++)
        ((u32 *)&vcpu->cp15)[i] = RESET_UNKNOWN | i;
    vcpu->cp15.sctlr = RESET_SCTLR;
    vcpu->cp15.cpacr = 0;
    vcpu->cp15.ttbcr = 0;
    vcpu->cp15.csselr = 0;
    vcpu->cp15.vbar = 0;
    vcpu->cp15.cntkctl = 0;
    vcpu->cp15.par = 0;

    u32 id = vcpu->vcpu_id;
    vcpu->vpidr = CP15_READ(MIDR);
    vcpu->vmpidr = BIT(31) | (kvm->online_vcpus == 1 ? BIT(30) : 0) | id; /* multiprocessing format; U */
    vcpu->actlr = kvm->online_vcpus > 1 ? CP15_READ(ACTLR) | ACTLR_SMP : CP15_READ(ACTLR) & ~ACTLR_SMP;
    vcpu->hcr = HCR_GUEST_MASK;
    memset(&vcpu->vfp_guest, 0, sizeof(vcpu->vfp_guest));
    timer_cancel(&vcpu->background_timer);
    vcpu->timer_cpu.cntv_ctl = 0;
    vcpu->timer_cpu.cntv_cval = 0;
    kvm_ptimer_reset(vcpu);
    vcpu->mmio.open = false;
    vcpu->initialized = true;
}

u32 *vcpu_reg(struct kvm_vcpu *vcpu, u32 n)
{
    u32 mode = *vcpu_cpsr(vcpu) & 0x1f;

    if (n >= 8 && n <= 14 && mode == 0x11)
        return &vcpu->regs.fiq_regs[n - 8];
    if (n == 13 || n == 14) {
        switch (mode) {
        case 0x12: return &vcpu->regs.irq_regs[n - 13];
        case 0x13: return &vcpu->regs.svc_regs[n - 13];
        case 0x17: return &vcpu->regs.abt_regs[n - 13];
        case 0x1b: return &vcpu->regs.und_regs[n - 13];
        }
    }
    return &vcpu->regs.usr_regs[n];
}

void kvm_vcpu_kick(struct kvm_vcpu *vcpu)
{
    if (vcpu->thread)
        thread_wake(vcpu->thread);
    dmb();
    struct cpu *cpu = vcpu->cpu;
    if (vcpu->in_guest && cpu != this_cpu())
        irq_send_sgi(cpu, SGI_RESCHEDULE); /* an interrupt is an exit */
}

void kvm_vcpu_block(struct kvm_vcpu *vcpu)
{
    kvm_timer_schedule(vcpu);
    vcpu->blocked = true;
    while (!kvm_vgic_vcpu_pending_irq(vcpu) && !(vcpu->hcr & HCR_VA) && !vcpu->exit_request && !current->process->killed)
        thread_block();
    vcpu->blocked = false;
    kvm_timer_unschedule(vcpu);
    vcpu->stat.halt_wakeup++;
}

void kvm_vcpu_request_exit(struct kvm_vcpu *vcpu)
{
    vcpu->exit_request = true;
    kvm_vcpu_kick(vcpu);
}

/* A key on the host's console: the VMM has to see it. */
static void console_input(void *context)
{
    kvm_vcpu_request_exit(context);
}

static inline bool must_leave(struct kvm_vcpu *vcpu)
{
    return vcpu->exit_request || current->process->killed;
}

static void leave_guest(struct kvm_vcpu *vcpu)
{
    vcpu->in_guest = false;
    dmb(); /* what the core did as this VM is done */
    vcpu->cpu->running_vcpu = NULL;
}

/* With interrupts masked. False: something wants to be done first. */
static bool prepare_to_enter(struct kvm_vcpu *vcpu)
{
    struct cpu *cpu = this_cpu();

    vcpu->cpu = cpu;
    vcpu->in_guest = true;
    cpu->running_vcpu = vcpu;
    dmb();
    if (!must_leave(vcpu) && !cpu->need_resched && !vcpu->power_off && !vmid_is_stale(vcpu->kvm))
        return true;
    leave_guest(vcpu);
    return false;
}

/*
 * A guest's translations are tagged with VMID and ASID, not with the vCPU, and a guest may have the same ASID
 * mean different tables on each of its processors: what the core holds of another vCPU of this VM has to go.
 */
static void own_the_tlb(struct kvm_vcpu *vcpu, struct kvm_vcpu **last)
{
    if (*last)
        kvm_call_hyp(__kvm_tlb_flush_local_vmid, vcpu->kvm);
    *last = vcpu;
}

static u32 enter_guest(struct kvm_vcpu *vcpu)
{
    struct kvm *kvm = vcpu->kvm;
    struct kvm_vcpu **last = &kvm->last_vcpu[vcpu->cpu->id];

    if (*last != vcpu)
        own_the_tlb(vcpu, last);
    if (kvm->linked_irq_count)
        kvm_linked_irqs_follow(vcpu);
    kvm_vgic_flush_hwstate(vcpu);
    kvm_timer_flush_hwstate(vcpu);
    vcpu->vfp_host = vcpu->cpu->host_vfp;
    trace(TRACE_KVM_ENTRY, vcpu, *vcpu_pc(vcpu));
    u32 exit_code = kvm_call_hyp(__kvm_vcpu_run, vcpu);
    leave_guest(vcpu);
    return exit_code;
}

s32 kvm_vcpu_ioctl_run(struct kvm_vcpu *vcpu)
{
    if (!kvm_vcpu_trylock(vcpu))
        return -EBUSY;
    if (!vcpu->initialized) {
        kvm_vcpu_unlock(vcpu);
        return -EINVAL;
    }
    kvm_finish_mmio(vcpu);
    vcpu->thread = current;
    if (vcpu->vcpu_id == 0)
        console_listen(console_input, vcpu);

    s32 result = 1;
    while (result > 0) {
        cond_resched();
        update_vttbr(vcpu->kvm);
        while (vcpu->power_off && !must_leave(vcpu))
            thread_block();

        irq_disable();
        if (!prepare_to_enter(vcpu)) {
            irq_enable();
            if (!must_leave(vcpu))
                continue;
            vcpu->exit_request = false;
            vcpu->run->exit_reason = KVM_EXIT_INTR;
            result = 0;
            break;
        }
        u32 exit_code = enter_guest(vcpu);
        irq_enable(); /* the host's pending interrupts are taken here */

        kvm_account_exit(vcpu, exit_code);
        if (boot_modules.move_interval && vcpu->stat.exits % boot_modules.move_interval == 0)
            kvm_move_a_page(vcpu->kvm);
        kvm_vgic_sync_hwstate(vcpu);
        kvm_timer_sync_hwstate(vcpu);
        result = handle_exit(vcpu, exit_code);
    }
    kvm_vcpu_unlock(vcpu);
    return result;
}
