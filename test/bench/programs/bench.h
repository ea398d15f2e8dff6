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

static inline u32 random32(u32 *seed)
{
	u32 x = *seed;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return *seed = x;
}

#endif
