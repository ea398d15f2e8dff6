/*
 * A program for PL0 in the VMM's place that tries what /dev/kvm offers: each register, each attribute of the VGIC, and each
 * error that kvm-abi.h names. Prints a line for each register ("0x… rw", or "fixed"), and one for whatever is not as it
 * should be; kvm-interface.test.ts knows what there must be.
 */
#include "format.h"
#include "vmm.h"

struct virtual_machine vm; /* of the parts of vmm/ that are linked with this */

#define RAM_SIZE 0x10000
#define NOWHERE 0x00001000 /* below the program: nothing is mapped */
#define KERNELS 0xc0009000
#define MMIO 0x0a000000

static s32 kvm, machine, vgic, vcpus[2];
static struct kvm_run *run;
static u32 *ram;
static u32 checks, wrong;

static void check(s32 is, s32 wanted, const char *what)
{
    checks++;
    if (is == wanted)
        return;
    wrong++;
    print("%s: %d (0x%x), not %d (0x%x)\n", what, is, is, wanted, wanted);
}

static s32 get(s32 vcpu, u64 id, void *value)
{
    struct kvm_one_reg reg = {.id = id, .addr = (u32)value};

    return ioctl(vcpu, KVM_GET_ONE_REG, (u32)&reg);
}

static s32 set(s32 vcpu, u64 id, const void *value)
{
    struct kvm_one_reg reg = {.id = id, .addr = (u32)value};

    return ioctl(vcpu, KVM_SET_ONE_REG, (u32)&reg);
}

static u64 value_of(u64 id)
{
    u64 value = 0;

    check(get(vcpus[0], id, &value), 0, "a register");
    return value;
}

/* ---- extensions, memory, vCPUs ---- */

static void check_extensions(void)
{
    static const struct {
        u32 extension;
        s32 answer;
    } rows[] = {
        {KVM_CAP_IRQCHIP, 1}, {KVM_CAP_USER_MEMORY, 1},  {KVM_CAP_NR_VCPUS, 1},  {KVM_CAP_NR_MEMSLOTS, 8},
        {KVM_CAP_MP_STATE, 1}, {KVM_CAP_MAX_VCPUS, 8},   {KVM_CAP_ONE_REG, 1},   {KVM_CAP_READONLY_MEM, 1},
        {KVM_CAP_ARM_PSCI, 1}, {KVM_CAP_DEVICE_CTRL, 1}, {KVM_CAP_ARM_PSCI_0_2, 1}, {KVM_CAP_VCPU_EVENTS, 1},
        {KVM_CAP_ARM_INJECT_EXT_DABT, 1}, {1, 0}, {9999, 0},
    };

    for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
        check(ioctl(kvm, KVM_CHECK_EXTENSION, rows[i].extension), rows[i].answer, "KVM_CHECK_EXTENSION");
        check(ioctl(machine, KVM_CHECK_EXTENSION, rows[i].extension), rows[i].answer, "KVM_CHECK_EXTENSION of a VM");
    }
    check(ioctl(kvm, 0xae55, 0), -EINVAL, "an ioctl that there is not");
    check(ioctl(machine, 0xae55, 0), -EINVAL, "an ioctl that there is not of a VM");
}

static void make_memory(void)
{
    ram = (u32 *)system_call(SYS_MMAP, RAM_SIZE, MAP_ANONYMOUS, (u32)-1);
    struct kvm_userspace_memory_region region = {
        .guest_phys_addr = BOARD_RAM_BASE, .memory_size = RAM_SIZE, .userspace_addr = (u32)ram};

    check(ioctl(machine, KVM_SET_USER_MEMORY_REGION, NOWHERE), -EFAULT, "a region at a bad address");
    check(ioctl(machine, KVM_SET_USER_MEMORY_REGION, (u32)&region), 0, "a region");
}

static void make_vcpus(void)
{
    struct kvm_vcpu_init init = {.features = KVM_ARM_VCPU_PSCI_0_2}, bad = {.target = 9}, unknown = {.features = 0x80};
    u32 word = 0;

    check(ioctl(machine, KVM_CREATE_VCPU, 8), -EINVAL, "a vCPU too many");
    for (u32 i = 0; i < 2; i++) {
        vcpus[i] = ioctl(machine, KVM_CREATE_VCPU, i);
        check(ioctl(machine, KVM_CREATE_VCPU, i), -EINVAL, "a vCPU twice");
        check(get(vcpus[i], KVM_REG_ARM_CORE_REG(usr_regs[0]), &word), -EINVAL, "a register before KVM_ARM_VCPU_INIT");
        check(ioctl(vcpus[i], KVM_RUN, 0), -EINVAL, "KVM_RUN before KVM_ARM_VCPU_INIT");
        check(ioctl(vcpus[i], KVM_ARM_VCPU_INIT, NOWHERE), -EFAULT, "KVM_ARM_VCPU_INIT at a bad address");
        check(ioctl(vcpus[i], KVM_ARM_VCPU_INIT, (u32)&bad), -EINVAL, "KVM_ARM_VCPU_INIT of another core");
        check(ioctl(vcpus[i], KVM_ARM_VCPU_INIT, (u32)&unknown), -EINVAL, "KVM_ARM_VCPU_INIT with what there is not");
        check(ioctl(vcpus[i], KVM_ARM_VCPU_INIT, (u32)&init), 0, "KVM_ARM_VCPU_INIT");
    }
    s32 mapped = system_call(SYS_MMAP, VMM_PAGE, 0, (u32)vcpus[0]);
    check(mapped > 0, true, "struct kvm_run");
    check(system_call(SYS_MMAP, VMM_PAGE, 0, (u32)vcpus[0]), -EINVAL, "struct kvm_run twice");
    run = (struct kvm_run *)mapped;
}

