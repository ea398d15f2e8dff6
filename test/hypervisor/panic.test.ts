/** What is said when the lowvisor or the host's kernel itself goes wrong: which world, where, why. */
import assert from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guestModules } from '../../debug-adapter/launch/boot-modules';
import { ElfFile } from '../../debug-adapter/symbols/elf';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { IMAGES } from './paths';
import { consoleSection } from './console';
import { loaderOptions, runQemu } from './qemu';

const image = readFileSync(join(IMAGES, 'kvm-arm.elf'));
const elf = new ElfFile(image, 'kvm-arm.elf');

/** One instruction of the image replaced, at a symbol; or one more before it, which must mean the same elsewhere. */
interface Bug {
  readonly at: string;
  readonly instruction: number;
  readonly inserted?: boolean;
}

const addressOf = (symbol: string): number => elf.symbols.named(symbol)!.address;
const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/** B from one address to another. */
const branch = (from: number, to: number): number => (0xea00_0000 | (((to - from - 8) >> 2) & 0xff_ffff)) >>> 0;

function withBugs(bugs: readonly Bug[]): Uint8Array {
  const bytes = Uint8Array.from(image);
  const view = new DataView(bytes.buffer);
  const offsetOf = (address: number): number => {
    const segment = elf.loadable.find(({ vaddr, fileSize }) => address >= vaddr && address < vaddr + fileSize)!;
    return segment.offset + address - segment.vaddr;
  };
  for (const { at, instruction, inserted } of bugs) {
    const address = addressOf(at);
    const offset = offsetOf(address);
    if (inserted) {
      const elsewhere = addressOf('__hyp_text_end') - 16; // nothing is there
      const there = [instruction, view.getUint32(offset, true), branch(elsewhere + 8, address + 4)];
      for (const [i, word] of there.entries()) view.setUint32(offsetOf(elsewhere) + 4 * i, word, true);
    }
    view.setUint32(offset, inserted ? branch(address, addressOf('__hyp_text_end') - 16) : instruction, true);
  }
  return bytes;
}

const panicsIn = (console: string): readonly string[] => console.replaceAll('\r', '').match(/^host: panic: .*$/gm) ?? [];
const panicIn = (console: string): string | undefined => panicsIn(console)[0];

type Modules = ReturnType<typeof guestModules>;

function consoleHere(bugs: Bug | readonly Bug[], load: Modules = [], end = 'powered off'): string {
  const machine = new Machine(DEFAULT_CONFIGURATION);
  let console = '';
  machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
  machine.boot({ kernel: { name: 'kvm-arm.elf', bytes: withBugs([bugs].flat()) }, load, deviceTree: 'generated' });
  assert.strictEqual(machine.run(20_000_000).end, end, console);
  return console;
}

const panicHere = (bug: Bug): string | undefined => panicIn(consoleHere(bug));

const UDF = 0xe7f0_00f0;
const SVC = 0xef00_0000;
const HVC = 0xe140_0070;
/** Of the most of them the host's registers are not in their places: they must come back from the Hyp stack. */
const PHASES = elf.symbols.all.map(({ name }) => name).filter((name) => /^ws_(in|out)_/.test(name));

/** At ws_in_3, where r2 is FPEXC with EN set: 0x40000000, which Hyp mode has not mapped. */
const IN_HYP = [
  {
    what: 'an undefined instruction',
    instruction: UDF,
    panics: (at: number) => `UNDEFINED in Hyp mode .*: ELR_hyp ${hex(at)}, .*, HSR 0x[0-9a-f]{8}: of an earlier exception$`,
  },
  {
    what: 'a data abort',
    instruction: 0xe592_2000, // LDR r2, [r2]
    panics: (at: number) =>
      // QEMU gives a syndrome of the instruction too (ISV): test/conformance/mmu/deviations.ts.
      `DATA_ABORT in Hyp mode .*: ELR_hyp ${hex(at)}, .*, HSR 0x9[4-7]\\w{4}06: DABT_HYP, translation fault, HDFAR 0x40000000$`,
  },
  {
    what: 'a prefetch abort',
    instruction: 0xe12f_ff12, // BX r2
    panics: () =>
      'PREF_ABORT in Hyp mode .*: ELR_hyp 0x40000000, .*, HSR 0x8[46]000006: IABT_HYP, translation fault, HIFAR 0x40000000$',
  },
  {
    what: 'SVC',
    instruction: SVC,
    panics: (at: number) => `SOFTWARE in Hyp mode .*: ELR_hyp ${hex(at + 4)}, .*, HSR 0x46000000: SVC_HYP$`,
  },
  {
    what: 'HVC',
    instruction: HVC,
    panics: (at: number) => `SOFTWARE in Hyp mode .*: ELR_hyp ${hex(at + 4)}, .*, HSR 0x4a000000: HVC$`,
  },
];

