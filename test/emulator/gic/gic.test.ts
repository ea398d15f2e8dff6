/** GICv2 against its specification, IHI 0048B: above all where the oracle test has to leave something out. */
import assert from 'node:assert/strict';
import type { AccessSize, Device } from '../../../emulator/devices/device';
import { decodeFields, registerAt } from '../../../emulator/devices/register-device';
import { EventHub } from '../../../emulator/events/event-hub';
import type { MachineEvent } from '../../../emulator/events/events';
import type { GicConfig } from '../../../emulator/gic/config';
import { Gic } from '../../../emulator/gic/gic';
import { HypervisorFrames } from '../../../emulator/gic/hypervisor-frames';
import { decodeListRegister } from '../../../emulator/gic/list-register';
import {
  GICC_REGISTERS,
  GICD_REGISTERS,
  GICH_REGISTERS,
  GICV_REGISTERS,
} from '../../../emulator/gic/registers';
import { PendingLine } from '../../../emulator/state/layout';

type Window = 'gicd' | 'gicc' | 'gich' | 'gicv';

/** A Gic with its lines, and accesses by the name of the window. */
class Bench {
  readonly lines = new Array<number>(8).fill(0);
  readonly heard: MachineEvent[] = [];
  readonly hub = new EventHub(() => 0);
  readonly gic: Gic;

  constructor(config: Partial<GicConfig> = {}) {
    const set = (core: number, line: PendingLine, level: boolean): void => {
      this.lines[core] = level ? this.lines[core] | line : this.lines[core] & ~line;
    };
    this.gic = new Gic(config, { set }, this.hub);
  }
  read(window: Window, offset: number, core = 0, secure = false, size: AccessSize = 4): number {
    return this.device(window).read(offset, size, { core, secure, privileged: true });
  }
  write(window: Window, offset: number, value: number, core = 0, secure = false, size: AccessSize = 4): void {
    const by = { core, secure, privileged: true };
    assert.ok(this.device(window).write(offset, size, value >>> 0, by));
  }
  peek(window: Window, offset: number, core = 0): number | undefined {
    return this.device(window).peek(offset, 4, { core, secure: false, privileged: true });
  }
  private device(window: Window): Device {
    const device = this.gic.devices[window];
    assert.ok(device, `this GIC has no ${window}`);
    return device;
  }
  /** Both groups enabled everywhere, nothing masked. */
  enable(core = 0): this {
    this.write('gicd', 0, 3);
    this.write('gicc', 0, 3, core);
    this.write('gicc', 4, 0xff, core);
    if (this.gic.config.hasVirtualization) this.write('gich', 0, 1, core);
    if (this.gic.config.hasVirtualization) this.write('gich', 8, 0xf800_0003, core);
    return this;
  }
}

const listRegister = (virtual: number, state: number, more = 0): number =>
  (virtual | (state << 28) | more) >>> 0;
const LR = (n: number): number => 0x100 + 4 * n;
const HW = (physical: number): number => 0x8000_0000 | (physical << 10);
const GROUP1 = 1 << 30;
const PRIORITY = (byte: number): number => (byte >> 3) << 23;

