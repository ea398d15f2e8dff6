/*
 * The highvisor's structures: VM (struct kvm) and vCPU (struct kvm_vcpu), and its interfaces by file.
 *
 * The first part of both structures is shared with the lowvisor, which finds members by the offsets in
 * lowvisor/vcpu-layout.h; layout-check.c keeps the two in step. A debugger finds every VM from `vm_list`
 * (chained by `next`), its vCPUs in `vcpus`, its memory in `memslots`; a vCPU that is not running has its
 * whole state in `regs`, `cp15`, `vgic_cpu`, `timer_cpu` and `vfp_guest`.
 */
#ifndef KVM_H
#define KVM_H

#include "kernel.h"
#include "kvm-abi.h"
#include "kvm-arm.h"

#define KVM_MAX_VCPUS 8
#define KVM_MEMORY_SLOTS 8
#define KVM_ASSIGNED_DEVICES 4
#define VGIC_NR_PRIVATE 32
#define VGIC_NR_IRQS 128
#define VGIC_NR_SPIS (VGIC_NR_IRQS - VGIC_NR_PRIVATE)
#define VGIC_NR_SGIS 16
#define VGIC_MAX_LRS 64

/** Indices into kvm_regs.usr_regs beyond r0-r12. */
enum { USR_SP = 13, USR_LR = 14, USR_PC = 15, USR_CPSR = 16 };
/** Indices into svc_regs and its like. */
enum { BANK_SP = 0, BANK_LR = 1, BANK_SPSR = 2 };

/** The 24 CP15 registers the world switch exchanges, in the lowvisor's groups A, B and C. */
struct kvm_cp15_state {
    u32 sctlr, cpacr, ttbcr, dacr;
    u64 ttbr0, ttbr1;
    u32 prrr, nmrr, csselr;
    u32 contextidr, tpidrurw, tpidruro, tpidrprw;
    u32 dfsr, ifsr, adfsr, aifsr, dfar, ifar, vbar;
    u32 cntkctl, unused;
    u64 par;
    u32 amair0, amair1;
};

/** What the lowvisor recorded about the last trap. */
struct kvm_vcpu_fault_info {
    u32 hsr;
    u32 hxfar; /* HDFAR or HIFAR: VA */
    u32 hpfar; /* IPA[39:12] in bits 31:4 */
};

/** The virtual CPU interface as GICH shows it. */
struct vgic_cpu {
    u32 vgic_hcr;
    u32 vgic_vmcr;
    u32 vgic_misr;
    u32 vgic_eisr[2];
    u32 vgic_elrsr[2];
    u32 vgic_apr;
    u32 nr_lr;
    u32 vgic_lr[VGIC_MAX_LRS];
};

struct arch_timer_cpu {
    u32 cntv_ctl;
    u32 unused;
    u64 cntv_cval;
};

/** One interrupt of the virtual distributor. */
struct vgic_irq {
    u8 enabled;
    u8 level;    /* the line, of a level-sensitive interrupt */
    u8 pending;  /* latched: an edge, or set by ISPENDR */
    u8 queued;   /* level-sensitive: in a list register until its EOI */
    u8 edge;     /* ICFGR */
    u8 priority;
    u8 targets;  /* SPIs: mask of vCPUs */
    u8 sources;  /* SGIs: mask of the vCPUs that sent it */
    u8 active;   /* variants/vgic-ap-list.c: the guest has taken it and not ended it; */
    u8 active_source; /* from this vCPU, if an SGI */
    u8 hw_intid; /* linked to this physical interrupt, which the guest's EOI deactivates (LR.HW); 0: to none */
};

struct kvm;
struct psci_version;

/** A virtual CPU: a register file in memory, and the thread that runs it. */
struct kvm_vcpu {
    /* shared with the lowvisor */
    struct kvm_regs regs;
    struct kvm_cp15_state cp15;
    u32 vpidr;
    u32 vmpidr;
    u32 hcr; /* with what is pending for the guest: HCR.VA, and without a VGIC HCR.VI */
    struct kvm_vcpu_fault_info fault;
    u32 exit_code; /* ARM_EXCEPTION_* of the last world switch out, with ARM_EXIT_WITH_ABORT */
    u32 unused1;
    struct arch_timer_cpu timer_cpu;
    struct vgic_cpu vgic_cpu;
    u32 unused2;
    struct vfp_hard_struct vfp_guest;
    struct vfp_hard_struct *vfp_host;
    struct kvm *kvm;
    u32 hyp_host_sp;
    u32 vfp_switches;

