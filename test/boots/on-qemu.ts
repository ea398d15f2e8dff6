/** Boots the same files on QEMU's board and talks to the console until the machine powers off. */
import { spawn } from 'node:child_process';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import { conversationOf, type Conversation, type Script } from './conversation';

/** Milliseconds: a machine that is this slow has stalled. */
const LIMIT = 300_000;

/** QEMU's machine of that name, without what is random in it. */
function qemuMachine({ board = 'virt', virtualization = true, secure = false }: LaunchConfiguration): string {
  const on = (value: boolean): string => (value ? 'on' : 'off');
  if (board === 'vexpress-a15')
    return `vexpress-a15,secure=${on(secure)},virtualization=${on(virtualization)}`;
  return [
    ...['virt', 'dtb-randomness=off'],
    ...(virtualization ? ['virtualization=on'] : []),
    ...(secure ? ['secure=on'] : []),
  ].join(',');
}

/** QEMU's devices by the names of the launch attribute `virtio`; nobody looks at what the console prints. */
const VIRTIO = {
  console: [
    ...['-device', 'virtio-serial-device', '-chardev', 'null,id=hvc'],
    ...['-device', 'virtconsole,chardev=hvc'],
  ],
  entropy: ['-device', 'virtio-rng-device'],
} as const;

/** QEMU's options for a launch configuration. */
export function qemuOptions(given: LaunchConfiguration): readonly string[] {
  const option = (name: string, value: string | number | undefined): readonly string[] =>
    value === undefined ? [] : [name, String(value)];
  return [
    ...['-M', qemuMachine(given), '-cpu', 'cortex-a15', '-m', String(given.memory ?? '512M')],
    ...['-smp', String(given.cpus ?? 1), '-rtc', 'base=2026-01-01'],
    ...['-nic', 'none', '-nographic', '-monitor', 'none'],
    ...option('-kernel', given.kernel),
    ...option('-initrd', given.initrd),
    ...option('-dtb', given.dtb === 'generated' ? undefined : given.dtb),
    ...option('-append', given.append),
    ...(given.disks ?? []).flatMap((file, i) => [
      ...['-drive', `if=none,id=disk${i},format=raw,snapshot=on,file=${file}`],
      ...['-device', `virtio-blk-device,drive=disk${i}`],
    ]),
    ...(given.virtio ?? []).flatMap((kind) => VIRTIO[kind as keyof typeof VIRTIO]),
  ];
}

/** @throws Error with the end of the console when it does not come to the power-off */
export function bootOnQemu(
  options: readonly string[],
  script: Script | Conversation,
  limit = LIMIT,
): Promise<Conversation> {
  const conversation = conversationOf(script);
  const child = spawn('qemu-system-arm', options, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, QEMU_AUDIO_DRV: 'none' },
  });
  let complaint = '';
  child.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString('utf8')));
  child.stdin.on('error', () => {}); // It ended while a line was typed: 'close' tells.
  child.stdout.on('data', (bytes: Buffer) => {
    // A chunk can have several prompts; each is answered for itself.
    for (const byte of bytes) {
      const line = conversation.hear(String.fromCharCode(byte));
      if (line !== '') child.stdin.write(line);
    }
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), limit);
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new Error(`qemu-system-arm ${why}\n${complaint}\n${conversation.text.slice(-2000)}`));
    child.on('error', (error) => fail(error.message));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(conversation);
      else fail(signal === null ? `ended with ${code}` : `did not come to the power-off: ${signal}`);
    });
  });
}
