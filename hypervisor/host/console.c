/*
 * The host's console: the board's PL011. Output is polled; what is written by one call stays together. Input comes by
 * interrupt; whose it is, console-input.c says.
 */
#include "format.h"
#include "kernel.h"

#define UART(offset) (device_va(BOARD_UART_BASE) + (offset))
#define UART_DR 0x00
#define UART_FR 0x18
#define UART_FR_RXFE BIT(4)
#define UART_FR_TXFF BIT(5)
#define UART_IMSC 0x38
#define UART_ICR 0x44
#define UART_CR 0x30
#define UART_LCRH 0x2c
#define UART_INT_RX BIT(4)
#define UART_INT_RT BIT(6)

static struct spinlock output_lock;
static bool lock_broken;

static void put(char c)
{
    if (c == '\n')
        put('\r');
    while (read32(UART(UART_FR)) & UART_FR_TXFF)
        ;
    write32(UART(UART_DR), (u8)c);
}

static u32 lock_output(void)
{
    return lock_broken ? irq_save() : spin_lock(&output_lock);
}

static void unlock_output(u32 flags)
{
    if (lock_broken)
        irq_restore(flags);
    else
        spin_unlock(&output_lock, flags);
}

void console_break_lock(void)
{
    lock_broken = true;
}

void console_write(const char *text, u32 size)
{
    u32 flags = lock_output();

    while (size--)
        put(*text++);
    unlock_output(flags);
}

static void console_sink(void *context, char c)
{
    (void)context;
    put(c);
}

void kvprintf(const char *format, va_list arguments)
{
    u32 flags = lock_output();

    format_to(console_sink, NULL, format, arguments);
    unlock_output(flags);
}

void kprintf(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    kvprintf(format, arguments);
    va_end(arguments);
}

static void console_interrupt(u32 intid, void *context)
{
    (void)intid;
    (void)context;
    /* First, or it would clear what a character asks for that comes after the last look. */
    write32(UART(UART_ICR), UART_INT_RX | UART_INT_RT);
    while (!(read32(UART(UART_FR)) & UART_FR_RXFE))
        console_typed((char)read32(UART(UART_DR)));
    console_tell_listeners();
}

void console_init(void)
{
    write32(UART(UART_LCRH), 0x70); /* 8 bits, FIFO on */
    write32(UART(UART_CR), 0x301);  /* UART, transmit and receive on */
    irq_request(BOARD_IRQ_UART, console_interrupt, NULL);
    write32(UART(UART_IMSC), UART_INT_RX | UART_INT_RT);
}