/* ---- registers ---- */

static struct {
    u64 n;
    u64 ids[400];
} list;

#define PATTERN 0x5a5aa5a5c3c33c3cull

/* The bits that can be anything, of a register that isn't a word of state. */
static const struct {
    u64 id;
    u64 free;
} special[] = {
    {KVM_REG_ARM_CORE_REG(usr_regs[16]), 0xffffffe0}, /* CPSR: not its mode */
    {KVM_REG_ARM_TIMER_CTL, 3},                       /* ENABLE, IMASK */
    {KVM_REG_ARM_PTIMER_CTL, 3},
    {KVM_REG_ARM_TIMER_CNT, 0xffffff0000000000ull}, /* it counts */
};

static u64 free_bits(u64 id, u32 size)
{
    for (u32 i = 0; i < ARRAY_SIZE(special); i++)
        if (special[i].id == id)
            return special[i].free;
    return size == 4 ? 0xffffffff : ~0ull;
}

/* Whether it takes another value and has it then; `before` is put back. */
static bool takes_values(u64 id, u32 size, u64 before)
{
    u64 free = free_bits(id, size), other = before ^ (PATTERN & free), after = 0;

    if (set(vcpus[0], id, &other) == -EINVAL)
        return false;
    check(get(vcpus[0], id, &after), 0, "what was set");
    check(((after ^ other) & free) == 0, true, "what was set is what is there");
    check(set(vcpus[0], id, &before), 0, "what was there before");
    return true;
}

static void check_register(u64 id)
{
    u32 size = 1u << ((id & KVM_REG_SIZE_MASK) >> KVM_REG_SIZE_SHIFT);
    u64 wide[2] = {~0ull, ~0ull}, sizes[] = {0, 1, 4, KVM_REG_SIZE_U32 >> KVM_REG_SIZE_SHIFT,
                                             KVM_REG_SIZE_U64 >> KVM_REG_SIZE_SHIFT};

    check(get(vcpus[0], id, wide), 0, "a listed register");
    check(size == 4 || size == 8, true, "its size");
    if (size == 4)
        check(*((u32 *)wide + 1) == 0xffffffff, true, "four bytes of a register of four");
    u64 before = size == 4 ? (u32)wide[0] : wide[0];
    check(set(vcpus[0], id, &before), 0, "a listed register set to what it is");
    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        u64 other = (id & ~KVM_REG_SIZE_MASK) | sizes[i] << KVM_REG_SIZE_SHIFT;
        bool is_listed = false;
        for (u32 n = 0; n < list.n; n++)
            is_listed |= list.ids[n] == other; /* CP15 has registers of both sizes with one index */
        if (!is_listed && other != KVM_REG_ARM_PTIMER_CNT) {
            check(get(vcpus[0], other, wide), -EINVAL, "a register by another size");
            check(set(vcpus[0], other, wide), -EINVAL, "a register set by another size");
        }
    }
    check(get(vcpus[0], id, (void *)NOWHERE), -EFAULT, "a register to a bad address");
    check(get(vcpus[0], id, (void *)KERNELS), -EFAULT, "a register to the kernel's memory");
    check(get(vcpus[0], id, (void *)check_register), -EFAULT, "a register to what can't be written to");
    check(set(vcpus[0], id, (void *)NOWHERE), -EFAULT, "a register from a bad address");
    print("0x%016llx %s\n", id, takes_values(id, size, before) ? "rw" : "fixed");
}

static void check_register_list(void)
{
    list.n = 0;
    check(ioctl(vcpus[0], KVM_GET_REG_LIST, NOWHERE), -EFAULT, "KVM_GET_REG_LIST at a bad address");
    check(ioctl(vcpus[0], KVM_GET_REG_LIST, (u32)&list), -E2BIG, "KVM_GET_REG_LIST without room");
    u64 n = list.n--;
    list.ids[0] = 0;
    check(ioctl(vcpus[0], KVM_GET_REG_LIST, (u32)&list), -E2BIG, "KVM_GET_REG_LIST with too little room");
    check(list.n == n && list.ids[0] == 0, true, "how many there are");
    check(ioctl(vcpus[0], KVM_GET_REG_LIST, (u32)&list), 0, "KVM_GET_REG_LIST");
    check(list.ids[n] == 0 && list.ids[n - 1] != 0, true, "as many as were said");
    for (u32 i = 0; i < list.n; i++)
        check_register(list.ids[i]);
}

