/*
 * Files: /dev/console, /dev/kvm, /dev/trace, and the boot modules as /boot/<name>.
 *
 * A descriptor is an index into the process's table of struct file; what a file does is its table of
 * operations. An operation that is missing is the error EINVAL.
 */
#include "kernel.h"
#include "modules.h"

extern const struct file_operations kvm_device_operations, trace_operations;

static s32 console_write(struct file *file, u32 user_buffer, u32 size)
{
    (void)file;
    for (u32 i = 0; i < size; i++) {
        const char *c = process_memory(current->process, user_buffer + i, false);
        if (!c)
            return -EFAULT;
        console_put(*c);
    }
    return (s32)size;
}

/* What is there, at most `size` bytes, without waiting. */
static s32 console_read(struct file *file, u32 user_buffer, u32 size)
{
    u32 count = 0;

    (void)file;
    while (count < size) {
        s32 c = console_read_char();
        if (c < 0)
            break;
        char byte = (char)c;
        if (copy_to_user(user_buffer + count, &byte, 1))
            return -EFAULT;
        count++;
    }
    return (s32)count;
}

static const struct file_operations console_operations = {.read = console_read, .write = console_write};

struct boot_file_data {
    const char *start;
    u32 size;
};

static s32 boot_read(struct file *file, u32 user_buffer, u32 size)
{
    struct boot_file_data *data = file->private_data;
    u32 left = data->size - file->position;

    if (size > left)
        size = left;
    if (copy_to_user(user_buffer, data->start + file->position, size))
        return -EFAULT;
    file->position += size;
    return (s32)size;
}

static s32 boot_seek(struct file *file, s32 offset, u32 whence)
{
    struct boot_file_data *data = file->private_data;
    u32 base = whence == 0 ? 0 : whence == 1 ? file->position : data->size;
    u32 position = base + (u32)offset;

    if (position > data->size)
        return -EINVAL;
    file->position = position;
    return (s32)position;
}

static void boot_release(struct file *file)
{
    page_free(file->private_data);
}

static const struct file_operations boot_operations = {
    .read = boot_read,
    .seek = boot_seek,
    .release = boot_release,
};

s32 file_install(const struct file_operations *operations, void *private_data)
{
    struct process *process = current->process;

    for (s32 i = 0; i < PROCESS_FILES; i++) {
        if (process->files[i])
            continue;
        struct file *file = page_alloc();
        if (!file)
            return -ENOMEM;
        file->operations = operations;
        file->private_data = private_data;
        file->references = 1;
        process->files[i] = file;
        return i;
    }
    return -EMFILE;
}

static s32 open_boot_file(const char *name)
{
    u32 size;
    const void *start = boot_file(name, &size);

    if (!start)
        return -ENOENT;
    struct boot_file_data *data = page_alloc();
    if (!data)
        return -ENOMEM;
    data->start = start;
    data->size = size;
    return file_install(&boot_operations, data);
}

s32 file_open(const char *path)
{
    if (strcmp(path, "/dev/console") == 0)
        return file_install(&console_operations, NULL);
    if (strcmp(path, "/dev/kvm") == 0)
        return entered_in_hyp ? file_install(&kvm_device_operations, NULL) : -ENODEV;
    if (strcmp(path, "/dev/trace") == 0)
        return file_install(&trace_operations, NULL);
    if (memcmp(path, "/boot/", 6) == 0)
        return open_boot_file(path + 6);
    return -ENOENT;
}

struct file *file_get(s32 descriptor)
{
    if (descriptor < 0 || descriptor >= PROCESS_FILES)
        return NULL;
    return current->process->files[descriptor];
}

s32 file_close(s32 descriptor)
{
    struct file *file = file_get(descriptor);

    if (!file)
        return -EBADF;
    current->process->files[descriptor] = NULL;
    if (--file->references == 0) {
        if (file->operations->release)
            file->operations->release(file);
        page_free(file);
    }
    return 0;
}
