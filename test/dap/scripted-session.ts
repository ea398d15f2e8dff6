/**
 * The scripted session: the main job of the debugger from end to end, as a client of the protocol sees it. Each scene
 * launches the bundled hypervisor, checks what it sees, and tells every stop as one line.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import type { Translation } from '../../debug-adapter/protocol/translate';
import { Client, type ShownFrame, type Stop } from './harness/client';
import type { Connect } from './harness/connections';
import { image } from './harness/paths';

/** Takes the line of a stop. */
export type Tell = (line: string) => void;

export interface Scene {
  readonly name: string;
  /** What it tells changes with where the linker puts functions. */
  readonly dependsOnLayout?: true;
  play(stage: Stage): Promise<void>;
}

/** A machine on which a scene is played. */
export class Stage {
  client!: Client;

  constructor(
    private readonly connect: Connect,
    private readonly tell: Tell,
  ) {}

  async launch(
    configuration: LaunchConfiguration,
    configure?: (client: Client) => Promise<unknown>,
  ): Promise<Stop> {
    await this.end();
    this.client = await Client.launch(configuration, configure, this.connect);
    return this.client.nextStop();
  }

  async end(): Promise<void> {
    await (this.client as Client | undefined)?.close();
  }

  /** Tells more of the present stop. */
  say(line: string): void {
    this.tell(line);
  }

  /** Tells a stop as one line: what it is, who executes, where, and the adapter's own words. */
  async stopped(what: string, stop: Stop, ...more: string[]): Promise<void> {
    const { status } = await this.client.snapshot(stop);
    const core = status!.cores[status!.core]!;
    const who = core.vm === undefined ? core.world : `VM ${core.vm} vCPU ${core.vcpu}`;
    const top = await this.client.top(stop.threadId);
    const where = `${who} ${core.mode} ${core.pc} ${place(top)}`;
    this.tell([what, where, stop.text ?? stop.description ?? stop.reason, ...more].join(' | '));
  }
}

const place = ({ name, file, line }: ShownFrame): string =>
  file === '' ? name : `${name} (${file}:${line})`;
const stackText = (frames: readonly ShownFrame[]): string => frames.map(place).join(' < ');

type Disassembly = NonNullable<DebugProtocol.DisassembleResponse['body']>;

/** What a hypervisor must trap and emulate: the guest's function that does it, and the control bit responsible. */
export const TRAPPED: readonly { what: string; condition: string; by: string; bit: RegExp }[] = [
  { what: 'HVC', condition: 'ec == 0x12', by: 'call_hvc', bit: /Unconditional/ },
  { what: 'WFI', condition: 'ec == 0x01 && wfe == 0', by: 'trap_wfi', bit: /HCR\.TWI/ },
  { what: 'WFE', condition: 'ec == 0x01 && wfe == 1', by: 'trap_wfe', bit: /HCR\.TWE/ },
  { what: 'SMC', condition: 'ec == 0x13', by: 'trap_smc', bit: /HCR\.TSC/ },
  {
    what: 'a CP14 trace register',
    condition: 'ec == 0x05 && coproc == 14 && opc1 == 1',
    by: 'trap_cp14_trace',
    bit: /HCPTR\.TTA/,
  },
  {
    what: 'a read of ACTLR',
    condition: 'ec == 0x03 && coproc == 15 && opc1 == 0 && crn == 1 && crm == 0 && opc2 == 1 && !write',
    by: 'trap_actlr_read',
    bit: /HCR\.TAC/,
  },
  {
    what: 'a write of ACTLR',
    condition: 'ec == 0x03 && opc1 == 0 && crn == 1 && crm == 0 && opc2 == 1 && write',
    by: 'trap_actlr_write',
    bit: /HCR\.TAC/,
  },
  {
    what: 'DCCISW',
    condition: 'ec == 0x03 && crn == 7 && crm == 14 && opc2 == 2',
    by: 'trap_dccisw',
    bit: /HCR\.TSW/,
  },
  {
    what: 'DCCSW',
    condition: 'ec == 0x03 && crn == 7 && crm == 10 && opc2 == 2',
    by: 'trap_dccsw',
    bit: /HCR\.TSW/,
  },
  {
    what: 'DCISW',
    condition: 'ec == 0x03 && crn == 7 && crm == 6 && opc2 == 2',
    by: 'trap_dcisw',
    bit: /HCR\.TSW/,
  },
  {
    what: 'L2CTLR',
    condition: 'ec == 0x03 && opc1 == 1 && crn == 9 && crm == 0 && opc2 == 2',
    by: 'trap_l2ctlr',
    bit: /HCR\.TIDCP/,
  },
  {
    what: 'L2ECTLR',
    condition: 'ec == 0x03 && opc1 == 1 && crn == 9 && crm == 0 && opc2 == 3',
    by: 'trap_l2ectlr',
    bit: /HCR\.TIDCP/,
  },
];

