/*
 * The VMM: the PL0 program in QEMU's role. It makes a VM through /dev/kvm, loads a guest kernel into it,
 * runs its vCPUs and plays its devices. The hypervisor switches worlds; what a device is, is decided here.
 */
#include "vmm.h"
#include "modules.h"
#include "virtio.h"

#define STACK_SIZE 0x4000

struct virtual_machine vm;

static void make_rom(void)
{
    u8 *rom = (u8 *)system_call(SYS_MMAP, ROM_SIZE, MAP_ANONYMOUS, (u32)-1);
    struct kvm_userspace_memory_region region = {
        .slot = 1, .flags = KVM_MEM_READONLY, .guest_phys_addr = ROM_IPA, .memory_size = ROM_SIZE,
        .userspace_addr = (u32)rom};

    memcpy(rom, "ROM of the VM\n", 14);
    ((u32 *)rom)[4] = vm.number;
    if (ioctl(vm.descriptor, KVM_SET_USER_MEMORY_REGION, (u32)&region) < 0)
        fail("ROM");
}

static void make_ram(void)
{
    u32 huge = vm.ram_size >= MAP_LARGE_RAM ? MAP_HUGETLB : 0;
    s32 ram = system_call(SYS_MMAP, vm.ram_size, MAP_ANONYMOUS | huge, (u32)-1);

    if (ram < 0)
        fail("%u MiB of guest RAM: not to be had", vm.ram_size >> 20);
    vm.ram = (u8 *)ram;
    struct kvm_userspace_memory_region region = {
        .slot = 0, .guest_phys_addr = GUEST_RAM_IPA, .memory_size = vm.ram_size, .userspace_addr = (u32)ram};
    if (ioctl(vm.descriptor, KVM_SET_USER_MEMORY_REGION, (u32)&region) < 0)
        fail("guest RAM");
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

    if (ioctl(vm.descriptor, KVM_ASSIGN_DEVICE, (u32)&clock) < 0 ||
        ioctl(vm.descriptor, KVM_ASSIGN_DEV_IRQ, (u32)&irq) < 0)
        fail("KVM_ASSIGN_DEVICE");
}

