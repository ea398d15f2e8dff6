/** The few A32 encodings that tests write by hand; checked against objdump's reading when they were made. */

/** Condition codes. */
export const EQ = 0;
export const NE = 1;
export const AL = 14;

const word = (condition: number, rest: number): number => ((condition << 28) | rest) >>> 0;

/** MOV rd, #imm8. */
export const mov = (rd: number, imm8: number, condition = AL): number =>
  word(condition, 0x03a00000 | (rd << 12) | imm8);
/** ADD rd, rn, #imm8. */
export const add = (rd: number, rn: number, imm8: number, condition = AL): number =>
  word(condition, 0x02800000 | (rn << 16) | (rd << 12) | imm8);
/** SUBS rd, rn, #imm8. */
export const subs = (rd: number, rn: number, imm8: number, condition = AL): number =>
  word(condition, 0x02500000 | (rn << 16) | (rd << 12) | imm8);
/** CMP rn, #imm8. */
export const cmp = (rn: number, imm8: number): number => word(AL, 0x03500000 | (rn << 16) | imm8);
/** MOV rd, rm. */
export const movRegister = (rd: number, rm: number): number => word(AL, 0x01a00000 | (rd << 12) | rm);
/** LDR rt, [rn, #imm12]. */
export const ldr = (rt: number, rn: number, imm12 = 0): number =>
  word(AL, 0x05900000 | (rn << 16) | (rt << 12) | imm12);
/** STR rt, [rn, #imm12]. */
export const str = (rt: number, rn: number, imm12 = 0): number =>
  word(AL, 0x05800000 | (rn << 16) | (rt << 12) | imm12);
/** LDR rt, [rn], #imm12. */
export const ldrPost = (rt: number, rn: number, imm12: number): number =>
  word(AL, 0x04900000 | (rn << 16) | (rt << 12) | imm12);
/** LDMIA rn!, {list}. */
export const ldmia = (rn: number, list: number): number => word(AL, 0x08b00000 | (rn << 16) | list);
/** STMIA rn!, {list}. */
export const stmia = (rn: number, list: number): number => word(AL, 0x08a00000 | (rn << 16) | list);
/** B from instruction number `from` to instruction number `to` of a list. */
export const b = (from: number, to: number, condition = AL): number =>
  word(condition, 0x0a000000 | ((to - from - 2) & 0xffffff));
/** BX rm. */
export const bx = (rm: number): number => word(AL, 0x012fff10 | rm);
export const SVC = word(AL, 0x0f000000);
/** UDF #0. */
export const UDF = 0xe7f000f0;
/** SETEND BE, SETEND LE. */
export const SETEND_BE = 0xf1010200;
export const SETEND_LE = 0xf1010000;
