/* As guest of a hypervisor: the first touch of each page of its RAM, 62 MiB, which is mapped page by page. */
#include "bench.h"

#define RAM_BEGIN 0x40400000
#define RAM_END (0x40000000 + 60 * 1024 * 1024)
#define PAGE 4096

u32 benchmark(void)
{
	u32 sum = 0;

	for (u32 at = RAM_BEGIN; at < RAM_END; at += PAGE) {
		volatile u32 *page = (volatile u32 *)at;

		*page = at;
		sum += *page;
	}
	return sum;
}