static void make_vm(void)
{
    char name[16] = "guest 1";
    s32 kvm = open("/dev/kvm");

    if (kvm < 0)
        fail("/dev/kvm: error %d (the host was not entered in Hyp)", -kvm);
    if (ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
        fail("/dev/kvm: another API version");
    name[6] = (char)('0' + vm.number);
    vm.descriptor = ioctl(kvm, KVM_CREATE_VM, (u32)name);
    if (vm.descriptor < 0 || ioctl(vm.descriptor, KVM_CREATE_IRQCHIP, 0) < 0)
        fail("KVM_CREATE_VM");
    make_ram();
    make_rom();
    for (u32 i = 0; i < vm.cpus; i++) {
        vm.vcpu_descriptors[i] = ioctl(vm.descriptor, KVM_CREATE_VCPU, i);
        s32 run = system_call(SYS_MMAP, VMM_PAGE, 0, (u32)vm.vcpu_descriptors[i]);
        if (vm.vcpu_descriptors[i] < 0 || run < 0)
            fail("KVM_CREATE_VCPU %u", i);
        vm.runs[i] = (struct kvm_run *)run;
    }
    if (vm.has_clock)
        assign_clock();
}

static void init_vcpus(const struct boot_state *boot)
{
    for (u32 i = 0; i < vm.cpus; i++) {
        struct kvm_vcpu_init init = {.target = 0, .features = i ? KVM_ARM_VCPU_POWER_OFF : 0};
        u64 version = vm.psci_version;
        struct kvm_one_reg reg = {.id = KVM_REG_ARM_PSCI_VERSION, .addr = (u32)&version};
        if (version != KVM_ARM_PSCI_0_1)
            init.features |= KVM_ARM_VCPU_PSCI_0_2;
        if (ioctl(vm.vcpu_descriptors[i], KVM_ARM_VCPU_INIT, (u32)&init) < 0 ||
            ioctl(vm.vcpu_descriptors[i], KVM_SET_ONE_REG, (u32)&reg) < 0)
            fail("KVM_ARM_VCPU_INIT");
    }
    static struct kvm_regs regs;
    ioctl(vm.vcpu_descriptors[0], KVM_GET_REGS, (u32)&regs);
    regs.usr_regs[0] = 0;
    regs.usr_regs[1] = 0xffffffff; /* machine type: see the device tree */
    regs.usr_regs[2] = boot->dtb;
    regs.usr_regs[15] = boot->entry;
    if (ioctl(vm.vcpu_descriptors[0], KVM_SET_REGS, (u32)&regs) < 0)
        fail("KVM_SET_REGS");
}

void set_irq_line(u32 intid, u32 level)
{
    struct kvm_irq_level irq = {.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | intid, .level = level};

    ioctl(vm.descriptor, KVM_IRQ_LINE, (u32)&irq);
}

/* A device access of the guest: which device, if any. */
static void handle_mmio(struct kvm_run *run)
{
    u64 ipa = run->mmio.phys_addr;
    u32 value = run->mmio.value;

    if (ipa >= BOARD_UART_BASE && ipa < BOARD_UART_BASE + BOARD_UART_SIZE) {
        u32 offset = (u32)ipa - BOARD_UART_BASE;
        if (run->mmio.is_write)
            uart_write(offset, value);
        else
            value = uart_read(offset);
    } else if (ipa >= BOARD_VIRTIO_BASE && ipa < BOARD_VIRTIO_BASE + BOARD_VIRTIO_SLOTS * BOARD_VIRTIO_SIZE) {
        u32 offset = (u32)ipa - BOARD_VIRTIO_BASE;
        if (run->mmio.is_write)
            virtio_write(offset, run->mmio.len, value);
        else
            value = virtio_read(offset, run->mmio.len);
    } else if (vm.has_pre_copy && ipa == PRE_COPY_IPA && run->mmio.is_write) {
        pre_copy_write(value);
    } else if (ipa >= ROM_IPA && ipa < ROM_IPA + ROM_SIZE) {
        if (!vm.rom_writes++)
            say("vm%u stores to its ROM at IPA 0x%08x: ignored\n", vm.number, (u32)ipa);
    } else {
        if (!vm.unknown_accesses++)
            say("vm%u touches IPA 0x%08x, where nothing is\n", vm.number, (u32)ipa);
        value = 0;
    }
    run->mmio.value = value;
}

/* Takes the devices for good: no guest's line comes after this. */
static void end_of_vm(u32 type)
{
    lock_devices();
    if (vm.unknown_accesses)
        say("vm%u: %u accesses to IPAs where nothing is\n", vm.number, vm.unknown_accesses);
    say("vm%u: %s\n", vm.number, type == KVM_SYSTEM_EVENT_SHUTDOWN ? "power off" : "reset asked for: ending");
    print_statistics();
    trace_end();
    for (;;)
        system_call(SYS_EXIT, 0, 0, 0);
}

static void run_vcpu(u32 vcpu)
{
    struct kvm_run *run = vm.runs[vcpu];

    for (;;) {
        s32 result = ioctl(vm.vcpu_descriptors[vcpu], KVM_RUN, 0);
        switch (run->exit_reason) {
        case KVM_EXIT_MMIO:
            lock_devices();
            handle_mmio(run);
            unlock_devices();
            break;
        case KVM_EXIT_INTR:
            lock_devices();
            guest_console_poll();
            unlock_devices();
            break;
        case KVM_EXIT_SYSTEM_EVENT:
            end_of_vm(run->system_event.type);
            break;
        default:
            lock_devices();
            print_statistics();
            trace_end();
            fail("vm%u vCPU%u stopped: error %d, PC 0x%08x, HSR 0x%08x, VA 0x%08x, IPA 0x%08llx", vm.number,
                 vcpu, -result, run->internal.pc, run->internal.hsr, run->internal.hxfar, run->internal.ipa);
        }
    }
}

void vcpu_thread_main(u32 vcpu)
{
    run_vcpu(vcpu);
}

static void start_threads(void)
{
    for (u32 i = 1; i < vm.cpus; i++) {
        s32 stack = system_call(SYS_MMAP, STACK_SIZE, MAP_ANONYMOUS, (u32)-1);
        if (stack < 0 || system_call(SYS_CLONE, (u32)thread_entry, (u32)stack + STACK_SIZE, i) < 0)
            fail("a thread for vCPU%u", i);
    }
}

static bool has_own_kernel(const struct boot_modules *config)
{
    for (u32 i = 0; i < config->module_count; i++)
        if (config->modules[i].kind == MODULE_GUEST_KERNEL)
            return true;
    return false;
}

int main(u32 number)
{
    static struct boot_modules config;
    struct boot_state boot;

    boot_file_read("config", &config, sizeof(config));
    vm.number = number;
    vm.cpus = config.guest_cpus && config.guest_cpus <= MAX_VCPUS ? config.guest_cpus : 1;
    vm.psci_version = config.psci_version ? BITS(config.psci_version, 15, 8) << 16 | (config.psci_version & 0xff)
                                          : KVM_ARM_PSCI_0_2;
    vm.own_kernel = has_own_kernel(&config);
    vm.ram_size = config.guest_memory ? ALIGN_UP(config.guest_memory, 0x200000)
                  : vm.own_kernel     ? DEFAULT_KERNEL_MEMORY
                                      : DEFAULT_GUEST_MEMORY;
    vm.has_clock = vm.number == 1 && (!vm.own_kernel || (config.vmm_devices & VMM_CLOCK));
    vm.has_pre_copy = (config.vmm_devices & VMM_PRE_COPY) != 0;
    vm.raw_console = vm.own_kernel && config.guest_count <= 1;
    say("vm%u: %u MiB RAM at IPA 0x%08x, %u vCPU%s\n", vm.number, vm.ram_size >> 20, GUEST_RAM_IPA, vm.cpus,
        vm.cpus > 1 ? "s" : "");
    trace_begin();
    make_vm();
    load_guest(&boot);
    virtio_init();
    init_vcpus(&boot);
    say("vm%u: entering the guest at IPA 0x%08x\n", vm.number, boot.entry);
    start_threads();
    run_vcpu(0);
    return 0;
}
