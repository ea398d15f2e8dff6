/*
 * Two guests in one: that of the first VM does with virtio devices what no driver may, that of the second uses its
 * own ones meanwhile. Which it is, the VMM says in word 4 of the ROM. The attacker prints a letter for each kind of
 * attack, and '!' with its number where something came of it; the other one says 'intact'.
 *
 * In the VMM the guest's RAM is followed by the ROM and the disk: what is written or read behind the RAM's end shows
 * there, and in the console's text. What is read or written when only the lower half of an address is looked at shows
 * in the canary.
 */
#include "guest-virtio.h"

#define ROM 0x04000000
#define RAM BOARD_RAM_BASE
#define RAM_SIZE 0x400000
#define RAM_END (RAM + RAM_SIZE)
#define SIZE 16
#define SECTORS 16
#define CANARY 0xcafe0000

enum { IN = 0, OUT = 1 };

static struct queue queues[2];
static struct desc indirect[MOST + 1] __attribute__((aligned(16)));
static struct {
    u32 type, reserved;
    u64 sector;
} header;
static u8 data[SECTORS * 512] __attribute__((aligned(4096)));
static u32 canary[1024] __attribute__((aligned(4096)));
static u8 status;
static u32 attack; /* number of the present one */

static u32 random(void)
{
    static u32 state = 0x12345678;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void put_number(u32 value)
{
    if (value >= 10)
        put_number(value / 10);
    put_char((char)('0' + value % 10));
}

static void expect(bool condition)
{
    if (condition)
        return;
    put_char('!');
    put_number(attack);
    put_char(' ');
}

static u8 pattern(u32 at)
{
    return (u8)(at * 7 + (at >> 8));
}

static void describe(struct desc *at, u64 addr, u32 len, u32 flags, u32 next)
{
    *at = (struct desc){.addr = addr, .len = len, .flags = (u16)flags, .next = (u16)next};
}

#define HERE(variable) ((u32)&(variable))

/* A device with all its queues, ready for anything. */
static void begin(u32 slot)
{
    negotiate(slot, 0x10000000); /* indirect tables */
    for (u32 i = 0; i < (slot == CONSOLE ? 2u : 1u); i++)
        add_queue(slot, i, SIZE, &queues[i]);
    driver_ok(slot);
}

static void request(u32 type, u64 sector, u32 bytes)
{
    header.type = type;
    header.sector = sector;
    status = 0xff;
    describe(&queues[0].desc[0], HERE(header), sizeof(header), NEXT, 1);
    describe(&queues[0].desc[1], HERE(data), bytes, NEXT | (type == IN ? WRITE : 0), 2);
    describe(&queues[0].desc[2], HERE(status), 1, WRITE, 0);
}

/* What is the driver's is as it was: canary, ROM, and, by a driver that behaves, the disk. */
static void nothing_happened(void)
{
    for (u32 i = 0; i < ARRAY_SIZE(canary); i++)
        expect(canary[i] == (CANARY | i));
    expect(read32(ROM) == 0x204d4f52); /* "ROM " */
    for (u32 at = 32; at < 4096; at += 4)
        expect(read32(ROM + at) == 0);
    begin(BLOCK);
    request(IN, 0, sizeof(data));
    offer(&queues[0], SIZE, 0);
    set(BLOCK, QUEUE_NOTIFY, 0);
    expect(queues[0].used.idx == 1 && status == 0);
    for (u32 i = 0; i < sizeof(data); i++)
        expect(data[i] == pattern(i));
    set(BLOCK, STATUS, 0);
}

/* The device has seen through it: no chain came back, and it wants a reset; also when it is asked again. */
static void refused(u32 slot, u32 queue, u16 used)
{
    for (u32 i = 0; i < 2; i++) {
        expect((get(slot, STATUS) & NEEDS_RESET) != 0);
        expect(queues[queue].used.idx == used);
        set(slot, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
        offer(&queues[queue], SIZE, 0);
        set(slot, QUEUE_NOTIFY, queue);
    }
    attack++;
}

static void send(u32 slot, u32 queue)
{
    offer(&queues[queue], SIZE, 0);
    set(slot, QUEUE_NOTIFY, queue);
    refused(slot, queue, 0);
}

/* Ranges of which not all is RAM: before it, behind it, around it, in other devices, and where sums wrap. */
static const struct {
    u64 addr;
    u32 len;
} outside[] = {
    {RAM_END, 1},
    {RAM_END - 1, 2},
    {RAM_END - 512, 1024},
    {RAM - 1, 1},
    {RAM - 512, 1024},
    {RAM, RAM_SIZE + 1},
    {RAM, 0xffffffff},
    {RAM + 4096, 0xfffff000},
    {RAM_END - 16, 0xfffffff0},
    {0, 1},
    {0, 512},
    {0, 0xffffffff},
    {ROM, 512},
    {BOARD_UART_BASE, 4},
    {BOARD_GICD_BASE, 512},
    {BOARD_VIRTIO_BASE, 512},
    {0x20000000, 512}, /* where the VMM has its guest's RAM, */
    {0x00010000, 512}, /* its own code, */
    {0xc0009000, 512}, /* and the host's kernel */
    {0xffffffff, 1},
    {0xfffffff0, 0x20},
    {0x100000000, 512},
    {0xffffffffffffffff, 1},
    {0xfffffffffffffe00, 512},
    {0xfffffffffffffe00, 0x40000600},
    {0x8000000000000000, 512},
};

/* A: buffers outside, to be read and to be written. */
static void buffers(void)
{
    for (u32 i = 0; i <= ARRAY_SIZE(outside); i++) {
        u64 addr = i < ARRAY_SIZE(outside) ? outside[i].addr : 0x100000000 | HERE(canary);
        u32 len = i < ARRAY_SIZE(outside) ? outside[i].len : 512;
        for (u32 write = 0; write < 2; write++) {
            for (u32 part = 0; part < 3; part++) { /* the header, the data, the status */
                begin(BLOCK);
                request(write ? IN : OUT, 0, 512);
                queues[0].desc[part].addr = addr;
                queues[0].desc[part].len = len;
                send(BLOCK, 0);
            }
            begin(CONSOLE);
            describe(&queues[1].desc[0], addr, len, write ? WRITE : 0, 0);
            send(CONSOLE, 1);
        }
        begin(ENTROPY);
        describe(&queues[0].desc[0], HERE(data), 16, NEXT | WRITE, 1);
        describe(&queues[0].desc[1], addr, len, WRITE, 0);
        send(ENTROPY, 0);
    }
}

/* B: chains that loop, lead nowhere, are too long, or have an order that none may have. */
static void chains(void)
{
    static const u16 wild[] = {SIZE, SIZE + 1, MOST, 0x7fff, 0x8000, 0xffff};

    for (u32 length = 1; length <= SIZE; length++) {
        for (u32 write = 0; write < 2; write++) {
            begin(BLOCK);
            for (u32 i = 0; i < length; i++)
                describe(&queues[0].desc[i], HERE(data), 16, NEXT | (write ? WRITE : 0), (i + 1) % length);
            send(BLOCK, 0);
        }
    }
    for (u32 i = 0; i < ARRAY_SIZE(wild); i++) {
        begin(BLOCK);
        request(IN, 0, 512);
        queues[0].desc[1].next = wild[i];
        send(BLOCK, 0);
        begin(BLOCK);
        request(IN, 0, 512);
        offer(&queues[0], SIZE, wild[i]); /* the head */
        set(BLOCK, QUEUE_NOTIFY, 0);
        refused(BLOCK, 0, 0);
        begin(BLOCK);
        request(IN, 0, 512);
        queues[0].avail.idx = (u16)(SIZE + 1 + i * 0x2aaa); /* more chains than there are entries */
        set(BLOCK, QUEUE_NOTIFY, 0);
        refused(BLOCK, 0, 0);
    }
    for (u32 part = 0; part < 3; part++) { /* an empty buffer */
        begin(BLOCK);
        request(OUT, 0, 512);
        queues[0].desc[part].len = 0;
        send(BLOCK, 0);
    }
    begin(BLOCK); /* to read, after what is to be written */
    request(IN, 0, 512);
    queues[0].desc[2].flags = 0;
    send(BLOCK, 0);
    begin(BLOCK); /* nothing to write */
    request(OUT, 0, 512);
    queues[0].desc[2].flags = 0;
    send(BLOCK, 0);
    begin(BLOCK); /* nothing to read */
    describe(&queues[0].desc[0], HERE(status), 1, WRITE, 0);
    send(BLOCK, 0);
    begin(BLOCK); /* half a header */
    describe(&queues[0].desc[0], HERE(header), 15, NEXT, 1);
    describe(&queues[0].desc[1], HERE(status), 1, WRITE, 0);
    send(BLOCK, 0);
}

/* C: indirect tables. */
static void tables(void)
{
    static const u32 lengths[] = {0, 1, 8, 15, 17, 24, 0xfffffff0, 0xffffffff, 0x80000000, RAM_SIZE};

    for (u32 i = 0; i < ARRAY_SIZE(lengths); i++) {
        begin(BLOCK);
        describe(&queues[0].desc[0], HERE(indirect), lengths[i], INDIRECT, 0);
        send(BLOCK, 0);
    }
    for (u32 i = 0; i < ARRAY_SIZE(outside); i++) {
        begin(BLOCK);
        describe(&queues[0].desc[0], outside[i].addr & ~15ull, ALIGN_UP(outside[i].len, 16), INDIRECT, 0);
        send(BLOCK, 0);
    }
    for (u32 length = 1; length <= MOST + 1; length += 16) { /* loops in a table, and one with too many buffers */
        begin(BLOCK);
        for (u32 i = 0; i < length; i++)
            describe(&indirect[i], HERE(data), 16, NEXT, (i + 1) % length);
        describe(&queues[0].desc[0], HERE(indirect), length * 16, INDIRECT, 0);
        send(BLOCK, 0);
    }
    begin(BLOCK); /* out of the table, though there is something in the queue */
    describe(&indirect[0], HERE(header), 16, NEXT, 1);
    describe(&queues[0].desc[0], HERE(indirect), 16, INDIRECT, 0);
    send(BLOCK, 0);
    begin(BLOCK); /* a table in a table */
    describe(&indirect[0], HERE(indirect), 16, INDIRECT, 0);
    describe(&queues[0].desc[0], HERE(indirect), 16, INDIRECT, 0);
    send(BLOCK, 0);
    begin(BLOCK); /* something after the table */
    describe(&queues[0].desc[0], HERE(indirect), 16, INDIRECT | NEXT, 1);
    send(BLOCK, 0);
    negotiate(BLOCK, 0); /* a table that nobody has agreed upon */
    add_queue(BLOCK, 0, SIZE, &queues[0]);
    driver_ok(BLOCK);
    describe(&indirect[0], HERE(header), 16, NEXT, 1);
    describe(&indirect[1], HERE(status), 1, WRITE, 0);
    describe(&queues[0].desc[0], HERE(indirect), 32, INDIRECT, 0);
    send(BLOCK, 0);
}

/* One part of the queue where it can't be, the others as they should be: it doesn't get ready. */
static void misplaced(u32 part, u64 addr)
{
    u64 parts[] = {HERE(queues[0].desc), HERE(queues[0].avail), HERE(queues[0].used)};

    parts[part] = addr;
    negotiate(BLOCK, 0);
    queues[0].used.idx = 0;
    expect(!place_queue(BLOCK, 0, SIZE, parts[0], parts[1], parts[2]));
    driver_ok(BLOCK);
    offer(&queues[0], SIZE, 0);
    set(BLOCK, QUEUE_NOTIFY, 0);
    refused(BLOCK, 0, 0);
}

/* D: rings at wild addresses, of wild sizes. */
static void rings(void)
{
    static const u32 sizes[] = {0, 3, 100, MOST + 1, 2 * MOST, 0x8000, 0x10000, 0x10001, 0x80000000, 0xffffffff};
    static const u32 bytes[] = {SIZE * 16, SIZE * 2 + 6, SIZE * 8 + 6};

    for (u32 part = 0; part < 3; part++) {
        for (u32 i = 0; i < ARRAY_SIZE(outside); i++)
            if (outside[i].addr - RAM >= RAM_SIZE)
                misplaced(part, outside[i].addr);
        misplaced(part, RAM_END - ALIGN_DOWN(bytes[part] - 1, 16)); /* its end is behind the RAM's */
        misplaced(part, RAM + 1);
        misplaced(part, 0x100000000 | HERE(canary));
    }
    misplaced(0, RAM + 8);
    misplaced(2, RAM + 2);
    for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
        negotiate(BLOCK, 0);
        queues[0].used.idx = 0;
        expect(!add_queue(BLOCK, 0, sizes[i], &queues[0]));
        driver_ok(BLOCK);
        set(BLOCK, QUEUE_NOTIFY, 0);
        refused(BLOCK, 0, 0);
    }
}

/* A request that the device does, whatever comes of it: the device goes on. */
static void harmless(u32 slot, u32 queue)
{
    u16 before = queues[queue].used.idx;

    offer(&queues[queue], SIZE, 0);
    set(slot, QUEUE_NOTIFY, queue);
    expect(!(get(slot, STATUS) & NEEDS_RESET));
    expect(queues[queue].used.idx == (u16)(before + 1));
    attack++;
}

/* E: sectors that are not there, and registers that make no sense. */
static void registers(void)
{
    static const u64 sectors[] = {
        SECTORS - 1, SECTORS, SECTORS + 1, 0x7fffff, 0x800000, 0xffffffff, 0x80000000000000, 0x7fffffffffffff,
        0xffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
    };

    for (u32 i = 0; i < ARRAY_SIZE(sectors); i++) {
        for (u32 type = IN; type <= OUT; type++) {
            begin(BLOCK);
            request(type, sectors[i], 1024);
            harmless(BLOCK, 0);
            expect(status == 1); /* an error */
        }
    }
    begin(BLOCK);
    for (u32 i = 0; i < 64; i++) { /* queues and words of features that there aren't */
        u32 index = i < 32 ? BIT(i) + 1 : random() | 2;
        set(BLOCK, QUEUE_SEL, index);
        set(BLOCK, QUEUE_NUM, 0xffff);
        set_wide(BLOCK, QUEUE_DESC, RAM_END);
        set_wide(BLOCK, QUEUE_DEVICE, 0);
        set(BLOCK, QUEUE_READY, 1);
        expect(get(BLOCK, QUEUE_READY) == 0 && get(BLOCK, QUEUE_NUM_MAX) == 0);
        set(BLOCK, QUEUE_NOTIFY, index);
        set(BLOCK, DEVICE_FEATURES_SEL, index);
        expect(get(BLOCK, DEVICE_FEATURES) == 0);
        set(BLOCK, DRIVER_FEATURES_SEL, index);
        set(BLOCK, DRIVER_FEATURES, index);
        attack++;
    }
    set(BLOCK, QUEUE_SEL, 0); /* a queue that is in use stays where it is */
    set(BLOCK, QUEUE_NUM, 0xffff);
    set_wide(BLOCK, QUEUE_DESC, RAM_END);
    set_wide(BLOCK, QUEUE_DRIVER, RAM_END);
    set_wide(BLOCK, QUEUE_DEVICE, RAM_END);
    request(IN, 0, 512);
    harmless(BLOCK, 0);
    expect(status == 0 && data[1] == pattern(1));
}

/* F: anything at all, in registers and descriptors; what the device may write is far from this program. */
static void anything(void)
{
    for (u32 i = 0; i < ARRAY_SIZE(queues); i++)
        for (u32 j = 0; j < MOST; j++)
            describe(&queues[i].desc[j], 0, 0, 0, 0);
    for (u32 i = 0; i < 3000; i++) {
        u32 at = BOARD_VIRTIO_BASE + random() % (BOARD_VIRTIO_SLOTS * BOARD_VIRTIO_SIZE);
        u32 value = random() & 1 ? random() : random() & 0x1f;
        u32 offset = at % BOARD_VIRTIO_SIZE & ~3u;
        bool address = offset >= QUEUE_DESC && offset <= QUEUE_DEVICE + 4;
        switch (random() % 6) {
        case 0: read8(at); break;
        case 1: read32(at & ~3u); break;
        case 2: write8(at, (u8)value); break;
        default: /* its own RAM only where the rings are to be */
            write32(at & ~3u, address ? (offset & 4 ? random() & 1 : HERE(queues)) : value);
        }
    }
    attack++;
    for (u32 round = 0; round < 400; round++) {
        u32 slot = random() % BOARD_VIRTIO_SLOTS, queue = slot == CONSOLE ? random() % 2 : 0;
        begin(slot);
        for (u32 i = 0; i < SIZE; i++) {
            u32 where = random() % 8;
            u32 flags = random() & random() & (slot == CONSOLE ? NEXT | WRITE : 7);
            u64 addr = where == 0 ? outside[random() % ARRAY_SIZE(outside)].addr
                       : where == 1 ? HERE(indirect) + (random() % MOST) * 16
                                    : HERE(data) + random() % sizeof(data);
            u32 len = random() & 7 ? random() % 64 : random();
            if (slot == CONSOLE && queue == 1 && !(flags & WRITE))
                addr = 0; /* its text would be of no use */
            describe(&queues[queue].desc[i], addr, len, flags, random() % (SIZE + 1));
            describe(&indirect[random() % MOST], addr, len, flags, random() % (SIZE + 1));
        }
        queues[queue].avail.flags = (u16)random();
        for (u32 i = 0; i < SIZE; i++)
            offer(&queues[queue], SIZE, random() % (SIZE + 1));
        set(slot, QUEUE_NOTIFY, queue);
        attack++;
    }
}

static void say(char letter, bool whole_disk)
{
    if (whole_disk)
        nothing_happened();
    put_char(letter);
}

static void attacker(void)
{
    for (u32 i = 0; i < ARRAY_SIZE(canary); i++)
        canary[i] = CANARY | i;
    buffers();
    say('A', true);
    chains();
    say('B', true);
    tables();
    say('C', true);
    rings();
    say('D', true);
    registers();
    say('E', true);
    anything();
    say('F', false);
    begin(BLOCK); /* and after all that it is a disk again */
    for (u32 i = 0; i < sizeof(data); i++)
        data[i] = pattern(i);
    request(OUT, 0, sizeof(data));
    harmless(BLOCK, 0);
    nothing_happened();
    put("\n");
}

static void victim(void)
{
    bool intact = true;

    for (u32 i = 0; i < ARRAY_SIZE(canary); i++)
        canary[i] = ~(CANARY | i);
    for (u32 round = 0; round < 40; round++) {
        begin(BLOCK);
        request(IN, 0, sizeof(data));
        offer(&queues[0], SIZE, 0);
        set(BLOCK, QUEUE_NOTIFY, 0);
        intact &= status == 0 && queues[0].used.idx == 1;
        for (u32 i = 0; i < sizeof(data); i++)
            intact &= data[i] == pattern(i);
        for (u32 i = 0; i < ARRAY_SIZE(canary); i++)
            intact &= canary[i] == ~(CANARY | i);
        __asm__ volatile("wfe"); /* the other VM's turn */
    }
    put(intact ? "intact\n" : "damaged\n");
}

void main(void)
{
    if (read32(ROM + 16) == 1)
        attacker();
    else
        victim();
}
