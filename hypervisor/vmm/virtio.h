/*
 * Virtio devices of the VMM (virtio 1.2, the sections named below): the transport, queues, and what a device is.
 *
 * The driver is the guest, and a guest may want harm: whatever it says (addresses, lengths, indices) is read
 * once, checked against its RAM, and only then used. What no driver may do makes the device ask for its reset
 * (Status.DEVICE_NEEDS_RESET); until then it does nothing more. All of it runs with the devices' lock held.
 */
#ifndef VIRTIO_H
#define VIRTIO_H

#include "vmm.h"

#define VIRTQUEUE_MOST 128 /* entries of a queue, and buffers of one chain */
#define VIRTIO_QUEUES 2    /* of one device, at most */

/* Feature bits that no device has for itself (6). */
#define VIRTIO_F_INDIRECT_DESC (1ull << 28)
#define VIRTIO_F_VERSION_1 (1ull << 32)

/* Bits of InterruptStatus: chains were given back; the configuration or the device's state changed. */
#define VIRTIO_INTERRUPT_USED 1
#define VIRTIO_INTERRUPT_CONFIG 2

struct virtio_device;

/** A descriptor, as the driver writes it (2.7.5). */
struct virtq_desc {
    u64 addr; /* IPA */
    u32 len;
    u16 flags;
    u16 next;
};

/** A split virtqueue (2.7). The pointers are into the guest's RAM, checked when the driver made the queue ready. */
struct virtqueue {
    u32 size;
    bool ready;
    u64 desc_ipa, driver_ipa, device_ipa;
    const volatile struct virtq_desc *desc;
    const volatile u16 *avail; /* flags, idx, ring */
    volatile u16 *used;        /* flags, idx, then entries of two words */
    u16 next_avail;            /* the next entry of the available ring, modulo 2^16 */
    u16 next_used;
};

/** A buffer of a chain, in this process. */
struct segment {
    u8 *at;
    u32 length;
};

/** A chain of descriptors: first what the device reads, then what it writes. */
struct chain {
    u32 head;
    u32 out_count, in_count;
    u32 out_bytes, in_bytes;
    struct segment segments[VIRTQUEUE_MOST];
};

/** What a kind of device is. */
struct virtio_kind {
    const char *name;
    u32 id; /* of the device (5) */
    u32 queues;
    u64 features; /* beside those of every device */
    u32 config_size;
    /** The driver says that queue `index` has something new. */
    void (*notify)(struct virtio_device *device, u32 index);
};

/** A device in its slot. */
struct virtio_device {
    const struct virtio_kind *kind; /* NULL: the slot is empty */
    const void *config;             /* `kind->config_size` bytes; drivers can only read it */
    u32 slot;
    u32 status, interrupt_status, line;
    u64 driver_features;
    u32 features_sel, driver_features_sel, queue_sel;
    bool complained;
    struct virtqueue queues[VIRTIO_QUEUES];
};

/* virtio-mmio.c */
/** The slots' devices; a block device only if there is a disk. Before the first vCPU runs. */
void virtio_init(void);
u32 virtio_read(u32 offset, u32 size);
void virtio_write(u32 offset, u32 size, u32 value);
/** The driver did what no driver may, in words. */
void virtio_broken(struct virtio_device *device, const char *what);
/** Interrupts the driver: InterruptStatus gets the bits of `why`. */
void virtio_raise(struct virtio_device *device, u32 why);
/** Whether the driver is ready, and has done nothing wrong. */
bool virtio_runs(const struct virtio_device *device);

/* virtqueue.c */
/** Checks the parts of a queue and makes it ready; says what is wrong with it, or NULL. */
const char *virtqueue_enable(struct virtqueue *queue);
/** How many chains wait. More than the queue has entries is the driver's fault: so many of them are none. */
u32 virtqueue_waiting(struct virtio_device *device, struct virtqueue *queue);
/** Takes the next chain, which must be there (virtqueue_waiting). False: it is none, and the device is broken. */
bool virtqueue_take(struct virtio_device *device, struct virtqueue *queue, struct chain *chain);
/** Gives the chain back; `written`: bytes of it that the device wrote. */
void virtqueue_give(struct virtqueue *queue, const struct chain *chain, u32 written);
/** Tells the driver, if it wants to be told, that chains were given back. */
void virtio_interrupt(struct virtio_device *device, struct virtqueue *queue);
/** Copies from what the device may read, from byte `from` of it on; returns how many bytes there were. */
u32 chain_read(const struct chain *chain, u32 from, void *to, u32 size);
/** Copies to what the device may write, from byte `to` of it on; returns how many bytes had room. */
u32 chain_write(const struct chain *chain, u32 to, const void *from, u32 size);

/* virtio-block.c, virtio-console.c, virtio-entropy.c */
/** False: there is no disk. */
bool virtio_block_init(struct virtio_device *device);
bool virtio_console_init(struct virtio_device *device);
bool virtio_entropy_init(struct virtio_device *device);

#endif
