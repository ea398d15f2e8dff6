/*
 * The console device (virtio 1.2, 5.3) with one port: to and from the host's console, as the UART is.
 */
#include "virtio.h"

#define RECEIVE 0
#define TRANSMIT 1
#define FIFO 64
#define BYTES_AT_ONCE 64

static struct {
    struct virtio_device *device;
    char fifo[FIFO]; /* characters that wait for a buffer */
    u32 head, tail;
} port;

static struct chain chain;

static bool has_room(void)
{
    return port.head - port.tail < FIFO;
}

/* Characters to buffers of the receive queue, as far as there are both. */
static void deliver(void)
{
    struct virtio_device *device = port.device;
    struct virtqueue *queue = &device->queues[RECEIVE];

    while (port.head != port.tail && virtio_runs(device) && virtqueue_waiting(device, queue)) {
        if (!virtqueue_take(device, queue, &chain))
            return;
        u32 written = 0;
        while (port.head != port.tail && written < chain.in_bytes) {
            chain_write(&chain, written++, &port.fifo[port.tail % FIFO], 1);
            port.tail++;
        }
        virtqueue_give(queue, &chain, written);
        virtio_interrupt(device, queue);
    }
}

static void receive(char c)
{
    port.fifo[port.head++ % FIFO] = c;
    deliver();
}

static struct guest_console console = {.has_room = has_room, .receive = receive};

static void transmit(void)
{
    char text[BYTES_AT_ONCE];

    for (u32 done = 0; done < chain.out_bytes;) {
        u32 part = chain_read(&chain, done, text, sizeof(text));
        for (u32 i = 0; i < part; i++)
            guest_console_put(&console, text[i]);
        done += part;
    }
}

static void notify(struct virtio_device *device, u32 index)
{
    struct virtqueue *queue = &device->queues[index];

    if (index == RECEIVE) {
        deliver();
        guest_console_poll();
        return;
    }
    for (u32 left = virtqueue_waiting(device, queue); left; left--) {
        if (!virtqueue_take(device, queue, &chain))
            return;
        transmit();
        virtqueue_give(queue, &chain, 0);
        virtio_interrupt(device, queue);
    }
}

static const struct virtio_kind kind = {.name = "console", .id = 3, .queues = 2, .notify = notify};

bool virtio_console_init(struct virtio_device *device)
{
    port.device = device;
    device->kind = &kind;
    return true;
}
