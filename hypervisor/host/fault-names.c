/*
 * Modes and faults in words (ARM ARM, tables B1-1 and B3-24).
 */
#include "fault-names.h"

static const char *const modes[16] = {
    [0x0] = "usr", [0x1] = "fiq", [0x2] = "irq", [0x3] = "svc", [0x6] = "mon",
    [0x7] = "abt", [0xa] = "hyp", [0xb] = "und", [0xf] = "sys",
};

/* By status[5:2]; those in the second table by the whole status. */
static const char *const with_level[16] = {
    [0x0] = "address size fault",
    [0x1] = "translation fault",
    [0x2] = "access flag fault",
    [0x3] = "permission fault",
    [0x5] = "external abort on a table walk",
    [0x7] = "parity error on a table walk",
};

static const struct {
    u32 status;
    const char *name;
} without_level[] = {
    {0x10, "external abort"},     {0x11, "asynchronous external abort"},
    {0x18, "parity error"},       {0x19, "asynchronous parity error"},
    {0x21, "alignment fault"},    {0x22, "debug event"},
    {0x30, "TLB conflict abort"}, {0x34, "implementation-defined fault"},
};

const char *mode_name(u32 psr)
{
    const char *name = psr & 0x10 ? modes[psr & 0xf] : NULL;

    return name ? name : "?";
}

const char *fault_status_name(u32 status)
{
    status &= 0x3f;
    for (u32 i = 0; i < ARRAY_SIZE(without_level); i++)
        if (without_level[i].status == status)
            return without_level[i].name;
    const char *name = with_level[status >> 2];
    return name ? name : "unknown fault";
}

bool fault_is_asynchronous(u32 status)
{
    return (status & 0x3f) == 0x11 || (status & 0x3f) == 0x19;
}

u32 fault_status_level(u32 status)
{
    return with_level[BITS(status, 5, 2)] && (status & 0x3f) != 0x21 ? status & 3 : 0;
}
