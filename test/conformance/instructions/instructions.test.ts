// Random single instructions with random state, here and on QEMU: every register, the flags, the syndromes.
//
// INSTRUCTIONS_SEED and INSTRUCTIONS_COUNT (tests of each selection) try others; a seed that failed runs alone with
// `node out/single-instructions.js SELECTION SEED TESTS [ROWS]`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Result } from './campaign';
import { compared, merge, summary, type Coverage } from './coverage';
import { SELECTIONS } from './selections';
import { rowsOf } from './batch';

const LONG = process.env.WORLDSWITCH_LONG === '1';
const SEED = Number(process.env.INSTRUCTIONS_SEED ?? 1);
const COUNT = process.env.INSTRUCTIONS_COUNT;

/** Tests of each kind, for each instruction set: in every run, and 20,000,000 in all with WORLDSWITCH_LONG. */
const COUNTS: Readonly<Record<string, readonly [usual: number, long: number]>> = {
  integer: [500_000, 6_000_000],
  'VFP transfers': [20_000, 1_000_000],
  'VFP arithmetic': [20_000, 1_500_000],
  'Advanced SIMD': [20_000, 1_500_000],
  'Hyp and Secure': [8_000, 200_000],
  Monitor: [4_000, 100_000],
};
/** Comparisons of every row that there must be, and how often rows that are behind are tried again. */
const OF_EVERY_ROW = LONG ? 1_000 : 30;
const TOP_UPS = 4;

/** A campaign in a process of its own, of the bundle, which is a good deal faster than the modules one by one. */
function campaign(name: string, seed: number, tests: number, rows = ''): Result {
  const program = join(process.cwd(), 'out/single-instructions.js');
  const run = spawnSync(process.execPath, [program, name, String(seed), String(tests), rows], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  assert.equal(run.status, 0, run.stderr);
  const result = JSON.parse(run.stdout) as Result & {
    coverage: [string, never][];
    deviations: [string, number][];
  };
  return { ...result, coverage: new Map(result.coverage), deviations: new Map(result.deviations) };
}

/** Rows' names as one regular expression. */
const anyOf = (names: readonly string[]): string =>
  `^(${names.map((name) => name.replaceAll(/[^\w ]/g, '\\$&')).join('|')})$`;

describe('single instructions against QEMU', function () {
  this.timeout(LONG ? 7_200_000 : 600_000);
  const coverage: Coverage = new Map();

  for (const [name, selection] of Object.entries(SELECTIONS)) {
    const wanted = Number(COUNT ?? COUNTS[name.slice(4)]![LONG ? 1 : 0]);
    it(`${name}: ${wanted} from seed ${SEED}`, () => {
      const rows = rowsOf(selection).map((row) => row.name);
      const behind = (): string[] => rows.filter((row) => compared(coverage, row) < OF_EVERY_ROW);
      const run = (seed: number, tests: number, only?: readonly string[]): Result => {
        const result = campaign(name, seed, tests, only && anyOf(only));
        merge(coverage, result.coverage);
        const these = `${name}, seed ${seed}, ${tests} tests${only ? ` of ${only.join(', ')}` : ''}`;
        assert.deepEqual(result.differences, [], `${these}:\n${result.differences.join('\n')}`);
        return result;
      };
      const { timeouts, deviations } = run(SEED, wanted);
      for (let more = 1; more <= TOP_UPS && COUNT === undefined && behind().length > 0; more++)
        run(SEED + 1000 * more, 2 * OF_EVERY_ROW * behind().length, behind());
      const mine = new Map(
        rows.map((row) => [row, coverage.get(row)] as const).filter(([, counts]) => counts),
      );
      for (const line of summary(mine as Coverage, rows)) console.log(`      ${line}`);
      console.log(`      ${timeouts} endless loops left out`);
      for (const [what, n] of deviations) console.log(`      ${n}: ${what}`);
      assert.ok(timeouts < wanted / 200, `${timeouts} of ${wanted} are endless loops: little was compared`);
      if (COUNT === undefined) assert.deepEqual(behind(), [], 'rows compared too seldom');
    });
  }
});
