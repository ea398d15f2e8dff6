import type { MachineAccess } from '../symbols/access';
import type { Type } from '../symbols/types';
import type { Value } from '../symbols/values';

/** A register as the expression language sees it: `$r0`, `$HCR`, `$VTTBR`, `$d3`. */
export interface RegisterValue {
  /** Name in its canonical spelling, for messages. */
  readonly name: string;
  /** Unsigned value. */
  readonly value: number | bigint;
  /** Width: 32 or 64 (or 8, 16 for fields of such width). */
  readonly bits: number;
}

/** What a called builtin answers: a number, a text to be shown as it is, or a typed value. */
export type CallResult = number | bigint | string | Value;

/**
 * Everything an expression can reach, for one selected frame of one context. Names are looked up in this order:
 * event field, variable in scope, global, function, enumerator; the implementation of `lookup` decides all but the
 * first. Methods answer undefined for "no such thing" and throw an Error in words for "cannot be read now".
 */
export interface ExpressionContext {
  /** Memory and registers of the selected frame; `access.space` names the space of bare addresses. */
  readonly access: MachineAccess;
  /** A variable, function or enumerator visible in the frame. */
  lookup(name: string): Value | undefined;
  /** A type by its name, without the keyword: `kvm_vcpu` with `struct`, `u32` with `any`. */
  typeByName(name: string, kind: 'struct' | 'union' | 'enum' | 'any'): Type | undefined;
  /** A register by name as written after `$`, any case. */
  readRegister(name: string): RegisterValue | undefined;
  /** Sets a register by name. @throws Error in words when there is no such register or it cannot be written */
  writeRegister(name: string, value: bigint): void;
  /** A field of a register, `VM` of `HCR`. */
  readRegisterField?(register: string, field: string): RegisterValue | undefined;
  writeRegisterField?(register: string, field: string, value: bigint): void;
  /** A field of the event being tested or shown: `ec`, `ipa`, `write`. */
  eventField?(name: string): number | bigint | boolean | string | undefined;
  /** The context that a space prefix names: `host`, `hyp`, `vm1`, `ipa1`, `pa`. */
  inSpace(space: string): ExpressionContext | undefined;
  /** Calls a builtin such as `walk`; undefined when there is none of that name. */
  call?(name: string, args: readonly (Value | string)[]): CallResult | undefined;
}
