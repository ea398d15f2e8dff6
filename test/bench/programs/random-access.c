/* Reads and writes at random places in 64 MiB: what a machine's translation of addresses costs when nothing is near. */
#include "bench.h"

#define WORDS (64 * 1024 * 1024 / 4)
#define ACCESSES 100000000

static u32 words[WORDS];

u32 benchmark(void)
{
	u32 seed = 2463534242u, sum = 0;

	for (u32 i = 0; i < ACCESSES; i++) {
		u32 *at = &words[random32(&seed) % WORDS];

		sum += *at;
		*at = sum ^ i;
	}
	return sum;
}
