/** Fault status codes as DFSR, IFSR, HSR and PAR hold them (ARM ARM B3.13, tables B3-23 and B3-24). */
import type { FaultKind, MemoryFault } from '../system/fault';

/** FS[3:0] (FS[4] in bit 4) by kind: level 1, level 2 and where there is no level. */
const SHORT: Readonly<Record<FaultKind, readonly [number, number]>> = {
  alignment: [0b00001, 0b00001],
  translation: [0b00101, 0b00111],
  'access flag': [0b00011, 0b00110],
  domain: [0b01001, 0b01011],
  permission: [0b01101, 0b01111],
  'external abort': [0b01000, 0b01000],
  'external abort on walk': [0b01100, 0b01110],
  'tlb conflict': [0b10000, 0b10000],
  'instruction cache maintenance': [0b00100, 0b00100],
  debug: [0b00010, 0b00010],
};

/** STATUS[5:0] by kind, without the level. */
const LONG: Readonly<Record<FaultKind, number>> = {
  alignment: 0b100001,
  translation: 0b000100,
  'access flag': 0b001000,
  domain: 0b111100,
  permission: 0b001100,
  'external abort': 0b010000,
  'external abort on walk': 0b010100,
  'tlb conflict': 0b110000,
  'instruction cache maintenance': 0b000000,
  debug: 0b100010,
};
const WITH_LEVEL: ReadonlySet<FaultKind> = new Set([
  'translation',
  'access flag',
  'permission',
  'external abort on walk',
  'domain',
] as const);

/** FS[4:0] of the short format. */
export function shortFaultStatus(fault: MemoryFault): number {
  return SHORT[fault.kind][fault.level === 2 ? 1 : 0];
}

/** STATUS[5:0] of the long format (HSR.xFSC, PAR.FST). */
export function longFaultStatus(fault: MemoryFault): number {
  return LONG[fault.kind] | (WITH_LEVEL.has(fault.kind) ? fault.level : 0);
}
