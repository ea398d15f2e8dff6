import { spawnSync, type SpawnSyncReturns, type StdioOptions } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedFile } from '../../emulator';

/**
 * What a machine without network and display printed on its serial line, until it powered itself off; `timeout` in ms.
 *
 * Now and then, on a host that is busy, QEMU comes to no end: after the machine is off, or where a guest waits for its
 * virtual timer and makes no exit. If the timer expires again before the EOI of its last interrupt, that EOI deactivates
 * the physical interrupt (LR.HW), whose line is high: it is pending. IHI 0048B (3.2.4) signals it at once; QEMU does at
 * the distributor's next change (hw/intc/arm_gic.c, gic_complete_irq: of a virtual interface it updates that alone).
 * vtimer.S has it happen on purpose. Such a run is begun again, once, and that is said.
 */
export function runQemu(
  kernel: string,
  machine: string,
  more: readonly string[] = [],
  timeout = 25_000,
): string {
  const options = [
    ...['-M', machine, '-cpu', 'cortex-a15', '-m', '512', '-nographic', '-nic', 'none'],
    ...['-kernel', kernel],
    ...more,
  ];
  const first = runOnce(options, timeout);
  if (!cameToNoEnd(first)) return printed(first);
  console.log(`      qemu-system-arm came to no end in ${timeout / 1000} s and is begun again`);
  return printed(runOnce(options, timeout));
}

function runOnce(options: readonly string[], timeout: number): SpawnSyncReturns<string> {
  // It may take no notice of a SIGTERM.
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  return spawnSync('qemu-system-arm', options, { encoding: 'utf8', timeout, killSignal: 'SIGKILL', stdio });
}

function cameToNoEnd({ error }: SpawnSyncReturns<string>): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT';
}

function printed({ error, status, stdout, stderr }: SpawnSyncReturns<string>): string {
  if (error === undefined && status === 0) return stdout;
  throw new Error(`qemu-system-arm: ${error?.message ?? `status ${status}`}\n${stderr}\n${stdout}`);
}

/** What puts files into memory at their addresses; `folder` is for the files. */
export function loaderOptions(
  folder: string,
  modules: readonly { readonly file: NamedFile; readonly address: number }[],
): readonly string[] {
  return modules.flatMap(({ file, address }, index) => {
    const path = join(folder, `module${index}.bin`);
    writeFileSync(path, file.bytes);
    return ['-device', `loader,file=${path},addr=0x${address.toString(16)},force-raw=on`];
  });
}
