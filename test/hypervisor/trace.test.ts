/** The hypervisor's tracepoints, as the text that the kernel's trace_pipe would have. */
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine, type NamedFile } from '../../emulator';
import { assembleGuest, compileGuest } from './assemble';
import { consoleSection } from './console';
import { modulesForTests, type ForTests } from './modules';
import { IMAGES } from './paths';
import { loaderOptions, runQemu } from './qemu';
import { variantImage } from './variants';

const LINE = /^ +(?:CPU (\d)\/KVM|vmm)-(\d) {5}\[000\] \.{4} +(\d+\.\d{6}): (\w+): (.*)$/;
const HEX = '0x[0-9a-f]{8}';
/** Both to a width, as the kernel prints them. */
const TIMER_STATE = 'CTL: 0x00000[0-7] CVAL: (?=.{16} arch) *0x[0-9a-f]+ arch_timer_ctx_index: 1$';

/** What each tracepoint says. */
const EVENTS: Readonly<Record<string, RegExp>> = {
  kvm_entry: RegExp(`^PC: ${HEX}$`),
  kvm_exit: RegExp(`^(HVC|IRQ): HSR_EC: 0x00[0-9a-f]{2} \\([A-Z0-9_]+\\), PC: ${HEX}$`),
  kvm_guest_fault: RegExp(`^ipa 0x[0-9a-f]+, hsr ${HEX}, hxfar ${HEX}, pc ${HEX}$`),
  kvm_access_fault: /^IPA: [0-9a-f]+$/,
  kvm_irq_line: /^Inject SPI interrupt \(1\), vcpu->idx: 0, num: \d+, level: [01]$/,
  kvm_mmio_emulate: RegExp(`^Emulate MMIO at: ${HEX} \\(hsr: 93[0-9a-f]{6}, cpsr: [0-9a-f]{8}\\)$`),
  kvm_mmio: /^mmio (read|write) len [124] gpa 0x[0-9a-f]+ val 0x[0-9a-f]+$/,
  kvm_emulate_cp15_imp: /^Implementation defined CP15: (mrc|mcr)\tp15, \d, r\d+, c\d+, c\d+, \d$/,
  kvm_wfx: RegExp(`^guest executed wf[ie] at: ${HEX}$`),
  kvm_hvc: RegExp(`^HVC at ${HEX} \\(r0: ${HEX}, imm: 0x0\\)$`),
  kvm_set_way_flush: RegExp(`^S/W flush at ${HEX} \\(cache o(n|ff)\\)$`),
  kvm_toggle_cache: RegExp(`^VM op at ${HEX} \\(cache was o(n|ff), now o(n|ff)\\)$`),
  kvm_unmap_hva: RegExp(`^mmu notifier unmap hva: ${HEX}$`),
  kvm_age_page: /^hva [0-9a-f]+ gfn 40[0-9a-f]{3} level [23] (YOUNG|OLD)$/,
  kvm_unmap_hva_range: RegExp(`^mmu notifier unmap range: ${HEX} -- ${HEX}$`),
  kvm_timer_update_irq: /^VCPU: 0, IRQ (27|30), level [01]$/,
  kvm_timer_save_state: RegExp(`^ {3}${TIMER_STATE}`),
  kvm_timer_restore_state: RegExp(`^${TIMER_STATE}`),
  kvm_timer_emulate: /^arch_timer_ctx_index: 0 \(should_fire: [01]\)$/,
  kvm_timer_hrtimer_expire: /^arch_timer_ctx_index: [01]$/,
  vgic_update_irq_pending: /^VCPU: 0, IRQ \d+, level [01]$/,
};
/** Of a VM, not of one of its vCPUs. */
const OF_THE_VM = ['kvm_irq_line', 'kvm_unmap_hva', 'kvm_age_page', 'kvm_unmap_hva_range'];

interface Entry {
  readonly vcpu: string | undefined;
  readonly time: number;
  readonly event: string;
  readonly text: string;
}

function traceIn(console: string): Entry[] {
  return (consoleSection(console, 'trace') ?? []).map((line) => {
    const [, vcpu, vm, time, event, text] = LINE.exec(line) ?? assert.fail(line);
    assert.strictEqual(vm, '1');
    return { vcpu, time: Number(time), event: event!, text: text! };
  });
}