    /* the highvisor's own */
    u32 vcpu_id;
    u32 actlr;
    struct thread *thread; /* the thread inside KVM_RUN */
    bool locked; /* a thread is in KVM_RUN, or sees to its registers: kvm_vcpu_trylock */
    u32 run_va;  /* where the VMM has `run`; 0: nowhere */
    struct kvm_run *run;
    bool initialized;
    bool power_off; /* waits for PSCI CPU_ON */
    const struct psci_version *psci; /* which PSCI it has */
    bool in_guest;    /* on its way in, in, or on its way out: whoever wants it out sends an interrupt */
    struct cpu *cpu;  /* where, while in_guest */
    bool exit_request; /* KVM_RUN is to return with KVM_EXIT_INTR */
    bool blocked;

    struct vgic_irq private_irqs[VGIC_NR_PRIVATE];
    u32 private_raised; /* as vgic_dist.spis_raised */
    u32 lr_used[2];

    struct soft_timer background_timer; /* stands in for the virtual timer while the vCPU is blocked */
    struct {
        u32 ctl;
        u64 cval;
        struct soft_timer timer; /* the comparator */
    } ptimer; /* the physical timer, all in software */

    struct {
        bool open;
        bool write, sign_extend;
        u32 rt, size;
        u32 pc, cpsr; /* of its instruction, which has been skipped */
    } mmio; /* the access that the VMM sees to, until KVM_RUN is called again, which completes a read */

    struct kvm_vcpu_statistics stat;
};

struct kvm_memory_slot {
    u64 base; /* IPA */
    u64 size;
    u32 userspace_addr;
    u32 flags;
    u32 *dirty_bitmap; /* a bit for each page; NULL: nothing is logged */
};

struct kvm_assigned {
    u64 ipa;
    u32 pa;
    u32 size;
};

/** A physical interrupt that is linked to one of the VM's. */
struct kvm_linked_irq {
    struct kvm *kvm;
    u32 host_irq;
    u32 guest_irq;
    struct cpu *cpu; /* which core it is for: where the vCPU last ran */
};

/** The virtual distributor's shared part. */
struct vgic_dist {
    struct spinlock lock;
    u32 enabled; /* GICD_CTLR */
    bool created; /* there is one: KVM_CREATE_DEVICE */
    bool ready;   /* the guest has it */
    u64 dist_base, cpu_base; /* IPAs; VGIC_ADDR_UNDEF: not said yet */
    u32 nr_irqs;
    u32 irq_pending_on_cpu; /* mask of the vCPUs that have something pending and not queued */
    u32 spis_raised[VGIC_NR_SPIS / 32]; /* those that are pending or whose line is high, a bit each: vgic_touch */
    struct vgic_irq spis[VGIC_NR_SPIS];
};

/** A virtual machine. */
struct kvm {
    /* shared with the lowvisor */
    u64 vttbr; /* Stage 2 root and VMID */
    u64 cntvoff;
    u32 timer_enabled;
    u32 vctrl_base; /* VA of GICH in Hyp; 0: no VGIC */

