/** The bundled hypervisor with its programs: which images are whose symbols. */
import type { SymbolScope } from '../worlds/symbol-table';

export interface SampleSymbols {
  /** Name of the image in `hypervisor/images`. */
  readonly image: string;
  readonly scope: SymbolScope;
}

export interface Sample {
  /** The image that the machine boots. */
  readonly kernel: string;
  readonly symbols: readonly SampleSymbols[];
  /** The guest that runs when the user gives none: its symbols are dropped when another guest is given. */
  readonly guest: SampleSymbols;
  /** IPA of the data register of the UART that each guest prints to: what it prints is shown as its own console. */
  readonly guestUart: number;
  /** What is typed on the host's console so that what comes next goes to that VM. */
  readonly giveKeyboardTo: (vm: number) => string;
  /** As it has to be typed for a guest to get it. */
  readonly typed: (text: string) => string;
}

/** RAM beyond this is not used by the samples' host kernel (`LINEAR_END` in hypervisor/host/layout.h), in bytes. */
export const SAMPLE_MEMORY_LIMIT = 896 * 2 ** 20;

/** Escapes on the host's console: hypervisor/host/console-input.c. */
const CTRL_A = '\x01';

export const SAMPLES: Readonly<Record<string, Sample>> = {
  'kvm-arm': {
    kernel: 'kvm-arm.elf',
    symbols: [
      { image: 'kvm-arm.elf', scope: { world: 'host', privilege: 'PL1', phase: 'both' } },
      { image: 'kvm-arm.elf', scope: { world: 'hyp', privilege: 'any', phase: 'both' } },
      { image: 'vmm.elf', scope: { world: 'host', privilege: 'PL0', phase: 'virtual' } },
    ],
    guest: { image: 'teaching.elf', scope: { world: 'guest', privilege: 'any', phase: 'both' } },
    guestUart: 0x0900_0000,
    giveKeyboardTo: (vm) => `${CTRL_A}${vm}`,
    typed: (text) => text.replaceAll(CTRL_A, CTRL_A + CTRL_A),
  },
};
