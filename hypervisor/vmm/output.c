/*
 * The VMM's lines on the host's console.
 */
#include "format.h"
#include "vmm.h"

static s32 console = -1;

static char gathered[0x6000]; /* an exit table of eight vCPUs */
static u32 gathered_length;
static bool gathering;

static void flush(const char *text, u32 length)
{
    if (gathering && length <= sizeof(gathered) - gathered_length) {
        memcpy(gathered + gathered_length, text, length);
        gathered_length += length;
        return;
    }
    if (console < 0)
        console = system_call(SYS_OPEN, (u32) "/dev/console", 0, 0);
    while (console < 0)
        system_call(SYS_EXIT, (u32)console, 0, 0); /* the host says how this one has ended */
    system_call(SYS_WRITE, (u32)console, (u32)text, length);
}

void gather_output(void)
{
    gathering = true;
}

void write_gathered(void)
{
    gathering = false;
    flush(gathered, gathered_length);
    gathered_length = 0;
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

static void put_formatted(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    format_to(put, buffer, format, arguments);
    va_end(arguments);
}

static void write_formatted(const char *prefix, const char *format, va_list arguments)
{
    struct buffer buffer = {.length = 0};

    put_formatted(&buffer, "%s", prefix);
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

/* One line, whole, and the end: another VM's doesn't come between. */
static void write_error(s32 error, const char *format, va_list arguments)
{
    struct buffer buffer = {.length = 0};

    put_formatted(&buffer, "vmm: error: ");
    format_to(put, &buffer, format, arguments);
    if (error == -ENOMEM)
        put_formatted(&buffer, ": the host has no memory left");
    else if (error)
        put_formatted(&buffer, ": error %d", -error);
    put_formatted(&buffer, "\n");
    flush(buffer.text, buffer.length);
}

void fail_with(s32 error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_error(error, format, arguments);
    va_end(arguments);
    for (;;)
        system_call(SYS_EXIT, (u32)error, 0, 0);
}

void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_error(0, format, arguments);
    va_end(arguments);
    for (;;)
        system_call(SYS_EXIT, 1, 0, 0);
}

void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_formatted("", format, arguments);
    va_end(arguments);
}

void print_text(const char *text, u32 length)
{
    flush(text, length);
}
