// Malformed and misordered messages: every request gets exactly one response, nothing hangs, the adapter lives.
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Session } from '../../debug-adapter/session/session';
import { encodeMessage } from '../../debug-adapter/node/message-stream';
import { AdapterProcess, inProcessSession } from './harness/connections';
import { image, source } from './harness/paths';
import { Random } from './harness/random';

const SESSIONS = 14;
const MESSAGES = 120;
/** Set to play one session again: the seed that a failure names. */
const ONLY = process.env['FUZZ_SEED'];

/** Right arguments for each request: what is sent is one of them, damaged or not. */
const ARGUMENTS: Readonly<Record<string, readonly object[]>> = {
  initialize: [{ adapterID: 'worldswitch' }],
  launch: [
    { stopOnEntry: true },
    { stopOn: ['hypTrap'] },
    { runTo: 'vm1:guest_main', cpus: 2 },
    { kernel: image('hello-hyp.elf'), stopOnEntry: true },
    { kernel: '/nowhere' },
    { kernel: image('hello-hyp.elf'), guest: {} },
  ],
  attach: [{}],
  configurationDone: [{}],
  setBreakpoints: [
    {
      source: { path: source('guests/teaching/main.c') },
      breakpoints: [{ line: 12 }, { line: 20, condition: '1 / 0' }],
    },
    {
      source: { path: source('lowvisor/world-switch.S') },
      breakpoints: [{ line: 40, logMessage: '{$r0} {' }],
    },
  ],
  setFunctionBreakpoints: [
    { breakpoints: [{ name: 'hyp:__kvm_vcpu_run', hitCondition: '% 2' }, { name: '*host:0' }] },
  ],
  setInstructionBreakpoints: [{ breakpoints: [{ instructionReference: 'hyp:0x40208000', offset: 4 }] }],
  setExceptionBreakpoints: [
    { filters: ['worldEnter'] },
    { filters: [], filterOptions: [{ filterId: 'hypTrap', condition: 'ec / 0 == 1' }] },
    { filters: [], filterOptions: [{ filterId: 'stage2Fault', condition: '*(int *)0 == $r0' }] },
  ],
  breakpointLocations: [{ source: { path: source('host/main.c') }, line: 1, endLine: 100 }],
  continue: [{ threadId: 1 }],
  pause: [{ threadId: 1 }],
  next: [{ threadId: 2 }, { threadId: 1, granularity: 'instruction' }],
  stepIn: [{ threadId: 2, granularity: 'instruction' }, { threadId: 1001 }],
  stepOut: [{ threadId: 2 }, { threadId: 1001 }],
  threads: [{}],
  stackTrace: [{ threadId: 2 }, { threadId: 1, startFrame: 1, levels: 3 }],
  scopes: [{ frameId: 1 }],
  variables: [{ variablesReference: 2 }, { variablesReference: 4, start: 2, count: 5 }],
  setVariable: [
    { variablesReference: 2, name: 'r0', value: '1' },
    { variablesReference: 3, name: 'CPSR', value: '0x1d3' },
  ],
  evaluate: [
    { expression: '$pc' },
    { expression: 'walk(hyp:$sp)' },
    { expression: '*(struct kvm *)0' },
    { expression: '$cpsr = 0x1d3' },
  ],
  setExpression: [
    { expression: '$r1', value: '$r2 + 1' },
    { expression: '$HCR', value: '1' },
  ],
  completions: [{ text: 'kvm_', column: 5 }],
  readMemory: [
    { memoryReference: 'pa:0x40208000', count: 64 },
    { memoryReference: 'hyp:0', offset: -1, count: 9 },
  ],
  writeMemory: [
    { memoryReference: 'pa:0x40000000', data: 'AAAA' },
    { memoryReference: 'pa:0', data: 'AAAA', allowPartial: true },
  ],
  disassemble: [{ memoryReference: 'hyp:0x40208000', instructionOffset: -9, instructionCount: 20 }],
  source: [{ sourceReference: 1, source: { sourceReference: 1 } }],
  modules: [{}],
  loadedSources: [{}],
  exceptionInfo: [{ threadId: 2 }],
  restart: [{}],
  terminate: [{}],
  'worldswitch/snapshot': [{ stopNumber: 1, parts: ['guests', 'host', 'stage2', 'listRegisters'] }],
  'worldswitch/translate': [{ expression: 'hyp:$pc' }, { expression: 'ipa1:0x09000000' }],
  'worldswitch/asynchronousAbort': [{}, { frameId: 1 }],
  'worldswitch/consoleInput': [{ console: 'host', text: 'x' }],
  noSuchRequest: [{}],
  toString: [{}],
  constructor: [{}],
};
const COMMANDS = Object.keys(ARGUMENTS);

const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  1e308,
  '',
  'x'.repeat(5000),
  '\u0000',
  '0x',
  '{$pc}',
  '%s%n',
  '(((((((((',
  [],
  [null],
  [[[]]],
  {},
  { length: 3 },
  ['hypTrap', 7],
];

/** A copy with some value, somewhere, replaced by an odd one, left out, or added. */
function damage(random: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.2)) return random.of(ODD);
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value];
    if (copy.length === 0 || random.chance(0.2)) copy.push(random.of(ODD));
    else {
      const at = random.below(copy.length);
      copy[at] = damage(random, copy[at]);
    }
    return copy;
  }
  const copy: Record<string, unknown> = { ...value };
  const names = Object.keys(copy);
  if (names.length === 0 || random.chance(0.1))
    copy[random.of(['x', 'threadId', 'breakpoints'])] = random.of(ODD);
  else {
    const name = random.of(names);
    if (random.chance(0.25)) Reflect.deleteProperty(copy, name);
    else copy[name] = damage(random, copy[name]);
  }
  return copy;
}

