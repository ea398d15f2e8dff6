import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyDelta } from '../../debug-adapter/launch/delta';
import { IMAGES } from './paths';

/** The ELF file of a variant of the hypervisor; of the hypervisor itself for `undefined`. */
export function variantImage(variant: string | undefined): Uint8Array {
  const base = readFileSync(join(IMAGES, 'kvm-arm.elf'));
  return variant === undefined ? base : applyDelta(base, readFileSync(join(IMAGES, `${variant}.delta`)));
}
