/**
 * Which handlers `execute` has inline, by the label of one of their rows and forms; all others are called. A
 * function whose bytecode is larger than 60 KB is never optimised by V8, and every case that is inline costs the
 * others a little. The list comes from counting what the benchmark programs and a Linux boot execute.
 */

/** Labels, or their beginnings, of handlers that are inline. */
export const INLINE: readonly RegExp[] = [
  /^(ADD|SUB|RSB|AND|ORR|EOR|BIC|MOV|MVN|ADC|SBC) \(immediate\) A1 dest=0/,
  /^(ADD|SUB|RSB|AND|MOV) \(immediate\) A1 dest=1/,
  /^(CMP|CMN|TST) \(immediate\) A1/,
  /^(ADD|SUB|RSB|AND|ORR|EOR) \(register\) A1 dest=0 shift=[012]$/,
  /^(BIC|MVN|ADC|SBC) \(register\) A1 dest=0 shift=0/,
  /^(ADD|SUB|AND|ORR|EOR) \(register\) A1 dest=1 shift=0/,
  /^MOV \(register\) A1 dest=0/,
  /^(LSL|LSR|ASR) \((immediate|register)\) A1 dest=0/,
  /^(CMP|TST) \(register\) A1 dest=1 shift=[01]$/,
  /^(MOVT|MOV \(immediate\) A2|MUL|MLA|UXTB|UXTH|SXTB|SXTH|UBFX|SBFX|BFI|CLZ)\b.*A[12]/,
  /^(LDR|STR|LDRB|STRB|LDRH|STRH|LDRSH|LDRSB) \(immediate\) A1 index=0( dest=0)?$/,
  /^(LDR|STR|LDRB|STRB) \(immediate\) A1 index=[12]( dest=0)?$/,
  /^(LDR|STR|LDRB|STRB) \(register\) A1 index=0 shift=1( dest=0)?$/,
  /^LDR \(immediate\) A1 index=2 dest=1$/,
  /^(LDRD|STRD) \(immediate\) A1 index=[01]$/,
  /^(LDM|STM)((?!exception).)* A1 wback=[01]$/,
  /^LDR \(literal\) A1 dest=0/,
  /^(NOP|DMB) A1/,
  /^TEQ \(immediate\) A1 dest=1/,
  /^SBC \(register\) A1 dest=1 shift=0/,
  /^(BX|BL, BLX \(immediate\)|BLX \(register\)) A1/,
];

/** Handlers that have the condition in their own cases as well, without a pseudo-op before them. */
export const FUSED: readonly RegExp[] = [/^B A1/];

/**
 * Handlers that code beside a second tier has inline as well (`runOps`): three of five instructions that
 * it executes while Debian's kernel boots. Each must be in INLINE or FUSED.
 */
export const WARM: readonly RegExp[] = [
  /^(LDR|STR) \(immediate\) A1 index=0( dest=0)?$/,
  /^(ADD|SUB|MOV) \(immediate\) A1 dest=0/,
  /^CMP \(immediate\) A1/,
  /^(ADD|EOR|CMP) \(register\) A1 dest=[01] shift=0$/,
  /^MOV \(register\) A1 dest=0/,
  /^MOVT A1/,
  /^(B|BL, BLX \(immediate\)) A1/,
];

/** What the generator is told. */
export const LISTS = { inline: INLINE, fused: FUSED, warm: WARM } as const;
