/**
 * How the debug adapter's Node.js is started, beside what the program tells V8 itself (node/v8-flags.ts).
 *
 * V8 has four threads for what is done beside the program, and wakes as many of them as a moment's work has pieces; each
 * faults in memory of its own. The machine is one thread, and keeps one other busy for a quarter of the time: with no more
 * than that a kernel boots with 4 % less processor time, and no later. Tried with Node.js, which is what VS Code's server runs
 * on; Electron, under its desktop, makes these threads itself and may not ask.
 */
export const NODE_OPTIONS: readonly string[] = ['--v8-pool-size=1'];
