// Debian's kernel, unmodified, to a shell that answers, as guests of the bundled hypervisor; one of them every day, all in `npm run test:long`.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atPrompt } from '../boots/conversation';
import { BY_LINES, debianKernel, initrd, PROMPT, type Flavour } from '../boots/images';
import { machineFor, runToPowerOff } from '../boots/on-machine';
import { bootOnQemu } from '../boots/on-qemu';
import { guestConversations, nameOf, type Shape } from './guest-conversations';
import { askForSaves } from './modules';
import { qemuOptionsForGuests } from './qemu-guests';

const COMPUTE = "awk 'BEGIN { print 3.5 * 2.25 }'";
/** Work for all vCPUs at once, with a pipe from one process to another. */
const PARALLEL = 'for i in 1 2 3 4; do seq 3000 | md5sum & done; wait';
const SLEEP = 'sleep 0.2; echo slept';
const MESSAGES = 'dmesg -r | grep "^<[0-4]>" | grep -ciE "smp|stall|lockup|oops|bug"';
const LINES = ['uname -r', 'nproc', COMPUTE, PARALLEL, SLEEP, MESSAGES];
const SCRIPT = atPrompt(PROMPT, 'mount -t devtmpfs dev /dev', ...LINES, 'poweroff -f');
/** Each character is an exit to the VMM: what the kernel says would take most of the time. */
const APPEND = 'console=ttyAMA0 quiet';
/** Each is a copy of all of the VM's memory. */
const EXITS_TO_A_SAVE = 100;
/** Milliseconds: QEMU needs minutes for guests of a guest. */
const QEMU_LIMIT = 1_200_000;
const AUDIT = ['VFP', 'banked', 'control'].map((kind) => `host: ${kind} registers unchanged`);


const LONG = process.env['WORLDSWITCH_LONG'] === '1';

const SHAPES: readonly Shape[] = [1, 2].flatMap((cpus) =>
  [1, 2].flatMap((vms) => [1, 2].map((vcpus) => ({ cpus, vms, vcpus }))),
);

/** Those of the kernel without LPAE, whose own tables are of the short-descriptor format. */
const SHORT_DESCRIPTORS: readonly Shape[] = [
  { cpus: 1, vms: 1, vcpus: 1 },
  { cpus: 2, vms: 2, vcpus: 2 },
];

const EVERY_DAY: Shape = { cpus: 2, vms: 1, vcpus: 2 };

/** What each VM answered; the host's own lines must say that it is as it was. */
function answersOf({ all, of }: ReturnType<typeof guestConversations>): string[][] {
  const lines = all.text.replaceAll('\r', '').split('\n');
  for (const line of [...AUDIT, ...of.map((_, i) => `vmm: vm${i + 1}: power off`)]) assert.ok(lines.includes(line), all.text);
  assert.doesNotMatch(all.text, /Oops|BUG:|WARNING: CPU|Kernel panic|Internal error|Invalid trigger|misconfigured/);
  return of.map((conversation) => LINES.map((line) => conversation.answer(line).join('\n')));
}

describe("Debian's kernel as a guest of the bundled hypervisor", function () {
  this.timeout(1_800_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-debian-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const initrdFor = ({ vms }: Shape): string => initrd(vms > 1 ? BY_LINES : PROMPT);

  function check(answers: readonly string[][], release: string, { vms, vcpus }: Shape): void {
    assert.equal(answers.length, vms);
    for (const [uname, nproc, computed, parallel, slept, messages] of answers) {
      assert.equal(uname, release);
      assert.equal(nproc, String(vcpus));
      assert.equal(computed, '7.875');
      assert.match(parallel!, /^([0-9a-f]{32} {2}-)\n\1\n\1\n\1$/);
      assert.equal(slept, 'slept');
      assert.equal(messages, '0');
    }
  }

  /** @param saveInterval exits to its VMM after which each VM is saved and goes on as another, 0 for never. */
  async function here(shape: Shape, saveInterval = 0, flavour: Flavour = 'armmp-lpae'): Promise<void> {
    const { release, version, path: kernel } = debianKernel(flavour);
    const { cpus, vms: count, vcpus } = shape;
    const conversations = guestConversations(SCRIPT, count);
    const guest = { kernel, initrd: initrdFor(shape), append: APPEND, cpus: vcpus, count };
    // The copies that VMMs make of their VMs' memory need as much again.
    const memory = saveInterval > 0 ? '1G' : '512M';
    const machine = await machineFor({ cpus, memory, guest });
    askForSaves(machine, saveInterval);
    const { figures } = await runToPowerOff(machine, conversations.all);
    console.log(`      ${version}: ${figures}`);
    const saves = [...conversations.all.text.matchAll(/ saved and restored (\d+) times\r?$/gm)];
    assert.equal(saves.length, saveInterval > 0 ? count : 0, conversations.all.text);
    for (const [, times] of saves) assert.ok(Number(times) > 10, times);
    check(answersOf(conversations), release, shape);
  }

  async function underQemu(shape: Shape, flavour: Flavour = 'armmp-lpae'): Promise<void> {
    const { release, path: kernel } = debianKernel(flavour);
    const { cpus, vms: count, vcpus } = shape;
    const conversations = guestConversations(SCRIPT, count);
    const guest = { kernel, initrd: initrdFor(shape), append: APPEND, cpus: vcpus, count };
    await bootOnQemu(qemuOptionsForGuests(folder, cpus, guest), conversations.all, QEMU_LIMIT);
    check(answersOf(conversations), release, shape);
  }

  for (const shape of LONG ? SHAPES : [EVERY_DAY])
    it(`${nameOf(shape)}: a shell that answers, and power-off`, () => here(shape));
  for (const shape of LONG ? SHAPES : [])
    it(`${nameOf(shape)}: the same with VMs that are saved and go on as others`, () => here(shape, EXITS_TO_A_SAVE));
  for (const shape of LONG ? SHAPES : [])
    it(`${nameOf(shape)}: the same under QEMU`, () => underQemu(shape));
  for (const shape of LONG ? SHORT_DESCRIPTORS : []) {
    it(`${nameOf(shape)}: the kernel without LPAE`, () => here(shape, 0, 'armmp'));
    it(`${nameOf(shape)}: the kernel without LPAE, saved and going on as others`, () => here(shape, EXITS_TO_A_SAVE, 'armmp'));
    it(`${nameOf(shape)}: the kernel without LPAE under QEMU`, () => underQemu(shape, 'armmp'));
  }
});
