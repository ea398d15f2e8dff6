import { spawnSync } from 'node:child_process';

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
    { encoding: 'utf8', timeout, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (result.error || result.status !== 0) {
    const why = result.error?.message ?? `status ${result.status}`;
    throw new Error(`qemu-system-arm: ${why}\n${result.stderr}\n${result.stdout}`);
  }
  return result.stdout;
}
