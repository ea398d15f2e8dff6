/*
 * The hypervisor's interface of the GIC (GICH) in bits, and what every use of list registers needs.
 * ARM IHI 0048B, chapter 5.
 */
#ifndef VGIC_LR_H
#define VGIC_LR_H

#include "kvm.h"
#include "vcpu-layout.h"

#define LR_HW BIT(31)
#define LR_STATE_PENDING BIT(28)
#define LR_STATE_ACTIVE BIT(29)
#define LR_EOI_MAINTENANCE BIT(19)
#define LR_VIRTUAL_ID(lr) BITS(lr, 9, 0)
#define LR_SOURCE_SHIFT 10
#define LR_PHYSICAL_ID_SHIFT 10 /* with LR_HW */
#define LR_SOURCE(lr) BITS(lr, 12, 10)
#define LR_PRIORITY_SHIFT 23
#define LR_PRIORITY (0x1f << LR_PRIORITY_SHIFT)
#define GICH_HCR_EN BIT(0)
#define GICH_HCR_UIE BIT(1)
#define GICH_MISR_U BIT(1)
#define GICH_VTR_LIST_REGS(vtr) (BITS(vtr, 5, 0) + 1)

/** The five bits of an interrupt's priority that a list register has, in their place. */
static inline u32 lr_priority(const struct vgic_irq *irq)
{
    return (u32)(irq->priority >> 3) << LR_PRIORITY_SHIFT;
}

/** How many list registers this core has. */
static inline u32 vgic_list_registers(void)
{
    u32 count = GICH_VTR_LIST_REGS(read32(device_va(BOARD_GICH_BASE) + GICH_VTR));

    return count > VGIC_MAX_LRS ? VGIC_MAX_LRS : count;
}

/** The guest's CPU interface becomes the hardware's virtual one: acknowledge and EOI never trap. */
static inline void vgic_map_virtual_interface(struct kvm *kvm)
{
    u32 flags = spin_lock(&kvm->mmu_lock);

    for (u32 offset = 0; offset < BOARD_GICC_SIZE; offset += PAGE_SIZE)
        stage2_map(kvm, kvm->vgic.cpu_base + offset, BOARD_GICV_BASE + offset, PAGE_SIZE,
                   S2_DEVICE | S2_READ | S2_WRITE | PTE_XN);
    spin_unlock(&kvm->mmu_lock, flags);
    kvm->vctrl_base = device_va(BOARD_GICH_BASE);
}

#endif
