/*
 * Saves a VM whole, and makes another of it, which goes on where this one was: what a VMM does that moves a VM to another
 * machine, or has it go on another day. Here it is done after so many exits (modules.h), to see that nothing is forgotten.
 *
 * All vCPUs come out of KVM_RUN first; what a vCPU's last exit has left to do (the value of a read) is done by one more
 * KVM_RUN, which ends at once, since it was asked to. Then the state is what the interface can show: registers, what the
 * VGIC has, the memory. The devices are this program's, and stay.
 */
#include "vmm.h"

#define REGISTERS 192

static volatile struct {
    bool wanted;
    u32 parked; /* threads of other vCPUs that wait until it is done */
    u32 exits;
} saving;

/** What of the VGIC a VMM sees, in the order in which it is to be set: configuration before what depends on it. */
static const struct {
    u32 group;
    u32 offset;
    u32 bytes;
    bool banked;
} vgic_registers[] = {
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0xc08, 24, false},  /* ICFGR of SPIs */
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x420, 96, false},  /* IPRIORITYR */
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x820, 96, false},  /* ITARGETSR */
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x104, 12, false},  /* ISENABLER */
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x204, 12, false},  /* ISPENDR */
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x400, 32, true},   /* IPRIORITYR of SGIs and PPIs */
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x100, 4, true},    /* ISENABLER */
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x200, 4, true},    /* ISPENDR */
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0xf20, 16, true},   /* SPENDSGIR */
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x300, 16, true},   /* ISACTIVER, also of SPIs: for whom they are active */
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, KVM_DEV_ARM_VGIC_DIST_SGI_SOURCE, 16, true},
    {KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x000, 4, false},   /* CTLR */
    {KVM_DEV_ARM_VGIC_GRP_CPU_REGS, 0x00, 12, true},     /* CTLR, PMR, BPR */
    {KVM_DEV_ARM_VGIC_GRP_CPU_REGS, 0x1c, 4, true},      /* ABPR */
    {KVM_DEV_ARM_VGIC_GRP_CPU_REGS, 0xd0, 4, true},      /* APR */
};

static struct {
    struct {
        struct kvm_mp_state mp_state;
        struct kvm_vcpu_events events;
        struct {
            u64 n;
            u64 ids[REGISTERS];
        } list;
        u64 values[REGISTERS];
    } vcpus[MAX_VCPUS];
    u32 vgic[1024];
    u8 *ram; /* a copy of it */
} saved;

static void vcpu_ioctl(u32 vcpu, u32 command, void *argument)
{
    s32 result = ioctl(vm.vcpu_descriptors[vcpu], command, (u32)argument);

    if (result < 0)
        fail_with(result, "vCPU%u: ioctl 0x%08x", vcpu, command);
}

/* KVM_GET_ONE_REG or KVM_SET_ONE_REG for each register. */
static void transfer_registers(u32 vcpu, u32 command)
{
    for (u32 i = 0; i < saved.vcpus[vcpu].list.n; i++) {
        struct kvm_one_reg reg = {.id = saved.vcpus[vcpu].list.ids[i], .addr = (u32)&saved.vcpus[vcpu].values[i]};
        vcpu_ioctl(vcpu, command, &reg);
    }
}

/* KVM_GET_DEVICE_ATTR or KVM_SET_DEVICE_ATTR for each word of the VGIC. */
static void transfer_vgic(u32 command)
{
    u32 *word = saved.vgic;

    for (u32 row = 0; row < ARRAY_SIZE(vgic_registers); row++)
        for (u32 vcpu = 0; vcpu < (vgic_registers[row].banked ? vm.cpus : 1); vcpu++)
            for (u32 at = 0; at < vgic_registers[row].bytes; at += 4) {
                struct kvm_device_attr attr = {
                    .group = vgic_registers[row].group,
                    .attr = (u64)vcpu << KVM_DEV_ARM_VGIC_CPUID_SHIFT | (vgic_registers[row].offset + at),
                    .addr = (u32)word++,
                };
                s32 result = ioctl(vm.vgic, command, (u32)&attr);
                if (result < 0)
                    fail_with(result, "the VGIC's register 0x%x", (u32)attr.attr);
            }
}