    struct kvm *next;
    u32 vm_id; /* 1, 2, ... in order of creation */
    char name[16];
    struct process *process; /* the VMM, whose memory is the VM's */
    u64 *pgd;                /* Stage 2 root: S2_PGD_ENTRIES descriptors */
    u32 vmid;
    u32 vmid_generation;
    struct spinlock lock;     /* vCPUs are made and switched on one at a time */
    struct spinlock mmu_lock; /* Stage 2 and memory slots */
    u32 mmu_notifier_seq;     /* how often the host took memory back or moved it */
    u32 mmu_notifier_count;   /* how much it is taking back just now */
    bool aged;                /* access flags were cleared that TLBs may still have set */
    struct kvm_vcpu *last_vcpu[NR_CPUS]; /* which vCPU's translations a core's TLB may hold */
    struct kvm_memory_slot memslots[KVM_MEMORY_SLOTS];
    u32 memslots_used; /* those after them were never set */
    struct kvm_assigned assigned[KVM_ASSIGNED_DEVICES];
    u32 assigned_count;
    struct kvm_linked_irq linked_irqs[KVM_ASSIGNED_DEVICES];
    u32 linked_irq_count;
    u32 next_moved; /* page of memory slot 0 that kvm_move_a_page takes next */
    struct kvm_vcpu *vcpus[KVM_MAX_VCPUS];
    u32 online_vcpus;
    u32 users; /* descriptors that refer to it */
    struct vgic_dist vgic;
    struct kvm_vm_statistics stat; /* under mmu_lock */
};

extern struct kvm *vm_list;

/* ---- kvm-init.c ---- */
void kvm_init(void);
/** The part of a core of its own: the lowvisor in its Hyp mode. */
void kvm_init_cpu(struct cpu *cpu);
bool create_hyp_mappings(const void *from, const void *to, u64 flags);
void remove_hyp_mappings(const void *from, const void *to);
u32 kvm_call_hyp(const void *function, ...);

/* ---- hyp-panic.c ---- */
/** The host's side of a fault in Hyp (from the Hyp vectors). */
void kvm_hyp_panic(void) __attribute__((noreturn));

/* ---- lowvisor ---- */
extern char __kvm_vcpu_run[], __kvm_tlb_flush_vmid[], __kvm_tlb_flush_local_vmid[], __kvm_flush_vm_context[],
    __kvm_flush_hyp_tlb[], __hyp_panic_init[];

/* ---- vm.c ---- */
struct kvm *kvm_create_vm(const char *name);
void kvm_get(struct kvm *kvm);
void kvm_put(struct kvm *kvm);
s32 kvm_set_memory_region(struct kvm *kvm, const struct kvm_userspace_memory_region *region);
struct kvm_memory_slot *kvm_find_memslot(struct kvm *kvm, u64 ipa);

/* ---- assigned-device.c ---- */
/** EBUSY: it is another VM's. EINVAL: it is none that may be given away. */
s32 kvm_assign_device(struct kvm *kvm, const struct kvm_assigned_device *device);
/** All of the VM's, and their interrupts: reset, and free. None of its vCPUs runs any more. */
void kvm_free_assigned_devices(struct kvm *kvm);

/* ---- linked-irq.c ---- */
/** The interrupt of a pass-through device. */
s32 kvm_assign_irq(struct kvm *kvm, const struct kvm_assigned_irq *irq);
void kvm_free_linked_irqs(struct kvm *kvm);
/** Before entry: the physical interrupts that are the vCPU's come to this core from now on. */
void kvm_linked_irqs_follow(struct kvm_vcpu *vcpu);
/** The guest has ended an interrupt that is linked to a physical one. With the distributor's lock held. */
void kvm_linked_irq_ended(struct kvm_vcpu *vcpu, u32 irq);

/* ---- vcpu.c ---- */
/** 0; ENOMEM; EINVAL: no such vCPU may be made, or it is there. */
s32 kvm_create_vcpu(struct kvm *kvm, u32 id, struct kvm_vcpu **created);
void kvm_free_vcpu(struct kvm_vcpu *vcpu);
void kvm_reset_vcpu(struct kvm_vcpu *vcpu);
/** Who has it has the vCPU's registers. False: another has it, in KVM_RUN for instance. */
bool kvm_vcpu_trylock(struct kvm_vcpu *vcpu);
void kvm_vcpu_unlock(struct kvm_vcpu *vcpu);
/** All of the VM's at once, or none: false. */
bool kvm_lock_all_vcpus(struct kvm *kvm);
void kvm_unlock_all_vcpus(struct kvm *kvm);
s32 kvm_vcpu_ioctl_run(struct kvm_vcpu *vcpu);
/** KVM_RUN is to return, now or when it is called next. */
void kvm_vcpu_request_exit(struct kvm_vcpu *vcpu);
/** Wakes it if it is blocked; if it runs on another core, makes it leave its guest, and look what there is. */
void kvm_vcpu_kick(struct kvm_vcpu *vcpu);
void kvm_vcpu_block(struct kvm_vcpu *vcpu);
/** Register n of the mode the vCPU is in; 15 is the PC. */
u32 *vcpu_reg(struct kvm_vcpu *vcpu, u32 n);

