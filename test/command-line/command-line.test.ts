// dist/worldswitch.js as a person or a script runs it: exit codes, messages, what it prints and writes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  assembleProgram,
  temporaryFile,
  temporaryFolder,
  VEXPRESS_POWER_OFF,
  VEXPRESS_PROGRAM_BASE,
} from '../dap/harness/bare-program';
import { COMMAND_LINE, image } from '../dap/harness/paths';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the program to its end, with nothing to read. */
function worldswitch(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [COMMAND_LINE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

const hello = image('hello-hyp.elf');

describe('command line', function () {
  this.timeout(60_000);

  before(() => assert.ok(existsSync(COMMAND_LINE), `${COMMAND_LINE} is missing: npm run build`));

  const wrong: readonly [string[], RegExp][] = [
    [['fly'], /'fly' is no command.*run, kvm, dap/],
    [['run'], /needs an image: --kernel FILE/],
    [['run', '--kernal', 'x'], /Did you mean --kernel/],
    [['run', hello], /--kernel/],
    [['run', '--kernel'], /--kernel needs a value/],
    [['run', '--kernel', hello, '--cpus', '9'], /--cpus is 9.*1 to 8/],
    [['run', '--kernel', hello, '--memory', 'much'], /--memory/],
    [['run', '--kernel', hello, '--board', 'vexpress'], /--board.*virt.*vexpress-a15/s],
    [['run', '--kernel', hello, '--virtualization', 'maybe'], /takes on or off/],
    [['run', '--kernel', hello, '--load', 'nowhere'], /FILE@ADDRESS/],
    [['run', '--kernel', hello, '--events', 'sunrise'], /no event 'sunrise'.*trap-to-hyp/],
    [['kvm', '--kernel', hello], /is an option of 'worldswitch run'/],
    [['dap', '--port', '99999'], /0 to 65535/],
    [['dap', '--no-reboot'], /is an option of 'worldswitch run'/],
  ];
  for (const [args, message] of wrong)
    it(`worldswitch ${args.map((arg) => arg.split('/').pop()).join(' ')}: exit code 2 and what would be right`, async () => {
      const { code, out, err } = await worldswitch(...args);
      assert.match(err, message);
      assert.match(err, /^worldswitch: /);
      assert.equal(code, 2);
      assert.equal(out, '');
    });

  for (const args of [['--help'], ['run', '--help'], ['kvm', '--help'], ['dap', '--help'], []])
    it(`worldswitch ${args.join(' ')}: help, exit code 0`, async () => {
      const { code, out } = await worldswitch(...args);
      assert.equal(code, 0);
      assert.match(out, /^Usage: worldswitch/);
      assert.ok(out.split('\n').length > 5);
    });

  it('files that cannot be used: exit code 1 and the option that names them', async () => {
    for (const [args, message] of [
      [['run', '--kernel', '/nowhere/kernel'], /--kernel.*\/nowhere\/kernel.*no such file/],
      [
        ['run', '--kernel', temporaryFile('cut.elf', readFileSync(hello).subarray(0, 60))],
        /cut\.elf.*truncated/,
      ],
      [['run', '--kernel', temporaryFile('notes.txt', 'text')], /notes\.txt.*neither ELF/],
      [['kvm', '--guest-kernel', '/nowhere/zImage'], /--guest-kernel.*no such file/],
      [
        ['kvm', '--guest-memory', '256M', '--vms', '2'],
        /--guest-memory: 2 x 256 MiB.*544 MiB.*raise --memory/,
      ],
      [['kvm', '--guest-memory', '512M', '--vms', '2', '--memory', '1G'], /at most 896.*--vms/],
    ] as const) {
      const { code, err } = await worldswitch(...args);
      assert.match(err, message);
      assert.doesNotMatch(err, /\n\s+at /, 'no stack');
      assert.equal(code, 1);
    }
  });

  it('run: what the program prints, exit code 0 at power-off', async () => {
    const { code, out } = await worldswitch('run', '--kernel', hello);
    assert.equal(code, 0);
    assert.match(out, /Hyp/);
  });

  it('--until: 0 when the text was seen, 1 when the machine ended without it', async () => {
    assert.equal((await worldswitch('run', '--kernel', hello, '--until', 'hello')).code, 0);
    const missed = await worldswitch('run', '--kernel', hello, '--until', 'good night');
    assert.equal(missed.code, 1);
    assert.match(missed.err, /powered off without having printed 'good night'/);
  });

  it('--max-instructions ends an endless program, with exit code 1', async () => {
    const endless = assembleProgram('endless', 'b .');
    const { code, out, err } = await worldswitch(
      ...['run', '--kernel', endless, '--max-instructions', '12_345', '--stats', '-'],
    );
    assert.equal(code, 1);
    assert.match(err, /12345 instructions/);
    const stats = JSON.parse(out) as Record<string, unknown>;
    assert.equal(stats['instructions'], 12345);
    assert.equal(stats['ended'], 'limit');
  });

  it('board vexpress-a15: every core runs a bare program, which prints and switches the board off', async () => {
    const program = assembleProgram(
      'cores',
      // Core 0 waits until core 1 has counted, so that both must have run.
      `mrc p15, 0, r4, c0, c0, 5
       ands r4, r4, #3
       ldr r5, =0x80020000
       bne second
       1: ldr r1, [r5]
       cmp r1, #1
       bne 1b
       ldr r0, =0x1c090000
       mov r1, #'2'
       str r1, [r0]
       ${VEXPRESS_POWER_OFF}
       second: mov r1, #1
       str r1, [r5]
       b .
       .ltorg`,
      VEXPRESS_PROGRAM_BASE,
    );
    const { code, out, err } = await worldswitch(
      ...['run', '--kernel', program, '--board', 'vexpress-a15', '--cpus', '2'],
    );
    assert.deepEqual([code, out], [0, '2'], err);
    const many = await worldswitch(...['run', '--kernel', program, '--board', 'vexpress-a15', '--cpus', '5']);
    assert.equal(many.code, 2);
    assert.match(many.err, /cpus can be 4 at most/);
    const elsewhere = await worldswitch('run', '--kernel', hello, '--board', 'vexpress-a15');
    assert.equal(elsewhere.code, 1);
    assert.match(elsewhere.err, /link it for RAM \(0x80000000 to 0x9fffffff/);
  });

  it('a program that waits for ever, or is lost, ends with words', async () => {
    const waits = await worldswitch('run', '--kernel', assembleProgram('waits', '1: wfi\nb 1b'));
    assert.equal(waits.code, 1);
    assert.match(waits.err, /every core waits/);
    const lost = await worldswitch(
      'run',
      '--kernel',
      assembleProgram('lost', 'ldr r0, =0x20000000\nbx r0\n.ltorg'),
    );
    assert.equal(lost.code, 1);
    assert.match(lost.err, /CPU0 is lost: a Prefetch Abort was taken at 0x20000000/);
  });

  it('kvm: two VMs of a size of their own', async () => {
    const { code, out } = await worldswitch(
      'kvm',
      '--vms',
      '2',
      '--guest-cpus',
      '2',
      '--guest-memory',
      '32M',
    );
    assert.equal(code, 0);
    for (const vm of ['vm1', 'vm2']) {
      assert.match(out, new RegExp(`^vmm: ${vm}: 32 MiB RAM at IPA 0x40000000, 2 vCPUs\\r?$`, 'm'));
      assert.match(out, new RegExp(`^${vm}\\| guest: PSCI SYSTEM_OFF\\r?$`, 'm'));
    }
  });

  it('kvm: statistics to a file, serial to a file, events, the table of exits', async () => {
    const folder = temporaryFolder();
    const [stats, serial] = [join(folder, 'stats.json'), join(folder, 'serial.txt')];
    const { code, out, err } = await worldswitch(
      ...['kvm', '--stats', stats, '--serial', serial, '--events', 'world-enter,psci'],
    );
    assert.equal(code, 0);
    assert.equal(out, '');
    assert.match(readFileSync(serial, 'utf8'), /vm1\| guest: teaching guest/);
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is in it is what is asserted below
    const summary = JSON.parse(readFileSync(stats, 'utf8')) as Record<string, any>;
    assert.deepEqual(Object.keys(summary).sort(), [
      'compiled',
      'ended',
      'exits',
      'hostSeconds',
      'instructions',
      'listRegisterChanges',
      'mips',
      'nanoseconds',
      'perCore',
      'stage2Faults',
      'worldSwitches',
    ]);
    assert.equal(summary['ended'], 'powered off');
    assert.equal(summary['perCore'].length, 1);
    assert.equal(summary['perCore'][0], summary['instructions']);
    for (const key of ['worldSwitches', 'stage2Faults', 'listRegisterChanges'])
      assert.ok(summary[key] > 0, key);
    assert.ok(Object.keys(summary['exits']).some((name) => name.startsWith('0x24')));
    const lines = err.split('\n');
    const entered = lines.filter((line) => / CPU0 world-enter: /.test(line)).length;
    const total = Object.values(summary['exits'] as Record<string, number>).reduce((a, b) => a + b, 0);
    assert.ok(entered > 0 && entered <= total + 1);
    assert.ok(lines.some((line) => / CPU0 psci: /.test(line)));
    assert.match(err, /exit class +count +share/);
    assert.match(err, new RegExp(`total +${total}\\b`));
  });

  it('a guest that resets the machine boots again, or ends the run with --no-reboot', async () => {
    const once = assembleProgram(
      'resets-once',
      `ldr r1, =0x40300000
       ldr r2, [r1]
       add r2, r2, #1
       str r2, [r1]
       ldr r3, =0x09000000
       add r4, r2, #'0'
       str r4, [r3]
       cmp r2, #1
       ldreq r0, =0x84000009
       ldrne r0, =0x84000008
       smc #0
       b .
       .ltorg`,
    );
    const both = await worldswitch('run', '--kernel', once);
    assert.deepEqual([both.code, both.out], [0, '12']);
    assert.match(both.err, /the guest reset the machine: it boots again/);
    const one = await worldswitch('run', '--kernel', once, '--no-reboot');
    assert.deepEqual([one.code, one.out], [1, '1']);
    assert.match(one.err, /the guest reset the machine \(--no-reboot\)/);
  });

  it('firmware starts in flash, and reads the disk that it is given', async () => {
    // MOVW r0, MOVT r0: the first transport's registers; LDR r1: sectors; ADD '0'; STR to the UART; PSCI SYSTEM_OFF.
    const program = [
      0xe303_0f00, 0xe340_0a00, 0xe590_1000, 0xe281_1030, 0xe300_2000, 0xe340_2900, 0xe582_1000, 0xe300_0008,
      0xe348_0400, 0xe160_0070,
    ];
    const firmware = temporaryFile('firmware.bin', new Uint8Array(Uint32Array.from(program).buffer));
    const disk = temporaryFile('disk.img', new Uint8Array(3 * 512));
    const { code, out } = await worldswitch('run', '--firmware', firmware, '--disk', disk);
    assert.deepEqual([code, out], [0, '3']);
  });

  it('uses what an earlier run compiled, says so when that is damaged, and makes it anew', async () => {
    const folder = temporaryFolder();
    const run = async (): Promise<{ err: string; text: string; compiled: Record<string, number> }> => {
      const stats = join(folder, 'stats.json');
      const { code, out, err } = await worldswitch('kvm', '--translations', folder, '--stats', stats);
      assert.equal(code, 0, err);
      const summary = JSON.parse(readFileSync(stats, 'utf8')) as {
        instructions: number;
        compiled: Record<string, number>;
      };
      return { err, text: `${summary.instructions} instructions\n${out}`, compiled: summary.compiled };
    };
    const first = await run();
    const [file] = readdirSync(folder).filter((name) => name.endsWith('.translations'));
    assert.ok(file !== undefined);
    const second = await run();
    writeFileSync(join(folder, file), readFileSync(join(folder, file)).subarray(0, -1));
    const third = await run();
    const fourth = await run();

    assert.equal(first.compiled['brought'], 0);
    // Little of this load is hot.
    const made = first.compiled['regions']!;
    assert.ok(made > 0);
    for (const { compiled } of [second, fourth]) {
      assert.ok(compiled['brought']! > made / 2, JSON.stringify(compiled));
      assert.ok(compiled['regions']! < made / 2, JSON.stringify(compiled));
    }
    assert.equal(third.compiled['brought'], 0);
    assert.match(third.err, /^worldswitch: the saved translations are damaged: they are made anew$/m);
    for (const { err } of [first, second, fourth]) assert.doesNotMatch(err, /translations/);
    for (const { text } of [second, third, fourth]) assert.equal(text, first.text);
  });

  it('runs where translations cannot be kept, and says why', async () => {
    const file = temporaryFile('no-folder', Buffer.from('x'));
    const { code, err } = await worldswitch('kvm', '--translations', join(file, 'in'));
    assert.equal(code, 0);
    assert.match(err, /^worldswitch: .*no folder/m);
  });
});
