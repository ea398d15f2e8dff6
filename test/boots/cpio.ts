/** Archives of the "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst): initial RAM disks. */

export interface Entry {
  readonly name: string;
  /** Type and permissions, as in `stat`. */
  readonly mode: number;
  readonly content: Uint8Array;
  /** Major and minor number of a device. */
  readonly device?: readonly [number, number];
}

export function cpio(entries: readonly Entry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const pad = (length: number): Uint8Array => new Uint8Array((4 - (length % 4)) % 4);
  const trailer = { name: 'TRAILER!!!', mode: 0, content: new Uint8Array(0) };
  [...entries, trailer].forEach(({ name, mode, content, device = [0, 0] }: Entry, inode) => {
    const fields = [inode + 1, mode, 0, 0, 1, 0, content.length, 0, 0, ...device, name.length + 1, 0];
    const header = `070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}${name}\0`;
    parts.push(Buffer.from(header), pad(header.length), content, pad(content.length));
  });
  return Buffer.concat(parts);
}