describe('tracepoints', function () {
  this.timeout(180_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-trace-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const timers = (): NamedFile => ({ name: 'ptimer.bin', bytes: assembleGuest('ptimer.S', folder) });

  function run(load: ReturnType<typeof modulesForTests>): string {
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, engine: 'jit' });
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    const kernel = { name: 'kvm-arm.elf', bytes: variantImage(undefined) };
    machine.boot({ kernel, load, deviceTree: 'generated' });
    machine.run(80_000_000);
    return console;
  }

  it('are silent unless they are asked for', () => {
    assert.doesNotMatch(run(modulesForTests(timers(), 1)), /trace|kvm_/);
  });

  it('record what they are asked for and nothing else, in the kernel’s words', () => {
    const seen = new Set<string>();
    const disk = new Uint8Array(2048);
    const virtio = { name: 'virtio.bin', bytes: compileGuest('virtio.c', folder) };
    const exits = { name: 'exits.bin', bytes: assembleGuest('exits-once.S', folder) };
    const reclaim = { name: 'reclaim.bin', bytes: compileGuest('reclaim.c', folder) };
    const runs: readonly (readonly [NamedFile, ForTests])[] = [
      [timers(), { tracepoints: 'all' }],
      [virtio, { tracepoints: 'kvm_irq_line, vgic_update_irq_pending', disk }],
      [exits, { tracepoints: 'all !kvm_entry !kvm_exit', moveInterval: 5 }],
      [reclaim, { tracepoints: 'kvm_access_fault kvm_unmap_hva', hostMemory: 2 * 2 ** 20 }],
      [reclaim, { tracepoints: 'kvm_age_page', hostMemory: 2 * 2 ** 20 }],
    ];
    for (const [guest, tested] of runs) {
      const entries = traceIn(run(modulesForTests(guest, 1, tested)));
      for (const [i, { event, text, time, vcpu }] of entries.entries()) {
        assert.match(text, EVENTS[event] ?? assert.fail(event), event);
        assert.strictEqual(vcpu, OF_THE_VM.includes(event) ? undefined : '0', event);
        assert.ok(i === 0 || time >= entries[i - 1]!.time, `${event} at ${time}`);
        seen.add(event);
      }
      const names = new Set(entries.map(({ event }) => event));
      if (guest === virtio) assert.deepStrictEqual([...names].sort(), ['kvm_irq_line', 'vgic_update_irq_pending']);
      if (guest === exits) assert.ok(!names.has('kvm_entry') && !names.has('kvm_exit'));
    }
    assert.deepStrictEqual([...seen].sort(), Object.keys(EVENTS).sort());
  });

  /** Every exit is recorded once, as the statistics count them, between two entries. */
  function checkExits(console: string): void {
    const entries = traceIn(console);
    const exits = entries.filter(({ event }) => event === 'kvm_exit');
    const statistics = consoleSection(console, 'exit statistics')!;
    const total = /vm1 vCPU0: (\d+) exits/.exec(statistics[0]!)![1];
    assert.strictEqual(exits.length, Number(total), console);
    assert.ok(exits.length > 20);
    for (const line of statistics) {
      const [, ec, count] = /EC 0x(\w\w) .* (\d+)$/.exec(line) ?? [];
      if (ec === undefined) continue;
      const traced = exits.filter(({ text }) => text.startsWith(`HVC: HSR_EC: 0x00${ec} `));
      assert.strictEqual(traced.length, Number(count), line);
    }
    for (const [i, { event, text }] of entries.entries()) {
      assert.strictEqual(event, i % 2 === 0 ? 'kvm_entry' : 'kvm_exit');
      if (i === 0) assert.strictEqual(text, 'PC: 0x40008000');
    }
  }

  it('have each exit of the statistics', () => {
    checkExits(run(modulesForTests(timers(), 1, { tracepoints: 'kvm_entry kvm_exit' })));
  });

  it('have each exit of the statistics, under QEMU', () => {
    const modules = modulesForTests(timers(), 1, { tracepoints: 'kvm_entry kvm_exit' });
    const loaders = loaderOptions(folder, modules);
    checkExits(runQemu(join(IMAGES, 'kvm-arm.elf'), 'virt,virtualization=on', loaders));
  });

  /** The virtual timer: what was stored at an exit is what is loaded for the next entry. */
  function checkTimerStates(console: string): void {
    const entries = traceIn(console);
    let saved = 'CTL: 0x000000 CVAL:              0x0 arch_timer_ctx_index: 1';
    const kinds = ['kvm_timer_restore_state', 'kvm_entry', 'kvm_exit', 'kvm_timer_save_state'];
    for (const [i, { event, text }] of entries.entries()) {
      assert.strictEqual(event, kinds[i % kinds.length]);
      if (event === 'kvm_timer_restore_state') assert.strictEqual(text, saved, console);
      if (event === 'kvm_timer_save_state') saved = text.trimStart();
    }
    const enabled = entries.filter(({ text }) => /^CTL: 0x00000[15]/.test(text));
    assert.ok(enabled.length > 2, console);
  }

  const timerStates = (): ReturnType<typeof modulesForTests> =>
    modulesForTests({ name: 'vtimer.bin', bytes: assembleGuest('vtimer.S', folder) }, 1, {
      tracepoints: 'kvm_entry kvm_exit kvm_timer_save_state kvm_timer_restore_state',
    });

  it('have the timer’s state at each switch', () => checkTimerStates(run(timerStates())));

  it('have the timer’s state at each switch, under QEMU', () => {
    const loaders = loaderOptions(folder, timerStates());
    checkTimerStates(runQemu(join(IMAGES, 'kvm-arm.elf'), 'virt,virtualization=on', loaders));
  });

  it('keep the last records when there are too many, and the newest is the guest’s last call', () => {
    const virtio = { name: 'virtio.bin', bytes: compileGuest('virtio.c', folder) };
    const entries = traceIn(run(modulesForTests(virtio, 1, { tracepoints: 'all', disk: new Uint8Array(2048) })));
    assert.strictEqual(entries.length, 1024);
    assert.match(entries.at(-1)!.text, /^HVC at .* \(r0: 0x84000008, imm: 0x0\)$/);
  });

  it('refuse a name that is none', () => {
    const console = run(modulesForTests(timers(), 1, { tracepoints: 'kvm_exit kvm_exits' }));
    assert.match(console, /^vmm: error: \/boot\/trace: a name that is no tracepoint's\r?$/m);
  });
});