static void save(void)
{
    for (u32 i = 0; i < vm.cpus; i++) {
        saved.vcpus[i].list.n = REGISTERS;
        vcpu_ioctl(i, KVM_GET_REG_LIST, &saved.vcpus[i].list);
        transfer_registers(i, KVM_GET_ONE_REG);
        vcpu_ioctl(i, KVM_GET_MP_STATE, &saved.vcpus[i].mp_state);
        vcpu_ioctl(i, KVM_GET_VCPU_EVENTS, &saved.vcpus[i].events);
    }
    transfer_vgic(KVM_GET_DEVICE_ATTR);
    memcpy(saved.ram, vm.ram, vm.ram_size);
}

static void restore(void)
{
    memcpy(vm.ram, saved.ram, vm.ram_size);
    for (u32 i = 0; i < vm.cpus; i++) {
        transfer_registers(i, KVM_SET_ONE_REG);
        vcpu_ioctl(i, KVM_SET_MP_STATE, &saved.vcpus[i].mp_state);
        vcpu_ioctl(i, KVM_SET_VCPU_EVENTS, &saved.vcpus[i].events);
    }
    transfer_vgic(KVM_SET_DEVICE_ATTR);
    for (u32 intid = 32; intid < 32 * ARRAY_SIZE(vm.lines); intid++)
        if (vm.lines[intid / 32] & BIT(intid % 32))
            set_irq_line(intid, true);
}

static void allocate_copy(void)
{
    u32 huge = vm.ram_size >= MAP_LARGE_RAM ? MAP_HUGETLB : 0;
    s32 memory = system_call(SYS_MMAP, vm.ram_size, MAP_ANONYMOUS | huge, (u32)-1);

    if (memory < 0)
        fail("a copy of the guest's RAM: not to be had");
    saved.ram = (u8 *)memory;
}

/* What the last exit has left to do; the guest is not entered. */
static void complete_exit(u32 vcpu)
{
    vcpu_ioctl(vcpu, KVM_KICK, NULL);
    vcpu_ioctl(vcpu, KVM_RUN, NULL);
}

static void move_to_another_vm(u32 vcpu)
{
    if (!saved.ram)
        allocate_copy();
    for (u32 i = 0; i < vm.cpus; i++)
        if (i != vcpu)
            vcpu_ioctl(i, KVM_KICK, NULL);
    while (saving.parked != vm.cpus - 1)
        system_call(SYS_SCHED_YIELD, 0, 0, 0);
    complete_exit(vcpu);
    save();
    end_vm();
    memset(vm.ram, 0xff, vm.ram_size); /* of the old one nothing is left */
    make_vm();
    restore();
    vm.saves++;
    __atomic_store_n(&saving.wanted, false, __ATOMIC_RELEASE);
}

static void park(u32 vcpu)
{
    complete_exit(vcpu);
    __atomic_add_fetch(&saving.parked, 1, __ATOMIC_RELEASE);
    while (__atomic_load_n(&saving.wanted, __ATOMIC_ACQUIRE))
        system_call(SYS_SCHED_YIELD, 0, 0, 0);
    __atomic_sub_fetch(&saving.parked, 1, __ATOMIC_RELEASE);
}

/* Whether this thread is to do it: one alone, and the others have come out of the last one. */
static bool begins(void)
{
    if (__atomic_add_fetch(&saving.exits, 1, __ATOMIC_RELAXED) % vm.save_interval)
        return false;
    while (__atomic_load_n(&saving.parked, __ATOMIC_ACQUIRE) && !saving.wanted)
        system_call(SYS_SCHED_YIELD, 0, 0, 0);
    return !__atomic_exchange_n(&saving.wanted, true, __ATOMIC_ACQUIRE);
}

struct kvm_run *save_restore_point(u32 vcpu)
{
    if (begins())
        move_to_another_vm(vcpu);
    else if (__atomic_load_n(&saving.wanted, __ATOMIC_ACQUIRE))
        park(vcpu);
    return vm.runs[vcpu];
}
