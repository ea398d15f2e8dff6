/*
 * System calls by name, and the boot modules as whole files.
 */
#include "vmm.h"

s32 open(const char *path)
{
    s32 descriptor = system_call(SYS_OPEN, (u32)path, 0, 0);

    if (descriptor == -ENOMEM)
        fail_with(descriptor, "%s", path);
    return descriptor;
}

s32 ioctl(s32 descriptor, u32 command, u32 argument)
{
    return system_call(SYS_IOCTL, (u32)descriptor, command, argument);
}

void close(s32 descriptor)
{
    system_call(SYS_CLOSE, (u32)descriptor, 0, 0);
}

static s32 open_boot_file(const char *name)
{
    char path[32] = "/boot/";
    u32 length = strlen(name);

    if (length > sizeof(path) - 7)
        return -1;
    memcpy(path + 6, name, length + 1);
    return open(path);
}

u32 boot_file_size(const char *name)
{
    s32 descriptor = open_boot_file(name);

    if (descriptor < 0)
        return 0;
    s32 size = system_call(SYS_LSEEK, (u32)descriptor, 0, 2);
    close(descriptor);
    return size < 0 ? 0 : (u32)size;
}

u32 boot_file_read(const char *name, void *to, u32 limit)
{
    s32 descriptor = open_boot_file(name);

    if (descriptor < 0)
        return 0;
    s32 size = system_call(SYS_READ, (u32)descriptor, (u32)to, limit);
    close(descriptor);
    return size < 0 ? 0 : (u32)size;
}
