/**
 * Which handlers `execute` has inline, by the label of one of their rows and forms; all others are called. A
 * function whose bytecode is larger than 60 KB is never optimised by V8, and every case that is inline costs the
 * others a little. The list comes from counting what the benchmark programs and a Linux boot execute.
 */

/** Labels, or their beginnings, of handlers that are inline. */
export const INLINE: readonly RegExp[] = [
  /^(ADD|SUB|AND|ORR|MOV) \(immediate\) A1 dest=0/,
  /^(ADD|SUB|RSB|MOV) \(immediate\) A1 dest=1/,
  /^(CMP|TST) \(immediate\) A1/,
  /^(ADD|SUB|AND|ORR|EOR) \(register\) A1 dest=0 shift=[01]/,
  /^(EOR) \(register\) A1 dest=0 shift=2/,
  /^(MOV) \(register\) A1 dest=0/,
  /^(LSL|LSR|ASR) \(immediate\) A1 dest=0/,
  /^CMP \(register\) A1 dest=1 shift=0/,
  /^(LDR|STR|LDRB|STRB|LDRH|STRH) \(immediate\) A1 index=0( dest=0)?$/,
  /^(LDR|STR|LDRB|STRB) \(immediate\) A1 index=[12]( dest=0)?$/,
  /^(LDR|STR|LDRB) \(register\) A1 index=0 shift=1( dest=0)?$/,
  /^BX A1/,
];

/** Handlers that have the condition in their own cases as well, without a pseudo-op before them. */
export const FUSED: readonly RegExp[] = [/^B A1/];
