/** Random registers that say how addresses are translated. */
import type { TranslationRegisters } from '../../../emulator/mmu/registers';
import type { Random } from './random';

const MAIR_BYTES = [0x00, 0x04, 0x44, 0xff, 0xbb, 0xee, 0xaa, 0x4f, 0xf4, 0xe9, 0x88, 0xcc];

export function registersFor(random: Random, secure: boolean): TranslationRegisters {
  const long = random.chance(0.5);
  const mair = (): number =>
    (random.pick(MAIR_BYTES) << 24) | (random.pick(MAIR_BYTES) << 16) | (random.pick(MAIR_BYTES) << 8) | random.pick(MAIR_BYTES); // prettier-ignore
  let dacr = 1;
  const domains = !long && random.chance(0.3) ? [0, 1, 1, 3] : [1, 1, 1, 3];
  for (let d = 1; d < 16; d++) dacr |= random.pick(domains) << (2 * d);
  const sctlr =
    0x00c5_0878 | random.bit(0.85) | (random.bit(0.1) << 1) | (random.bit(0.15) << 19) | (random.bit(0.1) << 20) |
    (random.bit(0.15) << 25) | (random.bit() << 28) | (random.bit(0.3) << 29); // prettier-ignore
  let ttbcr: number;
  if (long) {
    const t0 = random.chance(0.6) ? random.below(2) : random.below(8);
    const t1 = random.chance(0.6) ? random.below(2) : random.below(8);
    ttbcr =
      0x8000_0000 |
      t0 |
      (t1 << 16) |
      (random.bit(0.07) << 7) |
      (random.bit(0.07) << 23) |
      (random.bit() << 22);
  } else {
    ttbcr = random.chance(0.5) ? 0 : random.below(8);
    if (secure) ttbcr |= (random.bit(0.1) << 4) | (random.bit(0.1) << 5);
  }
  const sl0 = random.chance(0.9) ? random.below(2) : random.below(3);
  // Sizes that go with SL0, and now and then any.
  const size = random.chance(0.08)
    ? 25 + random.below(16)
    : sl0 === 1
      ? 32 + random.below(9)
      : 32 + random.below(3);
  const t0sz = (32 - size) & 15;
  const vtcr = 0x8000_3500 | t0sz | ((t0sz >>> 3) << 4) | (sl0 << 6);
  const stage2 = random.bit(0.6) | (random.bit(0.1) << 12);
  // QEMU heeds HCR.PTW even with stage 2 off.
  const hcr = stage2 === 0 ? 0 : stage2 | (random.bit(0.15) << 2);
  const wxn = random.bit(0.15) << 19;
  return {
    hasSecurity: secure,
    hasVirtualization: !secure,
    secure,
    SCR: secure ? random.bit(0.2) << 9 : 0,
    SCTLR: sctlr,
    TTBCR: ttbcr | 0,
    TTBR0: 0,
    TTBR0_HIGH: random.below(256) << 16,
    TTBR1: 0,
    TTBR1_HIGH: random.below(256) << 16,
    DACR: dacr,
    // Attribute index 0 and region 3 stay Normal: the code page is mapped with them.
    PRRR: long ? (mair() & ~0xff) | 0xff : primaryRegions(random),
    NMRR: long ? mair() : random.word() | 0,
    CONTEXTIDR: random.below(256),
    HCR: secure ? 0 : hcr,
    VTCR: vtcr | 0,
    VTTBR: 0,
    VTTBR_HIGH: random.below(256) << 16,
    HSCTLR: 0x30c5_1878 | wxn | (random.bit(0.1) << 1) | (random.bit(0.15) << 25),
    HTCR: 0x8080_3500 | (random.chance(0.8) ? random.below(2) : random.below(8)) | 0,
    HTTBR: 0,
    HTTBR_HIGH: 0,
    HMAIR0: (mair() & ~0xff) | 0xff,
    HMAIR1: mair(),
  };
}

/** PRRR with valid types, region 3 Normal. */
function primaryRegions(random: Random): number {
  let prrr = random.word() & 0xff0f_0000;
  for (let region = 0; region < 8; region++) prrr |= (region === 3 ? 2 : random.below(3)) << (2 * region);
  return prrr;
}
