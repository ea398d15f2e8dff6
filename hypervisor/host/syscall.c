/*
 * System calls, by number: one table, one function each. See include/syscall.h.
 */
#include "syscall.h"
#include "kernel.h"

typedef s32 (*system_call_function)(struct pt_regs *regs);

static s32 sys_exit(struct pt_regs *regs)
{
    process_exit(current->process, (s32)regs->r[0]);
    return 0;
}

/* What an open file does for a system call: `r` are its arguments. */
typedef s32 (*file_function)(struct file *file, const u32 *r);

static s32 with_file(u32 descriptor, file_function function, const u32 *r)
{
    bool shared;
    struct file *file = file_get((s32)descriptor, &shared);

    if (!file)
        return -EBADF;
    s32 result = function(file, r);
    if (shared)
        file_put(file);
    return result;
}

static s32 file_read(struct file *file, const u32 *r)
{
    return file->operations->read ? file->operations->read(file, r[1], r[2]) : -EINVAL;
}

static s32 file_write(struct file *file, const u32 *r)
{
    return file->operations->write ? file->operations->write(file, r[1], r[2]) : -EINVAL;
}

static s32 file_seek(struct file *file, const u32 *r)
{
    return file->operations->seek ? file->operations->seek(file, (s32)r[1], r[2]) : -EINVAL;
}

static s32 file_ioctl(struct file *file, const u32 *r)
{
    return file->operations->ioctl ? file->operations->ioctl(file, r[1], r[2]) : -EINVAL;
}

static s32 file_mmap(struct file *file, const u32 *r)
{
    return file->operations->mmap ? file->operations->mmap(file, r[0]) : -ENODEV;
}

static s32 sys_read(struct pt_regs *regs)
{
    return with_file(regs->r[0], file_read, regs->r);
}

static s32 sys_write(struct pt_regs *regs)
{
    return with_file(regs->r[0], file_write, regs->r);
}

static s32 sys_open(struct pt_regs *regs)
{
    char path[64];

    for (u32 i = 0; i < sizeof(path); i++) {
        if (copy_from_user(&path[i], regs->r[0] + i, 1))
            return -EFAULT;
        if (!path[i])
            return file_open(path);
    }
    return -ENOENT;
}

static s32 sys_close(struct pt_regs *regs)
{
    return file_close((s32)regs->r[0]);
}

static s32 sys_lseek(struct pt_regs *regs)
{
    return with_file(regs->r[0], file_seek, regs->r);
}

static s32 sys_ioctl(struct pt_regs *regs)
{
    return with_file(regs->r[0], file_ioctl, regs->r);
}

static s32 sys_clone(struct pt_regs *regs)
{
    struct thread *thread =
        user_thread(current->process, current->process->name, regs->r[0], regs->r[1], regs->r[2]);

    return thread ? (s32)thread->id : -ENOMEM;
}

static s32 sys_sched_yield(struct pt_regs *regs)
{
    (void)regs;
    schedule();
    return 0;
}

static s32 sys_mmap(struct pt_regs *regs)
{
    if (regs->r[1] & MAP_ANONYMOUS) {
        u32 flags = VMA_WRITE | (regs->r[1] & MAP_HUGETLB ? VMA_HUGE : 0);
        u32 va = process_mmap(current->process, regs->r[0], flags);
        return va ? (s32)va : -ENOMEM;
    }
    return with_file(regs->r[2], file_mmap, regs->r);
}

static const system_call_function system_calls[] = {
    [SYS_EXIT] = sys_exit,   [SYS_READ] = sys_read,   [SYS_WRITE] = sys_write,
    [SYS_OPEN] = sys_open,   [SYS_CLOSE] = sys_close, [SYS_LSEEK] = sys_lseek,
    [SYS_IOCTL] = sys_ioctl, [SYS_CLONE] = sys_clone, [SYS_SCHED_YIELD] = sys_sched_yield,
    [SYS_MMAP] = sys_mmap,
};

void system_call(struct pt_regs *regs)
{
    memory_reclaim();
    u32 number = regs->r[7];
    system_call_function function = number < ARRAY_SIZE(system_calls) ? system_calls[number] : NULL;
    regs->r[0] = (u32)(function ? function(regs) : -ENOSYS);
}
