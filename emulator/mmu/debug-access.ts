/** Memory as a world sees it, read by a debugger: no side effect on the machine, no TLB. */
import type { PeekedBytes, PhysicalMemory } from './physical-memory';
import type { TranslationRegisters } from './registers';
import { explainTranslation, type TranslationRegime } from './translate';

/**
 * Reads `length` bytes at `address` (VA, or IPA for `stage 2`) as the registers translate it. Bytes of pages that
 * are not mapped or not readable, and of devices that cannot be peeked, are not `known`. Addresses wrap at 2^32 for
 * virtual addresses.
 */
export function readVirtual(
  registers: TranslationRegisters,
  memory: PhysicalMemory,
  regime: TranslationRegime,
  address: number,
  length: number,
  privileged = true,
): PeekedBytes {
  const bytes = new Uint8Array(length);
  const known = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const at = wrap(regime, address + done);
    const part = Math.min(length - done, 4096 - (at % 4096));
    const pa = physicalAddress(registers, memory, regime, at, privileged);
    if (pa !== undefined) {
      const peeked = memory.readPhysical(pa, part);
      bytes.set(peeked.bytes, done);
      known.set(peeked.known, done);
    }
    done += part;
  }
  return { bytes, known };
}

/**
 * Writes at `address` as the registers translate it, whatever the permissions (a debugger sets breakpoints in
 * read-only pages), in RAM and ROM only. Gives the number of bytes written before the first hole.
 */
export function writeVirtual(
  registers: TranslationRegisters,
  memory: PhysicalMemory,
  regime: TranslationRegime,
  address: number,
  bytes: Uint8Array,
): number {
  for (let done = 0; done < bytes.length;) {
    const at = wrap(regime, address + done);
    const part = Math.min(bytes.length - done, 4096 - (at % 4096));
    const pa = physicalAddress(registers, memory, regime, at, true);
    if (pa === undefined) return done;
    const written = memory.writePhysical(pa, bytes.subarray(done, done + part), true);
    if (written < part) return done + written;
    done += part;
  }
  return bytes.length;
}

/** The PA of an address for a debugger: where neither data nor instructions may be read it is not mapped. */
function physicalAddress(
  registers: TranslationRegisters,
  memory: PhysicalMemory,
  regime: TranslationRegime,
  address: number,
  privileged: boolean,
): number | undefined {
  return explainTranslation(registers, memory, regime, address, 'read', privileged).result?.pa;
}

function wrap(regime: TranslationRegime, address: number): number {
  return regime === 'stage 2' ? address : address % 0x1_0000_0000;
}
