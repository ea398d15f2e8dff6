// One image on the two machines that are compared: ours, and QEMU's of the same board.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure } from './processor-time.mjs';
import { runtime, started } from './runtime.mjs';

const COMMAND_LINE = join('dist', 'worldswitch.js');
/** The only mode in which a run of QEMU repeats. */
export const ICOUNT = ['-icount', 'shift=0,sleep=off'];

/**
 * A boot: `kernel`, and what both machines are told in their own words. `virtualization`: entered in Hyp mode; `memory` in
 * MiB; `load`: files that lie in memory as they are; `options`: what only ours is told, `qemu` what only QEMU.
 * @typedef {{
 *   kernel: string, initrd?: string, append?: string, dtb?: string, virtualization: boolean, memory?: number,
 *   load?: { file: string, address: string }[], options?: string[], qemu?: string[]
 * }} Boot
 */

/** Runs a boot to its power-off on our machine. */
export function runOurs(boot, extra) {
  return measure(runtime(), started(...argumentsOf(boot), ...extra));
}

/** The same, and what was counted meanwhile, which costs time. `folder` is for a file of figures. */
export function countOurs(boot, folder, extra) {
  const stats = join(folder, 'stats.json');
  runOurs(boot, [...extra, '--stats', stats]);
  const { instructions, worldSwitches } = JSON.parse(readFileSync(stats, 'utf8'));
  return { instructions, worldSwitches };
}

function argumentsOf(boot) {
  const { kernel, initrd, append, dtb, virtualization, memory = 512, load = [], options = [] } = boot;
  return [
    ...[COMMAND_LINE, 'run'],
    ...(kernel ? ['--kernel', kernel, '--virtualization', virtualization ? 'on' : 'off'] : []),
    ...(initrd ? ['--initrd', initrd] : []),
    ...(append ? ['--append', append] : []),
    ...(dtb ? ['--dtb', dtb] : []),
    ...load.flatMap(({ file, address }) => ['--load', `${file}@${address}`]),
    ...['--memory', `${memory}M`],
    ...options,
  ];
}

/** Runs a boot to its power-off under QEMU. */
export function runQemu(boot, { icount = false } = {}) {
  const { kernel, initrd, append, dtb, virtualization, memory = 512, load = [], qemu = [] } = boot;
  const args = [
    ...[
      '-M',
      `virt${virtualization ? ',virtualization=on' : ''}`,
      '-cpu',
      'cortex-a15',
      '-m',
      String(memory),
    ],
    ...['-display', 'none', '-nic', 'none', '-serial', 'stdio', '-no-reboot', '-kernel', kernel],
    ...(initrd ? ['-initrd', initrd] : []),
    ...(append ? ['-append', append] : []),
    ...(dtb ? ['-dtb', dtb] : []),
    ...load.flatMap(({ file, address }) => ['-device', `loader,file=${file},addr=${address},force-raw=on`]),
    ...qemu,
    ...(icount ? ICOUNT : []),
  ];
  return measure('qemu-system-arm', args);
}
