/*
 * The device tree of a VM, in the flattened format (Devicetree Specification, chapter 5).
 *
 * What a guest kernel has to know: vCPUs, RAM, PSCI by HVC, GICv2, the architected timer, one PL011,
 * slots for virtio devices, the command line and RAM disk. The writer appends to a structure block; names of
 * properties are collected in a strings block.
 */
#include "vmm.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_END 9
#define HEADER_SIZE 40
#define RESERVATIONS_SIZE 16
#define PHANDLE_GIC 1
#define PHANDLE_CLOCK 2
#define GIC_SPI 0
#define GIC_PPI 1
#define IRQ_LEVEL_HIGH 4
#define PPI_ALL_CPUS 0xff00

static struct {
    u8 *at;
    u8 *end;
    char strings[512];
    u32 strings_size;
} tree;

static void put_byte(u8 byte)
{
    if (tree.at == tree.end)
        fail("the device tree is too large");
    *tree.at++ = byte;
}

static void put_cell(u32 cell)
{
    for (s32 shift = 24; shift >= 0; shift -= 8)
        put_byte((u8)(cell >> shift));
}

static void align(void)
{
    while ((u32)tree.at & 3)
        put_byte(0);
}

static u32 string_offset(const char *name)
{
    u32 length = strlen(name) + 1;

    for (u32 at = 0; at < tree.strings_size; at += strlen(tree.strings + at) + 1)
        if (strcmp(tree.strings + at, name) == 0)
            return at;
    if (tree.strings_size + length > sizeof(tree.strings))
        fail("the device tree has too many names");
    memcpy(tree.strings + tree.strings_size, name, length);
    tree.strings_size += length;
    return tree.strings_size - length;
}

static void begin(const char *name)
{
    put_cell(FDT_BEGIN_NODE);
    do
        put_byte((u8)*name);
    while (*name++);
    align();
}

static void end(void)
{
    put_cell(FDT_END_NODE);
}

static void property(const char *name, const void *data, u32 size)
{
    put_cell(FDT_PROP);
    put_cell(size);
    put_cell(string_offset(name));
    for (u32 i = 0; i < size; i++)
        put_byte(((const u8 *)data)[i]);
    align();
}

static void property_string(const char *name, const char *text)
{
    property(name, text, strlen(text) + 1);
}

static void property_cells(const char *name, u32 count, const u32 *cells)
{
    u32 big_endian[16];

    for (u32 i = 0; i < count; i++)
        big_endian[i] = __builtin_bswap32(cells[i]);
    property(name, big_endian, count * 4);
}

#define CELLS(name, ...)                                                                           \
    property_cells(name, sizeof((u32[]){__VA_ARGS__}) / 4, (u32[]){__VA_ARGS__})

static void cpu_nodes(void)
{
    begin("cpus");
    CELLS("#address-cells", 1);
    CELLS("#size-cells", 0);
    for (u32 i = 0; i < vm.cpus; i++) {
        char name[] = "cpu@0";
        name[4] = (char)('0' + i);
        begin(name);
        property_string("device_type", "cpu");
        property_string("compatible", "arm,cortex-a15");
        CELLS("reg", i);
        property_string("enable-method", "psci");
        end();
    }
    end();
}

