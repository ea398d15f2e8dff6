/*
 * The interface of /dev/kvm, second part: a VM's state. The registers of a vCPU (KVM_GET_ONE_REG, KVM_SET_ONE_REG,
 * KVM_GET_REG_LIST) and the attributes of the VGIC. Numbers are those of the kernel's API for 32-bit ARM.
 */
#ifndef KVM_ABI_STATE_H
#define KVM_ABI_STATE_H

#include "types.h"

/* ---- registers of a vCPU ---- */

/**
 * One register, whose value is at `addr`: 4 or 8 bytes, as its id says. ENOENT: there is no such register; EINVAL: there
 * is, but of another size, or its value can't be this one.
 */
struct kvm_one_reg {
    u64 id;
    u64 addr; /* user address */
};

/** All registers that can be set. E2BIG: there are more than `n`, which is then how many there are. */
struct kvm_reg_list {
    u64 n;
    u64 reg[];
};

/*
 * An id: architecture, size, group (which of the kernel's "coprocessors"), and the register in its group.
 *
 * Group 15, CP15: encoded as the instruction is. The registers of the virtual and the physical timer are among them, by
 * their encodings; CNTVCT is the VM's, not the vCPU's: whoever sets it sets it for all of them, and it goes on from there.
 * The registers that say what the machine is can be set to what they are, and to nothing else (EINVAL).
 */
#define KVM_REG_ARM 0x4000000000000000ull
#define KVM_REG_ARCH_MASK 0xff00000000000000ull
#define KVM_REG_SIZE_MASK 0x00f0000000000000ull
#define KVM_REG_SIZE_SHIFT 52 /* 2^n bytes */
#define KVM_REG_SIZE_U32 0x0020000000000000ull
#define KVM_REG_SIZE_U64 0x0030000000000000ull
#define KVM_REG_ARM_COPROC_SHIFT 16
#define KVM_REG_ARM_COPROC_MASK 0x000000000fff0000ull
#define KVM_REG_ARM_INDEX_MASK 0x000000000000ffffull
#define KVM_REG_ARM_32_CRN_SHIFT 11
#define KVM_REG_ARM_CRM_SHIFT 7
#define KVM_REG_ARM_OPC1_SHIFT 3

#define KVM_REG_ARM_GROUP(n) (KVM_REG_ARM | (u64)(n) << KVM_REG_ARM_COPROC_SHIFT)
#define KVM_REG_ARM_CP15 KVM_REG_ARM_GROUP(15)
#define KVM_REG_ARM_CP15_INDEX(opc1, crn, crm, opc2)                                               \
    ((crn) << KVM_REG_ARM_32_CRN_SHIFT | (crm) << KVM_REG_ARM_CRM_SHIFT | (opc1) << KVM_REG_ARM_OPC1_SHIFT | (opc2))
#define ARM_CP15_REG32(opc1, crn, crm, opc2)                                                       \
    (KVM_REG_ARM_CP15 | KVM_REG_SIZE_U32 | KVM_REG_ARM_CP15_INDEX(opc1, crn, crm, opc2))
#define ARM_CP15_REG64(opc1, crm) (KVM_REG_ARM_CP15 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CP15_INDEX(opc1, 0, crm, 0))

#define KVM_REG_ARM_TIMER_CTL ARM_CP15_REG32(0, 14, 3, 1)
#define KVM_REG_ARM_TIMER_CNT ARM_CP15_REG64(1, 14)
#define KVM_REG_ARM_TIMER_CVAL ARM_CP15_REG64(3, 14)
#define KVM_REG_ARM_PTIMER_CTL ARM_CP15_REG32(0, 14, 2, 1)
#define KVM_REG_ARM_PTIMER_CNT ARM_CP15_REG64(0, 14) /* the machine's: can be read, and is not in the list */
#define KVM_REG_ARM_PTIMER_CVAL ARM_CP15_REG64(2, 14)

/* Group 16: a word of struct kvm_regs. CPSR: EINVAL for a mode that a guest can't be in. */
#define KVM_REG_ARM_CORE KVM_REG_ARM_GROUP(16)
#define KVM_REG_ARM_CORE_REG(member) (KVM_REG_ARM_CORE | KVM_REG_SIZE_U32 | offsetof(struct kvm_regs, member) / 4)

/* Group 17: what CCSIDR is for each value of CSSELR. As the machine is. */
#define KVM_REG_ARM_DEMUX KVM_REG_ARM_GROUP(17)
#define KVM_REG_ARM_DEMUX_ID_CCSIDR 0x0000 /* | CSSELR */

