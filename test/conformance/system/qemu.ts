// Runs experiments under QEMU: `-M virt,virtualization=on -cpu cortex-a15`, RAM in a file that both see.
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BX_LR, HVC, HVC_T32, movt, movw } from './encodings';
import {
  CODE_OFFSET,
  COUNT_AT,
  END,
  EXPERIMENTS_AT,
  EXPERIMENT_BYTES,
  OUTCOME_WORDS,
  PREPARE_WORDS,
  RAM_BASE,
  RESULTS_AT,
  type Experiment,
  type Outcome,
} from './experiment';

const RAM_BYTES = 0x4000_0000;
const THUMB = 0x20;

function run(program: string, args: readonly string[]): void {
  const result = spawnSync(program, args, { encoding: 'utf8', timeout: 120_000 });
  if (result.status !== 0) throw new Error(`${program} failed: ${result.error ?? result.stderr}`);
}

/** The words of one experiment as the probe reads them. */
function words(experiment: Experiment): Uint32Array {
  const image = new Uint32Array(EXPERIMENT_BYTES / 4);
  image[0] = experiment.psr;
  const prepare = experiment.prepare.flatMap(([encoding, value]) => [
    movw(0, value),
    movt(0, value),
    encoding,
  ]);
  if (prepare.length >= PREPARE_WORDS || experiment.code.length > 6)
    throw new RangeError(`${experiment.name} is too long`);
  image.set([...prepare, BX_LR], 1);
  const end = experiment.psr & THUMB ? HVC_T32(END) : HVC(END);
  image.set([...experiment.code, end], CODE_OFFSET / 4);
  return image;
}

/** Where each experiment ends on QEMU. */
export function runOnQemu(experiments: readonly Experiment[]): readonly Outcome[] {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-system-'));
  try {
    const probe = join(folder, 'probe.elf');
    const source = join(process.cwd(), 'test/conformance/system/probe.S');
    run('arm-none-eabi-gcc', ['-nostdlib', '-Wl,-Ttext=0x40100000', '-o', probe, source]);
    const ram = join(folder, 'ram');
    const file = openSync(ram, 'w+');
    ftruncateSync(file, RAM_BYTES);
    writeSync(file, new Uint32Array([experiments.length]), 0, 4, COUNT_AT - RAM_BASE);
    const image = new Uint32Array((experiments.length * EXPERIMENT_BYTES) / 4);
    experiments.forEach((experiment, i) => image.set(words(experiment), (i * EXPERIMENT_BYTES) / 4));
    writeSync(file, image, 0, image.byteLength, EXPERIMENTS_AT - RAM_BASE);
    run('qemu-system-arm', [
      ...['-M', 'virt,virtualization=on,memory-backend=m', '-cpu', 'cortex-a15', '-m', '1G'],
      ...['-object', `memory-backend-file,id=m,size=1G,mem-path=${ram},share=on`],
      ...['-nic', 'none', '-display', 'none', '-serial', 'none', '-monitor', 'none', '-kernel', probe],
    ]);
    const results = new Uint32Array(experiments.length * OUTCOME_WORDS.length);
    readSync(file, results, 0, results.byteLength, RESULTS_AT - RAM_BASE);
    closeSync(file);
    return experiments.map((_, i) => {
      const at = i * OUTCOME_WORDS.length;
      return Object.fromEntries(
        OUTCOME_WORDS.map((name, n) => [name, results[at + n]]),
      ) as unknown as Outcome;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
