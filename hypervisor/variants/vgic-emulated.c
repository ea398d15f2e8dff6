/*
 * A guest's CPU interface without a VGIC: every access to it is an exit, and the highvisor plays it.
 *
 * What a hypervisor has to do on a core whose interrupt controller has no virtual interface, and what the
 * VGIC saves: acknowledge and EOI cost a double trap each. The guest is told of a pending interrupt by
 * HCR.VI, set before entry. vgic_cpu keeps the interface's registers in their GICH places: VMCR holds
 * control, mask and binary point; the list registers hold the active interrupts, the innermost last.
 */
#include "vgic-lr.h"

#define GICC_CTLR 0x0000
#define GICC_PMR 0x0004
#define GICC_BPR 0x0008
#define GICC_IAR 0x000c
#define GICC_EOIR 0x0010
#define GICC_RPR 0x0014
#define GICC_HPPIR 0x0018
#define GICC_IIDR 0x00fc
#define IIDR 0x0202043b
#define NO_INTERRUPT 1023
#define IDLE_PRIORITY 0xff
#define VMCR_PRIORITY_SHIFT 27
#define VMCR_BPR_SHIFT 21
#define LR_PRIORITY_OF(lr) (BITS(lr, 27, 23) << 3)

u32 vgic_hardware_init(void)
{
    return 0;
}

void vgic_interface_vm_init(struct kvm *kvm)
{
    (void)kvm; /* no Stage 2 mapping: every access traps; no VGIC for the lowvisor to switch */
}

void vgic_interface_vcpu_init(struct kvm_vcpu *vcpu)
{
    (void)vcpu;
}

static u32 priority_mask(const struct kvm_vcpu *vcpu)
{
    return BITS(vcpu->vgic_cpu.vgic_vmcr, 31, 27) << 3;
}

static u32 running_priority(const struct kvm_vcpu *vcpu)
{
    const struct vgic_cpu *cpu = &vcpu->vgic_cpu;

    return cpu->nr_lr ? LR_PRIORITY_OF(cpu->vgic_lr[cpu->nr_lr - 1]) : IDLE_PRIORITY;
}

/* The pending interrupt of the highest priority, whatever mask and running priority say. */
static u32 highest_pending(struct kvm_vcpu *vcpu)
{
    u32 best = NO_INTERRUPT, best_priority = IDLE_PRIORITY + 1;

    if (!vgic_pending_on_cpu(vcpu))
        return NO_INTERRUPT;
    for (u32 irq = 0; (irq = vgic_next_raised(vcpu, irq)) < VGIC_NR_IRQS; irq++) {
        const struct vgic_irq *state = vgic_get_irq(vcpu, irq);
        if (!vgic_is_pending(state) || !vgic_targets_vcpu(vcpu, irq) || state->priority >= best_priority)
            continue;
        best = irq;
        best_priority = state->priority;
    }
    return best;
}

/* The interrupt that the guest is to take now, or NO_INTERRUPT. */
static u32 signalled(struct kvm_vcpu *vcpu)
{
    u32 irq = highest_pending(vcpu);

    if (irq == NO_INTERRUPT || !(vcpu->vgic_cpu.vgic_vmcr & 1))
        return NO_INTERRUPT;
    u32 priority = vgic_get_irq(vcpu, irq)->priority;
    return priority < priority_mask(vcpu) && priority < running_priority(vcpu) ? irq : NO_INTERRUPT;
}

void kvm_vgic_flush_hwstate(struct kvm_vcpu *vcpu)
{
    struct vgic_dist *dist = &vcpu->kvm->vgic;

    vcpu->hcr &= ~HCR_VI;
    if (!vgic_pending_on_cpu(vcpu))
        return;
    u32 flags = spin_lock(&dist->lock);
    if (signalled(vcpu) != NO_INTERRUPT)
        vcpu->hcr |= HCR_VI;
    spin_unlock(&dist->lock, flags);
}

void kvm_vgic_sync_hwstate(struct kvm_vcpu *vcpu)
{
    (void)vcpu;
}

bool vgic_interface_pending(struct kvm_vcpu *vcpu)
{
    (void)vcpu;
    return false;
}

bool vgic_interface_holds(struct kvm_vcpu *vcpu, u32 irq)
{
    return vgic_get_irq(vcpu, irq)->queued;
}

static u32 acknowledge(struct kvm_vcpu *vcpu)
{
    struct vgic_cpu *cpu = &vcpu->vgic_cpu;
    u32 irq = signalled(vcpu), source = 0;

    if (irq == NO_INTERRUPT)
        return NO_INTERRUPT;
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);
    if (irq < VGIC_NR_SGIS) {
        source = (u32)__builtin_ctz(state->sources);
        state->sources &= (u8)~BIT(source);
    }
    state->pending = irq < VGIC_NR_SGIS && state->sources;
    state->queued = true; /* until its EOI */
    vgic_touch(vcpu, irq);
    /* Each preempts the one before, so there are never more than there are priorities. */
    cpu->vgic_lr[cpu->nr_lr++] = LR_STATE_ACTIVE | (u32)(state->priority >> 3) << LR_PRIORITY_SHIFT |
                                 source << LR_SOURCE_SHIFT | irq;
    vcpu->stat.interrupts_queued++;
    return source << LR_SOURCE_SHIFT | irq;
}

