// What is measured against QEMU, a row each: how to boot it, and the ratios (ours : QEMU) that the project must reach
// and is after. MIPS are instructions by our exact count over processor seconds of all threads, process start and
// translation included.
import { buildProgram } from './programs.mjs';

const program = (name, set) => () => ({ kernel: buildProgram(name, set), virtualization: false });

/**
 * `boot` gives what both machines boot. `must` and `goal`: against plain QEMU; `icount`: against its deterministic mode,
 * where a pair of its own is set (elsewhere the plain pair times QEMU's own plain-to-icount ratio).
 */
export const WORKLOADS = [
  {
    name: 'integer program, A32',
    boot: program('integer', 'arm'),
    must: 1.1,
    goal: 1.5,
    icount: { must: 2, goal: 2.5 },
  },
  {
    name: 'integer program, T32',
    boot: program('integer', 'thumb'),
    must: 1.1,
    goal: 1.5,
    icount: { must: 2, goal: 2.5 },
  },
  { name: 'floating point', boot: program('float', 'arm'), must: 1, goal: 1.5 },
  { name: 'integer SIMD', boot: program('simd', 'arm'), must: 2, goal: 3 },
  { name: 'random access over 64 MiB', boot: program('random-access', 'arm'), must: 8, goal: 10 },
];