static void check_register_errors(void)
{
    static const u64 none[] = {
        KVM_REG_ARM_CORE | KVM_REG_SIZE_U32 | 38,     /* one word after the last */
        KVM_REG_ARM_CORE | KVM_REG_SIZE_U32 | 0xffff, /* */
        KVM_REG_ARM_CORE | KVM_REG_SIZE_U32 | 0x10000000,
        0x6030000000100000ull,                        /* another architecture: arm64's */
        KVM_REG_ARM_GROUP(13) | KVM_REG_SIZE_U32,
        KVM_REG_ARM_GROUP(14) | KVM_REG_SIZE_U32,
        ARM_CP15_REG32(0, 9, 12, 0),                  /* PMCR: traps, and nothing is behind it */
        ARM_CP15_REG32(0, 7, 14, 2),                  /* DCCISW */
        ARM_CP15_REG32(7, 15, 15, 7),
        ARM_CP15_REG64(7, 15),
        KVM_REG_ARM_CP15 | KVM_REG_SIZE_U32 | 0xffff,
        KVM_REG_ARM_DEMUX | KVM_REG_SIZE_U32 | 13,    /* no cache of that level */
        KVM_REG_ARM_DEMUX | KVM_REG_SIZE_U32 | 0x100,
        KVM_REG_ARM_VFP | KVM_REG_SIZE_U64 | 32,
        KVM_REG_ARM_VFP | KVM_REG_SIZE_U32 | 0x1002,
        KVM_REG_ARM_FW | KVM_REG_SIZE_U64 | 1,
        0,
    };
    static const u32 modes[][2] = {{0x10, 0}, {0x11, 0}, {0x12, 0}, {0x13, 0}, {0x17, 0}, {0x1b, 0}, {0x1f, 0},
                                   {0x16, -EINVAL}, {0x1a, -EINVAL}, {0x14, -EINVAL}, {0x03, -EINVAL}, {0, -EINVAL}};
    u64 value = 0, version;

    for (u32 i = 0; i < ARRAY_SIZE(none); i++) {
        check(get(vcpus[0], none[i], &value), -ENOENT, "a register that there is not");
        check(set(vcpus[0], none[i], &value), -ENOENT, "a register set that there is not");
    }
    check(ioctl(vcpus[0], KVM_GET_ONE_REG, NOWHERE), -EFAULT, "KVM_GET_ONE_REG at a bad address");
    check(ioctl(vcpus[0], KVM_SET_ONE_REG, NOWHERE), -EFAULT, "KVM_SET_ONE_REG at a bad address");
    struct kvm_one_reg beyond = {.id = KVM_REG_ARM_CORE_REG(usr_regs[0]), .addr = 0x100000000ull | (u32)&value};
    check(ioctl(vcpus[0], KVM_GET_ONE_REG, (u32)&beyond), -EFAULT, "a register to above 4 GiB");
    check(ioctl(vcpus[0], KVM_SET_ONE_REG, (u32)&beyond), -EFAULT, "a register from above 4 GiB");
    for (u32 i = 0; i < ARRAY_SIZE(modes); i++) {
        value = modes[i][0] | 0x1c0;
        check(set(vcpus[0], KVM_REG_ARM_CORE_REG(usr_regs[16]), &value), (s32)modes[i][1], "a mode");
    }
    check(get(vcpus[0], KVM_REG_ARM_PTIMER_CNT, &value), 0, "CNTPCT");
    check(set(vcpus[0], KVM_REG_ARM_PTIMER_CNT, &value), -EINVAL, "CNTPCT set");
    for (version = 1; version <= 3; version++)
        check(set(vcpus[0], KVM_REG_ARM_PSCI_VERSION, &version), version < 3 ? 0 : -EINVAL, "a PSCI version");
    version = KVM_ARM_PSCI_1_0;
    check(set(vcpus[0], KVM_REG_ARM_PSCI_VERSION, &version), 0, "PSCI 1.0");
    check((s32)value_of(KVM_REG_ARM_PSCI_VERSION), KVM_ARM_PSCI_1_0, "PSCI's version");
}

/* What KVM_GET_REGS says is what the core registers say. */
static void check_both_ways(void)
{
    struct kvm_regs regs, other;

    for (u32 i = 0; i < sizeof(regs) / 4; i++) {
        u32 value = i == 16 ? 0x1d3 : 0x1000 + i;
        check(set(vcpus[0], KVM_REG_ARM_CORE | KVM_REG_SIZE_U32 | i, &value), 0, "a core register");
    }
    check(ioctl(vcpus[0], KVM_GET_REGS, (u32)&regs), 0, "KVM_GET_REGS");
    for (u32 i = 0; i < sizeof(regs) / 4; i++)
        check((s32)((u32 *)&regs)[i], i == 16 ? 0x1d3 : (s32)(0x1000 + i), "a word of struct kvm_regs");
    other = regs;
    other.fiq_regs[7] = 0x77;
    check(ioctl(vcpus[0], KVM_SET_REGS, (u32)&other), 0, "KVM_SET_REGS");
    check((s32)value_of(KVM_REG_ARM_CORE_REG(fiq_regs[7])), 0x77, "SPSR_fiq");
    other.usr_regs[16] = 0x1da;
    check(ioctl(vcpus[0], KVM_SET_REGS, (u32)&other), -EINVAL, "KVM_SET_REGS to Hyp mode");
    check(ioctl(vcpus[0], KVM_SET_REGS, NOWHERE), -EFAULT, "KVM_SET_REGS at a bad address");
    check(ioctl(vcpus[0], KVM_GET_REGS, NOWHERE), -EFAULT, "KVM_GET_REGS at a bad address");
}

