/** LDREX, STREX and CLREX (A3.4, A4.6.3). */
import type { Semantics } from './types';

/** LDREX, LDREXB, LDREXH, LDREXD: operands rt, rt2 (LDREXD), rn, offset. */
export function loadExclusive(size: 1 | 2 | 4 | 8): Semantics {
  return (b, _, o) => {
    const [first, second] = b.loadExclusive(b.add(b.r(o.rn), b.imm(o.offset)), size);
    b.setR(o.rt, first);
    if (size === 8) b.setR(o.rt2, second);
  };
}

/** STREX and kin: operands rd (0 stored, 1 not), rt, rt2 (STREXD), rn, offset. */
export function storeExclusive(size: 1 | 2 | 4 | 8): Semantics {
  return (b, _, o) => {
    const address = b.add(b.r(o.rn), b.imm(o.offset));
    const first = b.r(o.rt);
    b.setR(
      o.rd,
      size === 8 ? b.storeExclusive(address, 8, first, b.r(o.rt2)) : b.storeExclusive(address, size, first),
    );
  };
}

/** CLREX. */
export const clearExclusive: Semantics = (b) => b.clearExclusive();
