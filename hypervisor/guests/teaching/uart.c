/*
 * The guest's console: a PL011 that does not exist. Its page is not mapped by Stage 2, so every access is
 * a Stage 2 fault, an exit to the host, and a KVM_EXIT_MMIO to the VMM, which plays the device.
 */
#include "format.h"
#include "guest.h"

#define UART(offset) (DEVICE_VA(BOARD_UART_BASE) + (offset))
#define UART_DR 0x00
#define UART_FR 0x18
#define UART_FR_TXFF BIT(5)

void uart_put(void *context, char c)
{
    (void)context;
    while (read32(UART(UART_FR)) & UART_FR_TXFF)
        ;
    write32(UART(UART_DR), (u8)c);
}

void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_to(uart_put, NULL, format, arguments);
    va_end(arguments);
}