static void check_mp_state(void)
{
    struct kvm_mp_state state = {KVM_MP_STATE_STOPPED}, unknown = {1};

    check(ioctl(vcpus[1], KVM_SET_MP_STATE, (u32)&unknown), -EINVAL, "a state that there is not");
    check(ioctl(vcpus[1], KVM_SET_MP_STATE, (u32)&state), 0, "KVM_SET_MP_STATE");
    state.mp_state = 99;
    check(ioctl(vcpus[1], KVM_GET_MP_STATE, (u32)&state), 0, "KVM_GET_MP_STATE");
    check((s32)state.mp_state, KVM_MP_STATE_STOPPED, "a vCPU that waits");
    check(ioctl(vcpus[1], KVM_GET_MP_STATE, NOWHERE), -EFAULT, "KVM_GET_MP_STATE at a bad address");
}

static void check_events(void)
{
    struct kvm_vcpu_events events = {.serror_pending = 1}, bad[] = {
        {.serror_pending = 2}, {.serror_has_esr = 1}, {.reserved = {[11] = 1}}, {.ext_dabt_pending = 1 /* after no exit */}};

    check(ioctl(vcpus[1], KVM_SET_VCPU_EVENTS, (u32)&events), 0, "an asynchronous abort");
    events.serror_pending = 9;
    check(ioctl(vcpus[1], KVM_GET_VCPU_EVENTS, (u32)&events), 0, "KVM_GET_VCPU_EVENTS");
    check(events.serror_pending, 1, "an asynchronous abort that is pending");
    for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
        check(ioctl(vcpus[1], KVM_SET_VCPU_EVENTS, (u32)&bad[i]), -EINVAL, "an event that there is not");
    events.serror_pending = 0;
    check(ioctl(vcpus[1], KVM_SET_VCPU_EVENTS, (u32)&events), 0, "none");
    check(ioctl(vcpus[1], KVM_GET_VCPU_EVENTS, (u32)&events), 0, "KVM_GET_VCPU_EVENTS");
    check(events.serror_pending, 0, "none that is pending");
    check(ioctl(vcpus[1], KVM_GET_VCPU_EVENTS, NOWHERE), -EFAULT, "KVM_GET_VCPU_EVENTS at a bad address");
    check(ioctl(vcpus[1], KVM_SET_VCPU_EVENTS, NOWHERE), -EFAULT, "KVM_SET_VCPU_EVENTS at a bad address");
}

/* ---- the VGIC ---- */

static s32 attribute(u32 command, u32 group, u64 attr, void *value)
{
    struct kvm_device_attr argument = {.group = group, .attr = attr, .addr = (u32)value};

    return ioctl(vgic, command, (u32)&argument);
}

static s32 set_address(u32 type, u64 address)
{
    return attribute(KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, type, &address);
}

static s32 set_nr_irqs(u32 count)
{
    return attribute(KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &count);
}

static s32 init_vgic(void)
{
    return attribute(KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

static u32 distributor(u32 vcpu, u32 offset)
{
    u32 value = 0xdeadbeef;

    check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, (u64)vcpu << 32 | offset, &value), 0,
          "a register of the distributor");
    return value;
}

static void set_distributor(u32 vcpu, u32 offset, u32 value)
{
    check(attribute(KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, (u64)vcpu << 32 | offset, &value), 0,
          "a register of the distributor set");
}

