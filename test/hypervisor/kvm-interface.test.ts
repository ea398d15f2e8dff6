/** /dev/kvm: each register of a vCPU, each attribute of the VGIC, and each error, as a VMM meets them. */
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine, type NamedFile } from '../../emulator';
import { compileVmm } from './assemble';
import { modulesForTests } from './modules';
import { IMAGES } from './paths';
import { loaderOptions, runQemu } from './qemu';
import { variantImage } from './variants';

/** Ids as arch/arm/include/uapi/asm/kvm.h of Linux makes them. */
const ARM = 0x40n << 56n;
const U32 = 2n << 52n;
const U64 = 3n << 52n;
const group = (number: number): bigint => ARM | (BigInt(number) << 16n);
const cp15 = (opc1: number, crn: number, crm: number, opc2: number): bigint =>
  group(15) | U32 | BigInt((crn << 11) | (crm << 7) | (opc1 << 3) | opc2);
const cp15Wide = (opc1: number, crm: number): bigint => group(15) | U64 | BigInt((crm << 7) | (opc1 << 3));
const range = (count: number): number[] => [...Array(count).keys()];

/** A register and whether it can be set, by the architecture's names (ARM DDI 0406C B4.1). */
const EXPECTED: readonly (readonly [bigint, 'rw' | 'fixed'])[] = [
  ...range(38).map((word) => [group(16) | U32 | BigInt(word), 'rw'] as const),
  // MIDR, CTR, TCMTR, TLBTR, REVIDR, CLIDR, AIDR
  ...[0, 1, 2, 3, 6].map((opc2) => [cp15(0, 0, 0, opc2), 'fixed'] as const),
  ...[1, 7].map((opc2) => [cp15(1, 0, 0, opc2), 'fixed'] as const),
  // ID_PFR0 to ID_MMFR3, ID_ISAR0 to ID_ISAR5
  ...range(8).map((opc2) => [cp15(0, 0, 1, opc2), 'fixed'] as const),
  ...range(6).map((opc2) => [cp15(0, 0, 2, opc2), 'fixed'] as const),
  [cp15(1, 9, 0, 2), 'fixed'], // L2CTLR
  ...(
    [
      ...[[0, 0, 0, 5], [2, 0, 0, 0]], // MPIDR, CSSELR
      ...[[0, 1, 0, 0], [0, 1, 0, 1], [0, 1, 0, 2]], // SCTLR, ACTLR, CPACR
      ...[[0, 2, 0, 0], [0, 2, 0, 1], [0, 2, 0, 2], [0, 3, 0, 0]], // TTBR0, TTBR1, TTBCR, DACR
      ...[[0, 5, 0, 0], [0, 5, 0, 1], [0, 5, 1, 0], [0, 5, 1, 1]], // DFSR, IFSR, ADFSR, AIFSR
      ...[[0, 6, 0, 0], [0, 6, 0, 2]], // DFAR, IFAR
      ...[[0, 10, 2, 0], [0, 10, 2, 1], [0, 10, 3, 0], [0, 10, 3, 1]], // PRRR, NMRR, AMAIR0, AMAIR1
      ...[[0, 12, 0, 0], [0, 13, 0, 1], [0, 13, 0, 2], [0, 13, 0, 3], [0, 13, 0, 4]], // VBAR, CONTEXTIDR, TPIDRURW, TPIDRURO, TPIDRPRW
      ...[[0, 14, 1, 0], [0, 14, 2, 1], [0, 14, 3, 1]], // CNTKCTL, CNTP_CTL, CNTV_CTL
    ] as [number, number, number, number][]
  ).map((encoding) => [cp15(...encoding), 'rw'] as const),
  // TTBR0, TTBR1, PAR, CNTVCT, CNTP_CVAL, CNTV_CVAL
  ...([[0, 2], [1, 2], [0, 7], [1, 14], [2, 14], [3, 14]] as [number, number][]).map((encoding) => [cp15Wide(...encoding), 'rw'] as const), // prettier-ignore
  // CCSIDR of a Cortex-A15's caches: level 1 data, level 1 instruction, level 2 (ARM DDI 0438 4.3.22)
  ...[0, 1, 2].map((csselr) => [group(17) | U32 | BigInt(csselr), 'fixed'] as const),
  ...range(32).map((d) => [group(18) | U64 | BigInt(d), 'rw'] as const),
  // FPSID, MVFR1, MVFR0; FPSCR, FPEXC, FPINST, FPINST2
  ...[0x1000, 0x1006, 0x1007].map((index) => [group(18) | U32 | BigInt(index), 'fixed'] as const),
  ...[0x1001, 0x1008, 0x1009, 0x100a].map((index) => [group(18) | U32 | BigInt(index), 'rw'] as const),
  [group(20) | U64, 'fixed'], // PSCI's version: there is none that is a pattern
];

const inOrder = (lines: readonly string[]): string[] => [...lines].sort();

describe('hypervisor: /dev/kvm', function () {
  this.timeout(120_000);
  let folder: string;
  let vmm: NamedFile;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'worldswitch-interface-'));
    vmm = { name: 'kvm-interface.elf', bytes: compileVmm('kvm-interface.c', folder) };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const modules = (): ReturnType<typeof modulesForTests> => modulesForTests(undefined, 1, { vmm });

  function emulate(variant?: string): string {
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, engine: 'jit' });
    let console = '';
    machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
    machine.boot({ kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) }, load: modules(), deviceTree: 'generated' });
    assert.strictEqual(machine.run(500_000_000).end, 'powered off', console);
    return console;
  }

  function assertAsDocumented(console: string): void {
    const said = console.replaceAll('\r', '').split('\n').filter((line) => line !== '' && !line.startsWith('host:'));
    const listed = said.filter((line) => line.startsWith('0x'));
    const [last, ...wrong] = said.filter((line) => !line.startsWith('0x')).reverse();
    assert.deepStrictEqual(wrong, [], console);
    assert.match(last ?? '', /^\d{4} checks, 0 wrong$/, console);
    const expected = EXPECTED.map(([id, kind]) => `0x${id.toString(16).padStart(16, '0')} ${kind}`);
    assert.deepStrictEqual(inOrder(listed), inOrder(expected));
    const audit = /^host: (VFP|banked|control) registers unchanged\r?$/gm;
    assert.strictEqual([...console.matchAll(audit)].length, 3, console);
  }

  for (const variant of [undefined, 'ap-list', 'no-vgic'])
    it(`is as documented, ${variant ?? 'the shipped image'}`, () => assertAsDocumented(emulate(variant)));

  it('is as documented, under QEMU', () =>
    assertAsDocumented(runQemu(join(IMAGES, 'kvm-arm.elf'), 'virt,virtualization=on', loaderOptions(folder, modules()))));
});
