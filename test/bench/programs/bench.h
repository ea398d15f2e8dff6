/* What the benchmark programs share. Everything is deterministic; each prints one word that depends on all its work. */
#ifndef BENCH_H
#define BENCH_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef signed int s32;
typedef unsigned long long u64;

/** The work; the result is printed in hexadecimal. */
u32 benchmark(void);

/* Registers of board `virt`, as indices of words. */
#define UART ((volatile u32 *)0x09000000)
#define UARTFR (0x018 / 4)
#define GICD ((volatile u32 *)0x08000000)
#define GICD_CTLR (0x000 / 4)
#define GICD_IIDR (0x008 / 4)
#define GICD_ISENABLER0 (0x100 / 4)
#define GICC ((volatile u32 *)0x08010000)
#define GICC_CTLR (0x000 / 4)
#define GICC_PMR (0x004 / 4)
#define GICC_IAR (0x00c / 4)
#define GICC_EOIR (0x010 / 4)

#define PSCI_VERSION 0x84000000

static inline u32 hypercall(u32 function, u32 a1, u32 a2, u32 a3)
{
	register u32 r0 __asm__("r0") = function;
	register u32 r1 __asm__("r1") = a1;
	register u32 r2 __asm__("r2") = a2;
	register u32 r3 __asm__("r3") = a3;

	__asm__ volatile(".arch_extension virt\n\thvc #0" : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)::"memory");
	return r0;
}

static inline u32 random32(u32 *seed)
{
	u32 x = *seed;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *seed = x;
}

#endif
