/*
 * Files: /dev/console, /dev/kvm, /dev/trace, and the boot modules as /boot/<name>.
 *
 * A descriptor is an index into the process's table of struct file; what a file does is its table of
 * operations. An operation that is missing is the error EINVAL. A file that a thread uses stays open for it,
 * though another closes it. A process's files are its own, so the process's lock is theirs.
 */
#include "kernel.h"
#include "modules.h"

#define LONG_WRITE 0x8000 /* an exit table of eight vCPUs */

extern const struct file_operations kvm_device_operations, trace_operations;

static s32 write_from_user(char *text, u32 user_buffer, u32 size)
{
    if (copy_from_user(text, user_buffer, size))
        return -EFAULT;
    console_write(text, size);
    return (s32)size;
}

/* What a VMM writes at once stays together. There may be no such piece of memory, so it is kept for them all. */
static s32 console_file_write(struct file *file, u32 user_buffer, u32 size)
{
    static char long_text[LONG_WRITE];
    static bool in_use;
    char line[256];

    (void)file;
    if (size <= sizeof(line))
        return write_from_user(line, user_buffer, size);
    if (size > sizeof(long_text))
        return -EINVAL;
    while (__atomic_exchange_n(&in_use, true, __ATOMIC_ACQUIRE)) {
        if (current->process->killed)
            return -EINTR; /* who uses it may wait for this one's memory */
        schedule();
    }
    s32 result = write_from_user(long_text, user_buffer, size);
    __atomic_store_n(&in_use, false, __ATOMIC_RELEASE);
    return result;
}

/* What is there, at most `size` bytes, without waiting. */
static s32 console_file_read(struct file *file, u32 user_buffer, u32 size)
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

static const struct file_operations console_operations = {
    .read = console_file_read,
    .write = console_file_write,
};

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
    struct file *file = page_alloc();
    s32 descriptor = 0;

    if (!file)
        return -ENOMEM;
    file->operations = operations;
    file->private_data = private_data;
    file->references = 1;
    u32 flags = spin_lock(&process->lock);
    while (descriptor < PROCESS_FILES && process->files[descriptor])
        descriptor++;
    if (descriptor < PROCESS_FILES)
        process->files[descriptor] = file;
    spin_unlock(&process->lock, flags);
    if (descriptor < PROCESS_FILES)
        return descriptor;
    page_free(file);
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
    s32 descriptor = file_install(&boot_operations, data);
    if (descriptor < 0)
        page_free(data);
    return descriptor;
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

struct file *file_get(s32 descriptor, bool *shared)
{
    struct process *process = current->process;

    *shared = process->thread_count > 1; /* or nobody can close it meanwhile */
    if (descriptor < 0 || descriptor >= PROCESS_FILES)
        return NULL;
    if (!*shared)
        return process->files[descriptor];
    u32 flags = spin_lock(&process->lock);
    struct file *file = process->files[descriptor];
    if (file)
        file->references++;
    spin_unlock(&process->lock, flags);
    return file;
}

void file_put(struct file *file)
{
    struct process *process = current->process;
    u32 flags = spin_lock(&process->lock);
    bool is_last = --file->references == 0;

    spin_unlock(&process->lock, flags);
    if (!is_last)
        return;
    if (file->operations->release)
        file->operations->release(file);
    page_free(file);
}

s32 file_close(s32 descriptor)
{
    struct process *process = current->process;

    if (descriptor < 0 || descriptor >= PROCESS_FILES)
        return -EBADF;
    u32 flags = spin_lock(&process->lock);
    struct file *file = process->files[descriptor];
    process->files[descriptor] = NULL;
    spin_unlock(&process->lock, flags);
    if (!file)
        return -EBADF;
    file_put(file);
    return 0;
}
