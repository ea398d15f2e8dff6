/**
 * Builder.loadVfpElements and storeVfpElements: VLDn and VSTn. All elements are read before any register is written,
 * and all are known to be writable before the first is stored.
 */
import { FAST_TLB_BIAS } from '../mmu/fast-tlb';
import { AccessFlags } from '../mmu/memory-access';
import { elementPlaces, readShape, type ElementShape } from '../isa/vfp/element-shape';
import { CORE } from '../state/layout';
import type { Executor } from './executor';

/** Most bytes that one instruction transfers. */
const MOST = 32;
/** The elements as they come from memory, each little-endian. */
const bytes = new Uint8Array(MOST);
const view = new DataView(bytes.buffer);

/** True where `va` is aligned as an element is and as the instruction asks, and nothing lies in another page. */
function fits(va: number, shape: ElementShape, total: number, entry: number): boolean {
  const strict = Math.max(shape.bytes, shape.alignment) - 1;
  return entry !== 0 && (va & strict) === 0 && ((va ^ (va + total - 1)) & ~0xfff) === 0;
}
/** Flags and alignment of the access at byte `at`: the instruction's alignment is asked of the first alone. */
function access(x: Executor, shape: ElementShape, at: number): readonly [number, number] {
  const strict = at === 0 && shape.alignment > 1;
  return [x.dataFlags(strict ? AccessFlags.Aligned : AccessFlags.Ordinary), strict ? shape.alignment : 1];
}

function readElements(x: Executor, p: number, va: number, shape: ElementShape, total: number): void {
  const entry = x.m32[x.readBase + (va >>> 12)];
  if (fits(va, shape, total, entry)) {
    const from = (va + entry + FAST_TLB_BIAS) >>> 0;
    for (let i = 0; i < total; i++) bytes[i] = x.m8[from + i];
    return;
  }
  x.syncAccess(p);
  const { memory } = x.bindings;
  memory.probeAlignment(va >>> 0, shape.bytes, 'read', x.dataFlags(AccessFlags.Ordinary));
  const size = shape.bytes === 8 ? 4 : shape.bytes;
  // Of a big-endian doubleword the high word comes first.
  const swapped = shape.bytes === 8 && (x.dataFlags(0) & AccessFlags.BigEndian) !== 0 ? 4 : 0;
  for (let at = 0; at < total; at += size) {
    const value = memory.read((va + at) >>> 0, size, ...access(x, shape, at));
    if (size === 1) view.setUint8(at, value);
    else if (size === 2) view.setUint16(at, value, true);
    else view.setInt32(at ^ swapped, value, true);
  }
  x.settle(p);
}

function writeElements(x: Executor, p: number, va: number, shape: ElementShape, total: number): void {
  const entry = x.m32[x.writeBase + (va >>> 12)];
  if (fits(va, shape, total, entry)) {
    const to = (va + entry + FAST_TLB_BIAS) >>> 0;
    for (let i = 0; i < total; i++) x.m8[to + i] = bytes[i];
    return;
  }
  x.syncAccess(p);
  const { memory } = x.bindings;
  memory.probeAlignment(va >>> 0, shape.bytes, 'write', x.dataFlags(AccessFlags.Ordinary));
  memory.probeWrite(va >>> 0, total, ...access(x, shape, 0));
  const size = shape.bytes === 8 ? 4 : shape.bytes;
  const swapped = shape.bytes === 8 && (x.dataFlags(0) & AccessFlags.BigEndian) !== 0 ? 4 : 0;
  for (let at = 0; at < total; at += size) {
    const value =
      size === 1
        ? view.getUint8(at)
        : size === 2
          ? view.getUint16(at, true)
          : view.getInt32(at ^ swapped, true);
    memory.write((va + at) >>> 0, size, value, ...access(x, shape, at));
  }
  x.settle(p);
}

/** Byte of the D registers in the machine's memory. */
const registers = (x: Executor): number => x.s.byteOffset + CORE.D * 4;

export function loadVfpElements(x: Executor, p: number, va: number, packed: number): void {
  const shape = readShape(packed);
  const places = elementPlaces(packed);
  const count = shape.kind === 'all lanes' ? shape.structure : places.length;
  readElements(x, p, va, shape, count * shape.bytes);
  const base = registers(x);
  places.forEach((place, i) => {
    // With all lanes every element of the structure goes to many places.
    const from = (i % count) * shape.bytes;
    for (let b = 0; b < shape.bytes; b++) x.m8[base + place + b] = bytes[from + b];
  });
}

export function storeVfpElements(x: Executor, p: number, va: number, packed: number): void {
  const shape = readShape(packed);
  const places = elementPlaces(packed);
  const base = registers(x);
  places.forEach((place, i) => {
    for (let b = 0; b < shape.bytes; b++) bytes[i * shape.bytes + b] = x.m8[base + place + b];
  });
  writeElements(x, p, va, shape, places.length * shape.bytes);
}
