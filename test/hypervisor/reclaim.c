/*
 * A guest that uses more memory than the host has for it: it fills pages with words of its VM's own, comes back to
 * them again and again, looks whether they are what they were, and changes them. A few pages it uses all the time,
 * others it only reads, and never writes. A second vCPU has pages of its own. Prints "reclaim", a sum for each vCPU.
 */
#include "board.h"
#include "types.h"

#define PAGES 384 /* of each vCPU */
#define HOT 8
#define ROUNDS 3
#define WORDS 4 /* in each page, at its beginning, its end, and in between */
#define FIRST(vcpu) ((volatile u32 *)((vcpu) ? 0x40500000 : 0x40020000))
#define PAGE_WORDS 1024
#define NEVER_WRITTEN 0x40380000
#define NEVER_WRITTEN_PAGES 64
#define ROM_VM_NUMBER 0x04000010

static volatile struct {
    u32 sum, done;
} results[2];

static u32 vm_number;

static void put(char c)
{
    write32(BOARD_UART_BASE, (u8)c);
}

static void put_hex(u32 value)
{
    put(' ');
    for (s32 shift = 28; shift >= 0; shift -= 4)
        put("0123456789abcdef"[value >> shift & 15]);
}

static u32 word_of(u32 vcpu, u32 page, u32 word, u32 round)
{
    return ((vm_number << 28 | vcpu << 24 | page << 8 | word << 4) + round) * 0x9e3779b1;
}

static volatile u32 *place(u32 vcpu, u32 page, u32 word)
{
    u32 offset = word == WORDS - 1 ? PAGE_WORDS - 1 : word * 301;

    return FIRST(vcpu) + page * PAGE_WORDS + offset;
}

/* One page: what the round before has left is there, and this one leaves its own. */
static u32 visit(u32 vcpu, u32 page, u32 round)
{
    u32 wrong = 0;

    for (u32 word = 0; word < WORDS; word++) {
        volatile u32 *at = place(vcpu, page, word);
        wrong += round && *at != word_of(vcpu, page, word, round - 1);
        *at = word_of(vcpu, page, word, round);
    }
    return wrong;
}

static void work(u32 vcpu)
{
    u32 wrong = 0, sum = 0;

    for (u32 round = 0; round < ROUNDS; round++) {
        for (u32 page = HOT; page < PAGES; page++) {
            wrong += visit(vcpu, page, round);
            for (u32 hot = 0; hot < HOT; hot++)
                *place(vcpu, hot, 1) += page;
        }
        for (u32 page = 0; vcpu == 0 && page < NEVER_WRITTEN_PAGES; page++)
            wrong += *(volatile u32 *)(NEVER_WRITTEN + page * 4096 + 8) != 0;
    }
    for (u32 page = 0; page < PAGES; page++)
        for (u32 word = 0; word < WORDS; word++)
            sum = (sum << 1 | sum >> 31) ^ *place(vcpu, page, word);
    results[vcpu].sum = wrong ? wrong : sum;
    results[vcpu].done = 1;
}

void second(void)
{
    work(1);
}

__attribute__((naked)) static void second_begins(void)
{
    __asm__ volatile("ldr sp, =0x4001f000\n\t"
                     "bl second\n\t"
                     "ldr r0, =0x84000002\n\t" /* PSCI CPU_OFF */
                     ".arch_extension virt\n\t"
                     "hvc #0\n\t"
                     ".ltorg");
}

static u32 psci(u32 function, u32 a, u32 b, u32 c)
{
    register u32 r0 __asm__("r0") = function;
    register u32 r1 __asm__("r1") = a;
    register u32 r2 __asm__("r2") = b;
    register u32 r3 __asm__("r3") = c;

    __asm__ volatile(".arch_extension virt\n\thvc #0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3) : "memory");
    return r0;
}

void main(void)
{
    vm_number = read32(ROM_VM_NUMBER);
    bool two = psci(PSCI_CPU_ON, 1, (u32)second_begins, 0) == 0;
    work(0);
    while (two && !results[1].done)
        ;
    for (const char *text = "reclaim"; *text; text++)
        put(*text);
    put_hex(results[0].sum);
    if (two)
        put_hex(results[1].sum);
    put('\n');
}
