/*
 * Text formatting for every program here: a small printf over a character sink.
 *
 * Understands %c %s %d %u %x %p %% with a width and zero padding, and `ll` for 64-bit hexadecimal.
 * 64-bit decimal is left out on purpose: it would need a 64-bit division and nothing prints one.
 */
#include "format.h"

static void put_number(format_sink sink, void *context, u32 value, u32 base, u32 width, char pad,
                       bool negative)
{
    char digits[11];
    u32 count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
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
            put_number(sink, context, value < 0 ? -(u32)value : (u32)value, 10, width, pad, value < 0);
            break;
        }
        case 'u':
            put_number(sink, context, va_arg(arguments, u32), 10, width, pad, false);
            break;
        case 'p':
            put_number(sink, context, va_arg(arguments, u32), 16, 8, '0', false);
            break;
        case 'x':
            if (wide) {
                u64 value = va_arg(arguments, u64);
                if (value >> 32 || width > 8) {
                    put_number(sink, context, (u32)(value >> 32), 16, width > 8 ? width - 8 : 0, pad, false);
                    put_number(sink, context, (u32)value, 16, 8, '0', false);
                } else {
                    put_number(sink, context, (u32)value, 16, width, pad, false);
                }
            } else {
                put_number(sink, context, va_arg(arguments, u32), 16, width, pad, false);
            }
            break;
        case '%':
            sink(context, '%');
            break;
        default:
            sink(context, '?');
            return;
        }
    }
}
