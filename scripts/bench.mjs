// npm run bench: the figures of docs/benchmarks.md, each beside its peer in the same run.
//   npm run bench               prints them
//   npm run bench -- --write    also writes them into docs/benchmarks.md, between its two marks
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './house/tools.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);
const IMAGE = 'hypervisor/images/kvm-arm.elf';
const COMMAND_LINE = 'dist/worldswitch.js';
const INTERPRETER = 'out/test/emulator/interpreter/benchmark.js';
const ROUNDS = 3;
const PAGE = 'docs/benchmarks.md';

const build = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
if (build.status !== 0) process.exit(1);
for (const path of [IMAGE, COMMAND_LINE, INTERPRETER])
  if (!existsSync(path)) {
    console.error(`${path} is missing: there is nothing to measure.`);
    process.exit(1);
  }

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'));

/** Runs a program to its end and gives the seconds it took. */
function timed(program, args) {
  const begin = performance.now();
  const run = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 });
  if (run.status !== 0) throw new Error(`${program} ended with ${run.status ?? run.signal}: ${run.stderr}`);
  return (performance.now() - begin) / 1000;
}

/** From reset to the guest's power-off on our machine. */
function ours() {
  const runs = Array.from({ length: ROUNDS }, () => {
    const stats = join(folder, 'stats.json');
    const seconds = timed(process.execPath, [COMMAND_LINE, 'kvm', '--stats', stats]);
    return { seconds, ...JSON.parse(readFileSync(stats, 'utf8')) };
  });
  if (new Set(runs.map(({ instructions }) => instructions)).size !== 1)
    throw new Error(
      'Two runs executed a different number of instructions: the machine is not deterministic.',
    );
  return {
    instructions: runs[0].instructions,
    worldSwitches: runs[0].worldSwitches,
    mips: median(runs.map(({ mips }) => mips)),
    hostSeconds: median(runs.map(({ hostSeconds }) => hostSeconds)),
    seconds: median(runs.map(({ seconds }) => seconds)),
  };
}

/** MIPS of processor time on compiled programs that run for some seconds, by instruction set. */
function compiledPrograms() {
  const run = spawnSync(process.execPath, [INTERPRETER, '3'], { encoding: 'utf8', timeout: 120_000 });
  const mips = (set) => {
    const found = new RegExp(`compute-${set}: ([\\d.]+) MIPS steady`).exec(run.stdout)?.[1];
    if (found === undefined) throw new Error(`${INTERPRETER} did not tell the MIPS of ${set}: ${run.stderr}`);
    return found;
  };
  return { a32: mips('arm'), t32: mips('thumb') };
}

/** The same image on QEMU. */
function qemu() {
  const program = findProgram('qemu-system-arm');
  if (!program) return undefined;
  const machine = [
    '-M',
    'virt,virtualization=on',
    '-cpu',
    'cortex-a15',
    '-m',
    '512',
    '-display',
    'none',
    '-nic',
    'none',
  ];
  return median(
    Array.from({ length: ROUNDS }, () => timed(program, [...machine, '-serial', 'null', '-kernel', IMAGE])),
  );
}

/**
 * Presses F5 until a session starts, and gives the time of the press that started it: before the extension host has
 * registered the debug type, VS Code loses the key without a word.
 */
async function pressF5(page) {
  const started = page.locator('.codicon-debug-stop, .codicon-debug-disconnect').first();
  for (let round = 0; ; round++) {
    const begin = performance.now();
    await page.keyboard.press('F5');
    try {
      await started.waitFor({ timeout: 15_000 });
      return begin;
    } catch (error) {
      if (round === 5) throw error;
    }
  }
}

/** As `showDebug`, again when a busy machine has lost the key. */
async function showConfiguration(workbench, name) {
  for (let round = 0; ; round++) {
    try {
      await workbench.showDebug(name);
      return;
    } catch (error) {
      if (round === 3) throw error;
    }
  }
}

/** From F5 to the mark of the first stop on the screen, in a real VS Code. */
async function firstStop() {
  if (!findProgram('chromium')) return undefined;
  const { startServer } = await import('./vscode/server.mjs');
  const { openBrowser } = await import('./vscode/browser.mjs');
  const { Workbench } = await import('./vscode/workbench.mjs');
  const server = await startServer({ automation: true, trusted: true });
  const browser = await openBrowser().catch(async (error) => {
    await server.stop();
    throw error;
  });
  try {
    const workbench = await Workbench.open(browser.page, server, {
      workspace: join(root, 'samples', 'kvm-arm', 'kvm-arm.code-workspace'),
      development: [root],
    });
    await showConfiguration(workbench, 'KVM/ARM: Boot sample');
    const mark = browser.page.locator('.debug-top-stack-frame-line').first();
    const times = [];
    for (let round = 0; round < ROUNDS; round++) {
      const begin = await pressF5(browser.page);
      await mark.waitFor({ state: 'attached', timeout: 120_000 });
      times.push((performance.now() - begin) / 1000);
      await browser.page.keyboard.press('Shift+F5');
      await workbench.waitForEnd();
      await mark.waitFor({ state: 'detached' });
    }
    return { first: times[0], later: median(times.slice(1)) };
  } finally {
    await browser.close();
    await server.stop();
  }
}

const version = (program) =>
  spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0].trim();
const fixed = (value, digits = 2) => value.toFixed(digits);

/** Puts the figures, and what they were measured on, between the two marks of the page. */
function writePage(table, peer) {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = ['<!-- figures: begin -->', '<!-- figures: end -->'];
  if (!page.includes(begin) || !page.includes(end))
    throw new Error(`${PAGE} has lost its marks ${begin}, ${end}.`);
  const load = loadavg()[0].toFixed(1);
  const on = `Medians of ${ROUNDS} runs on ${cpus().length} cores (${cpus()[0].model.trim()}), load average ${load} at the end; Node ${process.version}${peer ? `, ${version('qemu-system-arm')}` : ''}.`;
  const before = page.slice(0, page.indexOf(begin) + begin.length);
  writeFileSync(PAGE, `${before}\n\n${on}\n\n${table}\n\n${page.slice(page.indexOf(end))}`);
}

try {
  const machine = ours();
  const peer = qemu();
  const compiled = compiledPrograms();
  const stop = await firstStop();
  const million = machine.instructions / 1e6;
  const rows = [
    [
      'Instructions from reset to guest power-off',
      machine.instructions.toLocaleString('en-US'),
      'the same image',
    ],
    ['World switches in it', machine.worldSwitches.toLocaleString('en-US'), ''],
    [
      'Interpreter in this boot, MIPS',
      fixed(machine.mips, 1),
      peer ? `QEMU TCG, process start included: ${fixed(million / peer, 1)}` : '',
    ],
    ['Interpreter on compiled A32 programs, MIPS of processor time', compiled.a32, ''],
    ['Interpreter on compiled T32 programs, MIPS of processor time', compiled.t32, ''],
    ['Reset to power-off, s', fixed(machine.hostSeconds), ''],
    ['The same with process start, s', fixed(machine.seconds), peer ? `QEMU: ${fixed(peer)}` : ''],
    ...(stop
      ? [
          ['F5 to the first stop on the screen, s', fixed(stop.first), ''],
          ['The same, later sessions, s', fixed(stop.later), ''],
        ]
      : []),
  ];
  const table = [
    '| figure | here | peer |',
    '|---|--:|---|',
    ...rows.map(([name, here, other]) => `| ${name} | ${here} | ${other} |`),
  ].join('\n');
  console.log(table);
  if (process.argv.includes('--write')) writePage(table, peer);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
