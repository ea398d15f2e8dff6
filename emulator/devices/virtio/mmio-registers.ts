/** The registers of a virtio-mmio transport (virtio 1.1, 4.2.2), by their legacy names (4.2.4). */
import type { RegisterRow } from '../register-device';

const word = (
  name: string,
  offset: number,
  access: RegisterRow['access'],
  description: string,
): RegisterRow => ({ name, offset, access, description });

export const VIRTIO_MMIO_REGISTERS: readonly RegisterRow[] = [
  word('MagicValue', 0x00, 'RO', 'The characters "virt".'),
  word('Version', 0x04, 'RO', 'Version of the transport: 1, legacy.'),
  word('DeviceID', 0x08, 'RO', 'Kind of device; 0: none.'),
  word('VendorID', 0x0c, 'RO', 'The characters "QEMU".'),
  word('HostFeatures', 0x10, 'RO', 'Features that the device offers: the word that HostFeaturesSel selects.'),
  word('HostFeaturesSel', 0x14, 'WO', 'Which word HostFeatures shows.'),
  word(
    'GuestFeatures',
    0x20,
    'WO',
    'Features that the driver accepts: the word that GuestFeaturesSel selects.',
  ),
  word('GuestFeaturesSel', 0x24, 'WO', 'Which word GuestFeatures writes.'),
  word('GuestPageSize', 0x28, 'WO', 'Bytes of a page, the unit of QueuePFN; a power of two.'),
  word('QueueSel', 0x30, 'WO', 'The queue that the registers from QueueNumMax to QueuePFN belong to.'),
  word('QueueNumMax', 0x34, 'RO', 'Most entries of the queue; 0: there is no such queue.'),
  word('QueueNum', 0x38, 'WO', 'Entries of the queue.'),
  word('QueueAlign', 0x3c, 'WO', 'Alignment of its used ring, in bytes.'),
  word('QueuePFN', 0x40, 'RW', 'Page at which it lies; writing 0 resets the device.'),
  word('QueueNotify', 0x50, 'WO', 'Writing the number of a queue says that chains are available in it.'),
  {
    ...word('InterruptStatus', 0x60, 'RO', 'Why the device interrupts.'),
    fields: [
      { name: 'USED', lsb: 0, width: 1, description: 'Chains were given back.' },
      { name: 'CONFIG', lsb: 1, width: 1, description: 'The configuration space changed.' },
    ],
  },
  word('InterruptACK', 0x64, 'WO', 'Clears the bits of InterruptStatus that are written as 1.'),
  {
    ...word('Status', 0x70, 'RW', 'How far the driver is; writing 0 resets the device.'),
    fields: [
      { name: 'ACKNOWLEDGE', lsb: 0, width: 1, description: 'The device was found.' },
      { name: 'DRIVER', lsb: 1, width: 1, description: 'There is a driver for it.' },
      { name: 'DRIVER_OK', lsb: 2, width: 1, description: 'The driver is ready.' },
      { name: 'FEATURES_OK', lsb: 3, width: 1, description: 'Features were negotiated.' },
      { name: 'NEEDS_RESET', lsb: 6, width: 1, description: 'The device is broken until it is reset.' },
      { name: 'FAILED', lsb: 7, width: 1, description: 'The driver has given up.' },
    ],
  },
  { ...word('SHMLen', 0xb0, 'RO', 'Bytes of shared memory: all ones, there is none.'), count: 2 },
];

export const VIRTIO_MAGIC = 0x7472_6976;
export const VIRTIO_VENDOR = 0x554d_4551;
