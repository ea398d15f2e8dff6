// Writes docs/microbenchmarks.md: the paper's micro-benchmarks on the bundled hypervisor, beside the paper's figures.
//   node scripts/microbenchmarks.mjs                        writes it
//   node scripts/microbenchmarks.mjs --check                exit code 1 when it is out of date
//   node scripts/microbenchmarks.mjs --cycles device=100    prints it, with other cycles for items of the cost model
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cyclesWith, measure } from './microbenchmarks/measure.mjs';
import { page } from './microbenchmarks/page.mjs';

const path = join(import.meta.dirname, '../docs/microbenchmarks.md');
const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    cycles: { type: 'string', multiple: true, default: [] },
  },
});

const changes = Object.fromEntries(
  options.cycles.map((text) => {
    const [item, cycles] = text.split('=');
    return [item, Number(cycles)];
  }),
);
const cycles = cyclesWith(changes);
const text = page({ vgic: measure(undefined, cycles), none: measure('no-vgic', cycles) }, cycles);

if (options.cycles.length > 0) console.log(text);
else if (!options.check) writeFileSync(path, text);
else if (readFileSync(path, 'utf8') !== text) {
  console.error('docs/microbenchmarks.md is out of date. Run: node scripts/microbenchmarks.mjs');
  process.exit(1);
}
