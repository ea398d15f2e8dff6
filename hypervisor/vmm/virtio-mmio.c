/*
 * Virtio over MMIO (virtio 1.2, 4.2), version 2: slots of 0x200 bytes from BOARD_VIRTIO_BASE on, one SPI each.
 *
 * Every access of the guest to a slot is an exit to this process; interrupts go the other way by KVM_IRQ_LINE,
 * as a level: the line is high while InterruptStatus is not 0.
 */
#include "virtio.h"

#define VENDOR_ID 0x00c
#define DEVICE_FEATURES 0x010
#define DEVICE_FEATURES_SEL 0x014
#define DRIVER_FEATURES 0x020
#define DRIVER_FEATURES_SEL 0x024
#define QUEUE_SEL 0x030
#define QUEUE_NUM_MAX 0x034
#define QUEUE_NUM 0x038
#define QUEUE_READY 0x044
#define QUEUE_NOTIFY 0x050
#define INTERRUPT_STATUS 0x060
#define INTERRUPT_ACK 0x064
#define STATUS 0x070
#define QUEUE_DESC_LOW 0x080
#define QUEUE_DRIVER_LOW 0x090
#define QUEUE_DEVICE_LOW 0x0a0
#define SHM_LEN_LOW 0x0b0
#define SHM_BASE_HIGH 0x0bc
#define CONFIG 0x100

#define MAGIC 0x74726976  /* "virt" */
#define VENDOR 0x53575357 /* "WSWS" */

#define STATUS_DRIVER_OK 4
#define STATUS_FEATURES_OK 8
#define STATUS_NEEDS_RESET 0x40

static struct virtio_device devices[BOARD_VIRTIO_SLOTS];

static bool (*const kinds[BOARD_VIRTIO_SLOTS])(struct virtio_device *) = {
    virtio_block_init,
    virtio_console_init,
    virtio_entropy_init,
};

void virtio_init(void)
{
    for (u32 i = 0; i < BOARD_VIRTIO_SLOTS; i++) {
        devices[i].slot = i;
        if (!kinds[i](&devices[i]))
            devices[i].kind = NULL;
    }
}

static void update_line(struct virtio_device *device)
{
    u32 level = device->interrupt_status != 0;

    if (level == device->line)
        return;
    device->line = level;
    set_irq_line(BOARD_IRQ_VIRTIO + device->slot, level);
}

void virtio_raise(struct virtio_device *device, u32 why)
{
    device->interrupt_status |= why;
    update_line(device);
}

void virtio_broken(struct virtio_device *device, const char *what)
{
    if (!device->complained)
        say("vm%u: virtio %s: %s: it waits for its reset\n", vm.number, device->kind->name, what);
    device->complained = true;
    device->status |= STATUS_NEEDS_RESET;
    if (device->status & STATUS_DRIVER_OK)
        virtio_raise(device, VIRTIO_INTERRUPT_CONFIG);
}

static void reset(struct virtio_device *device)
{
    device->status = 0;
    device->driver_features = 0;
    device->features_sel = device->driver_features_sel = device->queue_sel = 0;
    memset(device->queues, 0, sizeof(device->queues));
    device->interrupt_status = 0;
    update_line(device);
}

static u64 offered(const struct virtio_device *device)
{
    return device->kind->features | VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC;
}

/* The queue that QueueSel names; NULL: there is none of that number. */
static struct virtqueue *selected(struct virtio_device *device)
{
    return device->queue_sel < device->kind->queues ? &device->queues[device->queue_sel] : NULL;
}

bool virtio_runs(const struct virtio_device *device)
{
    return (device->status & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET)) == STATUS_DRIVER_OK;
}

static u32 half(u64 value, u32 select)
{
    return select == 0 ? (u32)value : select == 1 ? (u32)(value >> 32) : 0;
}

static u32 register_read(struct virtio_device *device, u32 offset)
{
    struct virtqueue *queue = selected(device);

    switch (offset) {
    case DEVICE_FEATURES: return half(offered(device), device->features_sel);
    case QUEUE_NUM_MAX: return queue ? VIRTQUEUE_MOST : 0;
    case QUEUE_READY: return queue ? queue->ready : 0;
    case INTERRUPT_STATUS: return device->interrupt_status;
    case STATUS: return device->status;
    }
    return offset >= SHM_LEN_LOW && offset <= SHM_BASE_HIGH ? 0xffffffff : 0; /* no shared memory */
}

