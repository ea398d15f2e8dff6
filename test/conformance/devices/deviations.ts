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
  {
    what: 'SP804: each write to the control register of an enabled counter starts it again from its load value, free-running counters do not take the load value, one that was enabled with the load value 0 never counts, the size bit does not limit the value, and it is 0 after reset',
    section: 'DDI 0271, 3.3',
  },
  {
    what: 'PL180: the end of data (bits 8 and 10 of the status) is shown after each command, and a transfer that was broken off as if it went on',
    section: 'DDI 0172, 3.3.11',
  },
  {
    what: 'PL111, PL041, the display connector on the serial bus: frames, sound and monitors; here the registers hold what is written and no more',
    section: 'DDI 0293, DDI 0173',
  },
  {
    what: 'vexpress-a15: SYS_100HZ stands still, registers of older boards lie between those of the V2M-P1 (0x20 to 0x2c), there is no SP810, and a PS/2 mouse has a wheel and stays in wrap mode when it is reset',
    section: 'DUI 0447, chapter 4; DDI 0254',
  },
  {
    what: 'vexpress-a15: a write to the GICH of another core, by its frame, goes past the tables of the GIC and can end QEMU',
    section: 'DDI 0438, 8.2.1',
  },
  {
    what: 'vexpress-a15: instructions fetched where nothing is are zeros; here the fetch is an external abort',
    section: 'ARM ARM B3.12.3',
  },
];
