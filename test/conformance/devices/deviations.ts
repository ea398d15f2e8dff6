/** Where QEMU's devices leave what their specification says, or do what no driver can rely on. */
export const DEVIATIONS: readonly { readonly what: string; readonly section: string }[] = [
  {
    what: 'virtio: a buffer where there is no memory is read and written through a bounce buffer; here it breaks the device until its reset, as other errors of a driver do',
    section: 'virtio 1.1, 2.6.5',
  },
  {
    what: 'virtio: requests are carried out beside the cores and may end in another order; here they end in order, within the access to QueueNotify unless the device is behind',
    section: 'virtio 1.1, 2.6.8',
  },
  {
    what: 'virtio entropy: a buffer of more than 64 KiB is filled; here the first 64 KiB of it are',
    section: 'virtio 1.1, 5.4.6.1',
  },
];
