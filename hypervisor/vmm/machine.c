/*
 * The VM itself, by /dev/kvm: memory, vCPUs, interrupt controller, and the registers a kernel begins with.
 */
#include "vmm.h"

void allocate_memory(void)
{
    u32 huge = vm.ram_size >= MAP_LARGE_RAM ? MAP_HUGETLB : 0;
    s32 ram = system_call(SYS_MMAP, vm.ram_size, MAP_ANONYMOUS | huge, (u32)-1);

    if (ram < 0)
        fail("%u MiB of guest RAM: not to be had", vm.ram_size >> 20);
    vm.ram = (u8 *)ram;
    vm.rom = (u8 *)system_call(SYS_MMAP, ROM_SIZE, MAP_ANONYMOUS, (u32)-1);
    memcpy(vm.rom, "ROM of the VM\n", 14);
    ((u32 *)vm.rom)[4] = vm.number;
}

static void give_memory(void)
{
    const struct kvm_userspace_memory_region regions[] = {
        {.slot = 0, .guest_phys_addr = GUEST_RAM_IPA, .memory_size = vm.ram_size, .userspace_addr = (u32)vm.ram},
        {.slot = 1,
         .flags = KVM_MEM_READONLY,
         .guest_phys_addr = ROM_IPA,
         .memory_size = ROM_SIZE,
         .userspace_addr = (u32)vm.rom},
    };

    for (u32 i = 0; i < ARRAY_SIZE(regions); i++) {
        s32 result = ioctl(vm.descriptor, KVM_SET_USER_MEMORY_REGION, (u32)&regions[i]);
        if (result < 0)
            fail_with(result, "guest memory at IPA 0x%08llx", regions[i].guest_phys_addr);
    }
}

static void make_vcpus(void)
{
    for (u32 i = 0; i < vm.cpus; i++) {
        s32 vcpu = ioctl(vm.descriptor, KVM_CREATE_VCPU, i);
        s32 run = vcpu < 0 ? vcpu : system_call(SYS_MMAP, VMM_PAGE, 0, (u32)vcpu);
        if (run < 0)
            fail_with(run, "KVM_CREATE_VCPU %u", i);
        vm.vcpu_descriptors[i] = vcpu;
        vm.runs[i] = (struct kvm_run *)run;
    }
}

/* Where the guest's device tree says it is. */
static void make_vgic(void)
{
    struct kvm_create_device device = {.type = KVM_DEV_TYPE_ARM_VGIC_V2};
    u64 distributor = BOARD_GICD_BASE, interface = BOARD_GICC_BASE;
    const struct kvm_device_attr attributes[] = {
        {.group = KVM_DEV_ARM_VGIC_GRP_ADDR, .attr = KVM_VGIC_V2_ADDR_TYPE_DIST, .addr = (u32)&distributor},
        {.group = KVM_DEV_ARM_VGIC_GRP_ADDR, .attr = KVM_VGIC_V2_ADDR_TYPE_CPU, .addr = (u32)&interface},
        {.group = KVM_DEV_ARM_VGIC_GRP_CTRL, .attr = KVM_DEV_ARM_VGIC_CTRL_INIT},
    };

    s32 result = ioctl(vm.descriptor, KVM_CREATE_DEVICE, (u32)&device);
    if (result < 0)
        fail_with(result, "KVM_CREATE_DEVICE");
    vm.vgic = (s32)device.fd;
    for (u32 i = 0; i < ARRAY_SIZE(attributes); i++) {
        result = ioctl(vm.vgic, KVM_SET_DEVICE_ATTR, (u32)&attributes[i]);
        if (result < 0)
            fail_with(result, "KVM_SET_DEVICE_ATTR, group %u", attributes[i].group);
    }
}

/*
 * Pass-through: the real-time clock itself, mapped by Stage 2. Its accesses don't trap, and its interrupt is ended by the
 * guest. There is one, and the first VM has it.
 */
static void assign_clock(void)
{
    struct kvm_assigned_irq irq = {.host_irq = BOARD_IRQ_RTC, .guest_irq = BOARD_IRQ_RTC};
    struct kvm_assigned_device clock = {
        .guest_phys_addr = BOARD_RTC_BASE, .host_phys_addr = BOARD_RTC_BASE, .size = VMM_PAGE};

    s32 result = ioctl(vm.descriptor, KVM_ASSIGN_DEVICE, (u32)&clock);
    if (result == 0)
        result = ioctl(vm.descriptor, KVM_ASSIGN_DEV_IRQ, (u32)&irq);
    if (result < 0)
        fail_with(result, "KVM_ASSIGN_DEVICE");
}

static void init_vcpus(void)
{
    for (u32 i = 0; i < vm.cpus; i++) {
        struct kvm_vcpu_init init = {.target = 0, .features = i ? KVM_ARM_VCPU_POWER_OFF : 0};
        if (vm.psci_version != KVM_ARM_PSCI_0_1)
            init.features |= KVM_ARM_VCPU_PSCI_0_2;
        s32 result = ioctl(vm.vcpu_descriptors[i], KVM_ARM_VCPU_INIT, (u32)&init);
        if (result < 0)
            fail_with(result, "KVM_ARM_VCPU_INIT");
    }
}

void make_vm(void)
{
    char name[16] = "guest 1";
    s32 kvm = open("/dev/kvm");

    if (kvm < 0)
        fail_with(kvm, "/dev/kvm (was the host entered in Hyp?)");
    if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
        fail("/dev/kvm: another API version");
    name[6] = (char)('0' + vm.number);
    vm.descriptor = ioctl(kvm, KVM_CREATE_VM, (u32)name);
    close(kvm);
    if (vm.descriptor < 0)
        fail_with(vm.descriptor, "KVM_CREATE_VM");
    give_memory();
    make_vcpus();
    make_vgic();
    if (vm.has_clock)
        assign_clock();
    init_vcpus();
}

void end_vm(void)
{
    for (u32 i = 0; i < vm.cpus; i++)
        close(vm.vcpu_descriptors[i]);
    close(vm.vgic);
    close(vm.descriptor);
}

static void set_register(u32 vcpu, u64 id, u64 value)
{
    struct kvm_one_reg reg = {.id = id, .addr = (u32)&value};
    s32 result = ioctl(vm.vcpu_descriptors[vcpu], KVM_SET_ONE_REG, (u32)&reg);

    if (result < 0)
        fail_with(result, "KVM_SET_ONE_REG 0x%016llx", id);
}

/* Documentation/arm/booting: r0 = 0, r1 = machine type (none: there is a device tree), r2 = device tree. */
void boot_vcpus(const struct boot_state *boot)
{
    for (u32 i = 0; i < vm.cpus; i++)
        set_register(i, KVM_REG_ARM_PSCI_VERSION, vm.psci_version);
    set_register(0, KVM_REG_ARM_CORE_REG(usr_regs[0]), 0);
    set_register(0, KVM_REG_ARM_CORE_REG(usr_regs[1]), 0xffffffff);
    set_register(0, KVM_REG_ARM_CORE_REG(usr_regs[2]), boot->dtb);
    set_register(0, KVM_REG_ARM_CORE_REG(usr_regs[15]), boot->entry);
}