/* What every slot says, with a device or without. */
static u32 identification(const struct virtio_device *device, u32 offset)
{
    const u32 words[] = {MAGIC, 2, device->kind ? device->kind->id : 0, VENDOR};

    return words[offset / 4];
}

static u32 config_read(const struct virtio_device *device, u32 offset, u32 size)
{
    u32 value = 0;

    if (offset <= device->kind->config_size && size <= device->kind->config_size - offset)
        memcpy(&value, (const u8 *)device->config + offset, size);
    return value;
}

u32 virtio_read(u32 offset, u32 size)
{
    struct virtio_device *device = &devices[offset / BOARD_VIRTIO_SIZE];

    offset %= BOARD_VIRTIO_SIZE;
    if (offset >= CONFIG)
        return device->kind ? config_read(device, offset - CONFIG, size) : 0;
    if (size != 4 || (offset & 3))
        return 0;
    if (offset <= VENDOR_ID)
        return identification(device, offset);
    return device->kind ? register_read(device, offset) : 0;
}

static void write_status(struct virtio_device *device, u32 value)
{
    bool acceptable = (device->driver_features & VIRTIO_F_VERSION_1) &&
                      !(device->driver_features & ~offered(device));

    if (!value) {
        reset(device);
        return;
    }
    if (!(device->status & STATUS_FEATURES_OK) && !acceptable)
        value &= ~(u32)STATUS_FEATURES_OK;
    if (!(value & STATUS_FEATURES_OK))
        value &= ~(u32)STATUS_DRIVER_OK;
    device->status = (value & 0xff & ~(u32)STATUS_NEEDS_RESET) | (device->status & STATUS_NEEDS_RESET);
}

static void write_ready(struct virtio_device *device, struct virtqueue *queue, u32 value)
{
    if (!(value & 1)) {
        queue->ready = false;
    } else if (!queue->ready) {
        const char *problem = virtqueue_enable(queue);
        if (problem)
            virtio_broken(device, problem);
    }
}

/* The registers of the selected queue; a queue that is ready stays where it is. */
static void queue_write(struct virtio_device *device, struct virtqueue *queue, u32 offset, u32 value)
{
    u64 *const addresses[] = {&queue->desc_ipa, &queue->driver_ipa, &queue->device_ipa};

    if (offset == QUEUE_READY) {
        write_ready(device, queue, value);
    } else if (queue->ready) {
        return;
    } else if (offset == QUEUE_NUM) {
        queue->size = value;
    } else {
        u64 *address = addresses[(offset - QUEUE_DESC_LOW) / 16];
        *address = offset & 4 ? (u32)*address | (u64)value << 32 : (*address & ~0xffffffffull) | value;
    }
}

static void notify(struct virtio_device *device, u32 index)
{
    if (index < device->kind->queues && virtio_runs(device))
        device->kind->notify(device, index);
}

static void register_write(struct virtio_device *device, u32 offset, u32 value)
{
    struct virtqueue *queue = selected(device);

    switch (offset) {
    case DEVICE_FEATURES_SEL: device->features_sel = value; break;
    case DRIVER_FEATURES_SEL: device->driver_features_sel = value; break;
    case DRIVER_FEATURES:
        if (device->status & STATUS_FEATURES_OK)
            break; /* they are agreed upon */
        if (device->driver_features_sel == 0)
            device->driver_features = (device->driver_features & ~0xffffffffull) | value;
        else if (device->driver_features_sel == 1)
            device->driver_features = (u32)device->driver_features | (u64)value << 32;
        break;
    case QUEUE_SEL: device->queue_sel = value; break;
    case QUEUE_NOTIFY: notify(device, value); break;
    case INTERRUPT_ACK:
        device->interrupt_status &= ~value;
        update_line(device);
        break;
    case STATUS: write_status(device, value); break;
    case QUEUE_NUM:
    case QUEUE_READY:
    case QUEUE_DESC_LOW:
    case QUEUE_DESC_LOW + 4:
    case QUEUE_DRIVER_LOW:
    case QUEUE_DRIVER_LOW + 4:
    case QUEUE_DEVICE_LOW:
    case QUEUE_DEVICE_LOW + 4:
        if (queue)
            queue_write(device, queue, offset, value);
        break;
    }
}

void virtio_write(u32 offset, u32 size, u32 value)
{
    struct virtio_device *device = &devices[offset / BOARD_VIRTIO_SIZE];

    offset %= BOARD_VIRTIO_SIZE;
    if (device->kind && size == 4 && !(offset & 3))
        register_write(device, offset, value);
}
