#include "shapes.h"

#define NOINLINE __attribute__((noinline))

volatile u32 sink;
extern u32 assembly_leaf(u32 value);
extern u32 assembly_call(u32 value);

static inline __attribute__((always_inline)) u32 twice(u32 value)
{
    u32 doubled = value * 2;
    sink = doubled;
    return doubled;
}

static inline __attribute__((always_inline)) u32 four_times(u32 value)
{
    u32 once = twice(value);
    return twice(once);
}

NOINLINE u32 leaf(u32 value)
{
    sink = value;
    return value + 1;
}

NOINLINE u32 recurse(u32 depth, u32 accumulated)
{
    u32 local[4] = { depth, accumulated, depth ^ accumulated, 4 };
    if (depth == 0)
        return leaf(local[1]);
    u32 below = recurse(depth - 1, accumulated + local[2]);
    sink = local[3];
    return below + local[0];
}

NOINLINE double scale(double factor, float small, u32 count)
{
    double total = 0;
    while (count--)
        total += factor * small + leaf(count);
    return total;
}

NOINLINE u32 many(u32 a, u32 b, u32 c, u32 d, u64 e, u32 f)
{
    u32 kept = four_times(a + f);
    u32 other = leaf(b);
    return kept + other + c + d + (u32)e + assembly_call(kept);
}

NOINLINE u32 on_the_heap(u32 count)
{
    u32 buffer[count + 1];
    for (u32 i = 0; i <= count; i++)
        buffer[i] = leaf(i);
    return buffer[count] + buffer[0];
}

struct vcpu *current;

int main(void)
{
    u32 answer = recurse(3, 5);
    answer += many(1, 2, 3, 4, 0x500000006ull, 7);
    answer += (u32)scale(1.5, 2.5f, 2);
    answer += on_the_heap(5);
    answer += (u32)handle_exit(&boot_vcpu, 0x48000000 | answer);
    current = &boot_vcpu;
    return (int)(answer + assembly_leaf(answer));
}
