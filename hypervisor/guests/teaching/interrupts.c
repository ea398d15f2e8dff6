/*
 * The guest's interrupts: virtual distributor (accesses trap), virtual CPU interface (GICV, no traps),
 * virtual timer.
 *
 * The interrupt of the virtual timer is raised by the hardware as a *physical* interrupt, taken to Hyp,
 * turned by the highvisor into a virtual one in a list register, and taken here. Acknowledge and EOI go to
 * GICV directly.
 */
#include "guest.h"

#define GICD(offset) (DEVICE_VA(BOARD_GICD_BASE) + (offset))
#define GICC(offset) (DEVICE_VA(BOARD_GICC_BASE) + (offset))
#define GICD_CTLR 0x000
#define GICD_ISENABLER0 0x100
#define GICD_IPRIORITYR 0x400
#define GICD_SGIR 0xf00
#define GICC_CTLR 0x000
#define GICC_PMR 0x004
#define GICC_IAR 0x00c
#define GICC_EOIR 0x010
#define SGI_TO_SELF (2u << 24)
#define SOFTWARE_INTERRUPT 5

volatile u32 timer_ticks, last_interrupt, software_interrupts;
static volatile u32 ticks_wanted;
static u32 tick_interval;

void interrupts_init(void)
{
    write32(GICD(GICD_CTLR), 1);
    write8(GICD(GICD_IPRIORITYR + BOARD_IRQ_VIRTUAL_TIMER), 0xa0);
    write32(GICD(GICD_ISENABLER0), BIT(BOARD_IRQ_VIRTUAL_TIMER));
    write32(GICC(GICC_PMR), 0xf0);
    write32(GICC(GICC_CTLR), 1);
}

void timer_start_ticks(u32 count, u32 interval)
{
    timer_ticks = 0;
    ticks_wanted = count;
    tick_interval = interval;
    CP15_WRITE(CNTV_TVAL, interval);
    CP15_WRITE(CNTV_CTL, 1);
    isb();
}

static void timer_interrupt(void)
{
    timer_ticks++;
    if (timer_ticks < ticks_wanted) {
        CP15_WRITE(CNTV_TVAL, tick_interval);
        CP15_WRITE(CNTV_CTL, 1);
    } else {
        CP15_WRITE(CNTV_CTL, 0);
    }
    isb();
}

void send_software_interrupt(void)
{
    write32(GICD(GICD_SGIR), SGI_TO_SELF | SOFTWARE_INTERRUPT);
}

void handle_irq(struct exception_frame *frame)
{
    (void)frame;
    u32 iar = read32(GICC(GICC_IAR)); /* list register: pending -> active */
    u32 intid = BITS(iar, 9, 0);

    if (intid >= 1020)
        return;
    exception_counts.irq++;
    last_interrupt = intid;
    if (intid == BOARD_IRQ_VIRTUAL_TIMER)
        timer_interrupt();
    else if (intid == SOFTWARE_INTERRUPT)
        software_interrupts++;
    write32(GICC(GICC_EOIR), iar); /* active -> invalid */
}