static void make_vgic(void)
{
    struct kvm_create_device device = {.type = 7}, test = {.type = KVM_DEV_TYPE_ARM_VGIC_V2, .flags = 1};
    u64 address = 0;
    u32 word = 0;

    check(ioctl(machine, KVM_CREATE_DEVICE, (u32)&device), -ENODEV, "a device of another type");
    check(ioctl(machine, KVM_CREATE_DEVICE, NOWHERE), -EFAULT, "KVM_CREATE_DEVICE at a bad address");
    check(ioctl(machine, KVM_CREATE_DEVICE, (u32)&test), 0, "whether there can be a VGIC");
    device.type = KVM_DEV_TYPE_ARM_VGIC_V2;
    device.flags = 2;
    check(ioctl(machine, KVM_CREATE_DEVICE, (u32)&device), -EINVAL, "a flag that there is not");
    device.flags = 0;
    check(ioctl(machine, KVM_CREATE_DEVICE, (u32)&device), 0, "KVM_CREATE_DEVICE");
    vgic = (s32)device.fd;
    check(ioctl(machine, KVM_CREATE_DEVICE, (u32)&device), -EEXIST, "a second VGIC");
    check(ioctl(machine, KVM_CREATE_DEVICE, (u32)&test), -EEXIST, "whether there can be a second VGIC");

    check(ioctl(vgic, KVM_SET_DEVICE_ATTR, NOWHERE), -EFAULT, "an attribute at a bad address");
    check(ioctl(vgic, KVM_RUN, 0), -EINVAL, "KVM_RUN of a device");
    check(attribute(KVM_HAS_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, 1, NULL), 0, "whether it has an address");
    check(attribute(KVM_HAS_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, 2, NULL), -ENXIO, "whether it has a VGICv3's");
    check(attribute(KVM_HAS_DEVICE_ATTR, 9, 0, NULL), -ENXIO, "a group that there is not");
    check(attribute(KVM_SET_DEVICE_ATTR, 9, 0, &address), -ENXIO, "a group set that there is not");
    check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CTRL, 0, &address), -ENXIO, "INIT, read");

    check(init_vgic(), -ENXIO, "INIT without addresses");
    check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, 0, &address), 0, "an address");
    check(address == VGIC_ADDR_UNDEF, true, "an address that is not there yet");
    check(set_address(KVM_VGIC_V2_ADDR_TYPE_DIST, 0x08000800), -EINVAL, "an address that is not aligned");
    check(set_address(KVM_VGIC_V2_ADDR_TYPE_DIST, 0x10000000000ull), -E2BIG, "an address that is no IPA");
    check(set_address(KVM_VGIC_V2_ADDR_TYPE_CPU, 0xfffffff000ull), -E2BIG, "an address whose end is no IPA");
    check(attribute(KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_ADDR, 0, (void *)NOWHERE), -EFAULT, "no address");
    check(set_address(KVM_VGIC_V2_ADDR_TYPE_DIST, BOARD_GICD_BASE), 0, "the distributor's address");
    check(set_address(KVM_VGIC_V2_ADDR_TYPE_DIST, BOARD_GICD_BASE), -EEXIST, "the distributor's address twice");
    check(set_address(KVM_VGIC_V2_ADDR_TYPE_CPU, BOARD_GICD_BASE - 0x1000), -EINVAL, "two frames at one address");
    check(set_address(KVM_VGIC_V2_ADDR_TYPE_CPU, BOARD_GICC_BASE), 0, "the CPU interface's address");

    check(set_nr_irqs(32), -EINVAL, "too few interrupts");
    check(set_nr_irqs(100), -EINVAL, "interrupts not in 32s");
    check(set_nr_irqs(160), -EINVAL, "too many interrupts");
    check(set_nr_irqs(96), 0, "interrupts");
    check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &word), 0, "how many interrupts");
    check((s32)word, 96, "how many interrupts there are");
    check(init_vgic(), -ENODEV, "INIT without vCPUs");
    make_vcpus();
    check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0, &word), -EBUSY, "a register before INIT");
    check(init_vgic(), 0, "INIT");
    check(init_vgic(), -EBUSY, "INIT twice");
    check(set_nr_irqs(64), -EBUSY, "interrupts after INIT");
    check((s32)distributor(0, 4), 1 << 5 | 2, "GICD_TYPER: two vCPUs, 96 interrupts");
    struct kvm_irq_level beyond = {.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | 96, .level = 1};
    check(ioctl(machine, KVM_IRQ_LINE, (u32)&beyond), -EINVAL, "the line of an interrupt that there is not");
}

/* What of a register of the distributor stays as it is set. */
static void check_distributor(void)
{
    static const struct {
        u32 offset;
        u32 kept;
        u32 cleared_at; /* where ones clear; 0: zeroes do */
    } rows[] = {
        {0x000, 0x00000001, 0},     {0x100, 0xffff0000, 0x180}, {0x104, 0xffffffff, 0x184}, {0x10c, 0, 0x18c},
        {0x200, 0xffff0000, 0x280}, {0x208, 0xffffffff, 0x288}, {0x400, 0xf8f8f8f8, 0},     {0x41c, 0xf8f8f8f8, 0},
        {0x420, 0xf8f8f8f8, 0},     {0x45c, 0xf8f8f8f8, 0},     {0x460, 0, 0},              {0xc04, 0, 0},
        {0xc08, 0xaaaaaaaa, 0},     {0xf20, 0xffffffff, 0xf10}, {0xf2c, 0xffffffff, 0xf1c}, {0x080, 0, 0},
    };
    static const u64 none[] = {0xf00 /* SGIR: not state */, 0x101, 0x00c, 0xd10, 0xfff, 0x1000, 0xffffffff};
    u32 word = 0;

    for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
        u32 before = distributor(1, rows[i].offset);
        if (rows[i].cleared_at)
            set_distributor(1, rows[i].cleared_at, 0xffffffff);
        u32 fixed = distributor(1, rows[i].offset);
        check((s32)(fixed & rows[i].kept) & (rows[i].cleared_at ? -1 : 0), 0, "what was cleared");
        set_distributor(1, rows[i].offset, 0xffffffff);
        check((s32)(distributor(1, rows[i].offset) & ~fixed), (s32)(rows[i].kept & ~fixed), "what can be set");
        if (rows[i].cleared_at)
            set_distributor(1, rows[i].cleared_at, 0xffffffff);
        set_distributor(1, rows[i].offset, before);
        check((s32)distributor(1, rows[i].offset), (s32)before, "what was before");
    }
    for (u32 i = 0; i < ARRAY_SIZE(none); i++) {
        check(attribute(KVM_HAS_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, none[i], NULL), -ENXIO, "whether it has that");
        check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, none[i], &word), -ENXIO, "none of its registers");
        check(attribute(KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, none[i], &word), -ENXIO, "none of them set");
    }
    check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 2ull << 32 | 0x100, &word), -EINVAL, "of no vCPU");
    check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x100, (void *)NOWHERE), -EFAULT, "to nowhere");
    check(attribute(KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x100, (void *)NOWHERE), -EFAULT, "from nowhere");
    check((s32)distributor(0, 0x800), 0x01010101, "ITARGETSR of an SGI, of the first");
    check((s32)distributor(1, 0x800), 0x02020202, "and of the second vCPU");
    set_distributor(0, 0x820, 0x02060100);
    check((s32)distributor(1, 0x820), 0x02020100, "ITARGETSR of SPIs: the lowest target of each");
}

