/*
 * The audit of the host's registers: recognizable values before the first guest runs, a look at them
 * after the last one has ended. What a world switch forgets to save or restore, shows here.
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
} before;

static u64 vfp_pattern(u32 i)
{
    return ((u64)(0xd0000000u | i) << 32) | ~i;
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

void host_audit_begin(void)
{
    u64 vfp[32];

    for (u32 i = 0; i < 32; i++)
        vfp[i] = vfp_pattern(i);
    host_vfp_fill(vfp);
    for (u32 i = 0; i < BANKED; i++)
        before.banked[i] = 0xb0000000u | i << 4;
    before.banked[BANKED - 1] = 0x1d3; /* an SPSR has to be a valid one */
    host_banked_fill(before.banked);
    CP15_WRITE(TPIDRURW, 0x7e57c0de);
    read_controls(before.controls);
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

void host_audit_end(void)
{
    u32 banked[BANKED], controls[CONTROLS], changes = 0;

    host_banked_read(banked);
    read_controls(controls);
    for (u32 i = 0; i < BANKED; i++)
        changes += banked[i] != before.banked[i];
    kprintf("host: VFP registers %s\n", verdict(count_vfp_changes()));
    kprintf("host: banked registers %s\n", verdict(changes));
    changes = !virtual_counter_is_physical();
    for (u32 i = 0; i < CONTROLS; i++)
        changes += controls[i] != before.controls[i];
    kprintf("host: control registers %s\n", verdict(changes));
}
