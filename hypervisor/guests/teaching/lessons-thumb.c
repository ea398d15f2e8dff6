/*
 * Traps from T32 code: 16-bit and 32-bit instructions, in and out of IT blocks. Compiled as T32.
 *
 * The highvisor must skip the right number of bytes and move ITSTATE on, and must not emulate an
 * instruction whose condition fails.
 */
#include "guest.h"

#define UART_DR (DEVICE_VA(BOARD_UART_BASE) + 0x00)
#define UART_PERIPHID0 (DEVICE_VA(BOARD_UART_BASE) + 0xfe0)

/* ACTLR by a conditional MRC in an IT block: `condition` decides which of two registers gets it. */
static u32 __attribute__((noinline)) actlr_in_it_block(u32 condition, u32 *other)
{
    u32 then_value = 0x11111111, else_value = 0x22222222;

    __asm__ volatile("cmp     %2, #0\n"
                     "itete   ne\n"
                     "mrcne   p15, 0, %0, c1, c0, 1\n"
                     "mrceq   p15, 0, %1, c1, c0, 1\n"
                     "addne   %0, %0, #1\n"
                     "addeq   %1, %1, #1\n"
                     : "+r"(then_value), "+r"(else_value)
                     : "r"(condition)
                     : "cc");
    *other = else_value;
    return then_value;
}

void lesson_thumb_traps(void)
{
    u32 actlr = trap_actlr_read(), else_value;
    u32 then_value = actlr_in_it_block(1, &else_value);

    print("thumb: MRC ACTLR in an IT block, taken: %s\n",
          then_value == actlr + 1 && else_value == 0x22222222 ? "yes" : "NO");
    then_value = actlr_in_it_block(0, &else_value);
    print("thumb: MRC ACTLR in an IT block, else: %s\n",
          then_value == 0x11111111 && else_value == actlr + 1 ? "yes" : "NO");

    /* Device accesses of each size, 16-bit and 32-bit encodings, one conditional. */
    write8(UART_DR, 't');
    *(volatile u16 *)UART_DR = '3';
    __asm__ volatile("cmp %0, %0\n"
                     "it eq\n"
                     "streq %1, [%2]\n" ::"r"(0), "r"('2'), "r"(UART_DR) : "cc", "memory");
    s32 id = *(volatile s8 *)UART_PERIPHID0;
    print(": UART written by STRB, STRH, STR; PeriphID0 by LDRSB: 0x%02x\n", (u32)id);

    u32 before = exception_counts.undef;
    __asm__ volatile("udf #1" ::: "memory");
    __asm__ volatile("udf.w #2" ::: "memory");
    print("thumb: UND on 16-bit and 32-bit encodings: %u\n", exception_counts.undef - before);
}
