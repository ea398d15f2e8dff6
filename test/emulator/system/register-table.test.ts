// The table of system registers: no two rows in one place, every row well-formed, every field where it may be.
import assert from 'node:assert/strict';
import { SYS, SYS_WIDTH, isBanked, type StoredName } from '../../../emulator/state/layout';
import { CONTROL_BITS } from '../../../emulator/system/control-bits';
import type { Field, RegisterRow } from '../../../emulator/system/registers/row';
import {
  decodeRegister,
  findRegister,
  requireRegister,
  registerKey,
  REGISTER_ROWS,
  STATUS_REGISTERS,
} from '../../../emulator/system/registers/table';
import { TRM_CP14, TRM_CP15 } from './trm-registers';
import { TRAP_ROWS } from '../../../emulator/system/trap-rows';

function checkFields(where: string, fields: readonly Field[], width: number): void {
  let taken = 0n;
  const names = new Set<string>();
  for (const field of fields) {
    const at = `${where}.${field.name}`;
    assert.ok(field.lo >= 0 && field.lo <= field.hi && field.hi < width, `${at} is inside the register`);
    assert.ok(field.text.endsWith('.'), `${at} has a sentence`);
    assert.ok(!names.has(field.name), `${at} is there once`);
    names.add(field.name);
    const mask = ((1n << BigInt(field.hi - field.lo + 1)) - 1n) << BigInt(field.lo);
    assert.equal(taken & mask, 0n, `${at} overlaps no other field`);
    taken |= mask;
    for (const value of Object.keys(field.values ?? {}))
      assert.ok(Number(value) < 2 ** (field.hi - field.lo + 1), `${at} can be ${value}`);
  }
}
const layouts = (row: RegisterRow): readonly (readonly Field[])[] =>
  row.formats.length > 0 ? row.formats.map((format) => format.fields) : [row.fields];