export const UART_IPA = 0x0900_0000;
/** More instructions than a world switch has. */
const MOST_STEPS = 1500;

const entry: Scene = {
  name: 'entry in Hyp mode',
  async play(stage) {
    const stop = await stage.launch({ stopOnEntry: true });
    assert.equal(stop.reason, 'entry');
    const { status } = await stage.client.snapshot(stop);
    assert.equal(status!.cores[0]!.world, 'hyp');
    assert.equal(status!.cores[0]!.mode, 'Hyp');
    assert.equal(status!.position, 0);
    assert.equal((await stage.client.top(stop.threadId)).file, 'head.S');
    await stage.stopped('Entry in Hyp mode', stop);

    await stage.client.filters('worldEnter');
    const guest = await stage.client.continue();
    const top = await stage.client.top(guest.threadId);
    assert.equal(top.address, 'vm1:0x40008000');
    assert.equal(top.file, 'head.S');
    assert.equal(top.name, 'guest_start');
    assert.match((await stage.client.threads()).find(({ id }) => id === guest.threadId)!.name, /^VM1 vCPU0/);
    await stage.stopped("The guest's first instruction", guest);
  },
};

const traps: Scene = {
  name: 'each item that a hypervisor must trap and emulate',
  async play(stage) {
    let stop = await stage.launch({}, (client) =>
      client.filters(
        ...TRAPPED.map(({ condition }) => ({ filterId: 'hypTrap', condition: `vm == 1 && ${condition}` })),
      ),
    );
    const missing = new Map(TRAPPED.map((item) => [item.by, item]));
    for (let count = 0; ; count++) {
      assert.equal(stop.reason, 'exception');
      const guest = await stage.client.thread(/^VM1 vCPU0/);
      const [by] = await stage.client.frames(guest);
      const item = missing.get(by!.name);
      if (item !== undefined) {
        missing.delete(item.by);
        const info = await stage.client.request<DebugProtocol.ExceptionInfoResponse['body']>(
          'exceptionInfo',
          { threadId: stop.threadId },
        );
        assert.match(info.details!.stackTrace!, item.bit, item.what);
        assert.match(info.details!.stackTrace!, /EC 0x/);
        await stage.stopped(`Trap: ${item.what}`, stop, `by ${place(by!)}`);
      }
      if (missing.size === 0) return;
      assert.ok(count < 100, `not seen: ${[...missing.keys()].join(', ')}`);
      stop = await stage.client.continue();
    }
  },
};

