/** The instruction syndrome of data aborts (HSR.ISS with ISV = 1; ARM ARM B3.13.6). */
import type { DataAccessSyndrome } from '../system/fault';

/**
 * What a load or store of one register without write-back reports; undefined when it transfers PC.
 * @param rt register transferred, 0–15.
 */
export function singleTransferSyndrome(
  op: { readonly size: 1 | 2 | 4; readonly signed?: boolean },
  rt: number,
): DataAccessSyndrome | undefined {
  if (rt === 15) return undefined;
  return { sas: Math.log2(op.size), signExtend: op.signed === true, rt };
}
