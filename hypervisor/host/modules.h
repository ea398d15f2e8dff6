/*
 * Boot modules: what a loader hands to the host kernel beside the kernel itself.
 *
 * At PA 0x40100000 (BOOT_MODULES_PA) a loader may place this header, little endian; each module is a
 * range of RAM above the kernel (from PA 0x40400000 on), which the kernel leaves alone and offers to the
 * VMM as a file. Without a header the embedded teaching guest runs.
 */
#ifndef MODULES_H
#define MODULES_H

#include "types.h"

#define BOOT_MODULES_MAGIC 0x444d5357 /* "WSMD" */
#define BOOT_MODULES_VERSION 1
#define BOOT_MODULES_MAX 8

enum boot_module_kind {
    MODULE_GUEST_KERNEL = 1, /* /boot/kernel: ELF, zImage or raw */
    MODULE_GUEST_INITRD = 2, /* /boot/initrd */
    MODULE_GUEST_DTB = 3,    /* /boot/dtb */
    MODULE_GUEST_CMDLINE = 4, /* /boot/cmdline: text */
    MODULE_GUEST_DISK = 5,    /* /boot/disk: what each VM's disk holds at first */
    MODULE_TRACE = 6,         /* /boot/trace: names of tracepoints to be recorded, see highvisor/trace.h */
    MODULE_VMM = 7,           /* an ELF program for PL0 in the place of vmm/ */
};

struct boot_module {
    u32 kind;    /* enum boot_module_kind */
    u32 address; /* PA of its first byte */
    u32 size;    /* in bytes */
    u32 reserved;
};

struct boot_modules {
    u32 magic;
    u32 version;
    u32 module_count;
    u32 guest_memory; /* bytes of RAM per VM; 0: 16 MiB, 128 MiB with a kernel module */
    u32 guest_cpus;   /* vCPUs per VM; 0: 1 */
    u32 guest_count;  /* VMs; 0: 1 */
    /* What tests ask for: */
    u16 move_interval; /* a page of a VM's RAM is moved after so many exits; 0: never */
    u16 vmid_count;    /* VMIDs there are, 0 (the host's) among them, at least one for each core; 0: 256 */
    u16 repetitions;   /* the VMs are made, run and ended so often; 0: once */
    u16 psci_version;  /* of the VMs: major version << 8 | minor version; 0: 0.2 */
    struct boot_module modules[BOOT_MODULES_MAX];
    /* More of it: */
    u32 host_memory; /* bytes of RAM for the page allocator, the rest is swap area; 0: all, and none */
    u32 vmm_devices; /* VMM_* */
    u32 save_interval; /* a VMM saves its VM and goes on with another after so many exits to it; 0: never */
};

/* What a VMM has beside what every VM gets. */
#define VMM_PRE_COPY 1 /* registers by which a guest has its own memory copied (vmm/pre-copy.c) */
#define VMM_CLOCK 2    /* the machine's real-time clock, for the first VM */

extern struct boot_modules boot_modules;

/** Reads the device tree and the header; reserves the modules' memory. Returns the end of RAM (PA). */
u32 modules_init(void);
/** The machine's cores by their affinity (MPIDR[23:0]); 0 without a device tree. */
u32 machine_cores(const u32 **affinities);
/** A file of /boot by its name; NULL if there is none. */
const void *boot_file(const char *name, u32 *size);

#endif
