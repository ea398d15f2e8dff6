// Worlds and the events of going from one to another; Monitor mode; reset; calls; what a debugger reads.
import assert from 'node:assert/strict';
import { CORE, SECURE_BANK, SYS } from '../../../emulator/state/layout';
import { Mode, Psr } from '../../../emulator/state/psr';
import { peekRegister, pokeRegister } from '../../../emulator/system/access';
import { requireRegister, REGISTER_ROWS } from '../../../emulator/system/registers/table';
import { takeReset } from '../../../emulator/system/reset';
import { world } from '../../../emulator/system/world';
import { Bench, CODE, HYP_VECTORS, MONITOR_VECTORS } from './bench';

const VM1 = 0x4000_0000;
const VM2 = 0x5000_0000;

/** Leaves Hyp mode for PL1 at CODE. */
function enter(bench: Bench, vm: number): void {
  bench.set('HCR', vm === 0 ? 0 : 1).set('VTTBR', vm);
  bench.core.i32[CORE.ELR_HYP] = CODE;
  bench.core.i32[CORE.SPSR_HYP] = Mode.svc;
  bench.helpers.eret(bench.core);
}
function call(bench: Bench): void {
  bench.helpers.hypervisorCall(bench.core, 0);
}
const kinds = (bench: Bench): string[] =>
  bench.events.splice(0).map((event) => {
    if (event.kind === 'world-change') return `${event.from} → ${event.to}`;
    if (event.kind === 'world-enter' || event.kind === 'world-exit')
      return `${event.kind} ${event.vttbr.toString(16)}`;
    if (event.kind === 'trap-to-hyp') return `trap from ${event.fromWorld}`;
    return event.kind === 'return-from-hyp' ? `return to ${event.toWorld}` : event.kind;
  });