/* Group 18: d0 to d31 (8 bytes), and control registers. FPSID, MVFR0 and MVFR1 are as the machine is. */
#define KVM_REG_ARM_VFP KVM_REG_ARM_GROUP(18)
#define KVM_REG_ARM_VFP_FPSID 0x1000
#define KVM_REG_ARM_VFP_FPSCR 0x1001
#define KVM_REG_ARM_VFP_MVFR1 0x1006
#define KVM_REG_ARM_VFP_MVFR0 0x1007
#define KVM_REG_ARM_VFP_FPEXC 0x1008
#define KVM_REG_ARM_VFP_FPINST 0x1009
#define KVM_REG_ARM_VFP_FPINST2 0x100a

/* Group 20: the PSCI version; EINVAL for one that there is not. KVM_ARM_VCPU_INIT sets it to 0.2, or 0.1. */
#define KVM_REG_ARM_FW KVM_REG_ARM_GROUP(20)
#define KVM_REG_ARM_PSCI_VERSION (KVM_REG_ARM_FW | KVM_REG_SIZE_U64 | 0)
#define KVM_ARM_PSCI_0_1 0x00001
#define KVM_ARM_PSCI_0_2 0x00002
#define KVM_ARM_PSCI_1_0 0x10000

/* ---- devices ---- */

/** ENODEV: there is no such type; EEXIST: the VM has its one already. */
struct kvm_create_device {
    u32 type;
    u32 fd; /* out: the device's descriptor */
    u32 flags;
};

#define KVM_DEV_TYPE_ARM_VGIC_V2 5
#define KVM_CREATE_DEVICE_TEST 1 /* a flag: whether it could be made */

/** ENXIO: there is no such attribute. */
struct kvm_device_attr {
    u32 flags; /* 0 */
    u32 group;
    u64 attr;
    u64 addr; /* user address of the value */
};

/*
 * Groups of the VGIC.
 *
 * ADDR, u64: the IPA of a frame. E2BIG: outside what there is of IPAs; EINVAL: not aligned to a page, or over the other
 * frame; EEXIST: it has one already.
 */
#define KVM_DEV_ARM_VGIC_GRP_ADDR 0
#define KVM_VGIC_V2_ADDR_TYPE_DIST 0
#define KVM_VGIC_V2_ADDR_TYPE_CPU 1
#define KVM_VGIC_V2_DIST_SIZE 0x1000
#define KVM_VGIC_V2_CPU_SIZE 0x2000
#define VGIC_ADDR_UNDEF 0xffffffffffffffffull /* what is read before one is set */

/*
 * DIST_REGS, CPU_REGS, u32: a register of the distributor, or of a CPU interface. `attr` is its offset, a multiple of 4,
 * and in bits 39:32 the vCPU whose banked one it is. EBUSY: a vCPU is in KVM_RUN, or the VGIC isn't initialized yet;
 * EINVAL: no such vCPU.
 *
 * The distributor's are those that a guest has, but SGIR; of ISPENDR and ICPENDR what is latched is seen and not the
 * level of lines; ISACTIVER and ICACTIVER are there (an SPI is active for the vCPU that has taken it), and SGI_SOURCE.
 * What a vCPU has pending and not taken is pending in the distributor. Of a CPU interface: CTLR, PMR (the mask's five bits
 * are bits 4:0 here), BPR, ABPR, APR0; without a VGIC the active priorities follow from what is active, and APR0 is 0.
 */
#define KVM_DEV_ARM_VGIC_GRP_DIST_REGS 1
#define KVM_DEV_ARM_VGIC_GRP_CPU_REGS 2
#define KVM_DEV_ARM_VGIC_CPUID_SHIFT 32
#define KVM_DEV_ARM_VGIC_DIST_SGI_SOURCE 0xd00 /* this system's own: which vCPU an active SGI is from, a byte for each */

/* NR_IRQS, u32: of all INTIDs, before it is initialized: 64 to 128, a multiple of 32. EBUSY: too late. */
#define KVM_DEV_ARM_VGIC_GRP_NR_IRQS 3

/* CTRL: INIT, without value. ENXIO: it has no addresses yet; ENODEV: there is no vCPU; EBUSY: it was already. */
#define KVM_DEV_ARM_VGIC_GRP_CTRL 4
#define KVM_DEV_ARM_VGIC_CTRL_INIT 0

#endif
