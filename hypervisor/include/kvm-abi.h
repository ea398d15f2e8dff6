/*
 * The interface of /dev/kvm: what a VMM at PL0 sees. Names and shapes are those of the kernel's API.
 *
 *   open("/dev/kvm") -> ioctl KVM_CREATE_VM -> VM descriptor
 *   VM:   KVM_SET_USER_MEMORY_REGION, KVM_CREATE_IRQCHIP, KVM_CREATE_VCPU, KVM_IRQ_LINE, ...
 *   vCPU: mmap gives struct kvm_run; KVM_ARM_VCPU_INIT, KVM_SET_REGS, KVM_GET_REGS, KVM_RUN
 */
#ifndef KVM_ABI_H
#define KVM_ABI_H

#include "types.h"

#define KVM_API_VERSION 12

/* of /dev/kvm */
#define KVM_GET_API_VERSION 0xae00
#define KVM_CREATE_VM 0xae01 /* argument: user address of a name, or 0 */
#define KVM_GET_VCPU_MMAP_SIZE 0xae04
/* of a VM */
#define KVM_CREATE_VCPU 0xae41
#define KVM_GET_DIRTY_LOG 0x4010ae42
#define KVM_SET_USER_MEMORY_REGION 0x4020ae46
#define KVM_CREATE_IRQCHIP 0xae60
#define KVM_IRQ_LINE 0x4008ae61
#define KVM_ASSIGN_DEVICE 0x4010ae69
#define KVM_ASSIGN_DEV_IRQ 0x4008ae70
/* of a vCPU */
#define KVM_RUN 0xae80
#define KVM_GET_REGS 0x8098ae81
#define KVM_SET_REGS 0x4098ae82
#define KVM_SET_ONE_REG 0x4010aeac
#define KVM_ARM_VCPU_INIT 0x4020aeae
#define KVM_GET_STATISTICS 0x8000aeaf /* of a VM, too */

/** The 38 general-purpose registers of a vCPU. SP, LR, SPSR of a mode in this order. */
struct kvm_regs {
    u32 usr_regs[18]; /* r0-r12, SP_usr, LR_usr, PC, CPSR, orig_r0 */
    u32 svc_regs[3];
    u32 abt_regs[3];
    u32 und_regs[3];
    u32 irq_regs[3];
    u32 fiq_regs[8]; /* r8-r12, SP, LR, SPSR */
};

#define KVM_MEM_LOG_DIRTY_PAGES 1 /* which pages the guest writes to is recorded: KVM_GET_DIRTY_LOG */
#define KVM_MEM_READONLY 2        /* a write of the guest's is KVM_EXIT_MMIO */

/**
 * A range of IPAs backed by the VMM's own memory. Size 0 removes the slot. The same range once more, with other
 * KVM_MEM_LOG_DIRTY_PAGES, begins or ends the log and leaves the rest as it is.
 */
struct kvm_userspace_memory_region {
    u32 slot;
    u32 flags; /* KVM_MEM_* */
    u64 guest_phys_addr;
    u64 memory_size;
    u64 userspace_addr;
};

/**
 * Which pages of a slot the guest has written to since its log began or was last asked for: bit n % 32 of word n / 32
 * is page n of the slot, in as many whole words as that takes. Asking clears the log: a write that comes later is in
 * the next one. What the VMM itself writes is not in it. ENOENT: the slot has no log.
 */
struct kvm_dirty_log {
    u32 slot;
    u32 padding1;
    u64 dirty_bitmap; /* user address */
};

/**
 * A physical device given to the VM as it is: Stage 2 maps IPA to PA as Device memory. It is reset before, and when the
 * VM ends. EBUSY: it is another VM's; EINVAL: there is none that may be given away at this PA, of this size.
 */
struct kvm_assigned_device {
    u64 guest_phys_addr;
    u32 host_phys_addr;
    u32 size;
};

/**
 * Its interrupt: the SPI `host_irq` of the machine becomes the SPI `guest_irq` of the VM, and the guest's EOI ends
 * both. After the VM's first vCPU was made. EBUSY: either is taken, by the host or by a VM.
 */
struct kvm_assigned_irq {
    u32 host_irq; /* INTID */
    u32 guest_irq;
};