/** In the host's kernel, where its handler of timer interrupts begins: r0 is 30. */
const IN_HOST = [
  { what: 'an undefined instruction', instruction: UDF, panics: 'Undefined Instruction', at: 0, why: '' },
  { what: 'SVC', instruction: SVC, panics: 'SVC', at: 4, why: '' },
  { what: 'a data abort', instruction: 0xe5d0_0000, panics: 'Data Abort', at: 0, why: ': translation fault' }, // LDRB
];

describe('panics', function () {
  this.timeout(120_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-panic-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  function consoleUnderQemu(bugs: Bug | readonly Bug[], load: Modules = []): string {
    const path = join(folder, 'broken.elf');
    writeFileSync(path, withBugs([bugs].flat()));
    return runQemu(path, 'virt,virtualization=on', loaderOptions(folder, load));
  }

  const panicUnderQemu = (bug: Bug): string | undefined => panicIn(consoleUnderQemu(bug));

  for (const phase of PHASES)
    it(`in Hyp mode at ${phase}, of whose world switch, and with the host's world back`, () => {
      const panic = panicHere({ at: phase, instruction: UDF }) ?? '';
      assert.ok(panic.includes(`ELR_hyp ${hex(addressOf(phase))}, SPSR_hyp `), panic);
      const switching = !/^ws_(in_1a|out_5)/.test(phase);
      assert.ok(panic.includes(switching ? 'in a world switch for vm1 vCPU0' : 'in a call for the host'), panic);
      const stage2 = /^ws_(in_2e|in_5|out_1a|out_1f|out_4)/.test(phase);
      assert.ok(panic.includes(`(VMID ${stage2 ? 1 : 0}, `), panic);
      assert.match(panic, /SPSR_hyp 0x[0-9a-f]{6}da \(hyp\)/);
    });

  for (const { what, instruction, panics } of IN_HYP) {
    const bug = { at: 'ws_in_3_enable_traps', instruction };
    const expected = new RegExp(`^host: panic: ${panics(addressOf(bug.at))}`);

    it(`${what} in Hyp mode`, () => assert.match(panicHere(bug) ?? '', expected));

    it(`${what} in Hyp mode, under QEMU`, () => assert.match(panicUnderQemu(bug) ?? '', expected));
  }

  it('an undefined instruction in what the host calls in Hyp mode', () => {
    const panic = panicHere({ at: '__kvm_flush_hyp_tlb', instruction: UDF });
    assert.match(panic ?? '', /^host: panic: UNDEFINED in Hyp mode on core 0, in a call for the host \(VMID 0, HCR 0x0+\)/);
  });

  for (const { what, instruction, panics, at, why } of IN_HOST)
    it(`${what} in the host's kernel`, () => {
      const bug = { at: 'timer_interrupt', instruction };
      const pc = hex(addressOf(bug.at) + at);
      const expected = new RegExp(
        `^host: panic: ${panics} in the host's kernel on core 0, thread \\w+, mode svc: PC ${pc}, LR 0x[0-9a-f]{8}, SP 0x[0-9a-f]{8}${why}, FSR `,
      );
      assert.match(panicHere(bug) ?? '', expected);
    });

  /** The teaching guest's first exception that the highvisor makes is of a hypercall that there is not. */
  const INJECTING = { at: 'kvm_inject_undefined', instruction: UDF };
  const traced = (): Modules =>
    guestModules({
      ...{ kernel: undefined, initrd: undefined, append: undefined, cpus: 1, memory: undefined, count: 1 },
      tracepoints: 'all',
    });

  function assertTraced(console: string): void {
    assert.match(panicIn(console) ?? '', /^host: panic: Undefined Instruction in the host's kernel/);
    const said = consoleSection(console, 'trace')?.map((line) => line.replace(/^.*?\.\d{6}: /, ''));
    assert.strictEqual(said?.length, 32, console);
    const last = ['kvm_entry: PC: ', 'kvm_exit: HVC: HSR_EC: 0x0012 (HVC), PC: ', 'kvm_timer_save_state: ', 'kvm_hvc: HVC at '];
    for (const [i, begin] of last.entries()) assert.ok(said.at(i - 4)!.includes(begin), said.join('\n'));
  }

  it('with the last of the trace, if there is one', () => {
    assertTraced(consoleHere(INJECTING, traced()));
    assert.strictEqual(consoleSection(consoleHere(INJECTING), 'trace'), undefined);
  });

  it('with the last of the trace, under QEMU', () => assertTraced(consoleUnderQemu(INJECTING, traced())));

  /** No memory of Hyp mode's; what it may not write to; no address of a word. */
  const NO_STACKS = [0xe3a0_d201, 0xe1a0_d00f, 0xe3a0_d001]; // MOV sp, #0x10000000; MOV sp, pc; MOV sp, #1
  const BROKEN_STACK =
    /^host: panic: \w+ in Hyp mode on core 0, in a .*SPSR_hyp 0x[0-9a-f]{8} \(hyp\), SP_hyp 0x[0-9a-f]{8}, which is not this core's stack, HSR 0x/;

  function assertOnePanic(console: string, expected: RegExp): void {
    const [panic, ...more] = panicsIn(console);
    assert.match(panic ?? '', expected);
    assert.deepStrictEqual(more, [], console);
  }

  for (const at of PHASES)
    it(`SP_hyp is broken at ${at}`, () => {
      for (const instruction of NO_STACKS)
        assertOnePanic(consoleHere({ at, instruction, inserted: true }), BROKEN_STACK);
    });

  for (const at of ['ws_in_5_enter_vm', 'ws_out_1b_switch_vfp', 'ws_out_5_enter_host'])
    it(`SP_hyp is broken at ${at}, under QEMU`, () => {
      for (const instruction of NO_STACKS)
        assertOnePanic(consoleUnderQemu({ at, instruction, inserted: true }), BROKEN_STACK);
    });

  /** Faults of the ways out of a fault in Hyp mode (lowvisor/hyp-panic.S), each after the one before. */
  const FIRST: Bug = { at: 'ws_out_1a_store_vm_gp', instruction: UDF };
  const SECOND: Bug = { at: 'hyp_panic_old_host', instruction: 0xe3a0_0201, inserted: true }; // MOV r0, #0x10000000: no vCPU
  const THIRD: Bug = { at: 'hyp_panic_new_host', instruction: UDF };
  const TWICE =
    /^host: panic: UNDEFINED in Hyp mode on core 0, in a world switch for a vCPU \(VMID 1, .*; then DATA_ABORT on the way to the host: ELR_hyp 0x[0-9a-f]{8}, .*, HDFAR 0x100003[0-9a-f]{2}$/;
  const THREE_TIMES = /^host: panic: Hyp mode finds no way to the host any more: three faults, power off$/;

  it('a fault in Hyp mode on the way to the host, to say that there was a fault', () => {
    assertOnePanic(consoleHere([FIRST, SECOND]), TWICE);
    assertOnePanic(consoleUnderQemu([FIRST, SECOND]), TWICE);
  });

  it('a third fault in Hyp mode', () => {
    assertOnePanic(consoleHere([FIRST, SECOND, THIRD]), THREE_TIMES);
    assertOnePanic(consoleUnderQemu([FIRST, SECOND, THIRD]), THREE_TIMES);
  });

  it('a fault in Hyp mode wherever the way to the host begins', () => {
    for (const at of PHASES) {
      const [panic, ...more] = panicsIn(consoleHere([{ at, instruction: UDF }, { ...SECOND, instruction: UDF }]));
      assert.ok(panic?.includes(`ELR_hyp ${hex(addressOf(at))}, SPSR_hyp `), panic);
      assert.match(panic, /; then UNDEFINED on the way to the host: ELR_hyp 0x[0-9a-f]{8}, /);
      assert.deepStrictEqual(more, []);
    }
  });

  /** In an interrupt, in a system call, while a guest's exit is handled, between two threads. */
  for (const at of ['timer_interrupt', 'system_call', 'kvm_inject_undefined', 'schedule'])
    it(`SP_svc is broken at ${at}`, () => {
      const expected =
        /^host: panic: Data Abort in the host's kernel on core 0, thread \w+, mode svc: PC 0xc00[0-9a-f]{5}, LR 0x[0-9a-f]{8}, SP 0x[0-9a-f]{8}, which is no stack: \w+ fault, FSR /;
      for (const instruction of NO_STACKS.slice(0, 2)) {
        const bug = { at, instruction, inserted: true };
        assertOnePanic(consoleHere(bug), expected);
        assertOnePanic(consoleUnderQemu(bug), expected);
      }
    });

  /** Bugs in what a panic itself needs, and what is still said. */
  const IN_PANIC = [
    { at: 'trace_dump', says: /^host: panic: Undefined .*\nhost: panic: in the panic: Undefined Instruction in the host's kernel on core 0, thread -, mode svc: PC (0x\w{8}), [^\n]*$/ },
    { at: 'mode_name', says: /^host: panic: \nhost: panic: in the panic: \nhost: panic: in the panic: once more$/ },
    { at: 'machine_power_off', says: /^host: panic: Undefined .*\nhost: panic: in the panic: Undefined .*\nhost: panic: in the panic: once more$/ },
  ];
  for (const { at, says } of IN_PANIC)
    it(`a fault in ${at}, which a panic needs`, () => {
      const bugs = [INJECTING, { at, instruction: UDF }];
      const console = at === 'machine_power_off' ? consoleHere(bugs, [], 'idle') : consoleHere(bugs);
      const [, pc] = says.exec(panicsIn(console).join('\n')) ?? assert.fail(console);
      if (pc !== undefined) assert.strictEqual(pc, hex(addressOf(at)));
    });

  it("a jump to nowhere in the host's kernel", () => {
    const panic = panicHere({ at: 'timer_interrupt', instruction: 0xe3a0_f201 }); // MOV pc, #0x10000000
    assert.match(panic ?? '', /^host: panic: Prefetch Abort in .*: PC 0x10000000, .*: translation fault, FSR 0x\w+, FAR 0x10000000$/);
  });
});
