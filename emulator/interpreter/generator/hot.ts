/**
 * Which handlers `execute` has inline, by the label of one of their rows and forms; all others are called. A
 * function whose bytecode is larger than 60 KB is never optimised by V8, and every case that is inline costs the
 * others a little. The list comes from counting what the benchmark programs and a Linux boot execute.
 */

/** Labels, or their beginnings, of handlers that are inline. */
export const INLINE: readonly RegExp[] = [
  /^(ADD|SUB|RSB|AND|ORR|EOR|BIC|MOV|MVN|ADC|SBC) \(immediate\) A1 dest=[01]\b/,
  /^(CMP|TST|CMN) \(immediate\) A1/,
  /^(ADD|SUB|RSB|AND|ORR|EOR|BIC|MVN|ADC|SBC) \(register\) A1 dest=[01] shift=[0123]\b/,
  /^(MOV) \(register\) A1/,
  /^(LSL|LSR|ASR|ROR) \((immediate|register)\) A1/,
  /^(CMP|TST|TEQ) \(register\) A1 dest=1 shift=0\b/,
  /^(MOVT|MOVW|MOV \(immediate\) A2|MUL|MLA|UXTB|UXTH|SXTB|SXTH|UBFX|SBFX|BFI|CLZ)\b.*A[12]/,
  /^(LDR|STR|LDRB|STRB|LDRH|STRH|LDRSB|LDRSH) \((immediate|register|literal)\) A1/,
];

/** Handlers that have the condition in their own cases as well, without a pseudo-op before them. */
export const FUSED: readonly RegExp[] = [/^B A1/];
