/** The D registers as operations see them: words of the core's block, counted from D0's low word. */
import { CORE } from '../../state/layout';
import { environmentOf, type Environment } from '../float/environment';
import type { Form } from './forms/form-builder';

/** What an operation does: `s` the core's words; d, n, m word indices (or what its rows say). */
export type Operation = (s: Int32Array, d: number, n: number, m: number) => void;

export function single(s: Int32Array, word: number): bigint {
  return BigInt(s[CORE.D + word] >>> 0);
}
export function setSingle(s: Int32Array, word: number, value: bigint): void {
  s[CORE.D + word] = Number(BigInt.asIntN(32, value));
}
export function double(s: Int32Array, word: number): bigint {
  return (BigInt(s[CORE.D + word + 1] >>> 0) << 32n) | BigInt(s[CORE.D + word] >>> 0);
}
export function setDouble(s: Int32Array, word: number, value: bigint): void {
  s[CORE.D + word] = Number(BigInt.asIntN(32, value));
  s[CORE.D + word + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

/** Runs a computation in FPSCR's environment and adds the exceptions to it. */
export function inEnvironment(s: Int32Array, compute: (env: Environment) => void): void {
  const env = environmentOf(s[CORE.FPSCR]);
  compute(env);
  s[CORE.FPSCR] |= env.flags;
}

const operations: Operation[] = [];
const forms: (Form | undefined)[] = [];
/** Gives an operation its number, which is an operand of the row's. `form`: the same, compiled. */
export function define(operation: Operation, form?: Form): number {
  forms.push(form);
  return operations.push(operation) - 1;
}
/** The compiled form of an operation, if it has one. */
export function formOf(operation: number): Form | undefined {
  return forms[operation];
}
/** The helper extensionOperation. */
export function execute(s: Int32Array, operation: number, d: number, n: number, m: number): void {
  operations[operation](s, d, n, m);
}
