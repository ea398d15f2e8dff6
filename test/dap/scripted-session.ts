/**
 * The scripted session: the main job of the debugger from end to end, as a client of the protocol sees it. Each scene
 * launches the bundled hypervisor, checks what it sees, and tells every stop as one line.
 */
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import type { Translation } from '../../debug-adapter/protocol/translate';
import { Client, type ShownFrame, type Stop } from './harness/client';
import type { Connect } from './harness/connections';

/** Takes the line of a stop. */
export type Tell = (line: string) => void;

export interface Scene {
  readonly name: string;
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
    const walk = await client.request<Translation>('worldswitch/translate', { expression: 'ipa1:0x09000000' });
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
      await stage.stopped(`  stage ${of} level ${level}: ${descriptor} ${kind}`, stop, meaning);
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


export const SCENES: readonly Scene[] = [
  entry,
  traps,
  stage2Fault,
  listRegister,
  worldSwitch('in', 'hyp:__kvm_vcpu_run', 'guest'),
  worldSwitch('out', 'hyp:__kvm_vcpu_return', 'host'),
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