const stage2Fault: Scene = {
  name: "a Stage 2 fault on the UART's IPA, with the walk",
  async play(stage) {
    const stop = await stage.launch({}, (client) =>
      client.filters({ filterId: 'stage2Fault', condition: `ipa == ${UART_IPA} && write && size == 1` }),
    );
    const { client } = stage;
    assert.match(stop.text!, /0x0*9000000/);
    const walk = await client.request<Translation>('worldswitch/translate', {
      expression: 'ipa1:0x09000000',
    });
    assert.match(walk.fault!, /Stage 2 translation fault/);
    assert.equal(walk.pa, undefined);
    assert.equal(walk.steps.at(-1)!.kind, 'invalid');
    const mapped = await client.request<Translation>('worldswitch/translate', {
      expression: 'ipa1:0x40008000',
    });
    assert.ok(mapped.pa !== undefined && mapped.steps.length >= 2);
    const { stage2 } = await client.snapshot(stop, 'stage2');
    const [map] = stage2!.maps;
    const inside = ({ ipa, size }: { ipa: string; size: number }): boolean =>
      Number(ipa) <= UART_IPA && Number(ipa) + size > UART_IPA;
    assert.ok(map!.ranges.length > 0 && !map!.ranges.some(inside));
    await stage.stopped("Stage 2 fault on the UART's IPA", stop, walk.fault!);
    for (const { stage: of, level, descriptor, kind, meaning } of walk.steps)
      stage.say(`  stage ${of} level ${level}: ${descriptor} ${kind} | ${meaning}`);
  },
};

const listRegister: Scene = {
  name: 'the life of a virtual interrupt in a list register',
  async play(stage) {
    const wanted = [
      { change: 'invalid → pending', cause: 'hypervisor write' },
      { change: 'pending → active', cause: 'acknowledge' },
      { change: 'active → invalid', cause: 'EOI' },
    ];
    let stop = await stage.launch({}, (client) => client.filters('listRegisterChange'));
    for (let count = 0; wanted.length > 0; count++) {
      assert.ok(count < 60, `not seen: ${wanted.map(({ change }) => change).join(', ')}`);
      const [{ change, cause }] = wanted as [{ change: string; cause: string }];
      if (stop.description!.includes(change)) {
        const info = await stage.client.request<DebugProtocol.ExceptionInfoResponse['body']>(
          'exceptionInfo',
          { threadId: stop.threadId },
        );
        assert.ok(info.details!.stackTrace!.includes(`Cause: ${cause}`), info.details!.stackTrace);
        const { listRegisters } = await stage.client.snapshot(stop, 'listRegisters');
        const changed = listRegisters!.banks.flatMap(({ registers }) => registers).find((r) => r.lastChange);
        assert.ok(changed!.lastChange!.chain.length > 0);
        await stage.stopped(`List register: ${change}`, stop);
        wanted.shift();
      }
      if (wanted.length > 0) stop = await stage.client.continue();
    }
  },
};

const worldSwitch = (direction: 'in' | 'out', from: string, to: 'guest' | 'host'): Scene => ({
  name: `a whole world switch ${direction}, instruction by instruction`,
  async play(stage) {
    let stop = await stage.launch({ runTo: from });
    const phases = new Map<number, string>();
    for (let steps = 0; ; steps++) {
      assert.ok(steps < MOST_STEPS, `after ${steps} steps still in Hyp mode`);
      const { status } = await stage.client.snapshot(stop);
      const core = status!.cores[0]!;
      if (core.world !== 'hyp') {
        assert.equal(core.world, to);
        await stage.stopped(`World switch ${direction} is complete`, stop);
        break;
      }
      const { phase } = core;
      if (phase?.direction === direction && !phases.has(phase.step)) {
        phases.set(phase.step, phase.name);
        await stage.stopped(`World switch ${direction}, ${phase.step}/5: ${phase.name}`, stop);
      }
      stop = await stage.client.resume('stepIn', { threadId: stop.threadId, granularity: 'instruction' });
      assert.equal(stop.reason, 'step');
    }
    assert.deepEqual([...phases.keys()].sort(), [1, 2, 3, 4, 5]);
    assert.equal(new Set(phases.values()).size, 5);
  },
});

const PAGE = 0xc000_9000;
const PAGE_INSTRUCTIONS = 1024;