#define KVM_ARM_IRQ_TYPE_SHIFT 24
#define KVM_ARM_IRQ_VCPU_SHIFT 16
#define KVM_ARM_IRQ_TYPE_SPI 1
#define KVM_ARM_IRQ_TYPE_PPI 2

struct kvm_irq_level {
    u32 irq; /* type << 24 | vCPU << 16 | INTID */
    u32 level;
};

#define KVM_ARM_VCPU_POWER_OFF 1 /* wait for PSCI CPU_ON */
#define KVM_ARM_VCPU_PSCI_0_2 4  /* PSCI from 0.2 on; without, 0.1 */

/* Of KVM_SET_ONE_REG: the PSCI version that a vCPU with KVM_ARM_VCPU_PSCI_0_2 has; 0.2 if not set. */
#define KVM_REG_ARM_PSCI_VERSION 0x4030000000140000ull
#define KVM_ARM_PSCI_0_1 0x00001
#define KVM_ARM_PSCI_0_2 0x00002
#define KVM_ARM_PSCI_1_0 0x10000

struct kvm_one_reg {
    u64 id;
    u64 addr; /* user address of the value, 64 bits here */
};

struct kvm_vcpu_init {
    u32 target; /* 0: Cortex-A15 */
    u32 features;
    u32 reserved[6];
};

#define KVM_EXIT_UNKNOWN 0
#define KVM_EXIT_MMIO 6
#define KVM_EXIT_FAIL_ENTRY 9
#define KVM_EXIT_INTR 10
#define KVM_EXIT_INTERNAL_ERROR 17
#define KVM_EXIT_SYSTEM_EVENT 24

#define KVM_SYSTEM_EVENT_SHUTDOWN 1
#define KVM_SYSTEM_EVENT_RESET 2

/** Shared between the kernel and the VMM, one page per vCPU: why KVM_RUN returned. */
struct kvm_run {
    u32 exit_reason;
    u32 reserved;
    union {
        struct {
            u64 phys_addr;
            union {
                u8 data[8];
                u32 value; /* of the access, which is never more than a word; in its lower bits */
            };
            u32 len;
            u32 is_write;
        } mmio;
        struct {
            u32 type;
        } system_event;
        struct {
            u32 hsr;
            u32 hxfar;
            u64 ipa;
            u32 pc;
        } internal;
    };
};

/**
 * Counts since the vCPU was made. `exits_by_class` is indexed by HSR.EC. Those that the kernel's struct kvm_vcpu_stat
 * has, too, have its names; a halted vCPU blocks at once, so that there is nothing to count of halt polling.
 */
struct kvm_vcpu_statistics {
    u32 exits;
    u32 exits_by_class[64];
    u32 irq_exits;
    u32 hvc_exit_stat;
    u32 smc_exits;
    u32 wfi_exit_stat;
    u32 wfe_exit_stat;
    u32 cp14_exits;
    u32 cp15_exits;
    u32 set_way_exits;
    u32 vm_register_exits;
    u32 stage2_faults;
    u32 mmio_exit_user;
    u32 mmio_exit_kernel;
    u32 skipped_instructions; /* condition failed: nothing to emulate */
    u32 undefined_injected;
    u32 aborts_injected;
    u32 interrupts_queued;    /* put into a list register */
    u32 maintenance;          /* EOI maintenance handled */
    u32 vtimer_injections;
    u32 ptimer_injections;
    u32 vfp_switches;
    u32 halt_wakeup;
    u32 dirty_faults; /* writes to pages that were write-protected for the dirty log */
    u32 linked_interrupts; /* of pass-through devices, ended by the guest: LR.HW */
    u32 asynchronous_aborts; /* of the guest, alone or together with another exit: given to it as virtual ones */
    u32 access_faults; /* first uses of pages since the host asked whether they are used */
};

/** Of the VM as a whole: what the host did with its memory. */
struct kvm_vm_statistics {
    u32 pages_young;     /* found used when it was asked; their access flags were cleared */
    u32 pages_unmapped;  /* taken back */
    u32 tables_returned; /* of Stage 2: nothing was left in them */
};

#endif
