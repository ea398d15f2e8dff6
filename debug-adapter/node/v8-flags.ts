/**
 * What V8 is told in Node. It changes no result.
 *
 * - Compiled code says which of its branches are hardly ever taken (emulator/compiler/wasm/module.ts). The versions of V8 in
 *   Node 20, 22 and 24 take notice only when they are told to: without it each access that might call out of compiled code
 *   costs registers on the way that nearly always is taken.
 * - A function is optimized when about so many bytes of it were executed. With what is usual in Node 20 half of the regions
 *   of a kernel's boot are, most of which are hardly executed any more: optimizing cost twice what it gained.
 * - The emulator's own JavaScript is executed rather evenly, and little of it for long: with less of it inlined, optimizing
 *   it takes less time. A kernel boots 7 % faster; what is little but JavaScript for long is 3 % slower. Where V8 has
 *   Maglev (Node 24, VS Code's Electron), only what is executed 30 times as often as usual is left to TurboFan: 5 %.
 * - V8 13 and later inline WebAssembly that one call site calls most often. Compiled code calls other code of its own by a
 *   table alone, another one each time: 2 %. V8 14 crashes when it is told so while it runs (Node 25 and 26).
 * - What the emulator allocates dies at once. The young generation stays as small as it begins, 2 MiB for 128 in Node 24 and
 *   32 in Node 20: nothing is slower.
 * - What is handed to other threads in small pieces takes longer to hand over than to do: young generations are collected, and
 *   bytecode is compiled without being optimized, by the thread that runs. 2 to 6 % of a kernel's boot, 8 % in Node 20.
 */
import { setFlagsFromString } from 'node:v8';

/**
 * Versions of V8, from and to, that have a flag and are the better for it: it was tried with the first and the last of them and,
 * of those between, with what is in Node 22 to 25. Others might complain, or worse. After x.9 comes the next.
 */
const FLAGS: readonly { readonly from: number; readonly to: number; readonly flag: string }[] = [
  { from: 11, to: 13.9, flag: '--experimental-wasm-branch-hinting' },
  { from: 11, to: 11.9, flag: '--wasm-tiering-budget=60000000' },
  { from: 11, to: 11.9, flag: '--max-inlined-bytecode-size-cumulative=200' },
  { from: 11, to: 14.6, flag: '--semi-space-growth-factor=1' },
  { from: 11, to: 14.6, flag: '--no-parallel-scavenge' },
  { from: 13.6, to: 14.6, flag: '--no-concurrent-sparkplug' },
  { from: 13.6, to: 14.6, flag: '--invocation-count-for-turbofan=100000' },
  { from: 13.6, to: 13.6, flag: '--no-wasm-inlining' },
];

/** To be called before anything is compiled. */
export function setV8Flags(): void {
  const version = parseFloat(process.versions.v8);
  for (const { from, to, flag } of FLAGS) if (version >= from && version <= to) setFlagsFromString(flag);
}
