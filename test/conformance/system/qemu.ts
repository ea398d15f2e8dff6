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
import {
  MONITOR_OUTCOME,
  relative,
  SECURE_VECTORS,
  SMC,
  type MonitorExperiment,
  type MonitorOutcome,
} from './monitor';

const RAM_BYTES = 0x4000_0000;
const THUMB = 0x20;

function run(program: string, args: readonly string[]): void {
  const result = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
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

/** Builds a probe, runs it over a RAM that holds the experiments, and gives `wordsBack` words of results for each. */
function runProbe(
  source: string,
  machine: string,
  flags: readonly string[],
  images: readonly Uint32Array[],
  wordsBack: number,
): Uint32Array {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-system-'));
  try {
    const probe = join(folder, 'probe.elf');
    const path = join(process.cwd(), 'test/conformance/system', source);
    run('arm-none-eabi-gcc', ['-nostdlib', '-Wl,-Ttext=0x40100000', ...flags, '-o', probe, path]);
    const ram = join(folder, 'ram');
    const file = openSync(ram, 'w+');
    ftruncateSync(file, RAM_BYTES);
    writeSync(file, new Uint32Array([images.length]), 0, 4, COUNT_AT - RAM_BASE);
    const image = new Uint32Array((images.length * EXPERIMENT_BYTES) / 4);
    images.forEach((words, i) => image.set(words, (i * EXPERIMENT_BYTES) / 4));
    writeSync(file, image, 0, image.byteLength, EXPERIMENTS_AT - RAM_BASE);
    run('qemu-system-arm', [
      ...['-M', `${machine},memory-backend=m`, '-cpu', 'cortex-a15', '-m', '1G'],
      ...['-object', `memory-backend-file,id=m,size=1G,mem-path=${ram},share=on`],
      ...['-nic', 'none', '-display', 'none', '-serial', 'none', '-monitor', 'none', '-kernel', probe],
    ]);
    const results = new Uint32Array(images.length * wordsBack);
    readSync(file, results, 0, results.byteLength, RESULTS_AT - RAM_BASE);
    closeSync(file);
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where each experiment ends on QEMU. */
export function runOnQemu(experiments: readonly Experiment[]): readonly Outcome[] {
  const width = OUTCOME_WORDS.length;
  const results = runProbe('probe.S', 'virt,virtualization=on', [], experiments.map(words), width);
  return experiments.map(
    (_, i) =>
      Object.fromEntries(
        OUTCOME_WORDS.map((name, n) => [name, results[i * width + n]]),
      ) as unknown as Outcome,
  );
}

/** The same for experiments that start in Monitor mode, on a machine with Security Extensions. */
export function runFromMonitor(experiments: readonly MonitorExperiment[]): readonly MonitorOutcome[] {
  const images = experiments.map(({ psr, scr, code }) => {
    const image = new Uint32Array(EXPERIMENT_BYTES / 4);
    image[0] = psr;
    image[1] = BX_LR;
    image.set([...code, SMC], CODE_OFFSET / 4);
    image[EXPERIMENT_BYTES / 4 - 1] = scr;
    return image;
  });
  const width = MONITOR_OUTCOME.length + 1;
  const tables = [`-Wl,--section-start=.tables=0x${SECURE_VECTORS.toString(16)}`];
  const results = runProbe('monitor-probe.S', 'virt,secure=on,virtualization=on', tables, images, width);
  return experiments.map((_, i) => {
    const [vector, link, spsr, scr, hsr, r2, r3, start] = results.subarray(i * width, (i + 1) * width);
    return { vector, link: relative(link, start), spsr, scr, hsr, r2, r3 };
  });
}
