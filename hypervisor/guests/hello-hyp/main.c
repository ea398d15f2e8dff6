/*
 * hello-hyp in C: greet on the PL011, show who we are, make one HVC and return.
 *
 * The HVC goes through hyp_vectors to handle_hvc, which prints its syndrome; then main continues after
 * the instruction. start.S powers the machine off.
 */
#include "board.h"
#include "cp15.h"
#include "format.h"

#define UART_DR (BOARD_UART_BASE + 0x00)
#define UART_FR (BOARD_UART_BASE + 0x18)
#define UART_FR_TXFF BIT(5)

u32 hvc_count;

static void uart_put(void *context, char c)
{
    (void)context;
    if (c == '\n')
        uart_put(context, '\r');
    while (read32(UART_FR) & UART_FR_TXFF)
        ;
    write32(UART_DR, (u8)c);
}

static void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_to(uart_put, NULL, format, arguments);
    va_end(arguments);
}

void handle_hvc(u32 hsr, u32 return_address, u32 spsr)
{
    (void)return_address;
    hvc_count++;
    print("HVC: EC 0x%02x, immediate 0x%04x, from mode 0x%02x\n", hsr >> 26, hsr & 0xffff, spsr & 0x1f);
}

void handle_unexpected(u32 hsr, u32 address)
{
    print("unexpected exception: HSR 0x%08x at 0x%08x\n", hsr, address);
}

static u32 factorial(u32 n)
{
    return n < 2 ? 1 : n * factorial(n - 1);
}

int main(void)
{
    print("hello from Hyp\n");
    print("CPSR mode 0x%02x, MIDR 0x%08x\n", read_cpsr() & 0x1f, CP15_READ(MIDR));
    __asm__ volatile("hvc #0x1234" ::: "memory");
    print("HVCs taken: %u, 10! = %u\n", hvc_count, factorial(10));
    print("goodbye\n");
    return 0;
}
