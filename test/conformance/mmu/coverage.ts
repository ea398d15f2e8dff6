/** What random set-ups have tried: classes of set-up, and what became of the operations. */
import type { TranslationRegisters } from '../../../emulator/mmu/registers';
import { KIND_NAMES, Kind, type Operation, type SetUp } from './layout';
import type { Result } from './model';

const stage1On = (r: TranslationRegisters): boolean => (r.SCTLR & 1) !== 0 && (r.HCR & 0x1000) === 0;
const stage2On = (r: TranslationRegisters): boolean => (r.HCR & 0x1001) !== 0;
const long = (r: TranslationRegisters): boolean => stage1On(r) && r.TTBCR < 0;
const short = (r: TranslationRegisters): boolean => stage1On(r) && r.TTBCR >= 0;
/** Tables side by side at the root of stage 2. */
const rootTables = (r: TranslationRegisters): number => {
  const size = 32 - ((r.VTCR << 28) >> 28);
  const start = ((r.VTCR >>> 6) & 3) === 1 ? 39 : 30;
  return 2 ** Math.max(0, size - start);
};

/** Classes of set-up for Non-secure PL1&0 and Hyp mode, and for Secure PL1&0. */
const CLASSES: readonly (readonly [name: string, of: 'both' | 'non-secure' | 'secure', applies: (setUp: SetUp) => boolean])[] =
  [
    ['short descriptors, one stage', 'both', ({ registers: r }) => short(r) && !stage2On(r)],
    ['long descriptors, one stage', 'both', ({ registers: r }) => long(r) && !stage2On(r)],
    ['stage 1 off, one stage', 'both', ({ registers: r }) => !stage1On(r) && !stage2On(r)],
    ['short descriptors, two stages', 'non-secure', ({ registers: r }) => short(r) && stage2On(r)],
    ['long descriptors, two stages', 'non-secure', ({ registers: r }) => long(r) && stage2On(r)],
    ['stage 2 alone', 'non-secure', ({ registers: r }) => !stage1On(r) && stage2On(r)],
    ['HCR.DC', 'non-secure', ({ registers: r }) => (r.HCR & 0x1000) !== 0],
    ['HCR.PTW', 'non-secure', ({ registers: r }) => (r.HCR & 4) !== 0],
    ['stage 2 root of several tables', 'non-secure', ({ registers: r }) => stage2On(r) && rootTables(r) > 1],
    ['TEX remap (SCTLR.TRE)', 'both', ({ registers: r }) => short(r) && (r.SCTLR & (1 << 28)) !== 0],
    ['access flag (SCTLR.AFE)', 'both', ({ registers: r }) => short(r) && (r.SCTLR & (1 << 29)) !== 0],
    ['domains without access or manager', 'both', ({ registers: r }) => short(r) && r.DACR !== 0x5555_5555],
    ['TTBR0 and TTBR1', 'both', ({ registers: r }) => (long(r) ? (r.TTBCR & 0x7_0007) !== 0 : (r.TTBCR & 7) !== 0)],
    ['tables in big-endian', 'both', ({ registers: r }) => (r.SCTLR & (1 << 25)) !== 0],
    ['WXN or UWXN', 'both', ({ registers: r }) => (r.SCTLR & 0x18_0000) !== 0],
    ['alignment checks (SCTLR.A)', 'both', ({ registers: r }) => (r.SCTLR & 2) !== 0],
    ['supersections', 'both', hasSupersection],
    ['addresses of more than 32 bits', 'both', ({ words }) => [...words.keys()].some((pa) => isWide(words, pa))],
    ['Hyp mode', 'non-secure', ({ operations }) => operations.some(({ kind }) => kind >= Kind.ReadHyp || kind === Kind.ATS1HR || kind === Kind.ATS1HW)],
    ['SCR.SIF', 'secure', ({ registers: r }) => (r.SCR & 0x200) !== 0],
  ]; // prettier-ignore

/** A section descriptor of the short format with bit 18. */
function hasSupersection({ registers, words }: SetUp): boolean {
  const bigEndian = (registers.SCTLR & (1 << 25)) !== 0;
  return short(registers) && !bigEndian && [...words.values()].some((word) => (word & 0x4_0003) === 0x4_0002);
}
/** A long descriptor that holds a page, block or table above 4 GiB. */
function isWide(words: ReadonlyMap<number, number>, pa: number): boolean {
  const high = words.get(pa + 4);
  return (pa & 7) === 0 && (words.get(pa)! & 1) === 1 && high !== undefined && (high & 0xff) !== 0;
}

