/*
 * Text formatting for every program here: a small printf over a character sink.
 *
 * Understands %c %s %d %u %x %p %% with a width and zero padding, and for hexadecimal `ll`, 64 bits, and `#`, which
 * puts 0x before it, as the kernel does, before 0 too. 64-bit decimal is left out on purpose: it would need a 64-bit
 * division and nothing prints one.
 */
#include "format.h"

static void put_decimal(format_sink sink, void *context, u32 value, u32 width, char pad, bool negative)
{
    char digits[10];
    u32 count = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    if (negative && pad == '0')
        sink(context, '-');
    for (u32 n = count + negative; n < width; n++)
        sink(context, pad);
    if (negative && pad != '0')
        sink(context, '-');
    while (count)
        sink(context, digits[--count]);
}

static void put_hexadecimal(format_sink sink, void *context, u64 value, u32 width, char pad, bool prefix)
{
    u32 digits = 1;

    while (digits < 16 && value >> (4 * digits))
        digits++;
    u32 length = digits + (prefix ? 2 : 0);
    for (u32 n = length; pad == ' ' && n < width; n++)
        sink(context, ' ');
    for (u32 i = 0; prefix && i < 2; i++)
        sink(context, "0x"[i]);
    for (u32 n = length; pad == '0' && n < width; n++)
        sink(context, '0');
    while (digits--)
        sink(context, "0123456789abcdef"[(value >> (4 * digits)) & 15]);
}

static void put_string(format_sink sink, void *context, const char *text, u32 width, bool left)
{
    u32 length = 0;

    while (text[length])
        length++;
    for (u32 n = length; !left && n < width; n++)
        sink(context, ' ');
    for (u32 i = 0; i < length; i++)
        sink(context, text[i]);
    for (u32 n = length; left && n < width; n++)
        sink(context, ' ');
}

void format_to(format_sink sink, void *context, const char *format, va_list arguments)
{
    for (; *format; format++) {
        if (*format != '%') {
            sink(context, *format);
            continue;
        }
        format++;

        bool left = *format == '-';
        if (left)
            format++;
        bool prefix = *format == '#';
        if (prefix)
            format++;
        char pad = *format == '0' ? '0' : ' ';
        u32 width = 0;
        while (*format >= '0' && *format <= '9')
            width = width * 10 + (u32)(*format++ - '0');
        bool wide = false;
        while (*format == 'l') {
            wide = format[1] == 'l' || wide;
            format++;
        }

        switch (*format) {
        case 'c':
            sink(context, (char)va_arg(arguments, int));
            break;
        case 's':
            put_string(sink, context, va_arg(arguments, const char *), width, left);
            break;
        case 'd': {
            s32 value = va_arg(arguments, s32);
            put_decimal(sink, context, value < 0 ? -(u32)value : (u32)value, width, pad, value < 0);
            break;
        }
        case 'u':
            put_decimal(sink, context, va_arg(arguments, u32), width, pad, false);
            break;
        case 'p':
            put_hexadecimal(sink, context, va_arg(arguments, u32), 8, '0', false);
            break;
        case 'x': {
            u64 value = wide ? va_arg(arguments, u64) : va_arg(arguments, u32);
            put_hexadecimal(sink, context, value, width, pad, prefix);
            break;
        }
        case '%':
            sink(context, '%');
            break;
        default:
            sink(context, '?');
            return;
        }
    }
}
