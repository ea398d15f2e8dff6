/*
 * The interface of /dev/kvm: what a VMM at PL0 sees. Names, numbers and shapes are those of the kernel's API for 32-bit
 * ARM, but for what is marked as this system's own; what is in registers, and the VGIC's attributes: kvm-abi-state.h.
 *
 *   open("/dev/kvm") -> ioctl KVM_CREATE_VM -> VM descriptor
 *   VM:   KVM_SET_USER_MEMORY_REGION, KVM_CREATE_VCPU, KVM_CREATE_DEVICE, KVM_IRQ_LINE, KVM_GET_DIRTY_LOG, ...
 *   vCPU: mmap gives struct kvm_run; KVM_ARM_VCPU_INIT, KVM_SET_ONE_REG, KVM_GET_ONE_REG, KVM_GET_REG_LIST, KVM_RUN
 *   device (the VGIC): KVM_SET_DEVICE_ATTR, KVM_GET_DEVICE_ATTR, KVM_HAS_DEVICE_ATTR
 *
 * A call returns 0 or more, or an error number, negated: EINVAL where nothing else is said. EFAULT: an address that is
 * not the process's, or not to be written to.
 *
 * A VM is made so: VM, memory, vCPUs, VGIC (its addresses, KVM_DEV_ARM_VGIC_CTRL_INIT), KVM_ARM_VCPU_INIT of each vCPU,
 * registers, KVM_RUN. Its whole state is its memory and what can be read here, while none of its vCPUs is in KVM_RUN:
 * the registers of each vCPU (KVM_GET_REG_LIST), KVM_GET_MP_STATE, KVM_GET_VCPU_EVENTS, the distributor's registers and each CPU
 * interface's; the levels of lines are the devices'. vmm/save-restore.c makes another VM of it, which goes on as this one
 * would have.
 */
#ifndef KVM_ABI_H
#define KVM_ABI_H

#include "kvm-abi-state.h"
#include "types.h"

#define KVM_API_VERSION 12

/* of /dev/kvm */
#define KVM_GET_API_VERSION 0xae00
#define KVM_CREATE_VM 0xae01 /* argument: user address of a name, or 0 */
#define KVM_CHECK_EXTENSION 0xae03 /* argument: KVM_CAP_*; 0: there is no such thing. Of a VM, too */
#define KVM_GET_VCPU_MMAP_SIZE 0xae04
/* of a VM */
#define KVM_CREATE_VCPU 0xae41
#define KVM_GET_DIRTY_LOG 0x4010ae42
#define KVM_SET_USER_MEMORY_REGION 0x4020ae46
#define KVM_IRQ_LINE 0x4008ae61
#define KVM_ASSIGN_DEVICE 0x4010ae69
#define KVM_ASSIGN_DEV_IRQ 0x4008ae70
#define KVM_CREATE_DEVICE 0xc00caee0
/* of a vCPU: each but KVM_KICK and KVM_GET_STATISTICS is EBUSY while it is in KVM_RUN */
#define KVM_RUN 0xae80
#define KVM_GET_REGS 0x8098ae81
#define KVM_SET_REGS 0x4098ae82
#define KVM_GET_MP_STATE 0x8004ae98
#define KVM_SET_MP_STATE 0x4004ae99
#define KVM_GET_VCPU_EVENTS 0x8040ae9f
#define KVM_SET_VCPU_EVENTS 0x4040aea0
#define KVM_GET_ONE_REG 0x4010aeab
#define KVM_SET_ONE_REG 0x4010aeac
#define KVM_ARM_VCPU_INIT 0x4020aeae
#define KVM_GET_REG_LIST 0xc008aeb0
#define KVM_GET_STATISTICS 0x8000aeaf /* of a VM, too; this system's own, as is: */
#define KVM_KICK 0xaefe /* KVM_RUN, now or when it is called next, is to return with KVM_EXIT_INTR: what a signal does */
/* of a device */
#define KVM_SET_DEVICE_ATTR 0x4018aee1
#define KVM_GET_DEVICE_ATTR 0x4018aee2
#define KVM_HAS_DEVICE_ATTR 0x4018aee3

/* What there is, in KVM_CHECK_EXTENSION's answer: 1, or the number that is named. */
#define KVM_CAP_IRQCHIP 0
#define KVM_CAP_USER_MEMORY 3
#define KVM_CAP_NR_VCPUS 9     /* the machine's cores */
#define KVM_CAP_NR_MEMSLOTS 10 /* memory slots of a VM */
#define KVM_CAP_MP_STATE 14
#define KVM_CAP_VCPU_EVENTS 41
#define KVM_CAP_MAX_VCPUS 66   /* vCPUs of a VM */
#define KVM_CAP_ONE_REG 70
#define KVM_CAP_READONLY_MEM 81
#define KVM_CAP_ARM_PSCI 87
#define KVM_CAP_DEVICE_CTRL 89
#define KVM_CAP_ARM_PSCI_0_2 102
#define KVM_CAP_ARM_INJECT_EXT_DABT 178

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

/* Bits of `features`. */
#define KVM_ARM_VCPU_POWER_OFF 1 /* wait for PSCI CPU_ON */
#define KVM_ARM_VCPU_PSCI_0_2 2  /* PSCI from 0.2 on; without, 0.1 */

/** Resets the vCPU, whether it is new or not. The other calls for its state come after this one. */
struct kvm_vcpu_init {
    u32 target; /* 0: Cortex-A15 */
    u32 features;
    u32 reserved[6];
};

/** Whether the vCPU waits for PSCI CPU_ON. */
struct kvm_mp_state {
    u32 mp_state; /* KVM_MP_STATE_* */
};

#define KVM_MP_STATE_RUNNABLE 0
#define KVM_MP_STATE_STOPPED 5

/**
 * What is pending for the vCPU beside interrupts. An external abort can be set after a KVM_EXIT_MMIO alone (else EINVAL): the
 * access is not done, and its instruction has a synchronous Data Abort, as where no device answers; it is read as 0.
 */
struct kvm_vcpu_events {
    u8 serror_pending; /* an asynchronous abort, which the guest has not taken yet */
    u8 serror_has_esr; /* 0: EINVAL otherwise, and so with what is reserved */
    u8 ext_dabt_pending;
    u8 pad[5];
    u64 serror_esr;
    u32 reserved[12];
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
