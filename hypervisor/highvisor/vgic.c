/*
 * The virtual GIC: from the virtual distributor's pending interrupts to list registers, and back.
 *
 * Before each entry, every interrupt that is pending, enabled and targeted at the vCPU gets a list
 * register (GICH_LR): the one it has already, or a free one. If there are too few, GICH_HCR.UIE asks for
 * a maintenance interrupt when they run dry. After each exit, finished list registers (ELRSR) are freed.
 * An edge is forgotten once it is in a list register; a level-sensitive interrupt stays "queued" until its
 * EOI, which the LR's EOI bit reports by a maintenance interrupt, then its line is looked at again.
 */
#include "kvm.h"
#include "vcpu-layout.h"

#define LR_STATE_PENDING BIT(28)
#define LR_STATE_ACTIVE BIT(29)
#define LR_EOI_MAINTENANCE BIT(19)
#define LR_VIRTUAL_ID(lr) BITS(lr, 9, 0)
#define LR_SOURCE_SHIFT 10
#define LR_SOURCE(lr) BITS(lr, 12, 10)
#define LR_PRIORITY_SHIFT 23
#define GICH_HCR_EN BIT(0)
#define GICH_HCR_UIE BIT(1)
#define GICH_MISR_U BIT(1)
#define GICH_VTR_LIST_REGS(vtr) (BITS(vtr, 5, 0) + 1)

static u32 nr_lr;

u32 vgic_hardware_init(void)
{
    nr_lr = GICH_VTR_LIST_REGS(read32(device_va(BOARD_GICH_BASE) + GICH_VTR));
    if (nr_lr > VGIC_MAX_LRS)
        nr_lr = VGIC_MAX_LRS;
    return nr_lr;
}

void vgic_vcpu_init(struct kvm_vcpu *vcpu)
{
    memset(vcpu->irq_lr_map, LR_EMPTY, sizeof(vcpu->irq_lr_map));
    vcpu->vgic_cpu.nr_lr = nr_lr;
    vcpu->vgic_cpu.vgic_hcr = GICH_HCR_EN;
    for (u32 i = 0; i < VGIC_NR_PRIVATE; i++) {
        vcpu->private_irqs[i].edge = true;
        vcpu->private_irqs[i].enabled = i < VGIC_NR_SGIS;
    }
}

void vgic_vm_init(struct kvm *kvm)
{
    for (u32 i = 0; i < VGIC_NR_SPIS; i++)
        kvm->vgic.spis[i].targets = 1;
    /* The guest's CPU interface is the hardware's virtual one: acknowledge and EOI never trap. */
    for (u32 offset = 0; offset < BOARD_GICC_SIZE; offset += PAGE_SIZE)
        stage2_map(kvm, BOARD_GICC_BASE + offset, BOARD_GICV_BASE + offset, PAGE_SIZE,
                   S2_DEVICE | S2_READ | S2_WRITE | PTE_XN);
    kvm->vctrl_base = device_va(BOARD_GICH_BASE);
    kvm->vgic.ready = true;
}

struct vgic_irq *vgic_get_irq(struct kvm_vcpu *vcpu, u32 irq)
{
    return irq < VGIC_NR_PRIVATE ? &vcpu->private_irqs[irq] : &vcpu->kvm->vgic.spis[irq - VGIC_NR_PRIVATE];
}

static bool targets_vcpu(struct kvm_vcpu *vcpu, u32 irq)
{
    return irq < VGIC_NR_PRIVATE || (vgic_get_irq(vcpu, irq)->targets & BIT(vcpu->vcpu_id));
}

static bool is_pending(const struct vgic_irq *irq)
{
    return irq->enabled && (irq->pending || (irq->level && !irq->edge)) && !irq->queued;
}

static bool has_pending(struct kvm_vcpu *vcpu)
{
    for (u32 irq = 0; vcpu->kvm->vgic.enabled && irq < VGIC_NR_IRQS; irq++)
        if (is_pending(vgic_get_irq(vcpu, irq)) && targets_vcpu(vcpu, irq))
            return true;
    return false;
}

void vgic_update_state(struct kvm *kvm)
{
    kvm->vgic.irq_pending_on_cpu = 0;
    for (u32 i = 0; i < KVM_MAX_VCPUS; i++)
        if (kvm->vcpus[i] && has_pending(kvm->vcpus[i]))
            kvm->vgic.irq_pending_on_cpu |= BIT(i);
}

static bool pending_on_cpu(const struct kvm_vcpu *vcpu)
{
    return (vcpu->kvm->vgic.irq_pending_on_cpu & BIT(vcpu->vcpu_id)) != 0;
}

static bool lr_is_used(const struct kvm_vcpu *vcpu, u32 lr)
{
    return (vcpu->lr_used[lr / 32] & BIT(lr % 32)) != 0;
}

