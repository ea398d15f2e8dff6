/** Fault status codes in words (ARM ARM tables B3-23 and B3-24). */

/** FS of the Short-descriptor format, where FS[4] is 0. */
export const SHORT_STATUS: Readonly<Record<number, string>> = {
  0b00001: 'alignment fault',
  0b00010: 'debug event',
  0b00011: 'access flag fault, level 1',
  0b00100: 'instruction cache maintenance fault',
  0b00101: 'translation fault, level 1',
  0b00110: 'access flag fault, level 2',
  0b00111: 'translation fault, level 2',
  0b01000: 'synchronous external abort',
  0b01001: 'domain fault, level 1',
  0b01011: 'domain fault, level 2',
  0b01100: 'external abort on walk, level 1',
  0b01101: 'permission fault, level 1',
  0b01110: 'external abort on walk, level 2',
  0b01111: 'permission fault, level 2',
};

/** STATUS of the Long-descriptor format: DFSR, IFSR, PAR, HSR. */
export const LONG_STATUS: Readonly<Record<number, string>> = {
  0b000001: 'address size fault, level 1',
  0b000101: 'translation fault, level 1',
  0b000110: 'translation fault, level 2',
  0b000111: 'translation fault, level 3',
  0b001001: 'access flag fault, level 1',
  0b001010: 'access flag fault, level 2',
  0b001011: 'access flag fault, level 3',
  0b001101: 'permission fault, level 1',
  0b001110: 'permission fault, level 2',
  0b001111: 'permission fault, level 3',
  0b010000: 'synchronous external abort',
  0b010001: 'asynchronous external abort',
  0b010101: 'external abort on walk, level 1',
  0b010110: 'external abort on walk, level 2',
  0b010111: 'external abort on walk, level 3',
  0b100001: 'alignment fault',
  0b100010: 'debug event',
  0b110000: 'TLB conflict abort',
  0b111101: 'domain fault, level 1',
  0b111110: 'domain fault, level 2',
};
