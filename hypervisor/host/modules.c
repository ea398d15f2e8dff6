/*
 * What the host was given at boot: RAM size and cores from the device tree, and boot modules.
 *
 * The tree is read, never changed: only `reg` of /memory and of the cores matters here. Both tree and module
 * header lie below the kernel and are seen through the read-only window at LOW_RAM_VA. A header whose
 * module lies outside RAM, or over the kernel, is refused as a whole.
 */
#include "modules.h"
#include "kernel.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_NOP 4
#define MPIDR_AFFINITY 0x00ffffffu
#define DEFAULT_RAM_SIZE 0x10000000
#define MAX_RAM_END (PHYS_OFFSET + (LINEAR_END - PAGE_OFFSET))

extern char _end[];
extern char embedded_guest_start[], embedded_guest_end[], embedded_vmm_start[], embedded_vmm_end[];

struct boot_modules boot_modules;

static const struct {
    const char *name;
    u32 kind;
    const char *embedded, *embedded_end; /* what is there without a module; NULL: nothing */
} file_names[] = {
    {"kernel", MODULE_GUEST_KERNEL, embedded_guest_start, embedded_guest_end},
    {"initrd", MODULE_GUEST_INITRD, NULL, NULL},
    {"dtb", MODULE_GUEST_DTB, NULL, NULL},
    {"cmdline", MODULE_GUEST_CMDLINE, NULL, NULL},
    {"disk", MODULE_GUEST_DISK, NULL, NULL},
    {"trace", MODULE_TRACE, NULL, NULL},
    {"vmm", MODULE_VMM, embedded_vmm_start, embedded_vmm_end},
};

static u32 be32(const void *at)
{
    return __builtin_bswap32(*(const u32 *)at);
}

static struct {
    u32 ram_end; /* PA; 0: not found */
    u32 cores[NR_CPUS]; /* MPIDR[23:0] */
    u32 core_count;
} machine;

/* The first range of /memory: `reg` with two address and two size cells, as on `virt`. */
static void read_memory(const char *reg, u32 length)
{
    if (length < 16 || machine.ram_end)
        return;
    u32 base = be32(reg + 4), size = be32(reg + 12);
    bool beyond = be32(reg + 8) || base + size < base;

    machine.ram_end = beyond ? MAX_RAM_END : base + size;
}

static void read_core(const char *reg, u32 length)
{
    if (length == 4 && machine.core_count < NR_CPUS)
        machine.cores[machine.core_count++] = be32(reg) & MPIDR_AFFINITY;
}

static void read_device_tree(const char *fdt)
{
    if (be32(fdt) != FDT_MAGIC || be32(fdt + 4) > 0x100000)
        return;
    const char *strings = fdt + be32(fdt + 12);
    const char *end = fdt + be32(fdt + 4);
    const char *node = "";

    for (const char *at = fdt + be32(fdt + 8); at < end;) {
        u32 token = be32(at);
        at += 4;
        if (token == FDT_BEGIN_NODE) {
            node = at;
            at = (const char *)ALIGN_UP((u32)at + strlen(at) + 1, 4);
        } else if (token == FDT_PROP) {
            u32 length = be32(at);
            bool is_reg = strcmp(strings + be32(at + 4), "reg") == 0;
            at += 8;
            if (is_reg && (strcmp(node, "memory") == 0 || memcmp(node, "memory@", 7) == 0))
                read_memory(at, length);
            else if (is_reg && memcmp(node, "cpu@", 4) == 0)
                read_core(at, length);
            at += ALIGN_UP(length, 4);
        } else if (token != FDT_END_NODE && token != FDT_NOP) {
            break;
        }
    }
}

u32 machine_cores(const u32 **affinities)
{
    *affinities = machine.cores;
    return machine.core_count;
}

static bool header_is_sound(const struct boot_modules *header, u32 ram_end)
{
    if (header->magic != BOOT_MODULES_MAGIC)
        return false;
    if (header->version != BOOT_MODULES_VERSION || header->module_count > BOOT_MODULES_MAX) {
        kprintf("host: boot modules: version %u, count %u: ignored\n", header->version, header->module_count);
        return false;
    }
    for (u32 i = 0; i < header->module_count; i++) {
        const struct boot_module *module = &header->modules[i];
        u32 end = module->address + module->size;
        if (module->address < virt_to_phys(_end) || end < module->address || end > ram_end) {
            kprintf("host: boot module %u at 0x%08x, %u bytes, is not in free RAM: ignored\n", i,
                    module->address, module->size);
            return false;
        }
    }
    return true;
}

u32 modules_init(void)
{
    const char *fdt = (const char *)(LOW_RAM_VA + (DEVICE_TREE_PA - LOW_RAM_PA));
    const struct boot_modules *header = (const void *)(LOW_RAM_VA + (BOOT_MODULES_PA - LOW_RAM_PA));

    read_device_tree(fdt);
    u32 ram_end = machine.ram_end;
    if (!ram_end)
        ram_end = BOARD_RAM_BASE + DEFAULT_RAM_SIZE;
    if (ram_end > MAX_RAM_END)
        ram_end = MAX_RAM_END;
    if (header_is_sound(header, ram_end)) {
        boot_modules = *header;
        for (u32 i = 0; i < boot_modules.module_count; i++)
            page_reserve(boot_modules.modules[i].address,
                         boot_modules.modules[i].address + boot_modules.modules[i].size);
    }
    return ALIGN_DOWN(ram_end, BLOCK_SIZE);
}

const void *boot_file(const char *name, u32 *size)
{
    if (strcmp(name, "config") == 0) {
        *size = sizeof(boot_modules);
        return &boot_modules;
    }
    for (u32 f = 0; f < ARRAY_SIZE(file_names); f++) {
        if (strcmp(name, file_names[f].name) != 0)
            continue;
        for (u32 i = 0; i < boot_modules.module_count; i++) {
            if (boot_modules.modules[i].kind == file_names[f].kind) {
                *size = boot_modules.modules[i].size;
                return phys_to_virt(boot_modules.modules[i].address);
            }
        }
        *size = (u32)(file_names[f].embedded_end - file_names[f].embedded);
        return file_names[f].embedded;
    }
    return NULL;
}
