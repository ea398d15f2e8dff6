/*
 * Split virtqueues: chains of descriptors from the guest's memory and back to it (virtio 1.2, 2.7).
 *
 * Another vCPU can change everything while it is looked at. So each word is read once, into a variable of this
 * program, and what was checked is what is used. A chain ends after as many buffers as a queue has entries,
 * whatever the descriptors say, so that one that bites its tail ends too.
 */
#include "virtio.h"

#define DESC_F_NEXT 1
#define DESC_F_WRITE 2
#define DESC_F_INDIRECT 4
#define AVAIL_F_NO_INTERRUPT 1
#define RING_HEADER 4 /* bytes: flags and idx */
#define USED_ENTRY 8

static void barrier(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* A part of a queue, in this process; NULL if it isn't wholly RAM, or not aligned. */
static void *ring_part(u64 ipa, u32 size, u32 align)
{
    return ipa & (align - 1) ? NULL : guest_memory(ipa, size);
}

const char *virtqueue_enable(struct virtqueue *queue)
{
    u32 size = queue->size;

    if (!size || size > VIRTQUEUE_MOST || (size & (size - 1)))
        return "a queue has an impossible size";
    queue->desc = ring_part(queue->desc_ipa, size * sizeof(struct virtq_desc), 16);
    queue->avail = ring_part(queue->driver_ipa, RING_HEADER + 2 * size + 2, 2);
    queue->used = ring_part(queue->device_ipa, RING_HEADER + USED_ENTRY * size + 2, 4);
    if (!queue->desc || !queue->avail || !queue->used)
        return "a queue is not in RAM";
    queue->next_avail = 0;
    queue->next_used = 0;
    queue->ready = true;
    return NULL;
}

u32 virtqueue_waiting(struct virtio_device *device, struct virtqueue *queue)
{
    if (!queue->ready)
        return 0;
    u32 waiting = (u16)(queue->avail[1] - queue->next_avail);
    barrier(); /* what the entries say is read after idx */
    if (waiting <= queue->size)
        return waiting;
    virtio_broken(device, "more chains are available than there are entries");
    return 0;
}

/* Adds the buffer of a descriptor. Says what is wrong with it, or NULL. */
static const char *add_segment(struct chain *chain, u64 addr, u32 len, bool write)
{
    u32 count = chain->out_count + chain->in_count;
    u32 *bytes = write ? &chain->in_bytes : &chain->out_bytes;
    u8 *at = guest_memory(addr, len);

    if (!len || !at)
        return "a buffer is not in RAM";
    if (!write && chain->in_count)
        return "a buffer to read comes after one to write";
    if (*bytes + len < len)
        return "a chain has more than 4 GiB";
    *bytes += len;
    chain->segments[count] = (struct segment){at, len};
    if (write)
        chain->in_count++;
    else
        chain->out_count++;
    return NULL;
}

static const char *follow(struct chain *chain, const volatile struct virtq_desc *table, u32 size, u32 index,
                          bool indirect_allowed)
{
    for (u32 count = 0;; count++) {
        if (index >= size)
            return "a chain goes to a descriptor that is not there";
        if (count == size || chain->out_count + chain->in_count == VIRTQUEUE_MOST)
            return "a chain doesn't end";
        u64 addr = table[index].addr;
        u32 len = table[index].len, flags = table[index].flags;
        if (flags & DESC_F_INDIRECT) {
            u32 entries = len / sizeof(struct virtq_desc);
            const volatile struct virtq_desc *inner = ring_part(addr, len, 4);
            if (!indirect_allowed || (flags & DESC_F_NEXT))
                return "an indirect table is where none may be";
            if (!entries || len % sizeof(struct virtq_desc) || !inner)
                return "an indirect table is not in RAM, or no table";
            return follow(chain, inner, entries, 0, false);
        }
        const char *problem = add_segment(chain, addr, len, (flags & DESC_F_WRITE) != 0);
        if (problem || !(flags & DESC_F_NEXT))
            return problem;
        index = table[index].next;
    }
}

bool virtqueue_take(struct virtio_device *device, struct virtqueue *queue, struct chain *chain)
{
    bool indirect = (device->driver_features & VIRTIO_F_INDIRECT_DESC) != 0;

    chain->head = queue->avail[2 + queue->next_avail % queue->size];
    chain->out_count = chain->in_count = 0;
    chain->out_bytes = chain->in_bytes = 0;
    queue->next_avail++;
    const char *problem = follow(chain, queue->desc, queue->size, chain->head, indirect);
    if (problem)
        virtio_broken(device, problem);
    return !problem;
}

void virtqueue_give(struct virtqueue *queue, const struct chain *chain, u32 written)
{
    volatile u32 *entry = (volatile u32 *)(queue->used + 2) + 2 * (queue->next_used % queue->size);

    entry[0] = chain->head;
    entry[1] = written;
    queue->next_used++;
    barrier(); /* buffers and entry are there before idx says so */
    queue->used[1] = queue->next_used;
}

void virtio_interrupt(struct virtio_device *device, struct virtqueue *queue)
{
    barrier(); /* idx is written before flags is read: the driver does it the other way round */
    if (!(queue->avail[0] & AVAIL_F_NO_INTERRUPT))
        virtio_raise(device, VIRTIO_INTERRUPT_USED);
}

static u32 copy(const struct segment *segment, u32 count, u32 skip, u8 *buffer, u32 size, bool to_guest)
{
    u32 done = 0;

    for (; count && done < size; segment++, count--) {
        if (skip >= segment->length) {
            skip -= segment->length;
            continue;
        }
        u32 part = segment->length - skip;
        if (part > size - done)
            part = size - done;
        if (to_guest)
            memmove(segment->at + skip, buffer + done, part);
        else
            memmove(buffer + done, segment->at + skip, part);
        done += part;
        skip = 0;
    }
    return done;
}

u32 chain_read(const struct chain *chain, u32 from, void *to, u32 size)
{
    return copy(chain->segments, chain->out_count, from, to, size, false);
}

u32 chain_write(const struct chain *chain, u32 to, const void *from, u32 size)
{
    return copy(chain->segments + chain->out_count, chain->in_count, to, (u8 *)from, size, true);
}