describe('worlds', () => {
  it('follow from mode, SCR.NS and HCR.VM', () => {
    assert.equal(world(new Bench(Mode.hyp).core), 'hyp');
    assert.equal(world(new Bench(Mode.svc).core), 'host');
    assert.equal(world(new Bench(Mode.usr).set('HCR', 1).core), 'guest');
    assert.equal(world(new Bench(Mode.mon, { security: true }).core), 'monitor');
    assert.equal(world(new Bench(Mode.svc, { security: true }).set('SCR', 0).core), 'secure');
    assert.equal(world(new Bench(Mode.svc, { virtualization: false }).set('HCR', 1).core), 'host');
  });

  it('a trap that returns is no world switch; host to guest and back is', () => {
    const bench = new Bench(Mode.hyp).listen(
      'trap-to-hyp',
      'return-from-hyp',
      'world-change',
      'world-enter',
      'world-exit',
    );
    enter(bench, 0);
    assert.deepEqual(kinds(bench), ['return to host', 'hyp → host']);
    call(bench);
    enter(bench, 0);
    assert.deepEqual(kinds(bench), ['trap from host', 'host → hyp', 'return to host', 'hyp → host']);
    call(bench);
    enter(bench, VM1);
    assert.deepEqual(kinds(bench).slice(2), ['return to guest', 'hyp → guest', 'world-enter 40000000']);
    call(bench);
    enter(bench, VM1);
    assert.deepEqual(kinds(bench), ['trap from guest', 'guest → hyp', 'return to guest', 'hyp → guest']);
    call(bench);
    enter(bench, VM2);
    assert.deepEqual(kinds(bench).slice(2), ['return to guest', 'hyp → guest', 'world-enter 50000000']);
    call(bench);
    enter(bench, 0);
    assert.deepEqual(kinds(bench).slice(2), ['return to host', 'hyp → host', 'world-exit 50000000']);
  });

  it('ERET keeps the local exclusive monitor and takes R15 from ELR_hyp', () => {
    const bench = new Bench(Mode.hyp);
    bench.core.i32[CORE.EXCLUSIVE_VALID] = 1;
    bench.core.i32[CORE.ELR_HYP] = CODE + 0x102;
    bench.core.i32[CORE.SPSR_HYP] = Mode.usr | Psr.T;
    bench.helpers.eret(bench.core);
    assert.deepEqual(
      [bench.pc, bench.cpsr & 0x3f, bench.word(CORE.EXCLUSIVE_VALID)],
      [CODE + 0x102, 0x30, 1],
    );
  });

  it('SMC goes to Monitor mode, back by MOVS PC, LR; SCR.SCD makes it UNDEFINED', () => {
    const bench = new Bench(Mode.svc, { security: true });
    bench.helpers.secureMonitorCall(bench.core, 0);
    assert.deepEqual([bench.pc, bench.cpsr & 0x1ff], [MONITOR_VECTORS + 8, 0x1d6]);
    assert.equal(bench.word(CORE.R + 14), CODE + 4);
    bench.helpers.exceptionReturn(bench.core, bench.word(CORE.R + 14), bench.helpers.readSpsr(bench.core));
    assert.deepEqual([bench.pc, bench.cpsr & 0x1f], [CODE + 4, Mode.svc]);
    bench.set('SCR', bench.get('SCR') | 128);
    assert.ok(bench.takes(() => bench.helpers.secureMonitorCall(bench.core, 0)));
    assert.equal(bench.cpsr & 0x1f, Mode.und);
  });

  it('firmware answers before Monitor mode, but after HCR.TSC', () => {
    const bench = new Bench(Mode.svc);
    bench.firmware = 'smc';
    bench.helpers.secureMonitorCall(bench.core, 0);
    assert.equal(bench.pc, CODE + 4);
    bench.set('HCR', 1 << 19);
    assert.ok(bench.takes(() => bench.helpers.secureMonitorCall(bench.core, 0)));
    assert.deepEqual([bench.pc, bench.get('HSR')], [HYP_VECTORS + 0x14, 0x4e00_0000]);
    const guest = new Bench(Mode.svc, { virtualization: false });
    guest.firmware = 'hvc';
    guest.helpers.hypervisorCall(guest.core, 0);
    assert.equal(guest.pc, CODE + 4);
  });

  it('SCR.NS chooses the copy that Monitor mode reaches', () => {
    const bench = new Bench(Mode.mon, { security: true });
    bench.set('SCR', 0);
    bench.write('DACR', 0x5555_5555);
    assert.deepEqual([bench.word(SYS.DACR), bench.word(SYS.DACR + SECURE_BANK)], [0, 0x5555_5555]);
    bench.set('SCR', 1);
    assert.equal(bench.read('DACR'), 0);
    assert.equal(bench.read('HCR'), 0);
    bench.set('SCR', 0);
    assert.ok(bench.takes(() => bench.read('HCR')));
  });

  it('reset puts every register to its reset value and starts where it is told', () => {
    const bench = new Bench(Mode.hyp, { security: true });
    bench.core.i32.fill(-1, 0, SYS.DACR);
    bench.core.retired = 7;
    bench.core.i32[CORE.PENDING] = 1;
    takeReset(bench.core, bench.system, { mode: Mode.hyp, address: 0x4001_0001, nonSecure: true });
    assert.deepEqual([bench.pc, bench.cpsr], [0x4001_0000, 0x1fa]);
    assert.deepEqual([bench.core.retired, bench.word(CORE.PENDING), bench.get('SCR')], [7, 1, 0x101]);
    assert.deepEqual([bench.get('SCTLR'), bench.get('CNTHCTL'), bench.get('HDCR')], [0x00c5_0078, 3, 6]);
    assert.equal(bench.word(SYS.SCTLR + SECURE_BANK), 0x00c5_0078);
    takeReset(bench.core, bench.system);
    assert.deepEqual([bench.pc, bench.cpsr], [0, 0x1d3]);
  });
});

