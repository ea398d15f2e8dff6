/*
 * A guest that drives the VMM's virtio devices by hand and prints what they do. Given a disk of four sectors, the
 * last of them not whole in the image.
 */
#include "guest-virtio.h"

#define SIZE 8
#define GICD_CTLR BOARD_GICD_BASE
#define GICD_ISENABLER1 (BOARD_GICD_BASE + 0x104)
#define GICC_CTLR BOARD_GICC_BASE
#define GICC_PMR (BOARD_GICC_BASE + 4)
#define GICC_IAR (BOARD_GICC_BASE + 0xc)
#define GICC_EOIR (BOARD_GICC_BASE + 0x10)

static struct queue block, entropy, transmit;
static struct desc indirect[4] __attribute__((aligned(16)));
static struct {
    u32 type, reserved;
    u64 sector;
} header;
static u8 data[1024], status;

static void slots(void)
{
    for (u32 slot = 0; slot < BOARD_VIRTIO_SLOTS; slot++) {
        put("slot: ");
        put_hex(get(slot, MAGIC_VALUE), 8);
        put(" version ");
        put_hex(get(slot, VERSION), 1);
        put(" device ");
        put_hex(get(slot, DEVICE_ID), 1);
        for (u32 half = 0; half < 2; half++) {
            set(slot, DEVICE_FEATURES_SEL, half);
            put(half ? " " : " features ");
            put_hex(get(slot, DEVICE_FEATURES), 8);
        }
        put("\n");
    }
}

static void describe(struct desc *table, u32 index, const volatile void *at, u32 len, u32 flags)
{
    table[index] = (struct desc){.addr = (u32)at, .len = len, .flags = (u16)flags, .next = (u16)(index + 1)};
}

/* Waits for the interrupt of a slot, takes it, and lets the device lower its line. */
static void take_interrupt(u32 slot)
{
    u32 intid;

    while ((intid = read32(GICC_IAR) & 0x3ff) == 1023)
        __asm__ volatile("wfi");
    if (intid != BOARD_IRQ_VIRTIO + slot || get(slot, INTERRUPT_STATUS) != 1)
        put("[interrupt?]");
    set(slot, INTERRUPT_ACK, 1);
    write32(GICC_EOIR, intid);
}

/* One request; `in`: bytes of data from the device, `out`: to it. Prints the length that is given back, and status. */
static void request(const char *what, u32 type, u64 sector, u32 out, u32 in, bool by_table)
{
    struct desc *table = by_table ? indirect : block.desc;
    u16 before = block.used.idx;
    u32 at = 0;

    header.type = type;
    header.sector = sector;
    status = 0xff;
    describe(table, at++, &header, sizeof(header), NEXT);
    if (out)
        describe(table, at++, data, out, NEXT);
    if (in) {
        describe(table, at++, data, in / 2, NEXT | WRITE); /* in two pieces */
        describe(table, at++, data + in / 2, in - in / 2, NEXT | WRITE);
    }
    describe(table, at++, &status, 1, WRITE);
    if (by_table)
        describe(block.desc, 5, indirect, at * sizeof(struct desc), INDIRECT);
    offer(&block, SIZE, by_table ? 5 : 0);
    set(BLOCK, QUEUE_NOTIFY, 0);
    take_interrupt(BLOCK);
    put(what);
    if (block.used.idx != (u16)(before + 1) || block.used.ring[before % SIZE].id != (by_table ? 5 : 0))
        put(" not used?");
    put(": ");
    put_hex(block.used.ring[before % SIZE].len, 3);
    put(", status ");
    put_hex(status, 2);
}

static void text(const char *more)
{
    put(" '");
    for (u32 i = 0; data[i] && i < 16; i++)
        put_char((char)data[i]);
    put("'");
    put(more);
}

static void fill(const char *from)
{
    for (u32 i = 0; i < sizeof(data); i++)
        data[i] = *from ? (u8)*from++ : 0;
}

static void try_block(void)
{
    put("features of nobody: ");
    put_hex(negotiate(BLOCK, 0x40000000), 2);
    put(", of this driver: ");
    put_hex(negotiate(BLOCK, 0x10000240), 2);
    put("\nqueue: ");
    put_hex(add_queue(BLOCK, 0, SIZE, &block), 1);
    set(BLOCK, QUEUE_SEL, 1);
    put(", of a second one: ");
    put_hex(get(BLOCK, QUEUE_NUM_MAX), 2);
    driver_ok(BLOCK);
    put("\nsectors: ");
    put_hex(get(BLOCK, CONFIG), 2);
    put(", of ");
    put_hex(get(BLOCK, CONFIG + 20), 3);
    put(", configuration by bytes: ");
    put_hex(read8(SLOT(BLOCK) + CONFIG), 2);
    put("\n");

    request("read", 0, 1, 0, 512, false);
    text("\n");
    fill("");
    request("read the last", 0, 3, 0, 512, true);
    text("\n");
    fill("written by hand");
    request("write", 1, 2, 512, 0, false);
    put("\n");
    request("flush", 4, 0, 0, 0, true);
    put("\n");
    fill("");
    request("read two", 0, 1, 0, 1024, true);
    text(" and");
    for (u32 i = 0; i < 512; i++)
        data[i] = data[512 + i];
    text("\n");
    fill("");
    request("identify", 8, 0, 0, 20, false);
    text("\n");
    request("read behind the end", 0, 4, 0, 512, false);
    put("\n");
    request("read across it", 0, 3, 0, 1024, false);
    put("\n");
    request("read far behind", 0, 0x80000000ull << 32, 0, 512, false);
    put("\n");
    request("write half a sector", 1, 0, 256, 0, false);
    put("\n");
    request("discard", 11, 0, 16, 0, false);
    put("\n");
}

static void try_entropy(void)
{
    negotiate(ENTROPY, 0);
    add_queue(ENTROPY, 0, SIZE, &entropy);
    driver_ok(ENTROPY);
    for (u32 i = 0; i < 2; i++) {
        describe(entropy.desc, i, data + 18 * i, 18, WRITE);
        offer(&entropy, SIZE, i);
    }
    set(ENTROPY, QUEUE_NOTIFY, 0);
    take_interrupt(ENTROPY);
    put("entropy: ");
    put_hex(entropy.used.idx, 1);
    put(" buffers, ");
    put_bytes(data, 36);
    put("\n");
}

static void try_console(void)
{
    static const char greeting[] = "hello from the virtio console\n";

    negotiate(CONSOLE, 0);
    add_queue(CONSOLE, 1, SIZE, &transmit);
    driver_ok(CONSOLE);
    describe(transmit.desc, 3, greeting, 5, NEXT);
    describe(transmit.desc, 4, greeting + 5, sizeof(greeting) - 6, 0);
    transmit.avail.flags = 1; /* no interrupt */
    offer(&transmit, SIZE, 3);
    set(CONSOLE, QUEUE_NOTIFY, 1);
    put("console: ");
    put_hex(transmit.used.idx, 1);
    put(", interrupt ");
    put_hex(get(CONSOLE, INTERRUPT_STATUS), 1);
    put("\n");
}

void main(void)
{
    write32(GICD_CTLR, 1);
    write32(GICD_ISENABLER1, 7 << (BOARD_IRQ_VIRTIO - 32));
    write32(GICC_PMR, 0xf0);
    write32(GICC_CTLR, 1);
    slots();
    try_block();
    try_entropy();
    try_console();
}
