// What is measured against QEMU, a row each: how to boot it, and the ratios (ours : QEMU) that the project must reach
// and is after. MIPS are instructions by our exact count over processor seconds of all threads, process start and
// translation included; so are world switches.
import { asGuest } from './guests.mjs';
import { debianAsGuest, debianKernel, debianWithoutDecompressor, xenWithDom0 } from './kernels.mjs';
import { buildProgram } from './programs.mjs';

const program = (name, set) => () => ({ kernel: buildProgram(name, set), virtualization: false });
const guest = (name, more, options) => () => asGuest(buildProgram(name, 'arm', more), options);

/** What programs print: their results. */
const results = (output) => output.match(/^[0-9a-f]{8}$/gm)?.join(' ');
/** What kernels print that are told to. */
const release = (output) => /^BENCH .*$/m.exec(output)?.[0].trim();

/**
 * `boot` gives what both machines boot; `said`, of what each printed, the part that must be the same. `must` and `goal`:
 * against plain QEMU; `icount`: against its deterministic mode, where a pair of its own is set (elsewhere the plain pair
 * times QEMU's own plain-to-icount ratio). `repeated`: with what an earlier run compiled, too.
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
  { name: 'Debian’s kernel', boot: debianKernel, said: release, must: 0.7, goal: 1.2, repeated: true },
  {
    name: 'Debian’s kernel without its decompressor',
    boot: debianWithoutDecompressor,
    said: release,
    repeated: true,
  },
  {
    name: 'bundled hypervisor, a kernel’s load',
    boot: guest('kernel-load', ['kernel-load-vectors.S']),
    said: results,
    must: 2,
    goal: 4,
    repeated: true,
  },
  {
    name: 'bundled hypervisor, Debian’s kernel',
    boot: debianAsGuest,
    said: release,
    must: 1.5,
    goal: 2.2,
    repeated: true,
  },
  {
    name: 'hypercalls',
    unit: 'world switches/s',
    boot: guest('hypercall'),
    said: results,
    must: 5,
    goal: 10,
  },
  {
    name: 'MMIO exits',
    unit: 'world switches/s',
    boot: guest('mmio-exit'),
    said: results,
    must: 5,
    goal: 10,
  },
  {
    name: 'Stage 2 faults',
    unit: 'world switches/s',
    // Below 64 MiB the hypervisor maps RAM page by page.
    boot: guest('stage2-fault', [], { memory: 62, repetitions: 56 }),
    said: results,
    must: 5,
    goal: 10,
  },
  {
    name: 'Xen with Debian’s kernel as dom0',
    boot: xenWithDom0,
    said: release,
    must: 1,
    goal: 1.5,
    repeated: true,
  },
];
