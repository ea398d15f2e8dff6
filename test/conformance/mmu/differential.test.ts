// Random translation set-ups, here and on QEMU: PAR of every address translation operation, syndromes and values of
// real accesses.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSetUp } from './batch';
import {
  KIND_NAMES,
  MOST_CASES,
  RAM_BASE,
  RAM_BYTES,
  RESULTS_AT,
  RESULT_WORDS,
  batchWords,
  type Operation,
  type SetUp,
} from './layout';
import { Coverage } from './coverage';
import { compare } from './deviations';
import { Model, type Result } from './model';

const LONG = process.env['WORLDSWITCH_LONG'] === '1';
const SEED = Number(process.env.MMU_SEED ?? 1);
const SET_UPS = Number(process.env.MMU_SET_UPS ?? (LONG ? 80_000 : 2000));

describe('the MMU gives the same as QEMU', function () {
  this.timeout(LONG ? 7_200_000 : 120_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-mmu-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it(`in ${SET_UPS} random set-ups of Hyp, stage 1 and stage 2 (seeds from ${SEED})`, () => {
    check(SET_UPS, false);
  });

  it(`in ${SET_UPS / 4} random set-ups of Secure state (seeds from ${SEED})`, () => {
    check(SET_UPS / 4, true);
  });

  /** A seed is one batch. */
  function check(count: number, secure: boolean): void {
    const coverage = new Coverage();
    let compared = 0;
    for (let seed = SEED, done = 0; done < count; seed++, done += MOST_CASES)
      compared += checkBatch(seed, Math.min(MOST_CASES, count - done), secure, coverage);
    if (LONG) for (const line of coverage.lines()) console.log(`      ${line}`);
    // A generator that gave only deviations, or left something out, would prove nothing.
    const { operations } = coverage;
    assert.ok(compared > operations * 0.95, `only ${compared} of ${operations} operations could be compared`);
    if (count >= 500) assert.deepEqual(coverage.missing(secure), []);
  }

  /** How many operations of a batch could be compared; fails when one differs. */
  function checkBatch(seed: number, count: number, secure: boolean, coverage: Coverage): number {
    const setUps = Array.from({ length: count }, (_, i) => makeSetUp(seed, i, secure));
    const theirs = runQemu(folder, setUps, secure);
    const model = new Model(secure);
    let n = 0;
    let compared = 0;
    const reports: string[] = [];
    for (const [i, setUp] of setUps.entries()) {
      coverage.addSetUp(setUp);
      model.load(setUp);
      for (const operation of setUp.operations) {
        const ours = model.run(operation);
        coverage.addOperation(operation, ours);
        const difference = compare(setUp.registers, operation, ours, theirs[n++]!);
        if (difference === undefined) compared++;
        else if (difference !== 'deviation') reports.push(describeDifference(i, operation, difference));
      }
    }
    const again = `MMU_SEED=${seed} MMU_SET_UPS=${MOST_CASES * (secure ? 4 : 1)}`;
    assert.equal(
      reports.length,
      0,
      `${again}: ${reports.length} of ${n} differ\n${reports.slice(0, 12).join('\n')}`,
    );
    return compared;
  }
});

function describeDifference(index: number, { kind, va }: Operation, difference: string): string {
  return `set-up ${index} ${KIND_NAMES[kind]} 0x${va.toString(16)}: ${difference}`;
}

/** Builds the runner, runs the batch, and reads the results. */
function runQemu(folder: string, setUps: readonly SetUp[], secure: boolean): Result[] {
  const source = join(process.cwd(), 'test/conformance/mmu/qemu');
  const elf = join(folder, 'runner.elf');
  run('arm-none-eabi-gcc', [
    '-march=armv7ve', '-marm', '-O2', '-ffreestanding', '-nostdlib', '-mno-unaligned-access',
    ...(secure ? ['-DSECURE'] : []),
    '-T', join(source, 'runner.lds'), join(source, secure ? 'entry-secure.S' : 'entry.S'),
    join(source, 'below.S'), join(source, 'runner.c'), '-o', elf,
  ]); // prettier-ignore
  const ram = join(folder, 'ram');
  writeBatch(ram, setUps);
  run('qemu-system-arm', [
    '-M', `virt,${secure ? 'secure' : 'virtualization'}=on,memory-backend=m`, '-cpu', 'cortex-a15', '-m', '1G',
    '-object', `memory-backend-file,id=m,size=1G,mem-path=${ram},share=on`,
    '-nographic', '-monitor', 'none', '-serial', 'none', '-nic', 'none', '-semihosting', '-kernel', elf,
  ]); // prettier-ignore
  return readResults(
    ram,
    setUps.reduce((sum, { operations }) => sum + operations.length, 0),
  );
}

function run(program: string, args: readonly string[]): void {
  const { status, error, stderr, signal } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
  assert.ifError(error);
  assert.equal(status, 0, `${program} ended with ${signal ?? status}: ${stderr}`);
}

/** The RAM of the runner as a sparse file: words are gathered by 4 KiB page. */
function writeBatch(file: string, setUps: readonly SetUp[]): void {
  const pages = new Map<number, DataView>();
  for (const [pa, value] of batchWords(setUps)) {
    const page = Math.floor((pa - RAM_BASE) / 4096);
    let view = pages.get(page);
    if (view === undefined) pages.set(page, (view = new DataView(new ArrayBuffer(4096))));
    view.setUint32(pa & 0xfff, value, true);
  }
  const descriptor = openSync(file, 'w');
  ftruncateSync(descriptor, RAM_BYTES);
  for (const [page, view] of pages) writeSync(descriptor, view, 0, 4096, page * 4096);
  closeSync(descriptor);
}

function readResults(file: string, count: number): Result[] {
  const buffer = Buffer.alloc(count * RESULT_WORDS * 4);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, buffer, 0, buffer.length, RESULTS_AT - RAM_BASE);
  closeSync(descriptor);
  return Array.from({ length: count }, (_, i) => {
    const w = Array.from({ length: RESULT_WORDS }, (_, k) => buffer.readUInt32LE((i * RESULT_WORDS + k) * 4));
    return {
      vector: w[0]!, hsr: w[1]!, hdfar: w[2]!, hifar: w[3]!, hpfar: w[4]!, dfsr: w[5]!, dfar: w[6]!, ifsr: w[7]!,
      ifar: w[8]!, par: w[9]!, parHigh: w[10]!, value: w[11]!,
    }; // prettier-ignore
  });
}
