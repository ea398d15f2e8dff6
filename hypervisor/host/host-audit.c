/*
 * The audit of the host's registers: recognizable values before the first guest runs, a look at them
 * after the last one has ended, on each core. What a world switch forgets to save or restore, shows here.
 *
 * Covered: d0-d31, the banked registers that the host itself never uses, CP15 control registers that stay
 * the same in the host, the identification registers (VPIDR, VMPIDR) and CNTVOFF.
 */
#include "kernel.h"

#define BANKED 11
#define CONTROLS 12

static struct {
    u32 banked[BANKED];
    u32 controls[CONTROLS];
    u32 vfp_changes, banked_changes, control_changes;
} audits[NR_CPUS];

/* Each core has values of its own, so that a mix-up of cores shows, too. */
static u64 vfp_pattern(u32 i)
{
    return ((u64)(0xd0000000u | this_cpu()->id << 8 | i) << 32) | ~i;
}

static void read_controls(u32 *into)
{
    const u32 values[CONTROLS] = {
        CP15_READ(SCTLR),    CP15_READ(CPACR), CP15_READ(TTBCR),   CP15_READ(PRRR),
        CP15_READ(NMRR),     CP15_READ(VBAR),  CP15_READ(AMAIR0),  CP15_READ(AMAIR1),
        CP15_READ(TPIDRURW), CP15_READ(MIDR),  CP15_READ(CNTKCTL), CP15_READ(MPIDR),
    };

    memcpy(into, values, sizeof(values));
}

static void begin_on_cpu(void)
{
    u32 id = this_cpu()->id, *banked = audits[id].banked;
    u64 vfp[32];

    for (u32 i = 0; i < 32; i++)
        vfp[i] = vfp_pattern(i);
    host_vfp_fill(vfp);
    for (u32 i = 0; i < BANKED; i++)
        banked[i] = 0xb0000000u | id << 12 | i << 4;
    banked[BANKED - 1] = 0x1d3; /* an SPSR has to be a valid one */
    host_banked_fill(banked);
    CP15_WRITE(TPIDRURW, 0x7e57c0de + id);
    read_controls(audits[id].controls);
}

void host_audit_begin(void)
{
    smp_call_each(begin_on_cpu);
}

static u32 count_vfp_changes(void)
{
    u64 now[32];
    u32 changes = 0;

    host_vfp_read(now);
    for (u32 i = 0; i < 32; i++)
        changes += now[i] != vfp_pattern(i);
    return changes;
}

static bool virtual_counter_is_physical(void)
{
    u64 earlier = timer_now();
    u64 virtual = CP15_READ64(CNTVCT);

    return earlier <= virtual && virtual <= timer_now();
}

static const char *verdict(u32 changes)
{
    return changes ? "CHANGED by a guest" : "unchanged";
}

static void end_on_cpu(void)
{
    u32 banked[BANKED], controls[CONTROLS], id = this_cpu()->id;

    host_banked_read(banked);
    read_controls(controls);
    audits[id].vfp_changes = count_vfp_changes();
    for (u32 i = 0; i < BANKED; i++)
        audits[id].banked_changes += banked[i] != audits[id].banked[i];
    for (u32 i = 0; i < CONTROLS; i++)
        audits[id].control_changes += controls[i] != audits[id].controls[i];
    audits[id].control_changes += !virtual_counter_is_physical();
}

void host_audit_end(void)
{
    u32 vfp = 0, banked = 0, controls = 0;

    smp_call_each(end_on_cpu);
    for (u32 i = 0; i < online_cpus; i++) {
        vfp += audits[i].vfp_changes;
        banked += audits[i].banked_changes;
        controls += audits[i].control_changes;
    }
    kprintf("host: VFP registers %s\n", verdict(vfp));
    kprintf("host: banked registers %s\n", verdict(banked));
    kprintf("host: control registers %s\n", verdict(controls));
}
