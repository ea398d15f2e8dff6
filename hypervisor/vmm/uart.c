/*
 * The guest's UART: a PL011 (ARM DDI 0183) in software.
 *
 * The transmitter is always ready. Received characters come from the host's console. The interrupt line
 * (SPI 33) is the masked status, raised and lowered in the virtual distributor by KVM_IRQ_LINE.
 */
#include "vmm.h"

#define UARTDR 0x00
#define UARTFR 0x18
#define UARTIBRD 0x24
#define UARTFBRD 0x28
#define UARTLCR_H 0x2c
#define UARTCR 0x30
#define UARTIFLS 0x34
#define UARTIMSC 0x38
#define UARTRIS 0x3c
#define UARTMIS 0x40
#define UARTICR 0x44
#define UARTPERIPHID 0xfe0
#define FR_RXFE BIT(4)
#define FR_TXFE BIT(7)
#define INT_RX BIT(4)
#define INT_TX BIT(5)
#define INT_RT BIT(6)
#define FIFO 64

static struct {
    u32 ibrd, fbrd, lcr_h, cr, ifls, imsc, ris;
    char fifo[FIFO];
    u32 head, tail;
    u32 line;
} uart = {.cr = 0x300, .ifls = 0x12};

static const u8 identification[8] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static void update_line(void)
{
    u32 level = (uart.ris & uart.imsc) != 0;

    if (level == uart.line)
        return;
    uart.line = level;
    set_irq_line(BOARD_IRQ_UART, level);
}

static bool has_room(void)
{
    return uart.head - uart.tail < FIFO;
}

static void receive(char c)
{
    uart.fifo[uart.head++ % FIFO] = c;
    uart.ris |= INT_RX | INT_RT;
    update_line();
}

struct guest_console uart_console = {.has_room = has_room, .receive = receive};

static u32 take_character(void)
{
    if (uart.head == uart.tail)
        return 0;
    u32 c = (u8)uart.fifo[uart.tail++ % FIFO];
    if (uart.head == uart.tail)
        uart.ris &= ~(INT_RX | INT_RT);
    guest_console_poll();
    update_line();
    return c;
}

u32 uart_read(u32 offset)
{
    if (offset >= UARTPERIPHID)
        return offset & 3 ? 0 : identification[(offset - UARTPERIPHID) / 4];
    switch (offset) {
    case UARTDR: return take_character();
    case UARTFR: return FR_TXFE | (uart.head == uart.tail ? FR_RXFE : 0);
    case UARTIBRD: return uart.ibrd;
    case UARTFBRD: return uart.fbrd;
    case UARTLCR_H: return uart.lcr_h;
    case UARTCR: return uart.cr;
    case UARTIFLS: return uart.ifls;
    case UARTIMSC: return uart.imsc;
    case UARTRIS: return uart.ris;
    case UARTMIS: return uart.ris & uart.imsc;
    }
    return 0;
}

void uart_write(u32 offset, u32 value)
{
    switch (offset) {
    case UARTDR:
        guest_console_put(&uart_console, (char)value);
        uart.ris |= INT_TX; /* sent already */
        break;
    case UARTIBRD: uart.ibrd = value & 0xffff; break;
    case UARTFBRD: uart.fbrd = value & 0x3f; break;
    case UARTLCR_H: uart.lcr_h = value & 0xff; break;
    case UARTCR: uart.cr = value & 0xffff; break;
    case UARTIFLS: uart.ifls = value & 0x3f; break;
    case UARTIMSC: uart.imsc = value & 0x7ff; break;
    case UARTICR: uart.ris &= ~value; break;
    }
    update_line();
}
