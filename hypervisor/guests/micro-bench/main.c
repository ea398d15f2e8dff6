/*
 * Runs each operation some times: the first ones find cold tables, the later ones are the figure.
 */
#include "bench.h"
#include "format.h"

#define GICD_CTLR (BOARD_GICD_BASE + 0x000)
#define GICD_SGIR (BOARD_GICD_BASE + 0xf00)
#define GICC_CTLR (BOARD_GICC_BASE + 0x000)
#define GICC_PMR (BOARD_GICC_BASE + 0x004)
#define SGI_TO_SELF (2u << 24)
#define TIMES 12

static volatile u32 secondary_is_up;

static void put(void *context, char c)
{
    (void)context;
    write32(BOARD_UART_BASE, (u8)c);
}

static void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_to(put, NULL, format, arguments);
    va_end(arguments);
}

static void interface_on(void)
{
    write32(GICC_PMR, 0xf0);
    write32(GICC_CTLR, 1);
}

/* Makes an interrupt pending, which stays so: IRQs are masked on this vCPU. */
static void send_to_self(void)
{
    write32(GICD_SGIR, SGI_TO_SELF);
}

static void run(const char *name, void (*prepare)(void), void (*operation)(void))
{
    for (u32 i = 0; i < TIMES; i++) {
        if (prepare)
            prepare();
        operation();
    }
    print("micro-bench: %s: %u times\n", name, TIMES);
}

/* The second vCPU, before it waits for interrupts in start.S. */
void secondary_main(void)
{
    interface_on();
    secondary_is_up = 1;
}

static bool start_secondary(void)
{
    if (call_hvc(PSCI_CPU_ON, 1, (u32)bench_secondary_start, 0) != 0)
        return false;
    while (!secondary_is_up)
        __asm__ volatile("wfe" ::: "memory"); /* an exit that lets the other vCPU run on the same core */
    return true;
}

void bench_main(void)
{
    write32(GICD_CTLR, 1);
    interface_on();
    run("hypercall", NULL, bench_hypercall);
    run("I/O kernel", NULL, bench_io_kernel);
    run("I/O user", NULL, bench_io_user);
    run("EOI+ACK", send_to_self, bench_eoi_ack);
    if (start_secondary())
        run("IPI", NULL, bench_ipi);
    else
        print("micro-bench: IPI: needs a second vCPU\n");
    call_hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
}
