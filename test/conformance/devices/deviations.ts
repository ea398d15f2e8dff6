/** Where QEMU's devices leave what their specification says, or do what no driver can rely on. */
export const DEVIATIONS: readonly { readonly what: string; readonly section: string }[] = [
  {
    what: 'flash: programming changes zeros to ones too, erasing begins before it is confirmed, a write buffer is written as it is filled, the status is 0 after it was cleared, and no command but read array is taken in the query mode; here bits are only cleared, nothing changes before the confirmation, the ready bit stays, and any command is taken',
    section: 'Intel StrataFlash 28F256J3, command definitions',
  },
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
