/** Transfers between the VFP/SIMD registers, memory and core registers (A7.6–A7.9). CheckVFPEnabled comes first. */
import type { Builder, Value } from '../builder';
import type { Form } from '../row';
import { INDEX } from './load-store';
import type { Operands, Semantics } from './types';

/** CheckVFPEnabled(TRUE), or CheckAdvancedSIMDEnabled(TRUE) when `simd` is 1. Operand encoding. */
function checkEnabled(b: Builder, o: Operands, simd = 0): void {
  b.call('checkVfpEnabled', b.imm(o.encoding), b.c(simd));
}

function transferWords(b: Builder, form: Form, o: Operands, load: boolean, address: Value): void {
  const options = { doubles: form.doubles === 1 };
  if (load) b.loadVfpMultiple(address, o.first, o.count, options);
  else b.storeVfpMultiple(address, o.first, o.count, options);
}

/**
 * VLDM, VSTM, VPUSH, VPOP: operands rn, first (word index), count (words), start and delta (as LDM), encoding; forms
 * index (Offset or Pre: written back) and doubles.
 */
export function vfpMultiple(load: boolean): Semantics {
  return (b, form, o) => {
    checkEnabled(b, o);
    const n = b.let(b.r(o.rn));
    transferWords(b, form, o, load, b.add(n, b.imm(o.start)));
    if (form.index !== INDEX.Offset) b.setR(o.rn, b.add(n, b.imm(o.delta)));
  };
}

/** VLDR, VSTR: operands rn, offset, first, count, encoding; forms doubles, literal (base is Align(PC, 4)). */
export function vfpSingle(load: boolean): Semantics {
  return (b, form, o) => {
    checkEnabled(b, o);
    const base = form.literal ? b.alignedPc() : b.r(o.rn);
    transferWords(b, form, o, load, b.add(base, b.imm(o.offset)));
  };
}

/**
 * VLDn, VSTn: operands rn, rm, shape, transferred (bytes), encoding; form writeBack: 0 none, 1 by what was transferred,
 * 2 by rm.
 */
export function vfpElements(load: boolean): Semantics {
  return (b, form, o) => {
    checkEnabled(b, o, 1);
    const n = b.let(b.r(o.rn));
    const by = form.writeBack === 2 ? b.let(b.r(o.rm)) : b.imm(o.transferred);
    if (load) b.loadVfpElements(n, o.shape);
    else b.storeVfpElements(n, o.shape);
    if (form.writeBack !== 0) b.setR(o.rn, b.add(n, by));
  };
}

/** VMOV between a core register and a single-precision register: operands rt, word, encoding; form toCore. */
export const moveSingle: Semantics = (b, form, o) => {
  checkEnabled(b, o);
  if (form.toCore) b.setR(o.rt, b.vfp(o.word));
  else b.setVfp(o.word, b.r(o.rt));
};

/** VMOV between two core registers and two consecutive words: operands rt, rt2, word, encoding; form toCore. */
export const movePair: Semantics = (b, form, o) => {
  checkEnabled(b, o);
  if (form.toCore) {
    const low = b.let(b.vfp(o.word));
    const high = b.let(b.vfp(o.word, 1));
    b.setR(o.rt, low);
    b.setR(o.rt2, high);
  } else {
    const low = b.r(o.rt);
    const high = b.r(o.rt2);
    b.setVfp(o.word, low);
    b.setVfp(o.word, high, 1);
  }
};

/** VMOV (core register to scalar): operands rt, word, position (bit of the lane in the word), encoding; form bits (8, 16, 32). */
export const moveToScalar: Semantics = (b, form, o) => {
  checkEnabled(b, o, form.bits === 32 ? 0 : 1);
  const value = b.r(o.rt);
  if (form.bits === 32) {
    b.setVfp(o.word, value);
    return;
  }
  const position = b.imm(o.position);
  const mask = b.let(b.shl(b.c(2 ** form.bits - 1), position));
  b.setVfp(o.word, b.or(b.and(b.vfp(o.word), b.not(mask)), b.and(b.shl(value, position), mask)));
};

/** VMOV (scalar to core register): as moveToScalar; form signed. */
export const moveFromScalar: Semantics = (b, form, o) => {
  checkEnabled(b, o, form.bits === 32 ? 0 : 1);
  const word = b.vfp(o.word);
  if (form.bits === 32) {
    b.setR(o.rt, word);
    return;
  }
  const lane = b.shr(word, b.imm(o.position));
  const bits = form.bits === 8 ? 8 : 16;
  b.setR(o.rt, form.signed ? b.sext(lane, bits) : b.and(lane, b.c(2 ** bits - 1)));
};

/** VDUP (core register): operands rt, word, encoding; forms bits and quad. */
export const duplicate: Semantics = (b, form, o) => {
  checkEnabled(b, o, 1);
  let value = b.r(o.rt);
  if (form.bits === 8) value = b.mul(b.and(value, b.c(0xff)), b.c(0x0101_0101));
  else if (form.bits === 16) value = b.mul(b.and(value, b.c(0xffff)), b.c(0x0001_0001));
  const kept = b.let(value);
  for (let i = 0; i < (form.quad ? 4 : 2); i++) b.setVfp(o.word, kept, i);
};

/** VMRS: operands rt, register, encoding; form flags (Rt is APSR_nzcv). */
export const moveFromVfpSystem: Semantics = (b, form, o) => {
  const value = b.call('vfpSystemRead', b.imm(o.encoding), b.imm(o.register));
  if (form.flags) b.setNZCV(value);
  else b.setR(o.rt, value);
};

/** VMSR: operands rt, register, encoding. */
export const moveToVfpSystem: Semantics = (b, _, o) =>
  void b.call('vfpSystemWrite', b.imm(o.encoding), b.imm(o.register), b.r(o.rt));

/**
 * Data processing of VFP and Advanced SIMD, which is an operation on the registers: operands operation (registers.ts),
 * d, n, m, encoding; form check: 0 CheckVFPEnabled, 1 CheckAdvancedSIMDEnabled, 2 CheckVFPEnabled and, since
 * Cortex-A15 has no short vectors, UNDEFINED while FPSCR asks for them.
 */
export const extensionOperation: Semantics = (b, form, o) => {
  checkEnabled(b, o, form.check);
  b.call('extensionOperation', b.imm(o.operation), b.imm(o.d), b.imm(o.n), b.imm(o.m));
};

/** An encoding of CP10, CP11 or SIMD without a row of its own: the access checks, then UNDEFINED. Operand encoding; form simd. */
export const undefinedAfterCheck: Semantics = (b, form, o) => {
  checkEnabled(b, o, form.simd);
  b.call('undefinedInstruction', b.imm(o.encoding));
};