describe('the table of system registers', () => {
  it('has one row for an encoding, found by its key', () => {
    const seen = new Map<number, RegisterRow>();
    for (const row of REGISTER_ROWS) {
      const key = registerKey(row.cp, row.width, row.opc1, row.crn, row.crm, row.opc2);
      assert.equal(seen.get(key), undefined, row.name);
      seen.set(key, row);
      assert.equal(findRegister(key), row);
      const most = row.width === 64 ? 15 : 7;
      assert.ok(row.opc1 <= most && row.crn <= 15 && row.crm <= 15 && row.opc2 <= 7, row.name);
    }
    assert.ok(seen.size > 250);
  });

  it('has one name for one register, but for a register with a 32-bit and a 64-bit encoding', () => {
    const names = new Map<string, RegisterRow[]>();
    for (const row of REGISTER_ROWS) names.set(row.name, [...(names.get(row.name) ?? []), row]);
    for (const [name, rows] of names) {
      if (rows.length > 1) assert.deepEqual(rows.map((row) => row.width).sort(), [32, 64], name);
      assert.ok(rows.includes(requireRegister(name)), name);
    }
  });

  it('says of every row who may do what, and what happens then', () => {
    for (const row of REGISTER_ROWS) {
      assert.ok(row.text.endsWith('.'), row.name);
      const permissions = Object.values(row.access).join('');
      assert.notEqual(permissions, '', row.name);
      const stored = row.storage !== undefined;
      assert.ok(stored || row.read !== undefined || !permissions.includes('r'), `${row.name} can be read`);
      assert.ok(
        stored || row.write !== undefined || !permissions.includes('w'),
        `${row.name} can be written`,
      );
      assert.ok(!row.operation || !permissions.includes('r'), `${row.name}: operations are write-only`);
      for (const trap of row.traps) assert.ok(trap.bit in CONTROL_BITS, `${row.name}: ${trap.bit}`);
      if (row.needs === 'virtualization') assert.equal(row.access.pl1, '', row.name);
    }
  });

  it('keeps every row where the state layout has room for it', () => {
    const used = new Set<string>();
    for (const row of REGISTER_ROWS) {
      if (row.storage === undefined) continue;
      used.add(row.storage);
      assert.equal(row.banked, isBanked(row.storage), row.name);
      const words = SYS_WIDTH[row.storage] / 32;
      assert.ok(row.element + row.width / 32 <= words, row.name);
    }
    // PMXEV… are reached through PMSELR; ISR, FCSEIDR and the Jazelle registers are computed.
    const reachedOtherwise = ['PMXEVTYPER', 'PMXEVCNTR', 'ISR', 'FCSEIDR', 'JOSCR', 'JMCR', 'HACR', 'HACTLR'];
    const reached = ['DBGCLAIM', 'DBGDTR', 'PMACTIVE'];
    for (const name of Object.keys(SYS) as StoredName[])
      assert.ok(used.has(name) || reachedOtherwise.includes(name) || reached.includes(name), name);
  });

  it("has every register of the Cortex-A15 manual's summaries, where it says, and none besides", () => {
    const listed = new Set<RegisterRow>();
    for (const [cp, text] of [
      [15, TRM_CP15],
      [14, TRM_CP14],
    ] as const)
      for (const line of text.trim().split('\n')) {
        const [crn, opc1, crm, opc2, name] = line.split(' ');
        const number = (word: string): number => Number(word.replace(/^c|^-$/, '') || 0);
        const width = crn === '-' ? 64 : 32;
        const row = findRegister(
          registerKey(cp, width, number(opc1), number(crn), number(crm), number(opc2)),
        );
        assert.equal(row?.name, name, line);
        listed.add(row!);
      }
    // Encodings of the identification space that are reserved and read as zero.
    const others = REGISTER_ROWS.filter((row) => !listed.has(row)).map(({ name }) => name);
    assert.deepEqual(
      others.filter((name) => !/^CPUID_c0_c[2-7]_[0-7]$/.test(name)),
      [],
    );
  });

  it('describes the fields of every register that can be read and is not all zero', () => {
    const bare = REGISTER_ROWS.filter(
      (row) =>
        Object.values(row.access).some((permission) => permission.includes('r')) &&
        layouts(row).flat().length === 0,
    );
    assert.deepEqual(
      bare.map(({ name }) => name).filter((name) => !/^CPUID_/.test(name)),
      [],
    );
  });

  it('has fields that lie inside their register and do not overlap', () => {
    for (const row of REGISTER_ROWS) {
      for (const fields of layouts(row)) checkFields(row.name, fields, row.width);
      if (row.formats.length > 0 && row.name !== 'HSR')
        assert.ok(row.formats.at(-1)?.applies(0n, undefined), `${row.name} always has a layout`);
    }
    for (const row of STATUS_REGISTERS) checkFields(row.name, row.fields, 32);
    for (const row of TRAP_ROWS) checkFields(row.name, row.iss, 25);
  });

  it('names every bit that software can change in the registers a hypervisor engineer looks at', () => {
    const looked = [
      'HCR', 'HSTR', 'HCPTR', 'HDCR', 'HSCTLR', 'HTTBR', 'VTTBR', 'HPFAR', 'HVBAR', 'VBAR', 'MVBAR', 'SCTLR', 'SCR',
      'NSACR', 'SDER', 'CNTKCTL', 'CNTHCTL', 'DACR', 'CONTEXTIDR', 'CSSELR', 'TEECR', 'PMSELR', 'PMUSERENR', 'CPACR',
    ]; // prettier-ignore
    for (const name of looked) {
      const row = requireRegister(name);
      const named = row.fields.reduce(
        (bits, { hi, lo }) => bits | (((1n << BigInt(hi - lo + 1)) - 1n) << BigInt(lo)),
        0n,
      );
      let writable = (BigInt(row.writableHigh >>> 0) << 32n) | BigInt(row.writable >>> 0);
      // Table bases: low bits of a base are inside BADDR or reserved, bits above 39 belong to VMID.
      if (row.width === 64) writable &= ~7n;
      if (name === 'CPACR') writable = 0x80f0_0000n;
      assert.equal(writable & ~named, 0n, `${name}: 0x${(writable & ~named).toString(16)} has no name`);
    }
  });

  it('decodes a value by the layout it has', () => {
    const decoded = (name: string, value: bigint): Record<string, bigint> =>
      Object.fromEntries(
        decodeRegister(requireRegister(name), value).map(({ field, value: v }) => [field.name, v]),
      );
    assert.equal(decoded('HCR', 0x0478_663bn)['TWI'], 1n);
    assert.equal(decoded('TTBCR', 0xb500_3500n)['SH1'], 3n);
    assert.equal(decoded('TTBCR', 0x0000_0002n)['N'], 2n);
    assert.equal(decoded('DFSR', 0x0000_0a06n)['STATUS'], 6n);
    assert.equal(decoded('DFSR', 0x0000_0807n)['FS'], 7n);
    assert.equal(decoded('HSR', 0x9386_004en)['SRT'], 6n);
    assert.equal(decoded('PAR', 0xff00_0000_4000_0b80n)['PA'], 0x40000n);
    assert.equal(decoded('VTTBR', 0x0003_0000_8000_0000n)['VMID'], 3n);
  });
});
