/*
 * The VMM's interfaces, by file. One VMM process per VM, one thread per vCPU.
 */
#ifndef VMM_H
#define VMM_H

#include "board.h"
#include "errno.h"
#include "kvm-abi.h"
#include "memory.h"
#include "syscall.h"
#include "types.h"

#define MAX_VCPUS 8
#define DEFAULT_GUEST_MEMORY 0x01000000  /* for the teaching guest */
#define DEFAULT_KERNEL_MEMORY 0x08000000 /* for a kernel that came by a boot module */
#define GUEST_RAM_IPA BOARD_RAM_BASE
#define ROM_IPA 0x04000000
#define ROM_SIZE 0x1000

/** One virtual machine, as its VMM sees it. */
struct virtual_machine {
    u32 number; /* 1, 2, ... */
    s32 descriptor;
    s32 vgic; /* the descriptor of its interrupt controller */
    u8 *ram; /* where the guest's RAM is in this process */
    u8 *rom;
    u32 ram_size;
    u32 cpus;
    s32 vcpu_descriptors[MAX_VCPUS];
    struct kvm_run *runs[MAX_VCPUS];
    u32 psci_version; /* KVM_ARM_PSCI_* */
    bool own_kernel;  /* a kernel from a boot module: it gets a device tree */
    bool has_clock;    /* the machine's own */
    bool has_pre_copy; /* what it stores to PRE_COPY_IPA is for pre-copy.c */
    bool raw_console; /* the guest's output as it comes, not line by line with a prefix */
    u32 save_interval; /* after so many exits it is saved, and goes on as another VM; 0: never */
    u32 saves;         /* how often it was */
    u32 lines[4];      /* the interrupts whose lines are high, a bit each */
    u32 rom_writes;
    u32 unknown_accesses;
    u32 unanswered_accesses; /* external aborts */
};

extern struct virtual_machine vm;

/** Where a guest begins. */
struct boot_state {
    u32 entry;
    u32 dtb; /* IPA, for r2; 0: none */
};

#define VMM_PAGE 4096
#define MAP_LARGE_RAM 0x04000000 /* from 64 MiB on, memory is backed by 2 MiB blocks */

/* start.S */
s32 system_call(u32 number, u32 a, u32 b, u32 c);
extern char thread_entry[];

/* lock.c */
/** One lock for all devices: vCPUs' threads take turns, whatever cores they run on. */
void lock_devices(void);
void unlock_devices(void);

/* files.c */
s32 open(const char *path);
s32 ioctl(s32 descriptor, u32 command, u32 argument);
void close(s32 descriptor);
/** Size of /boot/`name`, or 0 if there is none. */
u32 boot_file_size(const char *name);
/** Reads all of /boot/`name` to `to`; returns its size or 0. */
u32 boot_file_read(const char *name, void *to, u32 limit);

/* machine.c */
/** Memory of this process for the VM's RAM and ROM. */
void allocate_memory(void);
/** A VM with that memory, its vCPUs, whose registers are as after a reset, and a VGIC. */
void make_vm(void);
/** Closes the VM's descriptors: it is gone. */
void end_vm(void);
/** The registers that a kernel wants when it begins. */
void boot_vcpus(const struct boot_state *boot);

/* save-restore.c */
/** Before each KVM_RUN of a vCPU's thread, if there is a `save_interval`: here it may become another VM's. Its run. */
struct kvm_run *save_restore_point(u32 vcpu);

/* main.c */
/** Raises or lowers the line of an SPI in the virtual distributor. */
void set_irq_line(u32 intid, u32 level);

/* console.c */
/** A device of the guest that is a console. */
struct guest_console {
    bool (*has_room)(void);
    void (*receive)(char c); /* a character from outside; only when there is room */
    char line[160];          /* of output, up to its end */
    u32 length;
};
/** A character that the guest has sent. */
void guest_console_put(struct guest_console *console, char c);
/** Brings characters from the host's console to the guest's, as many as there are and have room. */
void guest_console_poll(void);

/* output.c */
/** What is said from now on is written in one piece, by write_gathered: another VM's lines don't come between. */
void gather_output(void);
void write_gathered(void);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Text as it is, without a prefix. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_text(const char *text, u32 length);
/** Says what is wrong and ends this process. */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/** What is wrong is that a system call gave an error (negative). */
void fail_with(s32 error, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

/* loader.c */
/** Where `size` bytes of the guest's RAM from an IPA on are in this process; NULL: they aren't all RAM. */
void *guest_memory(u64 ipa, u32 size);
void load_guest(struct boot_state *boot);

/* device-tree.c */
/** Writes a device tree for the VM to `to`; returns its size. */
u32 make_device_tree(u8 *to, u32 limit, const char *cmdline, u32 initrd_ipa, u32 initrd_size);

/* uart.c */
u32 uart_read(u32 offset);
void uart_write(u32 offset, u32 value);
extern struct guest_console uart_console;

/* pre-copy.c */
#define PRE_COPY_IPA 0x0b000000
/** A guest's store to PRE_COPY_IPA. */
void pre_copy_write(u32 value);

/* trace.c */
/** Turns on the tracepoints that were asked for. */
void trace_begin(void);
/** Prints what was recorded since it was last printed, if any were asked for. */
void trace_end(void);

/* statistics.c */
void print_statistics(void);

#endif