static inline u32 *vcpu_pc(struct kvm_vcpu *vcpu)
{
    return &vcpu->regs.usr_regs[USR_PC];
}

static inline u32 *vcpu_cpsr(struct kvm_vcpu *vcpu)
{
    return &vcpu->regs.usr_regs[USR_CPSR];
}

/* ---- vmid.c ---- */
/** Gives the VM a VMID of the present generation and sets its VTTBR. */
void update_vttbr(struct kvm *kvm);
extern volatile u32 vmid_generation;

static inline bool vmid_is_stale(const struct kvm *kvm)
{
    return kvm->vmid_generation != vmid_generation;
}

/* ---- stage2.c ---- */
#define S2_READ BIT(6)
#define S2_WRITE BIT(7)
#define S2_NORMAL (0xfu << 2)
#define S2_DEVICE (1u << 2)
bool stage2_alloc_pgd(struct kvm *kvm);
void stage2_free_pgd(struct kvm *kvm);
/** With mmu_lock held. False: no memory for tables. */
bool stage2_map(struct kvm *kvm, u64 ipa, u32 pa, u32 size, u64 attributes);
/** Tables that are empty then go, too. With mmu_lock held. */
void stage2_unmap(struct kvm *kvm, u64 ipa, u64 size);
/** Takes the right to write from whatever is mapped in the range. With mmu_lock held; the caller flushes the TLBs. */
void stage2_write_protect(struct kvm *kvm, u64 ipa, u64 size);
/** Sets the access flag of what is mapped at `ipa`, if anything is. With mmu_lock held. */
void stage2_make_young(struct kvm *kvm, u64 ipa);
/** Clears those of the range, and says whether any was set. With mmu_lock held; the caller flushes the TLBs in time. */
bool stage2_make_old(struct kvm *kvm, u64 ipa, u32 size);
void stage2_flush_vm(struct kvm *kvm);
/** Puts a page of the VM's RAM elsewhere: the guest faults it in again. The next one with each call. */
void kvm_move_a_page(struct kvm *kvm);
void kvm_tlb_flush_vmid(struct kvm *kvm);

/* ---- mmu-notifier.c: what the host does with a VMM's memory; with reclaim_lock held ---- */
/** Whether a VM has used the page or block at `hva` since this was last asked. */
bool kvm_age_hva(struct process *process, u32 hva, u32 size);
/** Flushes the TLBs of the VMs for which kvm_age_hva has said yes. */
void kvm_flush_aged(void);
/** Takes the page from its VMs; from here to the end none gets it again. */
void kvm_invalidate_hva_start(struct process *process, u32 hva);
void kvm_invalidate_hva_end(struct process *process);

/* ---- dirty-log.c ---- */
/** An empty log for a slot of `size` bytes; NULL: no memory. */
u32 *dirty_log_alloc(u64 size);
void dirty_log_free(u32 *bitmap, u64 size);
/** The guest is about to write to the page at `ipa`. With mmu_lock held. */
void dirty_log_mark(struct kvm_memory_slot *slot, u64 ipa);
/** What was written since the last call goes to user space, and is to be written for the first time once more. */
s32 kvm_get_dirty_log(struct kvm *kvm, const struct kvm_dirty_log *log);

/* ---- stage2-fault.c, mmio.c ---- */
s32 kvm_handle_guest_abort(struct kvm_vcpu *vcpu);
s32 io_mem_abort(struct kvm_vcpu *vcpu, u64 ipa);
void kvm_finish_mmio(struct kvm_vcpu *vcpu);
/** The access that KVM_RUN returned for is an external abort instead. False: it did not return for any. */
bool kvm_abort_mmio(struct kvm_vcpu *vcpu);

