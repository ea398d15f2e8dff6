/** A machine at PL1 that translates RAM to itself page by page, so that a test can put any page elsewhere. */
import { DEFAULT_CONFIGURATION, Machine } from '../../../emulator';
import { CORE, SYS } from '../../../emulator/state/layout';
import { Mode } from '../../../emulator/state/psr';

export const RAM = 0x4000_0000;
export const MEMORY = 1 << 20;
export const CODE = RAM + 0x9000;
export const LEVEL1 = RAM + 0x1_0000;
export const LEVEL2 = RAM + 0x1_4000;
/** Descriptor of a small page that PL1 reads and writes. */
export const SMALL_PAGE = 0x12;

export function put(m: Machine, address: number, words: readonly number[]): void {
  m.memory.writePhysical(address, new Uint8Array(Int32Array.from(words).buffer));
}

/** One that begins at CODE; `prepare` puts there what it executes, and whatever else. */
export function pagedMachine(prepare: (m: Machine) => void): Machine {
  const m = new Machine({ ...DEFAULT_CONFIGURATION, memory: MEMORY });
  const pages = Array.from({ length: MEMORY >> 12 }, (_, page) => (RAM + (page << 12)) | SMALL_PAGE);
  put(m, LEVEL1 + 4 * (RAM >>> 20), [LEVEL2 | 1]);
  put(m, LEVEL2, pages);
  const core = m.state.cores[0]!;
  const s = core.i32;
  s[CORE.PSR] = Mode.svc | 0x1c0;
  s[SYS.SCTLR] = 1;
  s[SYS.TTBR0] = LEVEL1;
  s[SYS.DACR] = 1;
  s[CORE.R + 15] = CODE;
  prepare(m);
  m.system.effects.translationChanged(core);
  return m;
}
