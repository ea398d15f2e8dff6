#include "bench.h"

void print_result(u32 value)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		UART[0] = (u32)"0123456789abcdef"[(value >> shift) & 15];
	UART[0] = '\n';
}

/* What the compiler may call. */
void *memset(void *to, int byte, unsigned int count)
{
	u8 *at = to;

	while (count--)
		*at++ = (u8)byte;
	return to;
}

void *memcpy(void *to, const void *from, unsigned int count)
{
	u8 *at = to;
	const u8 *source = from;

	while (count--)
		*at++ = *source++;
	return to;
}
