/*
 * The entropy device (virtio 1.2, 5.4). Its bytes come from a generator with a fixed seed, other for each VM, so
 * that a machine is a function of its configuration: they are no secret. The generator is xoshiro128** (Blackman
 * and Vigna, 2018).
 */
#include "virtio.h"

#define BYTES_AT_ONCE 256
#define MOST_BYTES 0x10000 /* of one buffer: a device may fill less than it is given */

static u32 state[4];

static u32 rotate(u32 value, u32 by)
{
    return value << by | value >> (32 - by);
}

static u32 next_word(void)
{
    u32 result = rotate(state[1] * 5, 7) * 9, t = state[1] << 9;

    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotate(state[3], 11);
    return result;
}

static u32 fill(const struct chain *chain)
{
    u32 words[BYTES_AT_ONCE / 4], wanted = chain->in_bytes < MOST_BYTES ? chain->in_bytes : MOST_BYTES;

    for (u32 done = 0; done < wanted;) {
        u32 part = wanted - done < BYTES_AT_ONCE ? wanted - done : BYTES_AT_ONCE;
        for (u32 i = 0; i < ALIGN_UP(part, 4) / 4; i++)
            words[i] = next_word();
        done += chain_write(chain, done, words, part);
    }
    return wanted;
}

static void notify(struct virtio_device *device, u32 index)
{
    static struct chain chain;
    struct virtqueue *queue = &device->queues[index];

    for (u32 left = virtqueue_waiting(device, queue); left; left--) {
        if (!virtqueue_take(device, queue, &chain))
            return;
        virtqueue_give(queue, &chain, fill(&chain));
        virtio_interrupt(device, queue);
    }
}

static const struct virtio_kind kind = {.name = "entropy", .id = 4, .queues = 1, .notify = notify};

bool virtio_entropy_init(struct virtio_device *device)
{
    for (u32 i = 0; i < ARRAY_SIZE(state); i++)
        state[i] = 0x9e3779b9 * (4 * vm.number + i + 1);
    device->kind = &kind;
    return true;
}
