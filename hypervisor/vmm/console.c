/*
 * The guest's consoles and the host's.
 *
 * A guest's output is passed on line by line with "vm1| " before it, so that host and guests can be told
 * apart on one serial line; a single guest whose kernel came by a boot module has the console to itself.
 * What is typed goes to the console that printed last: that is where somebody waits for an answer.
 */
#include "vmm.h"

static struct guest_console *last_to_print = &uart_console;

void guest_console_put(struct guest_console *console, char c)
{
    last_to_print = console;
    if (c == '\r')
        return;
    if (vm.raw_console) {
        print_text(&c, 1);
        return;
    }
    if (c != '\n')
        console->line[console->length++] = c;
    if (c == '\n' || console->length == sizeof(console->line) - 1) {
        console->line[console->length] = '\0';
        print("vm%u| %s\n", vm.number, console->line);
        console->length = 0;
    }
}

void guest_console_poll(void)
{
    static s32 host = -1;
    char c;

    if (host < 0)
        host = open("/dev/console");
    while (last_to_print->has_room() && system_call(SYS_READ, (u32)host, (u32)&c, 1) == 1)
        last_to_print->receive(c);
}
