/*
 * The VMM's lines on the host's console, and the guest's.
 *
 * A guest's output is passed on line by line with "vm1| " before it, so that host and guests can be told
 * apart on one serial line; a single guest whose kernel came by a boot module has the console to itself.
 */
#include "format.h"
#include "vmm.h"

static s32 console = -1;
static char line[160];
static u32 line_length;

static void flush(const char *text, u32 length)
{
    if (console < 0)
        console = open("/dev/console");
    system_call(SYS_WRITE, (u32)console, (u32)text, length);
}

struct buffer {
    char text[200];
    u32 length;
};

static void put(void *context, char c)
{
    struct buffer *buffer = context;

    if (buffer->length < sizeof(buffer->text))
        buffer->text[buffer->length++] = c;
}

static void write_formatted(const char *prefix, const char *format, va_list arguments)
{
    struct buffer buffer = {.length = 0};

    while (*prefix)
        put(&buffer, *prefix++);
    format_to(put, &buffer, format, arguments);
    flush(buffer.text, buffer.length);
}

void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_formatted("vmm: ", format, arguments);
    va_end(arguments);
}

void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_formatted("vmm: error: ", format, arguments);
    va_end(arguments);
    flush("\n", 1);
    for (;;)
        system_call(SYS_EXIT, 1, 0, 0);
}

static void put_line(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_formatted("", format, arguments);
    va_end(arguments);
}

void guest_console_put(char c)
{
    if (vm.raw_console) {
        if (c != '\r')
            flush(&c, 1);
        return;
    }
    if (c == '\r')
        return;
    if (c != '\n')
        line[line_length++] = c;
    if (c == '\n' || line_length == sizeof(line) - 1) {
        line[line_length] = '\0';
        put_line("vm%u| %s\n", vm.number, line);
        line_length = 0;
    }
}
