/**
 * Compiled code says which of its branches are hardly ever taken (emulator/compiler/wasm/module.ts). The versions of V8 in
 * Node 20, 22 and 24 take notice only when they are told to: without it each access that might call out of compiled code
 * costs registers on the way that nearly always is taken.
 */
import { setFlagsFromString } from 'node:v8';

/** Versions of V8 that have the flag; a version that does not know it would complain. */
const FIRST = 11;
const LAST = 13;

/** To be called before anything is compiled. It changes no result. */
export function heedBranchHints(): void {
  const version = parseInt(process.versions.v8, 10);
  if (version >= FIRST && version <= LAST) setFlagsFromString('--experimental-wasm-branch-hinting');
}
