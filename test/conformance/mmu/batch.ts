/** Random translation set-ups, each with operations on the addresses that its tables are filled for. */
import type { TranslationRegisters } from '../../../emulator/mmu/registers';
import {
  ARENA_BASE,
  ARENA_BYTES,
  CODE,
  DATA_BASE,
  DATA_BYTES,
  Kind,
  type Operation,
  type SetUp,
} from './layout';
import { Random } from './random';
import { registersFor } from './random-registers';
import { TableBuilder } from './table-builder';

/** Set-up number `index` of a seed; `secure`: for Secure PL1&0. */
export function makeSetUp(seed: number, index: number, secure = false): SetUp {
  const random = new Random(seed * 10007 + index);
  const r = registersFor(random, secure);
  const b = new TableBuilder(random, r, ARENA_BASE + index * ARENA_BYTES);
  const n = r.TTBCR & 7;
  const long = r.TTBCR < 0;
  r.VTTBR = b.allocate(0x1_0000); // sixteen concatenated tables at most
  r.HTTBR = b.allocate(4096);
  r.TTBR0 = b.tableAddress(b.allocate(long ? 4096 : 0x4000 >> n)) | 0;
  r.TTBR1 = b.tableAddress(b.allocate(long ? 4096 : 0x4000)) | 0;
  // The attributes of walks, ignored by this machine as by QEMU.
  if (!long) {
    r.TTBR0 |= random.below(128) & 0x5b;
    r.TTBR1 |= random.below(128) & 0x5b;
  }
  const runs = b.stage1(CODE, true) && codeReachable(r) && !codeTableDisabled(r);
  const hypRuns = (r.HTCR & 7) <= 1;
  if (hypRuns) b.stage1Long(0x4010_0000, true, true);

  // QEMU 7.2 dies of a domain fault that an operation executed in Hyp would report in the long format.
  const domainFaults = !long && (r.DACR & 0x5555_5555) !== 0x5555_5555;
  const operations: Operation[] = [];
  const tops = [0, 1, 2, 3].map(() => random.word());
  for (let i = 0; i < 10; i++) {
    const va = chooseAddress(random, tops, b.stage1On);
    b.stage1(va);
    b.stage1(va + 4096);
    // In Secure state everything runs with the MMU on.
    const operationsToo = secure ? runs : !domainFaults;
    for (let k = operationsToo ? random.below(3) : -1; k >= 0; k--)
      operations.push({ kind: random.below(secure ? 4 : 8), va: (va & ~0xfff) >>> 0 });
    if (runs) {
      const kind = Kind.ReadPL1 + random.below(8);
      operations.push({
        kind,
        va: kind === Kind.TranslateAtPL1 ? (va & ~0xfff) >>> 0 : nudge(random, kind, va),
      });
    }
    if (!secure && hypRuns && random.chance(0.5)) {
      const hva = chooseAddress(random, tops, true);
      b.stage1Long(hva, true);
      b.stage1Long(hva + 4096, true);
      const kind = random.pick([Kind.ATS1HR, Kind.ATS1HW, Kind.ReadHyp, Kind.WriteHyp]);
      operations.push({ kind, va: kind <= Kind.ATS1HW ? (hva & ~0xfff) >>> 0 : nudge(random, kind, hva) });
    }
  }
  return { registers: r, words: b.words, operations };
}

/** TTBCR.PD0 or PD1 keeps the table that maps the code from being walked. */
function codeTableDisabled(r: TranslationRegisters): boolean {
  if (!r.secure || r.TTBCR < 0 || (r.SCTLR & 1) === 0) return false;
  const n = r.TTBCR & 7;
  const upper = n !== 0 && CODE >>> (32 - n) !== 0;
  return (r.TTBCR & (upper ? 1 << 5 : 1 << 4)) !== 0;
}

/** Code below Hyp can run: with an address space of stage 2 that reaches it. */
function codeReachable(r: TranslationRegisters): boolean {
  if ((r.HCR & 0x1001) === 0) return true;
  const size = 32 - ((r.VTCR << 28) >> 28);
  const sl0 = (r.VTCR >>> 6) & 3;
  return sl0 <= 1 && size >= 31 && (sl0 === 1 || size <= 34);
}

function chooseAddress(random: Random, tops: readonly number[], translated: boolean): number {
  for (;;) {
    const va = translated ? anyAddress(random, tops) : harmlessAddress(random);
    // Not the code, not the end of the address space, not where unaligned stores go (see nudge).
    const code = va >= 0x4000_0000 && va < 0x4020_0000;
    if (!code && va < 0xffff_f000 && (va & 0xff0) !== 0x7d0) return va;
  }
}

/** Addresses that share tables now and then. */
function anyAddress(random: Random, tops: readonly number[]): number {
  const low = random.chance(0.5) ? 0x3e00_0000 + random.below(0x0200_0000) : random.word();
  const mask = random.pick([0xfff0_0000, 0xffe0_0000, 0xc000_0000, 0, 0xffff_0000]);
  return ((random.pick(tops) & mask) | (low & ~mask & ~3)) >>> 0;
}

/** With stage 1 off the address is that of the access. */
function harmlessAddress(random: Random): number {
  if (random.chance(0.7)) return DATA_BASE + 4 * random.below(DATA_BYTES / 4);
  return random.pick([0x0b00_0000, 0x9000_0000]) + 4 * random.below(0x10_0000);
}

/**
 * Now and then an address that is not aligned: in the middle of a page, or (reads) across its end. QEMU makes
 * unaligned stores to Device memory, which fault here: they go where no other access goes.
 */
function nudge(random: Random, kind: Kind, va: number): number {
  if (kind === Kind.ExecutePL0 || kind === Kind.ExecutePL1 || !random.chance(0.1)) return va;
  const write = kind === Kind.WritePL0 || kind === Kind.WritePL1 || kind === Kind.WriteHyp;
  const inPage = write ? 0x7d1 : random.chance(0.3) ? 0xffd : 0x7c1;
  return ((va & ~0xfff) | (inPage + random.below(3))) >>> 0;
}
