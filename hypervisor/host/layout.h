/*
 * Where things are in the host's address space. Also for assembly and the linker script.
 *
 *   PA 0x40000000  device tree (QEMU and the debugger's loader put it at the start of RAM)
 *   PA 0x40100000  boot-modules header (host/modules.h), if a loader placed one
 *   PA 0x40208000  the kernel image; its first page holds the code that runs with the MMU off
 *
 *   VA 0x00000000 .. 0xbfffffff  the current process (TTBR0, ASID)
 *   VA 0xc0000000 .. 0xf7ffffff  RAM from PA 0x40200000 on, linear (TTBR1)
 *   VA 0xf8000000 .. 0xf9ffffff  devices: PA 0x08000000 .. 0x09ffffff
 *   VA 0xffe00000 .. 0xffffffff  PA 0x40000000 .. 0x401fffff, read-only: device tree, module header
 *
 * The teaching guest uses the same virtual addresses from 0xc0008000 on: one VA, two worlds.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#define PHYS_OFFSET 0x40200000
#define PAGE_OFFSET 0xc0000000
#define PA_TO_VA_OFFSET 0x7fe00000 /* PAGE_OFFSET - PHYS_OFFSET */
#define KERNEL_HEAD_PA 0x40208000
#define KERNEL_TEXT_VA 0xc0009000
#define LINEAR_END 0xf8000000

#define DEVICE_VA_OFFSET 0xf0000000
#define DEVICE_VA_START 0xf8000000
#define LOW_RAM_VA 0xffe00000
#define LOW_RAM_PA 0x40000000
#define DEVICE_TREE_PA 0x40000000
#define BOOT_MODULES_PA 0x40100000

#define USER_END 0xc0000000
#define USER_MMAP_BASE 0x20000000
#define USER_STACK_TOP 0xbf000000
#define USER_STACK_SIZE 0x10000

#define PAGE_SIZE 4096
#define PAGE_SHIFT 12
#define BLOCK_SIZE 0x200000
#define KERNEL_STACK_SIZE 8192
#define NR_CPUS 8
#define PANIC_STACK_SHIFT 12
#define PANIC_STACK_SIZE (1 << PANIC_STACK_SHIFT)

/* MAIR0, long-descriptor format: index 0 normal write-back, 1 device, 2 normal non-cacheable. */
#define MAIR0_VALUE 0x004404ff
#define MT_NORMAL 0
#define MT_DEVICE 1
/* TTBCR: EAE; T1SZ = 2 (TTBR1 from 0xc0000000); both walks inner shareable, write-back. */
#define TTBCR_VALUE 0xb5023500

#endif
