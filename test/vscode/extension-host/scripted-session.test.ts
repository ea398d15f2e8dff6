// The scripted session: the main job from end to end, in a real VS Code, on the bundled hypervisor.
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as vscode from 'vscode';
import type { ListRegisterCause } from '../../../debug-adapter/protocol/list-registers-view';
import type { Translation } from '../../../debug-adapter/protocol/translate';
import { Debugger, type Stop } from './debugger';

/** What a hypervisor must trap and emulate, with the guest function that does it. */
const TRAPPED_ITEMS = [
  { what: 'HVC', condition: 'ec == 0x12', by: 'call_hvc', bit: /unconditional|HVC/i },
  { what: 'WFI', condition: 'ec == 0x01 && wfe == 0', by: 'trap_wfi', bit: /HCR\.TWI/ },
  { what: 'SMC', condition: 'ec == 0x13', by: 'trap_smc', bit: /HCR\.TSC/ },
  { what: 'a CP14 trace register', condition: 'ec == 0x05', by: 'trap_cp14_trace', bit: /HCPTR\.TTA/ },
  {
    what: 'ACTLR',
    condition: 'ec == 0x03 && opc1 == 0 && crn == 1 && crm == 0 && opc2 == 1',
    by: 'trap_actlr_read',
    bit: /HCR\.TAC/,
  },
  {
    what: 'set/way',
    condition: 'ec == 0x03 && crn == 7 && crm == 14 && opc2 == 2',
    by: 'trap_dccisw',
    bit: /HCR\.TSW/,
  },
  {
    what: 'L2CTLR',
    condition: 'ec == 0x03 && opc1 == 1 && crn == 9 && opc2 == 2',
    by: 'trap_l2ctlr',
    bit: /HCR\.TIDCP/,
  },
  {
    what: 'L2ECTLR',
    condition: 'ec == 0x03 && opc1 == 1 && crn == 9 && opc2 == 3',
    by: 'trap_l2ectlr',
    bit: /HCR\.TIDCP/,
  },
];

/** The words of exceptionInfo for each cause of a change. */
const CAUSES: Record<ListRegisterCause, RegExp> = {
  'hypervisor write': /hypervisor/i,
  acknowledge: /acknowledge/i,
  'end of interrupt': /EOI|end of interrupt/i,
  deactivate: /deactivat/i,
  hardware: /hardware/i,
};

const UART_IPA = 0x09000000;

