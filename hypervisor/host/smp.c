/*
 * The other cores: started by PSCI CPU_ON, and told to do something by SGIs.
 *
 * A core comes out of the firmware at secondary_start (head.S), with the MMU off, in the mode the first one
 * was entered in. It takes over the kernel's tables, gets its own part of GIC, timer and Hyp mode, and
 * becomes its idle thread. They come one after the other.
 */
#include "kernel.h"
#include "kvm.h"
#include "modules.h"

#define MPIDR_AFFINITY 0x00ffffffu
#define PSCI_SUCCESS 0

extern char secondary_start[]; /* linked at its physical address */
u32 secondary_stack;           /* top of the stack of the core that starts; read by head.S */

/* On the new core, from head.S; TPIDRPRW is set. */
void secondary_main(struct cpu *cpu)
{
    mm_init_cpu();
    timer_init_cpu();
    irq_init_cpu(cpu);
    if (entered_in_hyp)
        kvm_init_cpu(cpu);
    dmb();
    cpu->online = true;
    idle_loop();
}

/* Waits a second at most: what the firmware has taken on comes, or the machine is broken. */
static bool wait_until_online(const struct cpu *cpu)
{
    u64 end = timer_now() + timer_frequency();

    while (!cpu->online)
        if (timer_now() > end)
            return false;
    dmb();
    return true;
}

static bool start_core(struct cpu *cpu, u32 affinity)
{
    cpu->id = online_cpus;
    cpu->mpidr = affinity;
    sched_init_cpu(cpu);
    secondary_stack = (u32)cpu->idle->kernel_stack + KERNEL_STACK_SIZE;
    dsb();
    return psci_call(PSCI_CPU_ON, affinity, (u32)secondary_start, (u32)cpu) == PSCI_SUCCESS &&
           wait_until_online(cpu);
}

void smp_init(void)
{
    const u32 *affinities;
    u32 count = machine_cores(&affinities), here = CP15_READ(MPIDR) & MPIDR_AFFINITY;

    cpus[0].mpidr = here;
    cpus[0].online = true;
    for (u32 i = 0; i < count && online_cpus < NR_CPUS; i++) {
        if (affinities[i] == here)
            continue;
        if (start_core(&cpus[online_cpus], affinities[i]))
            online_cpus++;
        else
            kprintf("host: core 0x%x does not start\n", affinities[i]);
    }
    if (online_cpus > 1)
        kprintf("host: %u cores\n", online_cpus);
}

void smp_call_each(void (*function)(void))
{
    u32 flags = irq_save();

    function();
    irq_restore(flags);
    for (u32 i = 0; i < online_cpus; i++) {
        if (&cpus[i] == this_cpu())
            continue;
        cpus[i].call = function;
        irq_send_sgi(&cpus[i], SGI_CALL);
        while (cpus[i].call)
            ;
        dmb();
    }
}
