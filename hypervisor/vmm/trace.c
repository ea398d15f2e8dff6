/*
 * The hypervisor's tracepoints: turned on as /boot/trace has their names, and printed when a VM ends.
 *
 * What is recorded depends on time, so it stands between two marks. Of several VMMs the first to end prints what
 * all VMs have left so far.
 */
#include "vmm.h"

static s32 trace = -1;

void trace_begin(void)
{
    static char names[512];
    u32 size = boot_file_read("trace", names, sizeof(names));

    if (!size)
        return;
    trace = open("/dev/trace");
    if (system_call(SYS_WRITE, (u32)trace, (u32)names, size) < 0)
        fail("/boot/trace: a name that is no tracepoint's");
}

void trace_end(void)
{
    static char text[1025];
    s32 size;

    if (trace < 0)
        return;
    say("--- trace: begin ---\n");
    while ((size = system_call(SYS_READ, (u32)trace, (u32)text, sizeof(text) - 1)) > 0)
        print_text(text, (u32)size);
    say("--- trace: end ---\n");
}