/** Long-format status codes; short ones are told as them. */
const STATUS: Readonly<Record<number, string>> = {
  0x04: 'translation', 0x08: 'access flag', 0x0c: 'permission', 0x10: 'external abort', 0x14: 'external abort on walk',
  0x20: 'alignment', 0x3c: 'domain',
}; // prettier-ignore
const SHORT_STATUS: Readonly<Record<number, string>> = {
  0x1: 'alignment', 0x5: 'translation, level 1', 0x7: 'translation, level 2', 0x3: 'access flag, level 1',
  0x6: 'access flag, level 2', 0x9: 'domain, level 1', 0xb: 'domain, level 2', 0xd: 'permission, level 1',
  0xf: 'permission, level 2', 0x8: 'external abort', 0xc: 'external abort on walk, level 1',
  0xe: 'external abort on walk, level 2',
}; // prettier-ignore

function longName(status: number): string {
  const kind = STATUS[status & 0x3c] ?? STATUS[status & 0x30] ?? `status ${status.toString(16)}`;
  const levelless = (status & 0x3c) === 0x10 || (status & 0x3c) === 0x20;
  return levelless ? kind : `${kind}, level ${status & 3}`;
}
const statusName = (fsr: number): string =>
  fsr & 0x200 ? longName(fsr & 0x3f) : (SHORT_STATUS[(fsr & 15) | ((fsr >> 6) & 0x10)] ?? 'other');

/** How an operation ended, in words. */
function ending({ kind }: Operation, { hsr, dfsr, ifsr, par }: Result): string {
  const group = kind <= Kind.ATS1HW || kind === Kind.TranslateAtPL1 ? 'operation' : 'access';
  const exceptionClass = hsr >>> 26;
  const toHyp = exceptionClass >= 0x20 && exceptionClass <= 0x25;
  if (toHyp) {
    const where = exceptionClass & 1 ? 'Hyp stage 1' : 'stage 2';
    return `${group}: ${where}: ${longName(hsr & 0x3f)}${hsr & 0x80 ? ', on a stage 1 walk' : ''}`;
  }
  if (dfsr !== 0) return `${group}: stage 1: ${statusName(dfsr)}`;
  if (ifsr !== 0) return `${group}: fetch: ${statusName(ifsr)}`;
  if (par & 1) {
    const stage = par & 0x200 ? (par & 0x100 ? 'stage 2 on a stage 1 walk' : 'stage 2') : 'stage 1';
    return par & 0x800
      ? `${group}: PAR, ${stage}: ${longName((par >>> 1) & 0x3f)}`
      : `${group}: PAR: ${statusName(((par >>> 1) & 0xf) | (((par >>> 1) & 0x10) << 6))}`;
  }
  return `${group}: done`;
}

export class Coverage {
  readonly classes = new Map<string, number>();
  readonly endings = new Map<string, number>();
  readonly kinds = new Map<string, number>();
  setUps = 0;
  operations = 0;

  addSetUp(setUp: SetUp): void {
    this.setUps++;
    for (const [name, , applies] of CLASSES) if (applies(setUp)) count(this.classes, name);
  }

  addOperation(operation: Operation, result: Result): void {
    this.operations++;
    count(this.kinds, KIND_NAMES[operation.kind]!);
    count(this.endings, ending(operation, result));
  }

  /** Classes of set-up that were never tried. */
  missing(secure: boolean): readonly string[] {
    return CLASSES.filter(([, of]) => of === 'both' || (of === 'secure') === secure)
      .map(([name]) => name)
      .filter((name) => !this.classes.has(name));
  }

  /** Lines for people. */
  lines(): readonly string[] {
    const table = (map: ReadonlyMap<string, number>): string[] =>
      [...map]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([name, n]) => `  ${String(n).padStart(9)} ${name}`);
    return [
      `${this.setUps} set-ups:`, ...table(this.classes),
      `${this.operations} operations, by kind:`, ...table(this.kinds),
      'by how they ended:', ...table(this.endings),
    ]; // prettier-ignore
  }
}

function count(map: Map<string, number>, name: string): void {
  map.set(name, (map.get(name) ?? 0) + 1);
}
