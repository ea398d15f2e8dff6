/*
 * System calls of the host kernel: number in r7, arguments in r0-r3, result in r0 (negative: error).
 * The numbers are those of the ARM EABI of Linux.
 */
#ifndef SYSCALL_H
#define SYSCALL_H

#define SYS_EXIT 1
#define SYS_READ 3
#define SYS_WRITE 4
#define SYS_OPEN 5
#define SYS_CLOSE 6
#define SYS_LSEEK 19
#define SYS_IOCTL 54
#define SYS_CLONE 120   /* r0 = entry, r1 = stack top, r2 = argument */
#define SYS_SCHED_YIELD 158
#define SYS_MMAP 192    /* r0 = length, r1 = MAP_* flags, r2 = descriptor or -1 */

#define MAP_ANONYMOUS 0x20
#define MAP_HUGETLB 0x40000

#endif