describe('GIC distributor and CPU interface', () => {
  it('a level-sensitive SPI is pending while its line is, an edge-triggered one once', () => {
    const bench = new Bench().enable();
    bench.write('gicd', 0x104, 3); // enable 32, 33
    bench.write('gicd', 0xc08, 2 << 2); // 33 edge-triggered
    bench.gic.setSpi(32, true);
    assert.equal(bench.lines[0], PendingLine.IRQ);
    assert.equal(bench.read('gicc', 0xc), 32);
    assert.equal(bench.lines[0], 0);
    assert.equal(bench.read('gicd', 0x204), 1, 'active and pending: the line is still asserted');
    bench.write('gicd', 0x284, 1);
    assert.equal(bench.read('gicd', 0x204), 1, 'a level cannot be cleared');
    bench.write('gicc', 0x10, 32);
    assert.equal(bench.lines[0], PendingLine.IRQ, 'ended with the line asserted: signalled again');
    bench.gic.setSpi(32, false);
    assert.equal(bench.lines[0], 0);
    bench.gic.setSpi(33, true);
    bench.gic.setSpi(33, false);
    assert.equal(bench.read('gicc', 0xc), 33);
    assert.equal(bench.read('gicd', 0x204), 0);
  });

  it('4.4.4: an interrupt whose group the CPU interface disables is not acknowledged', () => {
    const bench = new Bench().enable();
    bench.write('gicc', 0, 2);
    bench.write('gicd', 0x104, 1);
    bench.gic.setSpi(32, true);
    assert.equal(bench.lines[0], 0);
    assert.equal(bench.read('gicc', 0xc), 1023);
    assert.equal(bench.read('gicc', 0x18), 1023);
    bench.write('gicc', 0, 3);
    assert.equal(bench.read('gicc', 0x18), 32);
    assert.equal(bench.read('gicc', 0xc), 32);
  });

  it('3.2.5: 1022 for a Group 1 interrupt of sufficient priority while AckCtl is 0; AIAR takes it', () => {
    const bench = new Bench().enable();
    bench.write('gicd', 0x084, 1);
    bench.write('gicd', 0x104, 3);
    bench.gic.setSpi(32, true);
    assert.equal(bench.read('gicc', 0xc), 1022);
    assert.equal(bench.read('gicc', 0x28), 32);
    assert.equal(bench.read('gicc', 0x20), 32);
    bench.gic.setSpi(32, false);
    assert.equal(bench.read('gicc', 0x14), 0);
    bench.gic.setSpi(33, true);
    assert.equal(bench.read('gicc', 0x20), 1023, 'Group 0 is not for AIAR');
    bench.write('gicc', 0x24, 32);
    assert.equal(bench.read('gicc', 0x14), 0xff);
    assert.equal(bench.read('gicd', 0x304), 0);
  });

  it('3.3.3: preemption compares group priorities under the binary point of the pending interrupt', () => {
    const bench = new Bench().enable();
    bench.write('gicd', 0x104, 3);
    bench.write('gicd', 0x420, 0x4050);
    bench.gic.setSpi(32, true);
    assert.equal(bench.read('gicc', 0xc), 32); // priority 0x50 runs
    bench.write('gicc', 8, 5); // groups of 64
    bench.gic.setSpi(33, true); // priority 0x40, same group
    assert.equal(bench.lines[0], 0);
    assert.equal(bench.read('gicc', 0xc), 1023);
    bench.write('gicc', 8, 3); // groups of 16
    assert.equal(bench.lines[0], PendingLine.IRQ);
    assert.equal(bench.read('gicc', 0xc), 33);
    assert.equal(bench.read('gicc', 0x14), 0x40);
    bench.write('gicc', 0x10, 33);
    assert.equal(bench.read('gicc', 0x14), 0x50);
  });

  it('SGIs keep their sources: one acknowledge for each, lowest first', () => {
    const bench = new Bench({ cores: 4 }).enable(2);
    bench.write('gicd', 0xf00, 0x0004_0003, 3);
    bench.write('gicd', 0xf00, 0x0004_0003, 1);
    assert.equal(bench.read('gicd', 0xf20, 2), 0x0a00_0000);
    assert.equal(bench.read('gicd', 0x200, 2), 8);
    assert.equal(bench.read('gicc', 0x18, 2), 0x403);
    assert.equal(bench.read('gicc', 0xc, 2), 0x403);
    bench.write('gicc', 0x10, 0x403, 2);
    assert.equal(bench.read('gicc', 0xc, 2), 0xc03);
    bench.write('gicc', 0x10, 0xc03, 2);
    assert.equal(bench.read('gicc', 0xc, 2), 1023);
    bench.write('gicd', 0xf23, 0, 2, false, 1);
    assert.equal(bench.read('gicd', 0x200, 2), 0, 'writing 0 to GICD_SPENDSGIR does nothing');
    bench.write('gicd', 0xf00, 0x0100_0005, 2);
    assert.deepEqual(
      [0, 1, 2, 3].map((core) => bench.read('gicd', 0x200, core)),
      [32, 32, 0, 32],
    );
  });

  it('4.3.12: targets of SPIs exist only for cores that do, and move a pending interrupt', () => {
    const bench = new Bench({ cores: 2 }).enable(0).enable(1);
    bench.write('gicd', 0x820, 0xffff_ffff);
    assert.equal(bench.read('gicd', 0x820), 0x0303_0303);
    assert.equal(bench.read('gicd', 0x800, 1), 0x0202_0202);
    bench.write('gicd', 0x820, 0);
    bench.write('gicd', 0x104, 1);
    bench.gic.setSpi(32, true);
    assert.deepEqual(bench.lines.slice(0, 2), [0, 0]);
    assert.equal(bench.read('gicd', 0x204), 1, 'pending without a target');
    bench.write('gicd', 0x820, 1, 0, false, 1);
    assert.deepEqual(bench.lines.slice(0, 2), [PendingLine.IRQ, 0]);
    bench.write('gicd', 0x820, 2, 0, false, 1);
    assert.deepEqual(bench.lines.slice(0, 2), [0, PendingLine.IRQ]);
    assert.equal(new Bench().read('gicd', 0x820), 0, 'RAZ/WI with one core');
  });

  it('PPI registers are banked by core', () => {
    const bench = new Bench({ cores: 2 });
    bench.write('gicd', 0x100, 1 << 27, 1);
    bench.write('gicd', 0x200, 1 << 27, 1);
    bench.write('gicd', 0xc04, 2 << 22, 1);
    assert.equal(bench.read('gicd', 0x100, 0), 0xffff);
    assert.equal(bench.read('gicd', 0x200, 0), 0);
    assert.equal(bench.read('gicd', 0xc04, 0), 0);
    assert.equal(bench.read('gicd', 0x100, 1), 0x0800_ffff);
    assert.equal(bench.read('gicd', 0x200, 1), 1 << 27);
    bench.write('gicd', 0x280, 1 << 27, 0);
    assert.equal(bench.read('gicd', 0x200, 1), 1 << 27);
  });

  it('4.3.12: an SPI aimed at two cores is acknowledged by one', () => {
    const bench = new Bench({ cores: 2 }).enable(0).enable(1);
    bench.write('gicd', 0x820, 3, 0, false, 1);
    bench.write('gicd', 0x104, 1);
    bench.write('gicd', 0x204, 1);
    assert.deepEqual(bench.lines.slice(0, 2), [PendingLine.IRQ, PendingLine.IRQ]);
    assert.equal(bench.read('gicc', 0xc, 1), 32);
    assert.equal(bench.read('gicc', 0xc, 0), 1023);
    assert.deepEqual(bench.lines.slice(0, 2), [0, 0]);
  });

  it('with Security Extensions a Non-secure access sees Group 1 and the lower half of priorities', () => {
    const bench = new Bench({ hasSecurity: true });
    bench.write('gicd', 0x084, 1, 0, true); // 32 is Group 1
    bench.write('gicd', 0x104, 3, 0, false); // Non-secure: only 32 is enabled
    assert.equal(bench.read('gicd', 0x104, 0, true), 1);
    bench.write('gicd', 0x104, 3, 0, true);
    assert.equal(bench.read('gicd', 0x104, 0, false), 1);
    assert.equal(bench.read('gicd', 0x084, 0, false), 0);
    bench.write('gicd', 0x420, 0x4040, 0, false);
    assert.equal(bench.read('gicd', 0x420, 0, true), 0x00a0);
    assert.equal(bench.read('gicd', 0x420, 0, false), 0x0040);
    bench.write('gicd', 0, 1, 0, false); // EnableGrp1
    assert.equal(bench.read('gicd', 0, 0, true), 2);
    bench.write('gicd', 0, 3, 0, true);
    bench.write('gicc', 0, 0b1011, 0, true); // both groups, FIQEn
    assert.equal(bench.read('gicc', 0, 0, false), 1);
    bench.write('gicc', 4, 0x80, 0, false);
    assert.equal(bench.read('gicc', 4, 0, true), 0, 'Non-secure cannot write a mask in the upper half');
    bench.write('gicc', 4, 0xff, 0, true);
    bench.gic.setSpi(33, true);
    assert.equal(bench.lines[0], PendingLine.FIQ);
    assert.equal(bench.read('gicc', 0xc, 0, false), 1023);
    assert.equal(bench.read('gicc', 0xc, 0, true), 33);
    assert.equal(bench.read('gicc', 0x14, 0, false), 0);
    bench.write('gicc', 0x10, 33, 0, false);
    assert.equal(bench.read('gicc', 0x14, 0, true), 0, 'Non-secure cannot end Group 0');
    bench.write('gicc', 0x10, 33, 0, true);
    bench.gic.setSpi(33, false);
    bench.gic.setSpi(32, true);
    assert.equal(bench.lines[0], PendingLine.IRQ);
    assert.equal(bench.read('gicc', 0xc, 0, true), 1022);
    assert.equal(bench.read('gicc', 0xc, 0, false), 32);
    assert.equal(bench.read('gicc', 0x14, 0, false), 0x40);
    bench.write('gicd', 0xf00, 0x0200_0001, 0, true);
    assert.equal(bench.read('gicd', 0x200, 0, true) & 2, 2, 'Group 0 SGI, NSATT 0');
    bench.write('gicd', 0xf00, 0x0200_0002, 0, false);
    assert.equal(bench.read('gicd', 0x200, 0, true) & 4, 0, 'Non-secure sends no Group 0 SGI');
  });

  it('4.4.1: the bypass disable bits of GICC_CTLR hold what is written', () => {
    const bench = new Bench();
    bench.write('gicc', 0, 0xffff_ffff);
    assert.equal(bench.read('gicc', 0), 0x3ff);
  });

  it('five priority bits, as GIC-400 has: least binary points and one active priorities word', () => {
    const bench = new Bench({ priorityBits: 5 }).enable();
    bench.write('gicc', 8, 0);
    bench.write('gicc', 0x1c, 0);
    assert.deepEqual([bench.read('gicc', 8), bench.read('gicc', 0x1c)], [2, 3]);
    bench.write('gicd', 0x420, 0xff, 0, false, 1);
    assert.equal(bench.read('gicd', 0x420), 0xf8);
    bench.write('gicc', 0xd4, 1);
    assert.equal(bench.read('gicc', 0xd4), 0);
  });
});

