/*
 * memmove, memcmp, strlen, strcmp. With copy.S's memcpy and memset the functions that a compiler may call by itself,
 * and no more.
 */
#include "memory.h"

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
