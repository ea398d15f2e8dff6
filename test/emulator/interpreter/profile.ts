/**
 * Counts which handlers a program executes, for the list in emulator/generator/hot.ts; `-` marks those that
 * are not inline:
 *
 *   node out/test/emulator/interpreter/profile.js program.elf [most instructions]
 */
import { readFileSync } from 'node:fs';
import { collectHandlers, labelOf } from '../../../emulator/generator/handlers';
import { FUSED, INLINE } from '../../../emulator/generator/hot';
import { isWideThumb } from '../../../emulator/isa/decoder';
import { ROWS } from '../../../emulator/isa/table';
import { CORE } from '../../../emulator/state/layout';
import { Psr } from '../../../emulator/state/psr';
import { loadElf } from './elf';
import { FlatMachine } from './flat-machine';

const machine = new FlatMachine(16 << 20);
loadElf(machine, readFileSync(process.argv[2]));
const most = Number(process.argv[3] ?? 1e6);
/** By label: the first label of its handler, marked where the handler is inline. */
const shown = new Map<string, string>();
for (const { labels } of collectHandlers(ROWS).handlers) {
  const inline = labels.some((label) => [...INLINE, ...FUSED].some((pattern) => pattern.test(label)));
  for (const label of labels) shown.set(label, `${inline ? '  ' : '- '}${labels[0]}`);
}
const counts = new Map<string, number>();
let total = 0;
for (; total < most && !machine.exited; total++) {
  const { core, s, state } = machine;
  const thumb = (s[CORE.PSR] & Psr.T) !== 0;
  const offset = machine.memory.ramOffset(core.pc);
  let word = thumb ? state.view.getUint16(offset, true) : state.view.getInt32(offset, true);
  if (thumb && isWideThumb(word)) word = (word << 16) | state.view.getUint16(offset + 2, true);
  const context = { set: thumb ? 'T32' : 'A32', address: core.pc, itstate: s[CORE.ITSTATE] } as const;
  const { row, fields, condition } = machine.blocks.decode(word, context);
  const handler = shown.get(labelOf(row, row.form?.(fields, context) ?? {})) ?? row.name;
  const label = handler + (condition === 14 && row.condition === undefined ? '' : ' conditional');
  counts.set(label, (counts.get(label) ?? 0) + 1);
  machine.interpreter.run(1);
}
for (const [label, count] of [...counts].sort((a, b) => b[1] - a[1]).slice(0, 100))
  console.log(`${((100 * count) / total).toFixed(2).padStart(6)} %  ${label}`);