/* A line that is high is not latched; what is active is so for one vCPU. */
static void check_pending_and_active(void)
{
    struct kvm_irq_level line = {.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | 40, .level = 1};

    check(ioctl(machine, KVM_IRQ_LINE, (u32)&line), 0, "KVM_IRQ_LINE");
    check((s32)distributor(0, 0x204), 0, "a line that is high");
    set_distributor(0, 0x204, 1 << 8);
    check((s32)distributor(0, 0x204), 1 << 8, "what is latched");
    set_distributor(0, 0x284, 1 << 8);
    check((s32)distributor(0, 0x204), 0, "what is not latched any more");
    line.level = 0;
    check(ioctl(machine, KVM_IRQ_LINE, (u32)&line), 0, "KVM_IRQ_LINE, low");

    set_distributor(0, 0x400 + 40, 0x40);
    set_distributor(0, 0x304, 1 << 8);
    set_distributor(0, 0x300, 1 << 3 | 1 << 20);
    set_distributor(0, KVM_DEV_ARM_VGIC_DIST_SGI_SOURCE, 0x01000000);
    check((s32)distributor(0, 0x304), 1 << 8, "an SPI that is active");
    check((s32)distributor(0, 0x384), 1 << 8, "the same by ICACTIVER");
    check((s32)distributor(0, 0x300), 1 << 3 | 1 << 20, "an SGI and a PPI that are active");
    check((s32)distributor(0, KVM_DEV_ARM_VGIC_DIST_SGI_SOURCE), 0x01000000, "whom the SGI is from");
    check((s32)distributor(1, 0x300), 0, "nothing is active for the other");
    set_distributor(0, 0x384, 1 << 8);
    set_distributor(0, 0x380, 1 << 3);
    check((s32)distributor(0, 0x304), 0, "the SPI is not active any more");
    check((s32)distributor(0, 0x300), 1 << 20, "nor the SGI");
    check((s32)distributor(0, KVM_DEV_ARM_VGIC_DIST_SGI_SOURCE), 0, "nor from anybody");
    set_distributor(0, 0x380, 1 << 20);
    check((s32)distributor(0, 0x300), 0, "nor the PPI");
}

static void check_cpu_interface(void)
{
    static const struct {
        u32 offset;
        u32 kept;
    } rows[] = {{0x00, 0x21f}, {0x04, 0x1f}, {0x08, 7}, {0x1c, 7}, {0xd0, 0xffffffff}};
    static const u64 none[] = {0x0c, 0x10, 0x14, 0x02, 0xd4, 0x1000};
    u32 word;

    for (u32 vcpu = 0; vcpu < 2; vcpu++)
        for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
            u64 attr = (u64)vcpu << 32 | rows[i].offset;
            word = 0xffffffff;
            check(attribute(KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CPU_REGS, attr, &word), 0, "of the CPU interface");
            check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CPU_REGS, attr, &word), 0, "what was set of it");
            check((s32)word, (s32)rows[i].kept, "what is kept of it");
            word = 0;
            check(attribute(KVM_SET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CPU_REGS, attr, &word), 0, "none of it");
            check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CPU_REGS, attr, &word), 0, "what is left of it");
            check((s32)word, 0, "nothing of it");
        }
    for (u32 i = 0; i < ARRAY_SIZE(none); i++)
        check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CPU_REGS, none[i], &word), -ENXIO, "no register of it");
    check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CPU_REGS, 7ull << 32, &word), -EINVAL, "no vCPU's");
}

/* ---- what is set is what the guest has ---- */

/* Of each: an instruction that brings a register to r0, and r1; the guest stores both where there is no memory. */
static const struct {
    u64 id;
    u32 instruction;
    u64 value;
} seen[] = {
    {KVM_REG_ARM_CORE_REG(usr_regs[5]), 0xe1a00005, 0x11223344},      /* MOV r0, r5 */
    {KVM_REG_ARM_CORE_REG(svc_regs[0]), 0xe1a0000d, 0x55667788},      /* MOV r0, sp */
    {KVM_REG_ARM_CORE_REG(svc_regs[2]), 0xe14f0000, 0x600001d3},      /* MRS r0, SPSR */
    {KVM_REG_ARM_CORE_REG(fiq_regs[0]), 0xe1080200, 0x99aabbcc},      /* MRS r0, r8_fiq */
    {KVM_REG_ARM_CORE_REG(irq_regs[1]), 0xe1000300, 0xddeeff00},      /* MRS r0, LR_irq */
    {KVM_REG_ARM_CORE_REG(usr_regs[13]), 0xe1050200, 0x10203040},     /* MRS r0, SP_usr */
    {ARM_CP15_REG32(0, 13, 0, 3), 0xee1d0f70, 0x76543210},            /* TPIDRURO */
    {ARM_CP15_REG32(0, 12, 0, 0), 0xee1c0f10, 0x40004000},            /* VBAR */
    {ARM_CP15_REG32(0, 6, 0, 0), 0xee160f10, 0x0badf00d},             /* DFAR */
    {ARM_CP15_REG32(0, 0, 0, 5), 0xee100fb0, 0x80000003},             /* MPIDR */
    {ARM_CP15_REG64(0, 7), 0xec510f07, 0xfff00000ull},                /* PAR, and r1 */
    {KVM_REG_ARM_TIMER_CVAL, 0xec510f3e, 0x123456789abcdefull},       /* CNTV_CVAL */
    {KVM_REG_ARM_PTIMER_CVAL, 0xec510f2e, 0xfedcba9876543210ull},     /* CNTP_CVAL: traps */
    {KVM_REG_ARM_VFP | KVM_REG_SIZE_U64 | 5, 0xec510b15, 0x0123456789abcdefull}, /* VMOV r0, r1, d5 */
    {KVM_REG_ARM_VFP | KVM_REG_SIZE_U64 | 31, 0xec510b3f, 0xfedcba9876543210ull}, /* d31 */
    {KVM_REG_ARM_VFP | KVM_REG_SIZE_U32 | KVM_REG_ARM_VFP_FPSCR, 0xeef10a10, 0x03000000}, /* VMRS r0, FPSCR */
};

