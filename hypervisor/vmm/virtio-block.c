/*
 * The block device (virtio 1.2, 5.2): a disk whose sectors are this process's memory.
 *
 * The disk begins as /boot/disk and is the VM's own: what its guest writes, nobody else sees, and it is gone with
 * the VM. A request is a chain: a header to read, data, one byte to write for the status.
 */
#include "virtio.h"

#define SECTOR 512
#define HEADER_SIZE 16
#define ID_SIZE 20
#define F_SEG_MAX (1ull << 2)
#define F_BLK_SIZE (1ull << 6)
#define F_FLUSH (1ull << 9)

enum request { REQUEST_IN = 0, REQUEST_OUT = 1, REQUEST_FLUSH = 4, REQUEST_GET_ID = 8 };
enum request_status { STATUS_OK = 0, STATUS_IO_ERROR = 1, STATUS_UNSUPPORTED = 2 };

static u8 *disk;
static u32 disk_size; /* whole sectors; what is behind the image's end is 0 */

static struct {
    u64 capacity; /* in sectors */
    u32 size_max;
    u32 seg_max;
    u32 geometry;
    u32 blk_size;
} config = {.seg_max = VIRTQUEUE_MOST - 2, .blk_size = SECTOR};

static const char disk_id[ID_SIZE] = "worldswitch-disk";

static bool on_disk(u64 sector, u32 bytes)
{
    return bytes % SECTOR == 0 && sector <= config.capacity && bytes <= disk_size - (u32)sector * SECTOR;
}

/* Carries out a request; `*written`: bytes of data that went to the guest. */
static enum request_status request(const struct chain *chain, u32 *written)
{
    struct {
        u32 type, reserved;
        u64 sector;
    } header;
    u32 out = chain->out_bytes - HEADER_SIZE, in = chain->in_bytes - 1;

    chain_read(chain, 0, &header, HEADER_SIZE);
    switch (header.type) {
    case REQUEST_IN:
        if (!on_disk(header.sector, in))
            return STATUS_IO_ERROR;
        *written = chain_write(chain, 0, disk + (u32)header.sector * SECTOR, in);
        return STATUS_OK;
    case REQUEST_OUT:
        if (!on_disk(header.sector, out))
            return STATUS_IO_ERROR;
        chain_read(chain, HEADER_SIZE, disk + (u32)header.sector * SECTOR, out);
        return STATUS_OK;
    case REQUEST_FLUSH:
        return STATUS_OK; /* there is nothing between disk and guest */
    case REQUEST_GET_ID:
        *written = chain_write(chain, 0, disk_id, in < ID_SIZE ? in : ID_SIZE);
        return STATUS_OK;
    }
    return STATUS_UNSUPPORTED;
}

static void notify(struct virtio_device *device, u32 index)
{
    static struct chain chain;
    struct virtqueue *queue = &device->queues[index];

    for (u32 left = virtqueue_waiting(device, queue); left; left--) {
        if (!virtqueue_take(device, queue, &chain))
            return;
        if (chain.out_bytes < HEADER_SIZE || !chain.in_bytes) {
            virtio_broken(device, "a request has no header or no status");
            return;
        }
        u32 written = 0;
        u8 status = (u8)request(&chain, &written);
        chain_write(&chain, chain.in_bytes - 1, &status, 1);
        virtqueue_give(queue, &chain, written + 1);
        virtio_interrupt(device, queue);
    }
}

static const struct virtio_kind kind = {
    .name = "block",
    .id = 2,
    .queues = 1,
    .features = F_SEG_MAX | F_BLK_SIZE | F_FLUSH,
    .config_size = sizeof(config),
    .notify = notify,
};

bool virtio_block_init(struct virtio_device *device)
{
    u32 size = boot_file_size("disk");

    if (!size)
        return false;
    disk_size = ALIGN_UP(size, SECTOR);
    disk = (u8 *)system_call(SYS_MMAP, disk_size, MAP_ANONYMOUS, (u32)-1);
    if ((s32)disk < 0 || boot_file_read("disk", disk, size) != size)
        fail("a disk of %u bytes: not to be had", size);
    config.capacity = disk_size / SECTOR;
    device->kind = &kind;
    device->config = &config;
    return true;
}