describe('the scripted session', function () {
  this.timeout(240000);
  let run: Debugger | undefined;

  async function launch(attributes: Record<string, unknown>): Promise<Debugger> {
    run = await Debugger.launch(attributes);
    return run;
  }

  afterEach(async () => {
    await run?.close();
    run = undefined;
  });

  const threadOf = (stop: Stop): number => {
    assert.ok(stop.threadId !== undefined);
    return stop.threadId;
  };

  it('stops at entry in Hyp mode, with its source', async () => {
    const debug = await launch({ stopOnEntry: true });
    const stop = await debug.stop();
    assert.equal(stop.reason, 'entry');
    const { status } = await debug.snapshot();
    assert.equal(status?.cores[0].world, 'hyp');
    assert.equal(status?.cores[0].mode, 'Hyp');
    await debug.focused(threadOf(stop));
    const [top] = await debug.stack(threadOf(stop));
    assert.equal(top.file, 'head.S');
    assert.equal(vscode.window.activeTextEditor?.document.languageId, 'worldswitch-asm');
  });

  it("runs to the guest's first instruction", async () => {
    const debug = await launch({ stopOn: ['worldEnter'] });
    const stop = await debug.stop();
    assert.equal(stop.reason, 'exception');
    const { status, guests } = await debug.snapshot('guests');
    assert.equal(status?.cores[0].world, 'guest');
    assert.equal(status?.cores[0].vm, 1);
    const [top] = await debug.stack(threadOf(stop));
    assert.equal(top.file, 'head.S');
    assert.match(top.address ?? '', /40008000/);
    assert.equal(guests?.guests[0].vcpus[0].core, 0);
    assert.match(
      (await debug.threads()).find(({ id }) => id === stop.threadId)?.name ?? '',
      /VM ?1.*vCPU ?0/,
    );
  });

  it('stops at each instruction that a hypervisor must trap and names the control bit', async () => {
    const debug = await launch({
      stopOn: TRAPPED_ITEMS.map(({ condition }) => ({
        event: 'hypTrap',
        condition: `vm == 1 && ${condition}`,
      })),
    });
    const missing = new Map(TRAPPED_ITEMS.map((item) => [item.by, item]));
    let stop = await debug.stop();
    for (let count = 0; ; count++) {
      assert.equal(stop.reason, 'exception');
      const guest = await debug.stack(await debug.thread('VM1 vCPU0'));
      const item = missing.get(guest[0].name.replace(/\+.*/, ''));
      if (item) {
        const info = await debug.exceptionInfo(stop.threadId);
        const words = JSON.stringify(info);
        assert.match(words, item.bit, `${item.what}: ${words}`);
        missing.delete(item.by);
      }
      if (missing.size === 0) break;
      assert.ok(count < 60, `not seen: ${[...missing.keys()].join(', ')}`);
      stop = await debug.continue();
    }
  });

  it("stops at a Stage 2 fault on the UART's IPA and explains the walk", async () => {
    const debug = await launch({
      stopOn: [
        { event: 'stage2Fault', condition: `ipa >= ${UART_IPA} && ipa < ${UART_IPA + 0x1000} && write` },
      ],
    });
    const stop = await debug.stop();
    const info = await debug.exceptionInfo(stop.threadId);
    assert.match(JSON.stringify(info), /0x0*9000000/);
    const { stage2 } = await debug.snapshot('stage2');
    const [map] = stage2?.maps ?? [];
    assert.ok(map.ranges.some(({ memoryType, writable }) => memoryType === 'Normal' && writable));
    assert.ok(!map.ranges.some(({ ipa, size }) => Number(ipa) <= UART_IPA && Number(ipa) + size > UART_IPA));
    const walk = await debug.request<Translation>('worldswitch/translate', { expression: 'ipa1:0x09000000' });
    assert.match(walk.fault ?? '', /Stage 2 translation fault/i);
    assert.equal(walk.pa, undefined);
    assert.equal(walk.steps.at(-1)?.kind, 'invalid');
    const ram = await debug.request<Translation>('worldswitch/translate', { expression: 'ipa1:0x40008000' });
    assert.ok(ram.pa !== undefined && ram.steps.length >= 2);
  });

  it('stops at each change of a list register in the life of a virtual interrupt and names its cause', async () => {
    const debug = await launch({ stopOn: ['listRegisterChange'] });
    const wanted = ['invalid → pending', 'pending → active', 'active → invalid'];
    let stop = await debug.stop();
    for (let count = 0; wanted.length > 0; count++) {
      assert.ok(count < 40, `not seen: ${wanted.join(', ')}`);
      const info = await debug.exceptionInfo(stop.threadId);
      const { listRegisters } = await debug.snapshot('listRegisters');
      const changed = listRegisters?.banks
        .flatMap(({ registers }) => registers)
        .filter(({ lastChange }) => lastChange);
      const latest = changed?.sort(
        (a, b) => (b.lastChange?.position ?? 0) - (a.lastChange?.position ?? 0),
      )[0];
      const change = latest?.lastChange;
      if (change && `${change.from} → ${change.to}` === wanted[0]) {
        assert.ok(change.chain.length > 0);
        assert.match(info.description ?? '', CAUSES[change.cause]);
        wanted.shift();
      }
      if (wanted.length > 0) stop = await debug.continue();
    }
  });

  for (const { direction, from } of [
    { direction: 'in', from: 'hyp:__kvm_vcpu_run' },
    { direction: 'out', from: 'hyp:__kvm_vcpu_return' },
  ])
    it(`steps instruction by instruction through a world switch ${direction} and names its five phases`, async () => {
      const debug = await launch({ runTo: from });
      let stop = await debug.stop();
      const steps = new Map<number, string>();
      for (let count = 0; count < 1500; count++) {
        const { status } = await debug.snapshot();
        const core = status?.cores[0];
        assert.ok(core);
        if (core.phase?.direction === direction) steps.set(core.phase.step, core.phase.name);
        if (core.world !== 'hyp') break;
        await debug.request('stepIn', { threadId: stop.threadId, granularity: 'instruction' });
        stop = await debug.stop();
      }
      const { status } = await debug.snapshot();
      assert.equal(status?.cores[0].world, direction === 'in' ? 'guest' : 'host');
      assert.deepEqual([...steps.keys()].sort(), [1, 2, 3, 4, 5], JSON.stringify([...steps]));
      assert.equal(new Set(steps.values()).size, 5);
    });

  /** Stops at entry, sets breakpoints bound to one space at these addresses, and runs to the first that is hit. */
  async function firstHit(
    space: string,
    addresses: string[],
  ): Promise<{ world?: string; pc: string; name: string }> {
    const debug = await launch({ stopOnEntry: true });
    await debug.stop();
    const { breakpoints } = await debug.request<DebugProtocol.SetFunctionBreakpointsResponse['body']>(
      'setFunctionBreakpoints',
      { breakpoints: addresses.map((address) => ({ name: `*${space}:${address}` })) },
    );
    assert.ok(breakpoints.length === addresses.length && breakpoints.every(({ verified }) => verified));
    const stop = await debug.continue();
    assert.match(stop.reason, /breakpoint/);
    const { status } = await debug.snapshot();
    const [top] = await debug.stack(threadOf(stop));
    const core = status?.cores[0];
    await debug.close();
    return { world: core?.world, pc: core?.pc ?? '', name: top.name };
  }

  it('hits a breakpoint in the world that was asked for, not at the same address in the other', async () => {
    // Functions that the guest surely calls; the host's kernel lies at the same virtual addresses.
    const guest = await launch({ stopOn: ['worldEnter'] });
    await guest.stop();
    const [frame] = await guest.stack(await guest.thread('VM1 vCPU0'));
    const addresses: string[] = [];
    for (const name of ['uart_put', 'print', 'put_string', 'guest_main'])
      addresses.push(/0x[0-9a-f]{8}/i.exec(await guest.evaluate(`&${name}`, frame.id))?.[0] ?? name);
    await guest.close();
    const inHost = await firstHit('host', addresses);
    assert.equal(inHost.world, 'host');
    assert.ok(addresses.includes(inHost.pc), `${inHost.pc} is one of ${addresses.join(', ')}`);
    const inGuest = await firstHit('vm1', [inHost.pc]);
    assert.equal(inGuest.world, 'guest');
    assert.equal(inGuest.pc, inHost.pc);
    assert.notEqual(inGuest.name, inHost.name);
  });

  it("shows the guest's and the host's call stacks while stopped in Hyp mode", async () => {
    const debug = await launch({ stopOn: [{ event: 'hypTrap', condition: 'vm == 1 && ec == 0x01' }] });
    const stop = await debug.stop();
    const { status } = await debug.snapshot();
    assert.equal(status?.cores[0].world, 'hyp');
    const guest = await debug.stack(await debug.thread('VM1 vCPU0'));
    const host = await debug.stack(await debug.thread('host'));
    const named = (frames: { name: string; line: number }[]): string =>
      frames.map(({ name, line }) => `${name}:${line}`).join(' < ');
    assert.match(named(guest), /trap_wfi.*lesson_.*guest_main:\d+/);
    assert.match(named(host), /kvm_call_hyp.*vcpu.*:\d+/);
    for (const frame of [...guest, ...host]) assert.ok(frame.line > 0, named([frame]));
    assert.notEqual(stop.threadId, await debug.thread('host'));
  });
});
