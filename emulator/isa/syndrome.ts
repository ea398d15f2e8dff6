/** The instruction syndrome of data aborts (HSR.ISS with ISV = 1; ARM ARM B3.13.6). */

/** How the data-side instruction looks to HSR's ISS (ISV and what follows; ARM ARM B3.13.6). */
export interface DataAccessSyndrome {
  /** log2 of the access size in bytes, 0–2. */
  readonly sas: number;
  readonly signExtend: boolean;
  /** Register transferred, 0–14. */
  readonly rt: number;
}

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
