/** A list register (GICH_LRn, IHI 0048B 5.3.10) as the words of the manual. */

/** GICH_LRn.State. */
export const enum ListState {
  Invalid = 0,
  Pending = 1,
  Active = 2,
  PendingActive = 3,
}

export interface ListRegister {
  /** INTID that the guest sees, 0–1023. */
  readonly virtualId: number;
  /** HW = 1: INTID of the physical interrupt; else undefined. */
  readonly physicalId: number | undefined;
  /** HW = 0: for an SGI, the source core the guest sees; else undefined. */
  readonly cpuId: number | undefined;
  /** HW = 0: a maintenance interrupt is wanted when the guest ends it. */
  readonly eoi: boolean;
  /** Priority as a byte, a multiple of 8: 0 (highest) to 0xF8. */
  readonly priority: number;
  readonly state: 'invalid' | 'pending' | 'active' | 'pending and active';
  readonly group1: boolean;
  readonly hw: boolean;
}

const STATE_NAMES = ['invalid', 'pending', 'active', 'pending and active'] as const;

/** The fields of a list register. */
export function decodeListRegister(raw: number): ListRegister {
  const hw = isHardware(raw);
  return {
    virtualId: virtualId(raw),
    physicalId: hw ? physicalId(raw) : undefined,
    cpuId: hw ? undefined : cpuId(raw),
    eoi: !hw && wantsEoi(raw),
    priority: listPriority(raw),
    state: STATE_NAMES[listState(raw)],
    group1: isGroup1(raw),
    hw,
  };
}

export function virtualId(raw: number): number {
  return raw & 0x3ff;
}
export function physicalId(raw: number): number {
  return (raw >>> 10) & 0x3ff;
}
export function cpuId(raw: number): number {
  return (raw >>> 10) & 7;
}
export function wantsEoi(raw: number): boolean {
  return (raw & (1 << 19)) !== 0;
}
/** The priority byte: five bits, the low three zero. */
export function listPriority(raw: number): number {
  return ((raw >>> 23) & 0x1f) << 3;
}
export function listState(raw: number): ListState {
  return (raw >>> 28) & 3;
}
export function withState(raw: number, state: ListState): number {
  return (raw & ~(3 << 28)) | (state << 28);
}
export function isGroup1(raw: number): boolean {
  return (raw & (1 << 30)) !== 0;
}
export function isHardware(raw: number): boolean {
  return raw < 0 || raw >= 2 ** 31;
}
/** True when the register signals an EOI maintenance interrupt (GICH_EISR). */
export function signalsEoi(raw: number): boolean {
  return listState(raw) === ListState.Invalid && !isHardware(raw) && wantsEoi(raw);
}
/** True when the register is free (GICH_ELRSR). */
export function isFree(raw: number): boolean {
  return listState(raw) === ListState.Invalid && (isHardware(raw) || !wantsEoi(raw));
}