describe('GIC virtual interface', () => {
  it('the HW bit deactivates the physical interrupt, and it is signalled again at once', () => {
    const bench = new Bench().enable();
    bench.write('gicd', 0x104, 1);
    bench.gic.setSpi(32, true);
    bench.write('gicc', 0, 0x203);
    assert.equal(bench.read('gicc', 0xc), 32);
    bench.write('gicc', 0x10, 32); // priority drop
    bench.write('gich', LR(0), listRegister(40, 1, HW(32)));
    assert.equal(bench.lines[0], PendingLine.VIRQ);
    assert.equal(bench.read('gicv', 0xc), 40);
    assert.equal(bench.lines[0], 0);
    bench.write('gicv', 0x10, 40);
    assert.equal(bench.lines[0], PendingLine.IRQ);
    bench.write('gicd', 0x304, 2);
    bench.write('gich', LR(0), listRegister(40, 2, HW(33)));
    bench.write('gicv', 0x10, 40);
    assert.equal(bench.read('gicd', 0x304), 0, 'also when GICD_ISACTIVER made it active');
  });

  it('5.2.3: list registers of one SGI are told apart by CPUID', () => {
    const bench = new Bench().enable();
    bench.write('gich', LR(0), listRegister(3, 1, 1 << 10));
    bench.write('gich', LR(1), listRegister(3, 2, 2 << 10));
    bench.write('gich', 0xf0, 1 << 5);
    bench.write('gicv', 0x10, 0x803);
    assert.deepEqual(
      bench.gic
        .listRegisters(0)
        .map((list) => list.state)
        .slice(0, 2),
      ['pending', 'invalid'],
    );
    assert.equal(bench.read('gicv', 0x18), 0x403);
    assert.equal(bench.read('gicv', 0xc), 0x403);
  });

  it('5.3.10: an SGI number with HW = 1 has no CPUID', () => {
    const bench = new Bench().enable();
    bench.write('gich', LR(0), listRegister(3, 1, HW(0x7f)));
    assert.equal(bench.read('gicv', 0xc), 3);
  });

  it('a disabled group neither signals nor is acknowledged, and hides nothing of the other group', () => {
    const bench = new Bench().enable();
    bench.write('gich', 8, 0xf800_0001);
    bench.write('gich', LR(0), listRegister(40, 1, GROUP1));
    bench.write('gich', LR(1), listRegister(41, 1, PRIORITY(8)));
    assert.equal(bench.lines[0], PendingLine.VIRQ);
    assert.equal(bench.read('gicv', 0x18), 41);
    assert.equal(bench.read('gicv', 0xc), 41);
    bench.write('gich', 8, 0xf800_0009);
    bench.write('gich', 0xf0, 0);
    bench.write('gich', LR(1), listRegister(41, 1, PRIORITY(8)));
    assert.equal(bench.lines[0], PendingLine.VFIQ, 'Group 0 with FIQEn');
    assert.equal(bench.read('gicv', 0x20), 1023);
    bench.write('gich', 8, 0xf800_0002);
    assert.equal(bench.read('gicv', 0xc), 1022);
    assert.equal(bench.read('gicv', 0x28), 40);
    assert.equal(bench.read('gicv', 0x20), 40);
    bench.write('gicv', 0x24, 40);
    assert.equal(bench.gic.listRegisters(0)[0].state, 'invalid');
  });

  it('5.5.8: the least GICV_BPR is 2 and the least GICV_ABPR 3', () => {
    const bench = new Bench();
    bench.write('gicv', 8, 0);
    bench.write('gicv', 0x1c, 0);
    assert.deepEqual([bench.read('gicv', 8), bench.read('gicv', 0x1c)], [2, 3]);
    assert.equal(bench.read('gich', 8), 0x004c_0000);
  });

  it('maintenance: EOI, underflow, no pending, EOICount, groups; PPI 25 follows GICH_MISR', () => {
    const bench = new Bench().enable();
    bench.write('gicd', 0x100, 1 << 25);
    bench.write('gich', LR(0), listRegister(40, 2, 1 << 19));
    bench.write('gich', 0xf0, 1);
    bench.write('gicv', 0x10, 40);
    assert.equal(bench.read('gich', 0x20), 1);
    assert.equal(bench.read('gich', 0x30), 0xe);
    assert.equal(bench.read('gich', 0x10), 1);
    assert.equal(bench.lines[0], PendingLine.IRQ);
    assert.equal(bench.read('gicc', 0x18), 25);
    bench.write('gich', LR(0), 0);
    assert.equal(bench.lines[0], 0, 'level-sensitive');
    bench.write('gich', 0, 0xff);
    assert.equal(bench.read('gich', 0x10), 0b0101_1010);
    bench.write('gich', LR(0), listRegister(40, 1, PRIORITY(0x40)));
    bench.write('gich', LR(1), listRegister(41, 1, PRIORITY(0x48)));
    assert.equal(bench.read('gich', 0x10), 0b0101_0000);
    bench.write('gicv', 0x10, 99);
    assert.equal(bench.read('gich', 0) >>> 27, 0, 'an EOI that drops no priority is not counted');
    bench.write('gich', 0xf0, 2);
    bench.write('gicv', 0x10, 99);
    assert.equal(bench.read('gich', 0) >>> 27, 1);
    assert.equal(bench.read('gich', 0x10) & 4, 4);
    bench.write('gich', 0, 0x50);
    assert.equal(bench.lines[0], 0, 'En = 0: no maintenance interrupt');
  });

  it('publishes list-register changes with their cause, and lines', () => {
    const bench = new Bench().enable();
    const kinds = ['list-register', 'virtual-interrupt-line', 'maintenance-interrupt'] as const;
    const end = bench.hub.subscribe(kinds, (event) => void bench.heard.push(event));
    bench.write('gich', LR(2), listRegister(40, 1));
    bench.peek('gicv', 0xc);
    bench.read('gicv', 0xc);
    bench.write('gicv', 0, 0x203);
    bench.write('gicv', 0x10, 40);
    bench.write('gicv', 0x1000, 40);
    assert.deepEqual(
      bench.heard.map((event) =>
        event.kind === 'list-register'
          ? [event.index, event.before >>> 28, event.after >>> 28, event.cause]
          : event.kind === 'virtual-interrupt-line' && [event.line, event.level],
      ),
      [
        [2, 0, 1, 'hypervisor write'],
        ['VIRQ', true],
        [2, 1, 2, 'acknowledge'],
        ['VIRQ', false],
        [2, 2, 0, 'deactivate'],
      ],
    );
    end();
    bench.write('gich', LR(2), listRegister(40, 2));
    bench.write('gicv', 0, 3);
    bench.hub.subscribe(kinds, (event) => void bench.heard.push(event));
    bench.write('gicv', 0x10, 40);
    const last = bench.heard.at(-1);
    assert.ok(last?.kind === 'list-register');
    assert.equal(last.cause, 'EOI');
  });

  it('64 list registers: EISR and ELRSR have two words', () => {
    const bench = new Bench({ listRegisters: 64 }).enable();
    assert.equal(bench.read('gich', 4), 0x9000_003f);
    bench.write('gich', LR(63), listRegister(40, 0, 1 << 19));
    assert.deepEqual(
      [0x20, 0x24, 0x30, 0x34].map((at) => bench.read('gich', at)),
      [0, 0x8000_0000, 0xffff_ffff, 0x7fff_ffff],
    );
  });

  it('decodes list registers', () => {
    assert.deepEqual(decodeListRegister(listRegister(27, 1, HW(27) | GROUP1 | PRIORITY(0xa0))), {
      ...{ virtualId: 27, physicalId: 27, cpuId: undefined, eoi: false, priority: 0xa0 },
      ...{ state: 'pending', group1: true, hw: true },
    });
    assert.deepEqual(decodeListRegister(listRegister(2, 3, (5 << 10) | (1 << 19))), {
      ...{ virtualId: 2, physicalId: undefined, cpuId: 5, eoi: true, priority: 0 },
      ...{ state: 'pending and active', group1: false, hw: false },
    });
  });
});