static void remove_active(struct vgic_cpu *cpu, u32 at)
{
    cpu->nr_lr--;
    for (; at < cpu->nr_lr; at++)
        cpu->vgic_lr[at] = cpu->vgic_lr[at + 1];
}

static void end_of_interrupt(struct kvm_vcpu *vcpu, u32 value)
{
    struct vgic_cpu *cpu = &vcpu->vgic_cpu;
    u32 at = cpu->nr_lr;

    while (at > 0 && LR_VIRTUAL_ID(cpu->vgic_lr[at - 1]) != BITS(value, 9, 0))
        at--;
    if (at == 0)
        return; /* not active: ignored */
    struct vgic_irq *state = vgic_get_irq(vcpu, LR_VIRTUAL_ID(cpu->vgic_lr[at - 1]));
    state->queued = false;
    if (state->hw_intid) {
        if (state->hw_intid >= VGIC_NR_PRIVATE)
            irq_set_active(state->hw_intid, false); /* no list register does it */
        kvm_linked_irq_ended(vcpu, LR_VIRTUAL_ID(cpu->vgic_lr[at - 1]));
    }
    vgic_touch(vcpu, BITS(value, 9, 0));
    remove_active(cpu, at - 1);
    vcpu->stat.maintenance++;
}

static u32 read_register(struct kvm_vcpu *vcpu, u32 offset)
{
    switch (offset) {
    case GICC_CTLR: return vcpu->vgic_cpu.vgic_vmcr & 1;
    case GICC_PMR: return priority_mask(vcpu);
    case GICC_BPR: return BITS(vcpu->vgic_cpu.vgic_vmcr, 23, 21);
    case GICC_IAR: return acknowledge(vcpu);
    case GICC_RPR: return running_priority(vcpu);
    case GICC_HPPIR: return highest_pending(vcpu);
    case GICC_IIDR: return IIDR;
    }
    return 0;
}

static void set_field(u32 *vmcr, u32 shift, u32 mask, u32 value)
{
    *vmcr = (*vmcr & ~(mask << shift)) | (value & mask) << shift;
}

static void write_register(struct kvm_vcpu *vcpu, u32 offset, u32 value)
{
    u32 *vmcr = &vcpu->vgic_cpu.vgic_vmcr;

    switch (offset) {
    case GICC_CTLR: set_field(vmcr, 0, 1, value); break;
    case GICC_PMR: set_field(vmcr, VMCR_PRIORITY_SHIFT, 0x1f, value >> 3); break;
    case GICC_BPR: set_field(vmcr, VMCR_BPR_SHIFT, 7, value); break;
    case GICC_EOIR: end_of_interrupt(vcpu, value); break;
    }
}

bool vgic_interface_mmio(struct kvm_vcpu *vcpu, u64 ipa, u32 size, bool write, u32 *value)
{
    struct vgic_dist *dist = &vcpu->kvm->vgic;

    if (!dist->ready || ipa < dist->cpu_base || ipa - dist->cpu_base >= KVM_VGIC_V2_CPU_SIZE)
        return false;
    u32 offset = (u32)(ipa - dist->cpu_base);
    u32 flags = spin_lock(&dist->lock);
    if (size != 4) {
        *value = 0; /* GICC registers are words: RAZ/WI otherwise */
    } else if (write) {
        write_register(vcpu, offset, *value);
    } else {
        *value = read_register(vcpu, offset);
    }
    vgic_pass_on(vcpu);
    spin_unlock(&dist->lock, flags);
    return true;
}

/* ---- for a VMM that gets and sets the state ---- */

void vgic_interface_fold(struct kvm_vcpu *vcpu)
{
    (void)vcpu; /* what is pending is in the distributor alone */
}

/* Where it is among the active ones; nr_lr: it is none. */
static u32 find_active(const struct vgic_cpu *cpu, u32 irq)
{
    u32 at = 0;

    while (at < cpu->nr_lr && LR_VIRTUAL_ID(cpu->vgic_lr[at]) != irq)
        at++;
    return at;
}

bool vgic_interface_is_active(struct kvm_vcpu *vcpu, u32 irq, u32 *source)
{
    const struct vgic_cpu *cpu = &vcpu->vgic_cpu;
    u32 at = find_active(cpu, irq);

    *source = at < cpu->nr_lr && irq < VGIC_NR_SGIS ? LR_SOURCE(cpu->vgic_lr[at]) : 0;
    return at < cpu->nr_lr;
}

/* Each has preempted those before it: their order is that of their priorities, whatever order they come in here. */
void vgic_interface_set_active(struct kvm_vcpu *vcpu, u32 irq, bool active, u32 source)
{
    struct vgic_cpu *cpu = &vcpu->vgic_cpu;
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);
    u32 at = find_active(cpu, irq);

    if (at == cpu->nr_lr && !active)
        return; /* it may be another vCPU's */
    if (at < cpu->nr_lr)
        remove_active(cpu, at);
    state->queued = active && cpu->nr_lr < VGIC_MAX_LRS;
    if (!state->queued)
        return;
    for (at = cpu->nr_lr++; at > 0 && LR_PRIORITY_OF(cpu->vgic_lr[at - 1]) < state->priority; at--)
        cpu->vgic_lr[at] = cpu->vgic_lr[at - 1];
    cpu->vgic_lr[at] = LR_STATE_ACTIVE | lr_priority(state) | source << LR_SOURCE_SHIFT | irq;
}
