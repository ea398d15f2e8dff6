/** Loads the programs of the tests: static 32-bit ELF files. */
import { CORE } from '../../../emulator/state/layout';
import type { FlatMachine } from './flat-machine';

const PT_LOAD = 1;

/** Puts the segments of `elf` into RAM and sets PC to its entry. */
export function loadElf(machine: FlatMachine, elf: Buffer): void {
  const headers = elf.readUInt32LE(28);
  const count = elf.readUInt16LE(44);
  for (let i = 0; i < count; i++) {
    const at = headers + 32 * i;
    if (elf.readUInt32LE(at) !== PT_LOAD) continue;
    const offset = elf.readUInt32LE(at + 4);
    machine.load(elf.readUInt32LE(at + 8), elf.subarray(offset, offset + elf.readUInt32LE(at + 16)));
  }
  machine.s[CORE.R + 15] = elf.readUInt32LE(24);
}
