// Runs the micro-benchmark guest and counts, from outside, what lies between the two labels of each operation.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importTypeScript } from '../house/import-typescript.mjs';

const root = join(import.meta.dirname, '../..');
const library = await importTypeScript(join(root, 'debug-adapter/costs/index.ts'));
const { DEFAULT_CONFIGURATION, DEFAULT_CYCLES, Machine, Program, PhaseCosts } = library;
const { applyDelta, guestModules, worldOf } = library;
export const { COST_MODEL, PHASES } = library;

const image = (name) => readFileSync(join(root, 'hypervisor/images', name));
const guestFile = { name: 'micro-bench.elf', bytes: image('micro-bench.elf') };
const guest = Program.load(guestFile.bytes, guestFile);
const address = (label) => guest.symbolByName(label).address;

/** How often the guest does each operation; of these the first ones find cold tables and are not counted. */
const TIMES = 12;
const WARM_UP = 4;
/** Physical cores for the IPI. */
const IPI_CORES = 1;
const MOST_STEPS = 1_000_000;

function boot(variant, cpus) {
  const base = image('kvm-arm.elf');
  const bytes = variant === undefined ? base : applyDelta(base, image(`${variant}.delta`));
  // Cores take turns after each instruction: as near to running at the same time as can be.
  const machine = new Machine({
    ...DEFAULT_CONFIGURATION,
    cpus,
    slice: cpus > 1 ? 1 : DEFAULT_CONFIGURATION.slice,
  });
  machine.boot({
    kernel: { name: 'kvm-arm.elf', bytes },
    load: guestModules({
      kernel: guestFile,
      initrd: undefined,
      append: undefined,
      cpus: 2,
      memory: undefined,
      count: 1,
    }),
    deviceTree: 'generated',
  });
  return { machine, lowvisor: Program.load(bytes, { name: 'kvm-arm.elf' }) };
}

/** The core whose guest is at an address; -1: none. */
const coreAt = (machine, pc) =>
  machine.cores.findIndex(({ state }) => state.pc === pc && worldOf(state) === 'guest');

function runTo(machine, pc) {
  machine.setBreakpoints(new Set([pc]));
  for (;;) {
    const { end } = machine.run(500_000_000, true);
    if (coreAt(machine, pc) >= 0) break;
    if (end !== 'breakpoint') throw new Error(`the guest does not come to ${pc.toString(16)}: ${end}`);
  }
  machine.setBreakpoints(new Set());
}

/** Steps until a core's guest is at `pc`; accounts the instructions of the cores that `booked` allows. */
function stepTo(machine, costs, pc, booked) {
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    costs.step(booked);
    if (coreAt(machine, pc) >= 0) return;
  }
  throw new Error(`the guest does not come to ${pc.toString(16)}`);
}

const sum = (accounts, key) => [...accounts.values()].reduce((total, account) => total + account[key], 0);

/** The accounts of one operation: those of the run that is in the middle by cycles. */
function median(runs) {
  const sorted = [...runs].sort((a, b) => sum(a, 'cycles') - sum(b, 'cycles'));
  return sorted[sorted.length >> 1];
}

/** One operation after the other, each accounted by phase. */
function operation(machine, costs, name) {
  const runs = [];
  for (let i = 0; i < TIMES; i++) {
    runTo(machine, address(`bench_${name}_begin`));
    costs.take();
    stepTo(machine, costs, address(`bench_${name}_end`), () => true);
    if (i >= WARM_UP) runs.push(costs.take());
  }
  return median(runs);
}

/**
 * An IPI's way: the sender's until it has kicked the other core, the receiver's until it has told that it has taken
 * the interrupt. With one core there is only one way.
 */
function ipi(machine, costs) {
  const runs = [];
  const distributorSgi = (event) => event.kind === 'mmio' && event.write && event.pa === 0x0800_0f00;
  for (let i = 0; i < TIMES; i++) {
    runTo(machine, address('bench_ipi_begin'));
    const sender = coreAt(machine, address('bench_ipi_begin'));
    let kicked = machine.cores.length === 1;
    const unsubscribe = machine.events.subscribe(['mmio'], (event) => {
      if (event.core === sender && distributorSgi(event)) kicked = true;
    });
    costs.take();
    stepTo(machine, costs, address('bench_ipi_taken'), (core) =>
      machine.cores.length === 1 ? true : (core === sender) !== kicked,
    );
    unsubscribe();
    stepTo(machine, costs, address('bench_ipi_end'), () => false);
    if (i >= WARM_UP) runs.push(costs.take());
  }
  return median(runs);
}

/** What the guest does, in its order. */
const IN_ORDER = ['hypercall', 'io_kernel', 'io_user', 'eoi_ack'];

/** The cost model's cycles but for `changes`. */
export function cyclesWith(changes) {
  for (const [item, cycles] of Object.entries(changes))
    if (!(item in DEFAULT_CYCLES) || !(cycles >= 0))
      throw new Error(`--cycles takes ITEM=NUMBER, ITEM one of ${Object.keys(DEFAULT_CYCLES).join(', ')}`);
  return { ...DEFAULT_CYCLES, ...changes };
}

/** The way into Hyp mode alone: the instruction that traps. */
function trap(hypercall) {
  const { instructions, cycles } = hypercall.get('guest');
  return new Map([['guest', { instructions, cycles, devices: 0 }]]);
}

/** Accounts by operation of the hypervisor, or of one of its variants. */
export function measure(variant, cycles) {
  const { machine, lowvisor } = boot(variant, 1);
  const costs = new PhaseCosts(machine, lowvisor, cycles);
  const results = Object.fromEntries(IN_ORDER.map((name) => [name, operation(machine, costs, name)]));
  const twice = boot(variant, IPI_CORES);
  const ipis = ipi(twice.machine, new PhaseCosts(twice.machine, twice.lowvisor, cycles));
  return { ...results, trap: trap(results.hypercall), ipi: ipis };
}

export const total = (accounts) => ({
  instructions: sum(accounts, 'instructions'),
  cycles: sum(accounts, 'cycles'),
});
