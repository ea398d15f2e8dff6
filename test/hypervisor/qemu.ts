import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedFile } from '../../emulator';

/** What a machine without network and display printed on its serial line, until it powered itself off; `timeout` in ms. */
export function runQemu(
  kernel: string,
  machine: string,
  more: readonly string[] = [],
  timeout = 25_000,
): string {
  const result = spawnSync(
    'qemu-system-arm',
    [
      ...['-M', machine, '-cpu', 'cortex-a15', '-m', '512', '-nographic', '-nic', 'none'],
      ...['-kernel', kernel],
      ...more,
    ],
    // It may take no notice of a SIGTERM.
    { encoding: 'utf8', timeout, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (result.error || result.status !== 0) {
    const why = result.error?.message ?? `status ${result.status}`;
    throw new Error(`qemu-system-arm: ${why}\n${result.stderr}\n${result.stdout}`);
  }
  return result.stdout;
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