/** Requests whose attributes name files to write are not damaged in their names: nothing here writes a file. */
function message(random: Random, seq: number): DebugProtocol.Request {
  const command = random.of(COMMANDS);
  const right = random.of(ARGUMENTS[command]!);
  const args = random.chance(0.5) ? right : damage(random, right);
  return { seq, type: 'request', command, arguments: args };
}

/** Requests that can only fail, and some whose handles are seldom guessed. */
const NEVER_RIGHT: readonly string[] = [
  ...['attach', 'noSuchRequest', 'toString', 'constructor'],
  ...['setVariable', 'source', 'exceptionInfo', 'variables', 'scopes'],
];
const succeeded = new Set<string>();

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('dap: fuzzer', function () {
  this.timeout(120_000);

  it(`${SESSIONS} sessions of ${MESSAGES} damaged and misordered messages`, async () => {
    const seeds = ONLY === undefined ? Array.from({ length: SESSIONS }, (_, i) => 1000 + i) : [Number(ONLY)];
    for (const seed of seeds) await playSession(seed);
    if (ONLY !== undefined) return;
    const never = COMMANDS.filter((command) => !succeeded.has(command) && !NEVER_RIGHT.includes(command));
    assert.deepEqual(never, [], 'each request is answered with success at least once');
  });

  async function playSession(seed: number): Promise<void> {
    const random = new Random(seed);
    const responses = new Map<number, number>();
    const faults: string[] = [];
    const sent: DebugProtocol.Request[] = [];
    const session: Session = inProcessSession((received) => {
      if (received.type === 'response') {
        const { request_seq } = received as DebugProtocol.Response;
        responses.set(request_seq, (responses.get(request_seq) ?? 0) + 1);
        if ((received as DebugProtocol.Response).success)
          succeeded.add((received as DebugProtocol.Response).command);
      } else if (JSON.stringify(received).includes('fault of the debug adapter'))
        faults.push(JSON.stringify(received));
    });
    const context = (): string => `seed ${seed}, after ${JSON.stringify(sent.at(-1))}`;
    for (let n = 1; n <= MESSAGES; n++) {
      if (random.chance(0.05)) {
        session.dispatcher.receive(
          random.of<unknown>([null, 5, 'text', [], {}, { type: 'event' }, { type: 'response' }]),
        );
        continue;
      }
      const request =
        n === 3 && random.chance(0.7)
          ? { seq: n, type: 'request', command: 'launch', arguments: ARGUMENTS['launch']![0] }
          : message(random, n);
      sent.push(request);
      session.dispatcher.receive(JSON.parse(JSON.stringify(request)));
      // A launch reads files: what comes next mostly finds the machine there.
      if (request.command === 'launch' && random.chance(0.9)) while (!responses.has(n)) await turn();
      else if (random.chance(0.5)) await turn();
      assert.deepEqual(faults, [], context());
    }
    while (sent.some(({ seq }) => !responses.has(seq))) await turn();
    for (const { seq } of sent) assert.equal(responses.get(seq), 1, `${context()}: request ${seq}`);
    session.dispatcher.receive({ seq: 9999, type: 'request', command: 'disconnect' });
    assert.equal(responses.get(9999), 1, context());
    session.dispose();
    assert.deepEqual(faults, [], context());
  }

  it('bytes that are no messages: the ones behind them are still answered', async () => {
    const random = new Random(42);
    const answered: number[] = [];
    const problems: string[] = [];
    let wake: () => void = () => {};
    const adapter = new AdapterProcess((received) => {
      if (received.type === 'response') answered.push((received as DebugProtocol.Response).request_seq);
      else problems.push(JSON.stringify(received));
      wake();
    });
    const garbage: readonly string[] = [
      '\r\n\r\n',
      'Content-Length: x\r\n\r\n',
      'Content-Length: -5\r\n\r\n',
      'Content-Length: 99999999999999999999\r\n\r\n',
      'Content-Length: 5\r\n\r\n{"seq',
      'Content-Length: 4\r\n\r\nnull',
      'Content-Length: 2\r\n\r\n[]',
      'Content-Length: 7\r\n\r\n{"a":1]',
      'Content-Length: 0\r\n\r\n',
      'Content-Type: text/plain\r\n\r\n',
      `${'x'.repeat(5000)}\r\n\r\n`,
      'content-length: 22\r\nX-Other: 1\r\n\r\n{"type":"event","a":1}',
      'Content-Length: 3\r\n\r\n\u0000\u0001\u0002',
    ];
    const wanted: number[] = [];
    for (let seq = 1; seq <= 60; seq++) {
      adapter.write(random.of(garbage));
      const bytes = encodeMessage({ seq, type: 'request', command: 'threads' } as DebugProtocol.Request);
      const cut = random.below(bytes.length);
      adapter.write(bytes.subarray(0, cut));
      await turn();
      adapter.write(bytes.subarray(cut));
      wanted.push(seq);
    }
    while (answered.length < wanted.length) await new Promise<void>((resolve) => (wake = resolve));
    assert.deepEqual(answered, wanted);
    assert.ok(problems.some((text) => text.includes('Protocol error')));
    adapter.child.stdin!.end();
    assert.equal(await adapter.ended, 0);
    assert.equal(adapter.errors, '');
  });

  it('a stream that ends in the middle of a message ends the adapter', async () => {
    const adapter = new AdapterProcess(() => {});
    adapter.write('Content-Length: 500\r\n\r\n{"seq":1,');
    adapter.child.stdin!.end();
    assert.equal(await adapter.ended, 0);
  });
});