describe('registers for a debugger', () => {
  it('reading any register changes nothing at all', () => {
    const bench = new Bench(Mode.svc);
    bench.write('PMCNTENSET', 0x8000_0001);
    bench.write('PMCR', 1);
    bench.core.retired = 1000;
    bench.count = 12345;
    bench.asked.length = 0;
    const before = bench.core.i32.slice();
    for (const row of REGISTER_ROWS) if (!row.operation) peekRegister(bench.core, bench.system, row);
    assert.deepEqual(bench.core.i32, before);
    assert.deepEqual(bench.asked, []);
    assert.equal(peekRegister(bench.core, bench.system, requireRegister('PMCCNTR')), 1000n);
    assert.equal(peekRegister(bench.core, bench.system, requireRegister('CNTPCT')), 12345n);
  });

  it('writing one keeps bits that do not exist and tells who must know', () => {
    const bench = new Bench(Mode.svc);
    pokeRegister(bench.core, bench.system, requireRegister('VTTBR'), 0xffff_ffff_ffff_fff8n);
    assert.equal(peekRegister(bench.core, bench.system, requireRegister('VTTBR')), 0x00ff_00ff_ffff_fff8n);
    assert.deepEqual(bench.asked, ['translation']);
  });

  it('a write by an instruction is an event with the value before and after', () => {
    const bench = new Bench(Mode.hyp).listen('system-register-write', 'tlb-maintenance');
    bench.write('HCR', 0xffff_ffff);
    bench.write('TLBIALLNSNH', 0);
    assert.deepEqual(bench.events, [
      { kind: 'system-register-write', core: 0, name: 'HCR', before: 0n, after: 0x0fff_ffffn, time: 0 },
      { kind: 'tlb-maintenance', core: 0, operation: 'TLBIALLNSNH', value: 0, time: 0 },
    ]);
    assert.deepEqual(bench.asked, ['translation', 'masks', 'tlb TLBIALLNSNH']);
  });
});

describe('timers and performance monitors', () => {
  it('TVAL, CVAL and ISTATUS follow the count, the virtual ones minus CNTVOFF', () => {
    const bench = new Bench(Mode.hyp);
    bench.count = 2 ** 40 + 1000;
    bench.write('CNTP_TVAL', 500);
    assert.equal(
      peekRegister(bench.core, bench.system, requireRegister('CNTP_CVAL')),
      BigInt(2 ** 40 + 1500),
    );
    bench.write('CNTP_CTL', 3);
    assert.equal(bench.read('CNTP_CTL'), 3);
    bench.count += 500;
    assert.deepEqual([bench.read('CNTP_CTL'), bench.read('CNTP_TVAL')], [7, 0]);
    bench.count += 1;
    assert.equal(bench.read('CNTP_TVAL'), 0xffff_ffff);
    bench.set('CNTVOFF', 2000);
    const virtual = peekRegister(bench.core, bench.system, requireRegister('CNTVCT'));
    assert.equal(virtual, BigInt(2 ** 40 + 1501 - 2000));
    bench.count = 0;
    assert.equal(peekRegister(bench.core, bench.system, requireRegister('CNTVCT')), 2n ** 64n - 2000n);
    bench.write('CNTV_TVAL', -1);
    assert.equal(peekRegister(bench.core, bench.system, requireRegister('CNTV_CVAL')), 2n ** 64n - 2001n);
  });

  it('the cycle counter counts retired instructions, by 64 with PMCR.D, and says when it overflowed', () => {
    const bench = new Bench(Mode.svc);
    bench.write('PMCNTENSET', 0x8000_0000);
    bench.write('PMCR', 1 | 4);
    bench.core.retired += 640;
    assert.equal(bench.read('PMCCNTR'), 640);
    bench.write('PMCR', 1 | 4 | 8);
    bench.core.retired += 640;
    assert.equal(bench.read('PMCCNTR'), 10);
    bench.write('PMCR', 1);
    bench.write('PMCCNTR', 0xffff_fff0);
    bench.core.retired += 0x20;
    assert.deepEqual([bench.read('PMCCNTR'), bench.read('PMOVSR')], [0x10, 0x8000_0000]);
    bench.write('PMOVSR', 0x8000_0000);
    assert.equal(bench.read('PMOVSR'), 0);
  });

  it('event counters count what they select, and HDCR.HPMN keeps some for Hyp', () => {
    const bench = new Bench(Mode.svc).set('HDCR', 2);
    bench.write('PMSELR', 1);
    bench.write('PMXEVTYPER', 8);
    bench.write('PMCNTENSET', 2);
    bench.write('PMCR', 1);
    bench.core.retired += 55;
    assert.equal(bench.read('PMXEVCNTR'), 55);
    assert.equal((bench.read('PMCR') >>> 11) & 31, 2);
    bench.write('PMSELR', 3);
    bench.write('PMXEVTYPER', 8);
    assert.equal(bench.read('PMXEVTYPER'), 0);
  });
});
