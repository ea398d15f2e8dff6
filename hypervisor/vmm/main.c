/*
 * The VMM: the PL0 program in QEMU's role. It makes a VM through /dev/kvm, loads a guest kernel into it,
 * runs its vCPUs and plays its devices. The hypervisor switches worlds; what a device is, is decided here.
 */
#include "vmm.h"
#include "modules.h"
#include "virtio.h"

#define STACK_SIZE 0x4000

struct virtual_machine vm;

void set_irq_line(u32 intid, u32 level)
{
    struct kvm_irq_level irq = {.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | intid, .level = level};

    if (level)
        vm.lines[intid / 32] |= BIT(intid % 32);
    else
        vm.lines[intid / 32] &= ~BIT(intid % 32);
    ioctl(vm.descriptor, KVM_IRQ_LINE, (u32)&irq);
}

/* The clock is there, and another VM's: for this one nothing answers there. */
static void abort_access(u32 vcpu, u64 ipa)
{
    struct kvm_vcpu_events events;

    if (!vm.unanswered_accesses++)
        say("vm%u touches the clock at IPA 0x%08x, which it has not: external abort\n", vm.number, (u32)ipa);
    memset(&events, 0, sizeof(events));
    ioctl(vm.vcpu_descriptors[vcpu], KVM_GET_VCPU_EVENTS, (u32)&events);
    events.ext_dabt_pending = 1;
    if (ioctl(vm.vcpu_descriptors[vcpu], KVM_SET_VCPU_EVENTS, (u32)&events) < 0)
        fail("KVM_SET_VCPU_EVENTS");
}

/* A device access of the guest: which device, if any. */
static void handle_mmio(u32 vcpu, struct kvm_run *run)
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
    } else if (ipa >= BOARD_RTC_BASE && ipa < BOARD_RTC_BASE + VMM_PAGE) {
        abort_access(vcpu, ipa);
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
    for (;;) {
        struct kvm_run *run = vm.save_interval ? save_restore_point(vcpu) : vm.runs[vcpu];
        s32 result = ioctl(vm.vcpu_descriptors[vcpu], KVM_RUN, 0);
        switch (run->exit_reason) {
        case KVM_EXIT_MMIO:
            lock_devices();
            handle_mmio(vcpu, run);
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
        s32 thread =
            stack < 0 ? stack : system_call(SYS_CLONE, (u32)thread_entry, (u32)stack + STACK_SIZE, i);
        if (thread < 0)
            fail_with(thread, "a thread for vCPU%u", i);
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
    vm.save_interval = config.save_interval;
    vm.raw_console = vm.own_kernel && config.guest_count <= 1;
    say("vm%u: %u MiB RAM at IPA 0x%08x, %u vCPU%s\n", vm.number, vm.ram_size >> 20, GUEST_RAM_IPA, vm.cpus,
        vm.cpus > 1 ? "s" : "");
    trace_begin();
    allocate_memory();
    make_vm();
    load_guest(&boot);
    virtio_init();
    boot_vcpus(&boot);
    say("vm%u: entering the guest at IPA 0x%08x\n", vm.number, boot.entry);
    start_threads();
    run_vcpu(0);
    return 0;
}