describe('GICH of each core, by frames', () => {
  it('DDI 0438, 8.2.1: a frame is the virtual interface of its core, whoever accesses it', () => {
    const bench = new Bench({ cores: 2 }).enable(0).enable(1);
    const gich = bench.gic.devices.gich!;
    const frames = new HypervisorFrames('gich-frames', gich, 2);
    const byCore0 = { core: 0, secure: false, privileged: true };
    assert.ok(frames.write(0x200 + 0x100, 4, listRegister(64, 1), byCore0));
    assert.equal(bench.read('gich', 0x100, 1), listRegister(64, 1));
    assert.equal(bench.read('gich', 0x100, 0), 0);
    assert.deepEqual(
      [bench.lines[0]! & PendingLine.VIRQ, bench.lines[1]! & PendingLine.VIRQ],
      [0, PendingLine.VIRQ],
    );
    assert.equal(frames.read(0x300, 4, { ...byCore0, core: 1 }), listRegister(64, 1));
    assert.equal(frames.peek(0x300, 4, byCore0), listRegister(64, 1));
    assert.equal(frames.read(0x100, 4, { ...byCore0, core: 1 }), 0);
    assert.equal(frames.read(0x500, 4, byCore0), 0, 'there is no core 2');
    assert.ok(frames.write(0x500, 4, -1 >>> 0, byCore0));
  });
});