/** Addresses of one page that both worlds execute, told by logpoints on each of its instructions. */
async function sharedAddresses(stage: Stage): Promise<string[]> {
  const seen = { host: new Set<string>(), vm1: new Set<string>() };
  // From the guest's first instruction on: what the host does before would not be met again.
  await stage.launch({ stopOn: ['worldEnter'] });
  const { client } = stage;
  await client.filters();
  const breakpoints = (['host', 'vm1'] as const).flatMap((space) =>
    Array.from({ length: PAGE_INSTRUCTIONS }, (_, n) => ({
      instructionReference: `${space}:0x${(PAGE + 4 * n).toString(16)}`,
      hitCondition: '== 3',
      logMessage: `executed ${space}:{$pc}`,
    })),
  );
  await client.request('setInstructionBreakpoints', { breakpoints });
  await client.request('continue', { threadId: 1 });
  await client.event('terminated');
  for (const { body } of client.untaken('output')) {
    const parts = /^executed (host|vm1):\d+ \((0x[0-9a-f]+)\)/.exec((body as { output: string }).output);
    if (parts !== null) seen[parts[1] as 'host' | 'vm1'].add(parts[2]!);
  }
  assert.ok(
    seen.host.size > 0 && seen.vm1.size > 0,
    `${seen.host.size} in the host, ${seen.vm1.size} in VM 1`,
  );
  return [...seen.host].filter((address) => seen.vm1.has(address));
}

const oneAddress: Scene = {
  name: 'one virtual address in two worlds: only the one asked for is hit',
  dependsOnLayout: true,
  async play(stage) {
    const [address] = await sharedAddresses(stage);
    assert.ok(address !== undefined, 'host and guest execute some address both');
    await stage.launch({ stopOn: ['worldEnter'] });
    const { client } = stage;
    await client.filters();
    const texts = new Map<string, string>();
    for (const { space, world } of [
      { space: 'vm1', world: 'guest' },
      { space: 'host', world: 'host' },
    ]) {
      const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>(
        'setInstructionBreakpoints',
        { breakpoints: [{ instructionReference: `${space}:${address}` }] },
      );
      assert.ok(breakpoints[0]!.verified);
      for (let hits = 0; hits < 2; hits++) {
        const stop = await client.continue();
        assert.equal(stop.reason, 'instruction breakpoint');
        assert.deepEqual(stop.hitBreakpointIds, [breakpoints[0]!.id]);
        const { status } = await client.snapshot(stop);
        assert.equal(status!.cores[0]!.world, world);
        const [row] = (
          await client.request<Disassembly>('disassemble', {
            memoryReference: (await client.top(stop.threadId)).address,
            instructionCount: 1,
          })
        ).instructions;
        texts.set(space, `${row!.instructionBytes} ${row!.instruction}`);
        assert.equal(Number(row!.address) % 2 ** 40, Number(address));
        await stage.stopped(`Breakpoint at ${space}:${address}`, stop, row!.instruction);
      }
    }
    assert.notEqual(texts.get('vm1'), texts.get('host'), 'the worlds have different code at the address');
  },
};