/* ---- exit.c, condition.c ---- */
s32 handle_exit(struct kvm_vcpu *vcpu, u32 exit_code);
bool kvm_condition_valid(struct kvm_vcpu *vcpu);
/** Moves PC over the trapped instruction and ITSTATE with it. */
void kvm_skip_instruction(struct kvm_vcpu *vcpu);

/* ---- coproc.c ---- */
s32 kvm_handle_cp15_32(struct kvm_vcpu *vcpu);
s32 kvm_handle_cp15_64(struct kvm_vcpu *vcpu);
s32 kvm_handle_cp14_32(struct kvm_vcpu *vcpu);
s32 kvm_handle_cp14_64(struct kvm_vcpu *vcpu);
s32 kvm_handle_cp14_load_store(struct kvm_vcpu *vcpu);
/** Panics if the table is not sorted. */
void kvm_coproc_check_order(void);
/* What one-reg.c has of it: the size that the id's register has (0: there is none), and of one that there is, its value. */
u64 kvm_cp15_size(u64 id);
u64 kvm_cp15_get(struct kvm_vcpu *vcpu, u64 id);
s32 kvm_cp15_set(struct kvm_vcpu *vcpu, u64 id, u64 value);
/** The id of the n-th register that can be set; false: there are not so many. */
bool kvm_cp15_id(u32 n, u64 *id);

/* ---- one-reg.c ---- */
/** Whether the mode is one that a guest may be in. */
bool kvm_mode_is_valid(u32 cpsr);
s32 kvm_get_one_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg);
s32 kvm_set_one_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg);
s32 kvm_get_reg_list(u32 user_list);

/* ---- inject.c ---- */
void kvm_inject_undefined(struct kvm_vcpu *vcpu);
void kvm_inject_pabt(struct kvm_vcpu *vcpu, u32 address);
void kvm_inject_dabt(struct kvm_vcpu *vcpu, u32 address);
/** An asynchronous abort, which the guest takes when its CPSR.A lets it. Those that come before are one with it. */
void kvm_inject_vabt(struct kvm_vcpu *vcpu);

/* ---- psci.c ---- */
u32 kvm_psci_get_version(const struct kvm_vcpu *vcpu);
/** Which PSCI a vCPU has from now on (KVM_ARM_PSCI_*). */
s32 kvm_psci_set_version(struct kvm_vcpu *vcpu, u64 version);
/** 1: back to the guest, 0: to user space, negative: unknown function. */
s32 kvm_psci_call(struct kvm_vcpu *vcpu);

/* ---- vgic.c, vgic-distributor.c, vgic-device.c ---- */
void vgic_vm_create(struct kvm *kvm);
/** From here on the guest has it. */
void vgic_vm_init(struct kvm *kvm);
void vgic_vcpu_init(struct kvm_vcpu *vcpu);
bool kvm_vgic_vcpu_pending_irq(struct kvm_vcpu *vcpu);
s32 kvm_vgic_inject_irq(struct kvm *kvm, u32 vcpu_id, u32 irq, bool level);
/** After a change of an interrupt's line, latch or configuration. With the lock held. */
void vgic_touch(struct kvm_vcpu *vcpu, u32 irq);
/** The first raised interrupt from `irq` on, for this vCPU or any other; VGIC_NR_IRQS: none. */
u32 vgic_next_raised(const struct kvm_vcpu *vcpu, u32 irq);
/** Brings `irq_pending_on_cpu` up to date after a change of interrupts' states. With the lock held. */
void vgic_update_state(struct kvm *kvm);
/**
 * The same after interrupts have ended on a vCPU: one whose line is high still may be another's by now, that waits for
 * it. With the lock held.
 */
void vgic_pass_on(struct kvm_vcpu *vcpu);
struct vgic_irq *vgic_get_irq(struct kvm_vcpu *vcpu, u32 irq);
bool vgic_targets_vcpu(struct kvm_vcpu *vcpu, u32 irq);
/** Enabled, and asking for a vCPU that has not got it yet. */
bool vgic_is_pending(const struct vgic_irq *irq);

