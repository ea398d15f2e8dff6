/* A virtio driver by hand, for guests of tests: slots, queues and chains, as virtio 1.2 has them. Polling. */
#include "board.h"
#include "types.h"

#define SLOT(n) (BOARD_VIRTIO_BASE + (n) * BOARD_VIRTIO_SIZE)
enum { BLOCK, CONSOLE, ENTROPY };
enum {
    MAGIC_VALUE = 0x00, VERSION = 0x04, DEVICE_ID = 0x08,
    DEVICE_FEATURES = 0x10, DEVICE_FEATURES_SEL = 0x14, DRIVER_FEATURES = 0x20, DRIVER_FEATURES_SEL = 0x24,
    QUEUE_SEL = 0x30, QUEUE_NUM_MAX = 0x34, QUEUE_NUM = 0x38, QUEUE_READY = 0x44, QUEUE_NOTIFY = 0x50,
    INTERRUPT_STATUS = 0x60, INTERRUPT_ACK = 0x64, STATUS = 0x70,
    QUEUE_DESC = 0x80, QUEUE_DRIVER = 0x90, QUEUE_DEVICE = 0xa0, CONFIG = 0x100,
};
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, NEEDS_RESET = 0x40 };
enum { NEXT = 1, WRITE = 2, INDIRECT = 4 };
#define MOST 128

struct desc {
    u64 addr;
    u32 len;
    u16 flags, next;
};

/** A queue, and the memory that it lies in. */
struct queue {
    struct desc desc[MOST];
    struct {
        u16 flags, idx, ring[MOST + 1];
    } avail;
    struct {
        u16 flags, idx;
        struct {
            u32 id, len;
        } ring[MOST];
        u16 event;
    } used __attribute__((aligned(4)));
} __attribute__((aligned(4096)));

static inline u32 get(u32 slot, u32 offset)
{
    return read32(SLOT(slot) + offset);
}

static inline void set(u32 slot, u32 offset, u32 value)
{
    write32(SLOT(slot) + offset, value);
}

static inline void set_wide(u32 slot, u32 offset, u64 value)
{
    set(slot, offset, (u32)value);
    set(slot, offset + 4, (u32)(value >> 32));
}

static inline void put_char(char c)
{
    write32(BOARD_UART_BASE, (u8)c);
}

static inline void put(const char *text)
{
    while (*text)
        put_char(*text++);
}

static inline void put_hex(u32 value, u32 digits)
{
    while (digits--)
        put_char("0123456789abcdef"[value >> (4 * digits) & 15]);
}

static inline void put_bytes(const u8 *bytes, u32 count)
{
    while (count--)
        put_hex(*bytes++, 2);
}

/** Resets a device and agrees with it on the features of `low` (bits 31:0) and VERSION_1; returns Status. */
static inline u32 negotiate(u32 slot, u32 low)
{
    set(slot, STATUS, 0);
    set(slot, STATUS, ACKNOWLEDGE | DRIVER);
    set(slot, DRIVER_FEATURES_SEL, 0);
    set(slot, DRIVER_FEATURES, low);
    set(slot, DRIVER_FEATURES_SEL, 1);
    set(slot, DRIVER_FEATURES, 1);
    set(slot, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    return get(slot, STATUS);
}

/** Tells a device where a queue is, wherever that may be; returns QueueReady. */
static inline u32 place_queue(u32 slot, u32 index, u32 size, u64 desc, u64 driver, u64 device)
{
    set(slot, QUEUE_SEL, index);
    set(slot, QUEUE_NUM, size);
    set_wide(slot, QUEUE_DESC, desc);
    set_wide(slot, QUEUE_DRIVER, driver);
    set_wide(slot, QUEUE_DEVICE, device);
    set(slot, QUEUE_READY, 1);
    return get(slot, QUEUE_READY);
}

/** An empty queue of `size` entries. */
static inline u32 add_queue(u32 slot, u32 index, u32 size, struct queue *queue)
{
    queue->avail.flags = queue->avail.idx = 0;
    queue->used.idx = 0;
    return place_queue(slot, index, size, (u32)queue->desc, (u32)&queue->avail, (u32)&queue->used);
}

static inline void driver_ok(u32 slot)
{
    set(slot, STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

/** Makes the chain that begins at `head` available, without a word to the device. */
static inline void offer(struct queue *queue, u32 size, u32 head)
{
    queue->avail.ring[queue->avail.idx % size] = (u16)head;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    queue->avail.idx++;
}
