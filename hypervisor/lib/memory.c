/*
 * memcpy, memset, memmove, memcmp, strlen, strcmp: the functions a compiler may call by itself, and no more.
 *
 * Word by word where both sides are aligned, else by bytes; none uses VFP registers, so none can
 * disturb the lazy VFP switch.
 */
#include "memory.h"

void *memcpy(void *to, const void *from, size_t count)
{
    u8 *d = to;
    const u8 *s = from;

    if ((((uintptr_t)d | (uintptr_t)s) & 3) == 0) {
        for (; count >= 4; count -= 4, d += 4, s += 4)
            *(u32 *)d = *(const u32 *)s;
    }
    while (count--)
        *d++ = *s++;
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    u8 *d = to;
    const u8 *s = from;

    if (d <= s || d >= s + count)
        return memcpy(to, from, count);
    while (count--)
        d[count] = s[count];
    return to;
}

void *memset(void *to, int value, size_t count)
{
    u8 *d = to;
    u32 word = (u8)value * 0x01010101u;

    for (; count && ((uintptr_t)d & 3); count--)
        *d++ = (u8)value;
    for (; count >= 4; count -= 4, d += 4)
        *(u32 *)d = word;
    while (count--)
        *d++ = (u8)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const u8 *x = a;
    const u8 *y = b;

    for (; count; count--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (u8)*a - (u8)*b;
}