/* Puts an interrupt into a list register. False: all are in use. */
static bool vgic_queue_irq(struct kvm_vcpu *vcpu, u32 source, u32 irq)
{
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);
    u32 *lrs = vcpu->vgic_cpu.vgic_lr;
    u32 eoi = state->edge ? 0 : LR_EOI_MAINTENANCE;
    u32 lr = vcpu->irq_lr_map[irq];

    if (lr != LR_EMPTY && LR_SOURCE(lrs[lr]) == source) {
        lrs[lr] |= LR_STATE_PENDING | eoi; /* still there: pending again */
        vcpu->stat.interrupts_queued++;
        return true;
    }
    for (lr = 0; lr < nr_lr && lr_is_used(vcpu, lr); lr++)
        ;
    if (lr == nr_lr)
        return false;
    lrs[lr] = LR_STATE_PENDING | eoi | (u32)(state->priority >> 3) << LR_PRIORITY_SHIFT |
              source << LR_SOURCE_SHIFT | irq;
    vcpu->irq_lr_map[irq] = (u8)lr;
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
    return true;
}

void kvm_vgic_flush_hwstate(struct kvm_vcpu *vcpu)
{
    struct vgic_dist *dist = &vcpu->kvm->vgic;
    bool overflow = false;

    if (!dist->ready || (!pending_on_cpu(vcpu) && !(vcpu->vgic_cpu.vgic_hcr & GICH_HCR_UIE)))
        return;
    u32 flags = spin_lock(&dist->lock);
    for (u32 irq = 0; dist->enabled && irq < VGIC_NR_IRQS; irq++) {
        if (!is_pending(vgic_get_irq(vcpu, irq)) || !targets_vcpu(vcpu, irq))
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
    *value &= ~LR_EOI_MAINTENANCE;
    vcpu->vgic_cpu.vgic_elrsr[lr / 32] |= BIT(lr % 32);
    vcpu->stat.maintenance++;
}

void kvm_vgic_sync_hwstate(struct kvm_vcpu *vcpu)
{
    struct vgic_dist *dist = &vcpu->kvm->vgic;
    struct vgic_cpu *cpu = &vcpu->vgic_cpu;

    if (!dist->ready)
        return;
    u32 flags = spin_lock(&dist->lock);
    bool ended = false;
    for (u32 lr = 0; lr < nr_lr; lr++) {
        u32 bit = BIT(lr % 32);
        if (!lr_is_used(vcpu, lr))
            continue;
        if (cpu->vgic_eisr[lr / 32] & bit) {
            handle_eoi_maintenance(vcpu, lr);
            ended = true;
        }
        if (cpu->vgic_elrsr[lr / 32] & bit) {
            vcpu->lr_used[lr / 32] &= ~bit;
            vcpu->irq_lr_map[LR_VIRTUAL_ID(cpu->vgic_lr[lr])] = LR_EMPTY;
            cpu->vgic_lr[lr] = 0;
        }
    }
    /* Consumed: the next world switch out records them anew. */
    memset(cpu->vgic_eisr, 0, sizeof(cpu->vgic_eisr));
    memset(cpu->vgic_elrsr, 0, sizeof(cpu->vgic_elrsr));
    if (cpu->vgic_misr & GICH_MISR_U)
        cpu->vgic_hcr &= ~GICH_HCR_UIE;
    if (ended)
        vgic_update_state(vcpu->kvm); /* lines that are still high are pending again */
    spin_unlock(&dist->lock, flags);
}

bool kvm_vgic_vcpu_pending_irq(struct kvm_vcpu *vcpu)
{
    for (u32 lr = 0; lr < nr_lr; lr++)
        if (lr_is_used(vcpu, lr) && (vcpu->vgic_cpu.vgic_lr[lr] & LR_STATE_PENDING))
            return true;
    return pending_on_cpu(vcpu);
}

static void kick_targets(struct kvm *kvm, u32 irq)
{
    for (u32 i = 0; i < KVM_MAX_VCPUS; i++)
        if (kvm->vcpus[i] && targets_vcpu(kvm->vcpus[i], irq))
            kvm_vcpu_kick(kvm->vcpus[i]);
}

s32 kvm_vgic_inject_irq(struct kvm *kvm, u32 vcpu_id, u32 irq, bool level)
{
    struct kvm_vcpu *vcpu = vcpu_id < KVM_MAX_VCPUS ? kvm->vcpus[vcpu_id] : NULL;

    if (!vcpu || irq < VGIC_NR_SGIS || irq >= VGIC_NR_IRQS || !kvm->vgic.ready)
        return -EINVAL;
    u32 flags = spin_lock(&kvm->vgic.lock);
    struct vgic_irq *state = vgic_get_irq(vcpu, irq);
    bool rising = irq < VGIC_NR_PRIVATE ? level : level && !state->level;
    if (state->edge && rising)
        state->pending = true;
    state->level = level;
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
        if (kvm->vcpus[i] != vcpu)
            kvm_vcpu_kick(kvm->vcpus[i]);
    }
}