static void device_nodes(void)
{
    begin("psci");
    if (vm.psci_version == KVM_ARM_PSCI_0_1) {
        property_string("compatible", "arm,psci");
        CELLS("cpu_suspend", PSCI_0_1_CPU_SUSPEND);
        CELLS("cpu_off", PSCI_0_1_CPU_OFF);
        CELLS("cpu_on", PSCI_0_1_CPU_ON);
        CELLS("migrate", PSCI_0_1_MIGRATE);
    } else if (vm.psci_version == KVM_ARM_PSCI_0_2) {
        property("compatible", "arm,psci-0.2\0arm,psci", 22);
    } else {
        property("compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
    }
    property_string("method", "hvc");
    end();

    begin("intc@8000000");
    property_string("compatible", "arm,cortex-a15-gic");
    CELLS("#interrupt-cells", 3);
    property("interrupt-controller", "", 0);
    CELLS("reg", 0, BOARD_GICD_BASE, 0, 0x1000, 0, BOARD_GICC_BASE, 0, BOARD_GICC_SIZE);
    CELLS("phandle", PHANDLE_GIC);
    end();

    begin("timer");
    property_string("compatible", "arm,armv7-timer");
    property("always-on", "", 0);
    u32 flags = PPI_ALL_CPUS | IRQ_LEVEL_HIGH;
    CELLS("interrupts", GIC_PPI, 13, flags, GIC_PPI, 14, flags, GIC_PPI, 11, flags, GIC_PPI, 10, flags);
    end();

    begin("apb-pclk");
    property_string("compatible", "fixed-clock");
    CELLS("#clock-cells", 0);
    CELLS("clock-frequency", 24000000);
    CELLS("phandle", PHANDLE_CLOCK);
    end();

    begin("pl011@9000000");
    property("compatible", "arm,pl011\0arm,primecell", 24);
    CELLS("reg", 0, BOARD_UART_BASE, 0, BOARD_UART_SIZE);
    CELLS("interrupts", GIC_SPI, BOARD_IRQ_UART - 32, IRQ_LEVEL_HIGH);
    CELLS("clocks", PHANDLE_CLOCK, PHANDLE_CLOCK);
    property("clock-names", "uartclk\0apb_pclk", 17);
    end();
}

/* Every slot, with a device or without: the driver asks the slot what it has. */
static void virtio_nodes(void)
{
    for (u32 i = 0; i < BOARD_VIRTIO_SLOTS; i++) {
        char name[] = "virtio_mmio@a000000";
        name[16] = (char)('0' + 2 * i);
        begin(name);
        property_string("compatible", "virtio,mmio");
        CELLS("reg", 0, BOARD_VIRTIO_BASE + i * BOARD_VIRTIO_SIZE, 0, BOARD_VIRTIO_SIZE);
        CELLS("interrupts", GIC_SPI, BOARD_IRQ_VIRTIO + i - 32, IRQ_LEVEL_HIGH);
        property("dma-coherent", "", 0);
        end();
    }
}

static void chosen_node(const char *cmdline, u32 initrd_ipa, u32 initrd_size)
{
    begin("chosen");
    property_string("stdout-path", "/pl011@9000000");
    property_string("bootargs", cmdline);
    if (initrd_size) {
        CELLS("linux,initrd-start", initrd_ipa);
        CELLS("linux,initrd-end", initrd_ipa + initrd_size);
    }
    end();
}

u32 make_device_tree(u8 *to, u32 limit, const char *cmdline, u32 initrd_ipa, u32 initrd_size)
{
    tree.at = to + HEADER_SIZE + RESERVATIONS_SIZE;
    tree.end = to + limit;
    memset(to, 0, HEADER_SIZE + RESERVATIONS_SIZE);

    begin("");
    property_string("compatible", "linux,dummy-virt");
    property_string("model", "Worldswitch virtual machine");
    CELLS("#address-cells", 2);
    CELLS("#size-cells", 2);
    CELLS("interrupt-parent", PHANDLE_GIC);
    chosen_node(cmdline, initrd_ipa, initrd_size);
    begin("memory@40000000");
    property_string("device_type", "memory");
    CELLS("reg", 0, GUEST_RAM_IPA, 0, vm.ram_size);
    end();
    cpu_nodes();
    device_nodes();
    virtio_nodes();
    end();
    put_cell(FDT_END);

    u32 structure_size = (u32)(tree.at - to) - HEADER_SIZE - RESERVATIONS_SIZE;
    u32 strings_offset = (u32)(tree.at - to);
    for (u32 i = 0; i < tree.strings_size; i++)
        put_byte((u8)tree.strings[i]);
    u32 total = (u32)(tree.at - to);
    tree.at = to;
    u32 header[10] = {
        FDT_MAGIC,   total,   HEADER_SIZE + RESERVATIONS_SIZE, strings_offset,
        HEADER_SIZE, 17 /* version */, 16 /* compatible with */, 0 /* boot core */,
        tree.strings_size, structure_size,
    };
    for (u32 i = 0; i < ARRAY_SIZE(header); i++)
        put_cell(header[i]);
    return total;
}