/** Whether it has something pending that is not on its way to the guest; without the lock. */
static inline bool vgic_pending_on_cpu(const struct kvm_vcpu *vcpu)
{
    return (*(const volatile u32 *)&vcpu->kvm->vgic.irq_pending_on_cpu & BIT(vcpu->vcpu_id)) != 0;
}

void vgic_dispatch_sgi(struct kvm_vcpu *vcpu, u32 sgir);
bool vgic_handle_mmio(struct kvm_vcpu *vcpu, u64 ipa, u32 size, bool write, u32 *value);
/** Whether a VMM may get and set the distributor's register at `offset`. */
bool vgic_has_user_register(u32 offset);
/** It does, with the lock held and no vCPU running. */
void vgic_user_access(struct kvm_vcpu *vcpu, u32 offset, bool write, u32 *value);
/** KVM_CREATE_DEVICE of the VGIC: its descriptor. */
s32 vgic_create_device(struct kvm *kvm, bool only_test);

/* ---- vgic-lr.c, or a file of variants/ in its place: the guest's CPU interface ---- */
u32 vgic_hardware_init(void); /* number of list registers */
void vgic_interface_vm_init(struct kvm *kvm);
void vgic_interface_vcpu_init(struct kvm_vcpu *vcpu);
/** Before entry: pending interrupts to where the guest will take them. */
void kvm_vgic_flush_hwstate(struct kvm_vcpu *vcpu);
/** After exit: what the guest has taken and ended. */
void kvm_vgic_sync_hwstate(struct kvm_vcpu *vcpu);
/** An interrupt is on its way to the guest already, and not taken. */
bool vgic_interface_pending(struct kvm_vcpu *vcpu);
/** This interrupt is with the guest: on its way, or taken and not ended. */
bool vgic_interface_holds(struct kvm_vcpu *vcpu, u32 irq);
/** What the guest has not taken is pending in the distributor again. With the lock held, while it doesn't run. */
void vgic_interface_fold(struct kvm_vcpu *vcpu);
/** Whether the guest has taken it and not ended it, and which vCPU it is from, if an SGI; as is: */
bool vgic_interface_is_active(struct kvm_vcpu *vcpu, u32 irq, u32 *source);
/** Makes it so, or not so. */
void vgic_interface_set_active(struct kvm_vcpu *vcpu, u32 irq, bool active, u32 source);
/** An access to the CPU interface that trapped; false: not one. */
bool vgic_interface_mmio(struct kvm_vcpu *vcpu, u64 ipa, u32 size, bool write, u32 *value);

/* ---- vtimer.c ---- */
/** CNTV_CTL as it is now, while the vCPU doesn't run. */
u32 kvm_timer_get_ctl(const struct kvm_vcpu *vcpu);
void kvm_timer_vm_init(struct kvm *kvm);
void kvm_timer_vcpu_init(struct kvm_vcpu *vcpu);
void kvm_timer_flush_hwstate(struct kvm_vcpu *vcpu);
void kvm_timer_sync_hwstate(struct kvm_vcpu *vcpu);
/** While a vCPU is blocked, the host watches its timer. */
void kvm_timer_schedule(struct kvm_vcpu *vcpu);
void kvm_timer_unschedule(struct kvm_vcpu *vcpu);

/* ---- ptimer.c ---- */
void kvm_ptimer_reset(struct kvm_vcpu *vcpu);
u32 kvm_ptimer_get_ctl(struct kvm_vcpu *vcpu);
void kvm_ptimer_set_ctl(struct kvm_vcpu *vcpu, u32 value);
void kvm_ptimer_set_cval(struct kvm_vcpu *vcpu, u64 value);
u32 kvm_ptimer_get_tval(struct kvm_vcpu *vcpu);
void kvm_ptimer_set_tval(struct kvm_vcpu *vcpu, u32 value);

/* ---- statistics.c ---- */
void kvm_account_exit(struct kvm_vcpu *vcpu, u32 exit_code);

#endif