static void set_u32(u64 id, u32 value)
{
    check(set(vcpus[0], id, &value), 0, "a register for the guest");
}

static void check_seen_by_guest(void)
{
    struct kvm_vcpu_init init = {.features = KVM_ARM_VCPU_PSCI_0_2};

    for (u32 i = 0; i < ARRAY_SIZE(seen); i++) {
        u64 high = 0;
        ram[0] = seen[i].instruction;
        ram[1] = 0xe5820000; /* STR r0, [r2] */
        ram[2] = 0xe5821004; /* STR r1, [r2, #4] */
        ram[3] = 0xe5923008; /* LDR r3, [r2, #8] */
        ram[4] = 0xe5823000; /* STR r3, [r2] */
        check(ioctl(vcpus[0], KVM_ARM_VCPU_INIT, (u32)&init), 0, "KVM_ARM_VCPU_INIT once more");
        set_u32(KVM_REG_ARM_CORE_REG(usr_regs[0]), 0);
        set_u32(KVM_REG_ARM_CORE_REG(usr_regs[1]), 0);
        set_u32(KVM_REG_ARM_CORE_REG(usr_regs[2]), MMIO);
        set_u32(KVM_REG_ARM_CORE_REG(usr_regs[15]), BOARD_RAM_BASE + i * 0x100);
        set_u32(ARM_CP15_REG32(0, 1, 0, 2), 0xf << 20); /* CPACR */
        set_u32(KVM_REG_ARM_VFP | KVM_REG_SIZE_U32 | KVM_REG_ARM_VFP_FPEXC, 1 << 30);
        memcpy(ram + i * 0x40, ram, 20); /* each at another address: nothing is cached */
        check(set(vcpus[0], seen[i].id, &seen[i].value), 0, "a register for the guest to see");
        check(ioctl(vcpus[0], KVM_RUN, 0), 0, "KVM_RUN");
        check((s32)run->exit_reason, KVM_EXIT_MMIO, "why it returned");
        check((s32)run->mmio.value, (s32)(u32)seen[i].value, "what the guest has in a register");
        check(ioctl(vcpus[0], KVM_RUN, 0), 0, "KVM_RUN");
        high = run->mmio.value;
        check((s32)high, (s32)(seen[i].value >> 32), "and in its upper half");
        check(ioctl(vcpus[0], KVM_RUN, 0), 0, "KVM_RUN");
        run->mmio.value = 0x5ca1ab1e;
        check(ioctl(vcpus[0], KVM_KICK, 0), 0, "KVM_KICK");
        check(ioctl(vcpus[0], KVM_RUN, 0), 0, "KVM_RUN that is to end at once");
        check((s32)run->exit_reason, KVM_EXIT_INTR, "it does");
        check((s32)value_of(KVM_REG_ARM_CORE_REG(usr_regs[3])), 0x5ca1ab1e, "and what was read is in its register");
        check((s32)value_of(KVM_REG_ARM_CORE_REG(usr_regs[15])), (s32)(BOARD_RAM_BASE + i * 0x100 + 16), "PC");
        check((s32)value_of(seen[i].id), (s32)(u32)seen[i].value, "and read back, it is as it was set");
    }
}

