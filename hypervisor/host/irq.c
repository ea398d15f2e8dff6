/*
 * Host interrupts: the GICv2 distributor and each core's CPU interface. SPIs go to the first core.
 *
 * One table of handlers by INTID. IRQ exceptions acknowledge (GICC_IAR), drop the priority (GICC_EOIR), call the
 * handler and deactivate (GICC_DIR) until no interrupt is pending: GICC_CTLR.EOImode splits the two, for the interrupt
 * of a device that is a guest's (irq_forward). That one stays active, and is not signalled again, until the guest ends
 * the virtual interrupt that is linked to it. A guest's own interrupts never come here: what reaches the host
 * while a guest ran is taken after the world switch, when the highvisor unmasks.
 */
#include "kernel.h"

#define GICD(offset) (device_va(BOARD_GICD_BASE) + (offset))
#define GICC(offset) (device_va(BOARD_GICC_BASE) + (offset))
#define GICD_CTLR 0x000
#define GICD_TYPER 0x004
#define GICD_ISENABLER 0x100
#define GICD_ICENABLER 0x180
#define GICD_ICPENDR 0x280
#define GICD_ISACTIVER 0x300
#define GICD_ICACTIVER 0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR 0x800
#define GICD_SGIR 0xf00
#define GICC_CTLR 0x000
#define GICC_PMR 0x004
#define GICC_IAR 0x00c
#define GICC_EOIR 0x010
#define GICC_DIR 0x1000
#define GICC_CTLR_ENABLE BIT(0)
#define GICC_CTLR_EOIMODE BIT(9)
#define SPURIOUS 1020
#define MAX_INTID 256

static struct {
    irq_handler handler;
    void *context;
    bool forwarded;        /* deactivated by a guest's EOI */
    volatile bool running; /* the handler, on whatever core */
} irq_table[MAX_INTID];
static u32 requested_ppis; /* to be enabled on each core */

void irq_init_cpu(struct cpu *cpu)
{
    u32 interface = read32(GICD(GICD_ITARGETSR)) & 0xff;

    cpu->gic_target = interface ? interface : 1; /* RAZ where there is one core */
    for (u32 i = 0; i < 32; i += 4)
        write32(GICD(GICD_IPRIORITYR + i), 0xa0a0a0a0);
    write32(GICD(GICD_ISENABLER), requested_ppis);
    write32(GICC(GICC_PMR), 0xf0);
    write32(GICC(GICC_CTLR), GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE);
}

void irq_init(struct cpu *cpu)
{
    u32 lines = 32 * (BITS(read32(GICD(GICD_TYPER)), 4, 0) + 1);

    write32(GICD(GICD_CTLR), 0);
    for (u32 i = 32; i < lines; i += 32)
        write32(GICD(GICD_ICENABLER + i / 8), 0xffffffff);
    for (u32 i = 32; i < lines; i += 4)
        write32(GICD(GICD_IPRIORITYR + i), 0xa0a0a0a0);
    irq_init_cpu(cpu);
    for (u32 i = 32; i < lines; i += 4)
        write32(GICD(GICD_ITARGETSR + i), cpu->gic_target * 0x01010101);
    write32(GICD(GICD_CTLR), 1);
}

void irq_request(u32 intid, irq_handler handler, void *context)
{
    if (intid >= MAX_INTID)
        panic("interrupt %u is out of range", intid);
    irq_table[intid].handler = handler;
    irq_table[intid].context = context;
    if (intid < 32)
        requested_ppis |= BIT(intid);
    write32(GICD(GICD_ISENABLER + (intid / 32) * 4), BIT(intid % 32));
}

bool irq_is_free(u32 intid)
{
    return intid < MAX_INTID && !irq_table[intid].handler;
}

void irq_forward(u32 intid, irq_handler handler, void *context)
{
    irq_table[intid].forwarded = true;
    irq_request(intid, handler, context);
}

void irq_free(u32 intid)
{
    write32(GICD(GICD_ICENABLER + (intid / 32) * 4), BIT(intid % 32));
    irq_table[intid].handler = NULL;
    dsb();
    while (irq_table[intid].running)
        ; /* on another core: this one executes no handler */
    irq_table[intid].forwarded = false;
    irq_set_active(intid, false);
    write32(GICD(GICD_ICPENDR + (intid / 32) * 4), BIT(intid % 32));
}

void irq_set_target(u32 intid, const struct cpu *cpu)
{
    write8(GICD(GICD_ITARGETSR + intid), (u8)cpu->gic_target);
}

bool irq_is_active(u32 intid)
{
    return (read32(GICD(GICD_ISACTIVER + (intid / 32) * 4)) & BIT(intid % 32)) != 0;
}

void irq_set_active(u32 intid, bool active)
{
    u32 base = active ? GICD_ISACTIVER : GICD_ICACTIVER;

    write32(GICD(base + (intid / 32) * 4), BIT(intid % 32));
    dsb();
}

void irq_send_sgi(const struct cpu *to, u32 sgi)
{
    dsb(); /* what the other core is to see is there before the interrupt */
    write32(GICD(GICD_SGIR), to->gic_target << 16 | sgi);
}

static void handle_sgi(u32 sgi)
{
    struct cpu *cpu = this_cpu();

    if (sgi == SGI_CALL && cpu->call) {
        cpu->call();
        dmb();
        cpu->call = NULL;
    } else {
        sched_interrupt();
    }
}

/* Whether it is to be deactivated now. */
static bool call_handler(u32 intid)
{
    irq_table[intid].running = true;
    dmb(); /* irq_free takes the handler away before it looks */
    irq_handler handler = irq_table[intid].handler;
    bool stays_active = irq_table[intid].forwarded && handler;

    if (handler)
        handler(intid, irq_table[intid].context);
    dmb();
    irq_table[intid].running = false;
    return !stays_active;
}

void irq_handle_pending(void)
{
    for (;;) {
        u32 iar = read32(GICC(GICC_IAR));
        u32 intid = BITS(iar, 9, 0);

        if (intid >= SPURIOUS)
            return;
        bool ends = true;
        write32(GICC(GICC_EOIR), iar);
        if (intid < 16)
            handle_sgi(intid);
        else if (intid < MAX_INTID)
            ends = call_handler(intid);
        if (ends)
            write32(GICC(GICC_DIR), iar);
    }
}
