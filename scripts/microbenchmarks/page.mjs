// docs/microbenchmarks.md as text: tables of what was measured, beside the paper's.
import { COST_MODEL, PHASES, total } from './measure.mjs';

/**
 * Table 3 of Dall and Nieh, "KVM/ARM: The Design and Implementation of the Linux ARM Hypervisor", ASPLOS 2014: cycles
 * on an Arndale board (two Cortex-A15 at 1.7 GHz), with VGIC and virtual timers, and without.
 */
const TESTS = [
  {
    name: 'hypercall',
    paper: [5326, 2270],
    title: 'Hypercall',
    what: 'to the hypervisor and back, nothing done there',
  },
  { name: 'trap', paper: [27, 27], title: 'Trap', what: 'from the VM to the first instruction in Hyp mode' },
  { name: 'io_kernel', paper: [5990, 2850], title: 'I/O Kernel', what: 'a read of the virtual distributor' },
  { name: 'io_user', paper: [10119, 6704], title: 'I/O User', what: 'a read of a device of the VMM' },
  {
    name: 'ipi',
    paper: [14366, 32951],
    title: 'IPI',
    what: 'an SGI to the other vCPU, until that has taken it',
  },
  { name: 'eoi_ack', paper: [427, 13726], title: 'EOI+ACK', what: 'an interrupt acknowledged and ended' },
];

const number = (n) => Math.round(n).toLocaleString('en-US');
const ratio = (part, whole) => (part / whole).toFixed(2);

const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) =>
  [row(head), `|${head.map((_, i) => (i === 0 ? '---' : '--:')).join('|')}|`, ...rows.map(row)].join('\n');

function figures({ vgic, none }) {
  const rows = TESTS.map(({ name, title, paper }) => {
    const [ours, without] = [total(vgic[name]), total(none[name])];
    return [
      title,
      ...paper.map(number),
      ...[ours.cycles, without.cycles].map(number),
      ...[ours.instructions, without.instructions].map(number),
      ratio(paper[1], paper[0]),
      ratio(without.cycles, ours.cycles),
    ];
  });
  const head = [
    '',
    "the paper's cycles",
    '… without VGIC',
    'modelled cycles',
    '… without VGIC',
    'instructions',
    '… without VGIC',
    "ratio of the paper's",
    'ratio of ours',
  ];
  return table(head, rows);
}

/** Phases by test: cycles, and instructions after them. */
function phases(results) {
  const tests = TESTS.filter(({ name }) => name !== 'trap');
  const rows = PHASES.map((phase) => [
    phase,
    ...tests.map(({ name }) => {
      const account = results[name].get(phase);
      return account === undefined ? '' : `${number(account.cycles)} (${number(account.instructions)})`;
    }),
  ]).filter((cells) => cells.some((cell, i) => i > 0 && cell !== ''));
  return table(['phase', ...tests.map(({ title }) => title)], rows);
}

const share = (accounts, phase) =>
  `${Math.round((100 * (accounts.get(phase)?.cycles ?? 0)) / total(accounts).cycles)}%`;

export function page({ vgic, none }, cycles) {
  const model = Object.entries(COST_MODEL).map(([item, { each, why }]) => [each, cycles[item], why]);
  return `<!-- Made from runs of the shipped images by \`node scripts/microbenchmarks.mjs\`: change it there. -->

# Micro-benchmarks

What Dall and Nieh measured of KVM/ARM on hardware ("KVM/ARM: The Design and Implementation of the Linux ARM
Hypervisor", ASPLOS 2014, table 3: an Arndale board, two Cortex-A15 at 1.7 GHz), done by the guest
\`hypervisor/guests/micro-bench\` on the bundled hypervisor and on its variant \`no-vgic\`. The guest doesn't measure
itself; each operation is stepped from outside, instruction by instruction. Instructions are exact. Cycles are a model's
(below), never part of the machine's time, and not made to fit: they say what is dear and what is cheap, and so it is the
ratios that can be compared. The paper's figures are quoted, and nothing depends on them.

${figures({ vgic, none })}

${TESTS.map(({ title, what }) => `- **${title}**: ${what}.`).join('\n')}

Each figure is the median of eight runs after four that warm up. A trap is one instruction, the one that traps: its cycles
are those of taking an exception. The last two columns are the cycles without VGIC to those with it. As in the paper, an
exit is much cheaper without the VGIC, whose registers are the slow part of a world switch (here ${share(vgic.hypercall, 'VGIC')} of a hypercall's
cycles, nearly all for device accesses); but then each acknowledge and each EOI is an exit, and an IPI has one of each.

## Where the cycles go

Cycles by phase, with the instructions in brackets. The phases inside Hyp mode are those that \`world-switch.S\` marks, way
in and way out together.

### With VGIC and virtual timer

${phases(vgic)}

### Without VGIC

${phases(none)}

The IPI is the way of one interrupt from the sender's store to the receiver's end of it. In the paper each vCPU has a
core of its own; here they share one, and the guest's part is both vCPUs' waiting for each other. I/O User is dearer in
the paper by more: QEMU's way through Linux to a device is longer than this VMM's.

## The model

${table(['each', 'cycles', 'why'], model)}

A T32 or A32 instruction costs its class and its words; walks and device accesses come on top. \`--cycles device=100\` prints
this page with another figure. \`debug-adapter/costs\` holds the model and the accounts.
`;
}
