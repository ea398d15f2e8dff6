/*
 * As guest of a hypervisor: what a kernel does all day, and exits for. Some thousand instructions of work on memory,
 * a change of the address space, then a hypercall, a device of the hypervisor, one of its user space, a page touched
 * for the first time, an interrupt of the virtual timer that is waited for.
 */
#include "bench.h"

#define ROUNDS 160000
#define WORDS 1024
#define NODES 256
#define PAGES_BEGIN 0x40800000
#define PAGE 4096
#define TIMER_INTERRUPT 27
#define TIMER_TICKS 200
#define EVERY(n) (round % (n) == 0)

struct node {
	struct node *next;
	u32 key;
};

static u32 words[WORDS];
static struct node nodes[NODES];
static volatile u32 interrupts;

/* kernel-load-vectors.S calls it with IRQs masked. */
void take_interrupt(void)
{
	u32 id = GICC[GICC_IAR];

	__asm__ volatile("mcr p15, 0, %0, c14, c3, 1" ::"r"(0)); /* CNTV_CTL */
	__asm__ volatile("isb");
	if (id == TIMER_INTERRUPT)
		interrupts++;
	GICC[GICC_EOIR] = id;
}

static void wait_for_timer(void)
{
	u32 before = interrupts;

	__asm__ volatile("mcr p15, 0, %0, c14, c3, 0" ::"r"(TIMER_TICKS)); /* CNTV_TVAL */
	__asm__ volatile("mcr p15, 0, %0, c14, c3, 1" ::"r"(1));
	__asm__ volatile("isb");
	while (interrupts == before) {
		__asm__ volatile("wfi");
		__asm__ volatile("cpsie i\n\tnop\n\tcpsid i" ::: "memory");
	}
}

static void switch_address_space(u32 asid)
{
	__asm__ volatile("mcr p15, 0, %0, c13, c0, 1" ::"r"(asid)); /* CONTEXTIDR */
	__asm__ volatile("isb");
}

static void forget_translation(u32 address)
{
	__asm__ volatile("dsb");
	__asm__ volatile("mcr p15, 0, %0, c8, c7, 3" ::"r"(address & ~0xfffu)); /* TLBIMVAA */
	__asm__ volatile("dsb\n\tisb");
}

static u32 work(u32 *seed)
{
	u32 sum = 0;
	struct node *node = &nodes[random32(seed) % NODES];

	for (u32 i = 0; i < WORDS; i++)
		sum = (sum << 3 | sum >> 29) ^ (words[i] += sum);
	for (u32 i = 0; i < NODES; i++, node = node->next)
		sum += node->key++;
	return sum;
}

u32 benchmark(void)
{
	extern char vectors[];
	u32 seed = 2463534242u, sum = 0;

	__asm__ volatile("mcr p15, 0, %0, c12, c0, 0" ::"r"(vectors)); /* VBAR */
	__asm__ volatile("isb");
	GICD[GICD_CTLR] = 1;
	GICD[GICD_ISENABLER0] = 1u << TIMER_INTERRUPT;
	GICC[GICC_PMR] = 0xf0;
	GICC[GICC_CTLR] = 1;
	for (u32 i = 0; i < NODES; i++)
		nodes[i].next = &nodes[(i * 37 + 11) % NODES];
	for (u32 round = 0; round < ROUNDS; round++) {
		switch_address_space(round & 0xff);
		sum ^= work(&seed);
		if (EVERY(2))
			sum += hypercall(PSCI_VERSION, 0, 0, 0);
		if (EVERY(4))
			sum += GICD[GICD_IIDR];
		if (EVERY(8)) {
			sum += UART[UARTFR] & 1;
			forget_translation((u32)words);
		}
		if (EVERY(16)) {
			volatile u32 *page = (volatile u32 *)(PAGES_BEGIN + round / 16 * PAGE);

			*page = sum;
			sum += page[1];
		}
		if (EVERY(32))
			wait_for_timer();
	}
	return sum + interrupts;
}