describe('GIC as devices', () => {
  it('save and restore give back every register and the lines go on from there', () => {
    const bench = new Bench({ cores: 2 }).enable(0).enable(1);
    bench.write('gicd', 0x104, 0xff);
    bench.write('gicd', 0x820, 0x0201_0201);
    bench.write('gicd', 0x204, 3);
    bench.read('gicc', 0xc, 0);
    bench.write('gich', LR(0), listRegister(40, 1), 1);
    const windows = Object.values(bench.gic.devices);
    const saved = windows.map((device) => structuredClone(device.save()));
    const other = new Bench({ cores: 2 });
    Object.values(other.gic.devices).forEach((device, i) => device.restore(saved[i]));
    assert.deepEqual(other.lines, new Array(8).fill(0), 'restoring drives nothing');
    assert.deepEqual(
      Object.values(other.gic.devices).map((device) => device.save()),
      saved,
    );
    for (const { rows, name } of windows as readonly { rows: typeof GICD_REGISTERS; name: Window }[])
      for (const row of rows)
        for (let i = 0; i < (row.count ?? 1); i++)
          for (const core of [0, 1])
            assert.equal(
              other.peek(name, row.offset + 4 * i, core),
              bench.peek(name, row.offset + 4 * i, core),
            );
    other.lines.splice(0, 8, ...bench.lines);
    other.read('gicv', 0xc, 1);
    bench.read('gicv', 0xc, 1);
    assert.deepEqual(other.lines, bench.lines);
  });

  it('reset gives the reset values and lets go of the lines', () => {
    const bench = new Bench().enable();
    bench.write('gich', LR(0), listRegister(40, 1));
    assert.equal(bench.lines[0], PendingLine.VIRQ);
    bench.gic.reset();
    assert.equal(bench.lines[0], 0);
    const saved = (of: Bench) => Object.values(of.gic.devices).map((device) => (device as Device).save());
    assert.deepEqual(saved(bench), saved(new Bench()));
  });

  it('peek changes nothing', () => {
    const bench = new Bench().enable();
    bench.write('gicd', 0x204, 1);
    bench.write('gicd', 0x104, 1);
    assert.equal(bench.peek('gicc', 0xc), 32);
    assert.equal(bench.peek('gicc', 0xc), 32);
    assert.equal(bench.lines[0], PendingLine.IRQ);
  });

  it('has no virtual interface without the Virtualization Extensions', () => {
    const { devices } = new Bench({ hasVirtualization: false }).gic;
    assert.equal(devices.gich, undefined);
    assert.equal(devices.gicv, undefined);
  });

  it('every row is well formed and found again by its offset', () => {
    for (const rows of [GICD_REGISTERS, GICC_REGISTERS, GICH_REGISTERS, GICV_REGISTERS])
      for (const row of rows) {
        assert.deepEqual(registerAt(rows, row.offset + 4 * ((row.count ?? 1) - 1)), {
          row,
          index: (row.count ?? 1) - 1,
        });
        assert.ok(row.description.endsWith('.') || row.description.endsWith(')'), row.name);
        let used = 0;
        for (const { field } of decodeFields(row, 0)) {
          const mask = ((2 ** field.width - 1) << field.lsb) >>> 0;
          assert.equal((used & mask) >>> 0, 0, `${row.name}.${field.name} overlaps`);
          used |= mask;
        }
      }
  });

  it('says what is wrong with a configuration or a line', () => {
    const outputs = { set: () => undefined };
    assert.throws(() => new Gic({ cores: 9 }, outputs), /GIC: cores must be 1 to 8, not 9/);
    assert.throws(() => new Gic({ listRegisters: 65 }, outputs), /listRegisters must be 1 to 64/);
    assert.throws(() => new Gic({ interrupts: 40 }, outputs), /multiple of 32, not 40/);
    assert.throws(() => new Gic({}, outputs).setSpi(288, true), /INTID 288 is not an SPI/);
    assert.throws(() => new Gic({}, outputs).setPpi(1, 27, true), /no core 1/);
  });
});