/* An access that nobody answers: a Data Abort, whose LR is the instruction's address + 8; IT state and register are as before. */
static void check_external_abort(void)
{
    struct kvm_vcpu_init init = {.features = KVM_ARM_VCPU_PSCI_0_2};
    struct kvm_vcpu_events events = {.ext_dabt_pending = 1};

    check(ioctl(vcpus[0], KVM_ARM_VCPU_INIT, (u32)&init), 0, "KVM_ARM_VCPU_INIT");
    ram[0x800] = 0x6812bf08; /* T32: IT EQ; LDREQ r2, [r2] */
    set_u32(KVM_REG_ARM_CORE_REG(usr_regs[2]), MMIO);
    set_u32(KVM_REG_ARM_CORE_REG(usr_regs[15]), BOARD_RAM_BASE + 0x2000);
    set_u32(KVM_REG_ARM_CORE_REG(usr_regs[16]), 0x400001f3); /* Z, SVC, T */
    set_u32(ARM_CP15_REG32(0, 12, 0, 0), MMIO + 0x1000); /* VBAR: where no memory is */
    check(ioctl(vcpus[0], KVM_RUN, 0), 0, "KVM_RUN");
    check((s32)run->exit_reason, KVM_EXIT_MMIO, "an access");
    check(ioctl(vcpus[0], KVM_SET_VCPU_EVENTS, (u32)&events), 0, "that nobody answers");
    check(ioctl(vcpus[0], KVM_SET_VCPU_EVENTS, (u32)&events), -EINVAL, "twice");
    check((s32)value_of(KVM_REG_ARM_CORE_REG(usr_regs[16])) & 0x3f, 0x17, "its mode and state: Abort, A32");
    check((s32)value_of(KVM_REG_ARM_CORE_REG(usr_regs[15])), MMIO + 0x1010, "its vector");
    check((s32)value_of(KVM_REG_ARM_CORE_REG(abt_regs[1])), BOARD_RAM_BASE + 0x2002 + 8, "its LR");
    check((s32)value_of(KVM_REG_ARM_CORE_REG(abt_regs[2])), 0x400009f3, "its SPSR: with IT state");
    check((s32)value_of(ARM_CP15_REG32(0, 6, 0, 0)), MMIO, "DFAR");
    check((s32)value_of(ARM_CP15_REG32(0, 5, 0, 0)), 8, "DFSR: synchronous external abort");
    run->mmio.value = 0x77;
    check(ioctl(vcpus[0], KVM_KICK, 0), 0, "KVM_KICK");
    check(ioctl(vcpus[0], KVM_RUN, 0), 0, "KVM_RUN that is to end at once");
    check((s32)value_of(KVM_REG_ARM_CORE_REG(usr_regs[2])), MMIO, "its register");
}

/* The virtual count goes on from where it is set. */
static void check_count(void)
{
    u64 value = 0x123456789aull;

    check(set(vcpus[0], KVM_REG_ARM_TIMER_CNT, &value), 0, "CNTVCT");
    u64 first = value_of(KVM_REG_ARM_TIMER_CNT), second = value_of(KVM_REG_ARM_TIMER_CNT);
    check(first >= value && second > first && second - value < 0x10000000, true, "CNTVCT goes on");
}

/* ---- while a vCPU runs ---- */

static volatile bool returned;
static volatile s32 result;

void vcpu_thread_main(u32 argument)
{
    (void)argument;
    result = ioctl(vcpus[0], KVM_RUN, 0);
    returned = true;
}

static void yield(void)
{
    system_call(SYS_SCHED_YIELD, 0, 0, 0);
}

static void check_running(void)
{
    s32 stack = system_call(SYS_MMAP, 0x1000, MAP_ANONYMOUS, (u32)-1);
    u32 word = 0;

    ram[0x1000] = 0xeafffffe; /* B . */
    set_u32(KVM_REG_ARM_CORE_REG(usr_regs[15]), BOARD_RAM_BASE + 0x4000);
    check(system_call(SYS_CLONE, (u32)thread_entry, (u32)stack + 0x1000, 0) > 0, true, "a thread");
    while (get(vcpus[0], KVM_REG_ARM_CORE_REG(usr_regs[0]), &word) != -EBUSY)
        yield();
    check(set(vcpus[0], KVM_REG_ARM_CORE_REG(usr_regs[0]), &word), -EBUSY, "a register of a vCPU that runs");
    check(ioctl(vcpus[0], KVM_GET_REG_LIST, (u32)&list), -EBUSY, "its list of registers");
    check(ioctl(vcpus[0], KVM_RUN, 0), -EBUSY, "KVM_RUN twice at once");
    check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_DIST_REGS, 0x100, &word), -EBUSY, "the VGIC's meanwhile");
    check(attribute(KVM_GET_DEVICE_ATTR, KVM_DEV_ARM_VGIC_GRP_CPU_REGS, 1ull << 32, &word), -EBUSY, "another vCPU's");
    check(get(vcpus[1], KVM_REG_ARM_CORE_REG(usr_regs[0]), &word), 0, "a register of the other vCPU");
    check(returned, false, "it runs still");
    check(ioctl(vcpus[0], KVM_KICK, 0), 0, "KVM_KICK");
    while (!returned)
        yield();
    check(result, 0, "what KVM_RUN returned");
    check((s32)run->exit_reason, KVM_EXIT_INTR, "why");
    check((s32)value_of(KVM_REG_ARM_CORE_REG(usr_regs[15])), BOARD_RAM_BASE + 0x4000, "where it was");
}

int main(u32 number)
{
    (void)number;
    kvm = open("/dev/kvm");
    machine = ioctl(kvm, KVM_CREATE_VM, 0);
    check_extensions();
    make_memory();
    make_vgic();
    check_register_list();
    check_register_errors();
    check_both_ways();
    check_mp_state();
    check_events();
    check_distributor();
    check_pending_and_active();
    check_cpu_interface();
    check_seen_by_guest();
    check_external_abort();
    check_count();
    check_running();
    run->reserved = 0x600d;
    for (u32 i = 0; i < 2; i++)
        close(vcpus[i]);
    close(vgic);
    close(machine);
    check((s32)run->reserved, 0x600d, "struct kvm_run of a vCPU that is gone is this program's own");
    print("%u checks, %u wrong\n", checks, wrong);
    return 0;
}
