/*
 * The host kernel from its first C function to power off.
 *
 * host_main sets up memory, interrupts, timer, console, scheduler and KVM, starts the other cores and the
 * init thread and becomes the idle thread. init runs a VMM process for each VM, waits for them, has the host's registers
 * audited, and powers the machine off by PSCI.
 */
#include "kernel.h"
#include "kvm.h"
#include "modules.h"

extern char _end[];

#define MAX_VMS 4

bool entered_in_hyp;

u32 psci_call(u32 function, u32 a1, u32 a2, u32 a3)
{
    return (entered_in_hyp ? psci_call_smc : psci_call_hvc)(function, a1, a2, a3);
}

void machine_power_off(void)
{
    irq_disable();
    psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
    for (;;)
        wfi();
}

static void say_ended(u32 number, s32 status)
{
    kprintf("host: VMM %u ended with status %d\n", number, status);
    if (status == -ENOMEM)
        kprintf("host: memory is out: VM %u had none left. The machine needs more (--memory), or fewer or smaller VMs\n",
                number);
}

/* In the order in which they end, since others may wait for the memory. How many. */
static u32 destroy_ended(struct process **vmms, u32 count)
{
    u32 ended = 0;

    for (u32 i = 0; i < count; i++) {
        if (!vmms[i] || !vmms[i]->exited)
            continue;
        say_ended(i + 1, vmms[i]->exit_status);
        process_destroy(vmms[i]);
        vmms[i] = NULL;
        ended++;
    }
    return ended;
}

/* Makes the VMs' VMM processes, and waits until all have ended. */
static void run_vms(void)
{
    u32 size;
    const void *program = boot_file("vmm", &size);
    u32 count = boot_modules.guest_count ? boot_modules.guest_count : 1;
    struct process *vmms[MAX_VMS] = {NULL};
    u32 running = 0;

    if (count > MAX_VMS)
        count = MAX_VMS;
    for (u32 i = 0; i < count; i++) {
        s32 error = process_create("vmm", program, size, i + 1, &vmms[i]);
        if (error == -ENOEXEC)
            panic("the VMM's image can't be loaded");
        if (error)
            say_ended(i + 1, error);
        else
            running++;
    }
    while (running) {
        u32 ended = destroy_ended(vmms, count);
        if (!ended)
            thread_block();
        running -= ended;
    }
}

static void init_thread(void *argument)
{
    (void)argument;
    if (entered_in_hyp)
        host_audit_begin();
    run_vms();
    u32 pages = pages_available(); /* the first VMs may leave tables behind that the next ones use again */
    for (u32 i = 1; i < boot_modules.repetitions; i++)
        run_vms();
    if (boot_modules.repetitions > 1)
        kprintf("host: %u times: %u pages less than after the first\n", boot_modules.repetitions,
                pages - pages_available());
    reclaim_report();
    if (entered_in_hyp)
        host_audit_end();
    kprintf("host: power off\n");
    machine_power_off();
}

void host_main(u32 boot_mode)
{
    entered_in_hyp = boot_mode == 0x1a;
    u32 early_ram_end = PHYS_OFFSET + 8 * BLOCK_SIZE;
    mm_init(early_ram_end);
    kprintf("host: Worldswitch KVM/ARM, entered in %s\n", entered_in_hyp ? "Hyp" : "SVC");

    page_reserve(PHYS_OFFSET, virt_to_phys(_end));
    u32 ram_end = modules_init();
    mm_init(ram_end);
    u32 memory_end = PHYS_OFFSET + ALIGN_UP(boot_modules.host_memory, BLOCK_SIZE);
    bool has_swap = memory_end > PHYS_OFFSET && memory_end < ram_end;
    page_init(PHYS_OFFSET, has_swap ? memory_end : ram_end);
    if (has_swap)
        swap_init(memory_end, ram_end);
    kprintf("host: RAM 0x%08x..0x%08x\n", PHYS_OFFSET, ram_end - 1);

    irq_init(&cpus[0]);
    sched_init();
    timer_init();
    console_init();
    if (entered_in_hyp)
        kvm_init();
    else
        kprintf("host: no Hyp mode: no KVM\n");
    smp_init();

    kernel_thread("init", init_thread, NULL);
    idle_loop();
}
