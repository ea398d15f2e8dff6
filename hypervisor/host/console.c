/*
 * The host's console: the board's PL011.
 *
 * Output is polled. Input comes by interrupt into a ring; a listener (the VMM's KVM_RUN) is told, so that
 * a blocked or running guest can be interrupted for a key.
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
#define RING 256

static char input[RING];
static u32 input_head, input_tail;
static void (*input_notify)(void *context);
static void *input_context;
static struct thread *input_reader;

void console_put(char c)
{
    if (c == '\n')
        console_put('\r');
    while (read32(UART(UART_FR)) & UART_FR_TXFF)
        ;
    write32(UART(UART_DR), (u8)c);
}

static void console_sink(void *context, char c)
{
    (void)context;
    console_put(c);
}

void kvprintf(const char *format, va_list arguments)
{
    format_to(console_sink, NULL, format, arguments);
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
    while (!(read32(UART(UART_FR)) & UART_FR_RXFE)) {
        char c = (char)read32(UART(UART_DR));
        if (input_head - input_tail < RING)
            input[input_head++ % RING] = c;
    }
    write32(UART(UART_ICR), UART_INT_RX | UART_INT_RT);
    if (input_reader)
        thread_wake(input_reader);
    if (input_notify)
        input_notify(input_context);
}

void console_listen(struct thread *thread, void (*notify)(void *context), void *context)
{
    input_reader = thread;
    input_notify = notify;
    input_context = context;
}

s32 console_read_char(void)
{
    return input_head == input_tail ? -1 : (u8)input[input_tail++ % RING];
}

void console_init(void)
{
    write32(UART(UART_LCRH), 0x70); /* 8 bits, FIFO on */
    write32(UART(UART_CR), 0x301);  /* UART, transmit and receive on */
    irq_request(BOARD_IRQ_UART, console_interrupt, NULL);
    write32(UART(UART_IMSC), UART_INT_RX | UART_INT_RT);
}
