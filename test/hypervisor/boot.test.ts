import assert from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparableConsole, consoleSection } from './console';
import { EXPECTED_CONSOLE, IMAGES } from './paths';
import { runQemu } from './qemu';

const HYP = 'virt,virtualization=on';
const KVM_ARM = join(IMAGES, 'kvm-arm.elf');
const TEACHING = join(IMAGES, 'teaching.elf');

interface Module {
  kind: number;
  address: number;
  size: number;
}

/** A boot-modules header as hypervisor/host/modules.h describes it. */
function header(modules: Module[], { memory = 0, cpus = 0, count = 0, version = 1 } = {}): Buffer {
  const words = [0x444d5357, version, modules.length, memory, cpus, count, 0, 0];
  for (const { kind, address, size } of modules) words.push(kind, address, size, 0);
  return Buffer.from(Uint32Array.from(words).buffer);
}

describe('hypervisor images: boot under QEMU', function () {
  this.timeout(60_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-boot-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function runWithModules(content: Buffer, ...files: [file: string, address: number][]): string {
    const headerFile = join(folder, 'header.bin');
    writeFileSync(headerFile, content);
    const loaders = [[headerFile, 0x40100000] as [string, number], ...files].flatMap(([file, address]) => [
      '-device',
      `loader,file=${file},addr=0x${address.toString(16)},force-raw=on`,
    ]);
    return runQemu(KVM_ARM, HYP, loaders);
  }

  it('hello-hyp greets from Hyp, takes an HVC and powers off', () => {
    const lines = runQemu(join(IMAGES, 'hello-hyp.elf'), HYP).replaceAll('\r', '').split('\n');
    assert.deepStrictEqual(lines, [
      'hello from Hyp',
      'CPSR mode 0x1a, MIDR 0x414fc0f0',
      'HVC: EC 0x12, immediate 0x1234, from mode 0x1a',
      'HVCs taken: 1, 10! = 3628800',
      'goodbye',
      '',
    ]);
  });

  it('the hypervisor runs the teaching guest to its power off', () => {
    const console = runQemu(KVM_ARM, HYP);
    const expected = readFileSync(EXPECTED_CONSOLE, 'utf8');
    assert.deepStrictEqual(comparableConsole(console), comparableConsole(expected));

    const statistics = consoleSection(console, 'exit statistics')?.join('\n') ?? '';
    for (const row of ['EC 0x01', 'EC 0x03', 'EC 0x12', 'EC 0x13', 'EC 0x20', 'EC 0x24', 'lazy VFP switches']) {
      assert.ok(statistics.includes(row), `no row "${row}" in\n${statistics}`);
    }
    const traps = consoleSection(console, 'traps that not every emulator has');
    assert.strictEqual(traps?.length, 6, traps?.join('\n'));
  });

  it('two VMs at once end both', () => {
    const console = runWithModules(header([], { count: 2 }));
    for (const vm of ['vm1', 'vm2']) {
      assert.ok(console.includes(`${vm}| guest: PSCI SYSTEM_OFF`), console);
      assert.ok(console.includes(`vmm: ${vm}: power off`), console);
    }
    assert.ok(console.includes('host: VFP registers unchanged'), console);
    assert.ok(console.includes("vm1| pass-through: the machine's own PL031, PeriphID0 0x31"), console);
    assert.ok(console.includes("vm2| pass-through: no PL031 answers here: it is another's"), console);
    assert.match(console, /^vmm: vm2 touches the clock at IPA 0x09010fe0, which it has not: external abort\r?$/m);
    assert.doesNotMatch(console, /vm1 touches the clock/);
  });

  it('takes a guest kernel from a boot module, with memory and vCPUs as asked', () => {
    const size = readFileSync(TEACHING).length;
    const modules = [{ kind: 1, address: 0x48000000, size }];
    const console = runWithModules(header(modules, { memory: 32 << 20, cpus: 2 }), [TEACHING, 0x48000000]);
    assert.ok(console.includes('vmm: vm1: 32 MiB RAM at IPA 0x40000000, 2 vCPUs'), console);
    assert.ok(console.includes(`vmm: guest kernel: ELF, ${size} bytes`), console);
    assert.match(console, /^guest: PSCI SYSTEM_OFF\r?$/m);
  });

  it('refuses a module outside RAM, and a header of another version', () => {
    const outside = runWithModules(header([{ kind: 1, address: 0x7fff0000, size: 0x20000 }]));
    assert.ok(outside.includes('boot module 0 at 0x7fff0000, 131072 bytes, is not in free RAM'), outside);
    const version = runWithModules(header([], { version: 7 }));
    assert.ok(version.includes('boot modules: version 7, count 0: ignored'), version);
  });

  it('says what is wrong with a damaged guest kernel, and powers off', () => {
    const damaged = readFileSync(TEACHING).subarray(0, 0x1800);
    const file = join(folder, 'damaged.elf');
    writeFileSync(file, damaged);
    const console = runWithModules(header([{ kind: 1, address: 0x48000000, size: damaged.length }]), [
      file,
      0x48000000,
    ]);
    assert.ok(console.includes("vmm: error: the guest's ELF file is damaged"), console);
    assert.ok(console.includes('host: VMM 1 ended with status 1'), console);
  });

  /** Runs a few A32 instructions as a raw guest kernel, at IPA 0x40008000. */
  function runRawGuest(instructions: number[]): string {
    const file = join(folder, 'raw.bin');
    const bytes = Buffer.from(Uint32Array.from(instructions).buffer);
    writeFileSync(file, bytes);
    const modules = [{ kind: 1, address: 0x48000000, size: bytes.length }];
    return runWithModules(header(modules), [file, 0x48000000]);
  }
  /** mov r0, #0x84000000; orr r0, r0, #8; hvc #0 */
  const POWER_OFF = [0xe3a00321, 0xe3800008, 0xe1400070];

  it('stops a VM whose device access it cannot decode, and says where', () => {
    // mov r0, #0x09000000; ldmia r0, {r1, r2}: the syndrome of LDM does not name a register
    const console = runRawGuest([0xe3a00409, 0xe8900006, ...POWER_OFF]);
    assert.match(
      console,
      /vmm: error: vm1 vCPU0 stopped: error 38, PC 0x40008004, HSR 0x9[02]000006, VA 0x09000000, IPA 0x09000000/,
    );
    assert.ok(console.includes('host: VMM 1 ended with status 1'), console);
  });

  it('reads zero where a guest has no device, and says so once', () => {
    // mov r0, #0x0c000000; ldr r1, [r0]; str r1, [r0, #4]; PSCI SYSTEM_OFF
    const console = runRawGuest([0xe3a00303, 0xe5901000, 0xe5801004, ...POWER_OFF]);
    assert.ok(console.includes('vmm: vm1 touches IPA 0x0c000000, where nothing is'), console);
    assert.ok(console.includes('vmm: vm1: 2 accesses to IPAs where nothing is'), console);
    assert.ok(console.includes('host: VMM 1 ended with status 0'), console);
  });

  it('entered in SVC, there is no KVM, and the host says so', () => {
    const console = runQemu(KVM_ARM, 'virt');
    assert.ok(console.includes('host: no Hyp mode: no KVM'), console);
    assert.ok(console.includes('vmm: error: /dev/kvm'), console);
    assert.ok(console.includes('host: power off'), console);
  });
});