const callStacks: Scene = {
  name: "the guest's and the host's call stacks while stopped in Hyp mode",
  async play(stage) {
    const stop = await stage.launch({}, (client) =>
      client.filters({ filterId: 'hypTrap', condition: 'vm == 1 && ec == 1 && !wfe' }),
    );
    const { client } = stage;
    const guest = await client.frames(await client.thread(/^VM1 vCPU0/));
    const host = await client.frames(await client.thread(/host/));
    const hyp = await client.frames(stop.threadId);
    await stage.stopped('Stopped in Hyp mode', stop);
    stage.say(`  the guest: ${stackText(guest)}`);
    stage.say(`  the host: ${stackText(host)}`);
    assert.match(
      stackText(guest),
      /^trap_wfi \(instructions\.S:\d+\) < .*lesson_.* \(lessons\.c:\d+\) < .*guest_main \(main\.c:\d+\)/,
    );
    assert.match(
      stackText(host),
      /^kvm_call_hyp \(kvm-call-hyp\.S:\d+\) < enter_guest \(vcpu\.c:\d+\) < .*sys_ioctl \(syscall\.c:\d+\)/,
    );
    assert.match(stackText(hyp), /\.S:\d+/);
    for (const frame of [...guest, ...host, ...hyp]) assert.ok(frame.line > 0, place(frame));
    assert.ok(guest.every(({ address }) => address.startsWith('vm1:')));
    assert.ok(host.every(({ address }) => address.startsWith('host:')));
    assert.ok(hyp.every(({ address }) => address.startsWith('hyp:')));
  },
};

/** The listing that stands for a frame's source: its lines, and the text of the frame's own. */
export async function listingOf(
  client: Client,
  frame: ShownFrame,
): Promise<{ lines: string[]; text: string }> {
  const { source, line } = frame.raw;
  assert.ok(source?.sourceReference, `${frame.name} has no generated source`);
  const { content } = await client.request<DebugProtocol.SourceResponse['body']>('source', {
    source,
    sourceReference: source.sourceReference,
  });
  const lines = content.split('\n');
  return { lines, text: lines[line - 1] ?? '' };
}

const stripped: Scene = {
  name: 'a trap in a guest without symbols',
  async play(stage) {
    const kernel = strippedGuest();
    try {
      const stop = await stage.launch({ guest: { kernel } }, (client) =>
        client.filters({ filterId: 'hypTrap', condition: 'vm == 1 && ec == 0x12' }),
      );
      const { client } = stage;
      const trapped = await client.top(await client.thread(/^VM1 vCPU0/));
      const listing = await listingOf(client, trapped);
      const before = listing.lines[trapped.line - 2]!;
      assert.match(before, /\bhvc\b/, before);
      assert.ok(listing.text.startsWith(trapped.address), listing.text);
      await stage.stopped('A trap in a guest without symbols', stop, before.trim());

      await client.filters('worldEnter');
      const entered = await client.continue();
      const frame = await client.top(entered.threadId);
      assert.match(frame.address, /^vm1:/);
      assert.ok((await listingOf(client, frame)).text.startsWith(frame.address));
      const { instructions } = await client.request<Disassembly>('disassemble', {
        memoryReference: frame.address,
        instructionOffset: -8,
        instructionCount: 16,
      });
      assert.equal(instructions.length, 16);
      await stage.stopped('Back in the guest without symbols', entered, instructions[8]!.instruction);
    } finally {
      rmSync(dirname(kernel), { recursive: true });
    }
  },
};

/** A copy of the teaching guest without section headers: it loads as before, and nobody finds a symbol in it. */
export function strippedGuest(): string {
  const bytes = readFileSync(image('teaching.elf'));
  bytes.writeUInt32LE(0, 0x20); // e_shoff
  bytes.writeUInt16LE(0, 0x30); // e_shnum
  bytes.writeUInt16LE(0, 0x32); // e_shstrndx
  const file = join(mkdtempSync(join(tmpdir(), 'worldswitch-')), 'stripped.elf');
  writeFileSync(file, bytes);
  return file;
}

export const SCENES: readonly Scene[] = [
  entry,
  traps,
  stage2Fault,
  listRegister,
  worldSwitch('in', 'hyp:__kvm_vcpu_run', 'guest'),
  worldSwitch('out', 'hyp:__kvm_vcpu_return', 'host'),
  oneAddress,
  callStacks,
  stripped,
];

/** Plays one scene. */
export async function play(scene: Scene, connect: Connect, tell: Tell): Promise<void> {
  const stage = new Stage(connect, tell);
  try {
    await scene.play(stage);
  } finally {
    await stage.end();
  }
}
