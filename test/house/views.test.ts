// The rows of the four views: what a person reads, made from a snapshot's parts.
import assert from 'node:assert/strict';
import type { GuestsPart } from '../../debug-adapter/protocol/guests-view';
import type { HostPart } from '../../debug-adapter/protocol/host-view';
import type { ListRegister, ListRegistersPart } from '../../debug-adapter/protocol/list-registers-view';
import { fromHex, hex, type Register } from '../../debug-adapter/protocol/registers';
import type { Stage2Range } from '../../debug-adapter/protocol/stage2-view';
import type { CoreStatus } from '../../debug-adapter/protocol/status';
import { guestRows } from '../../extension/views/guests-view';
import { hostRows } from '../../extension/views/host-view';
import { listRegisterRows } from '../../extension/views/list-registers-view';
import { grouped, literal, sizeInWords, type Row } from '../../extension/views/row';
import { stage2Rows } from '../../extension/views/stage2-view';

const HCR: Register = {
  name: 'HCR',
  value: '0x00002001',
  width: 32,
  summary: 'Stage 2 on',
  changed: true,
  evaluateName: '$HCR',
  fields: [
    { name: 'TWI', bits: [13, 13], value: '0x1', meaning: 'WFI traps to Hyp' },
    { name: 'BSU', bits: [11, 10], value: '0x0', meaning: 'no barrier is widened' },
  ],
};

const STATUS: CoreStatus = {
  core: 0,
  world: 'hyp',
  mode: 'Hyp',
  privilege: 'PL2',
  instructionSet: 'A32',
  pc: '0x80100220',
  symbol: '__kvm_vcpu_return+0x4',
  phase: { direction: 'out', step: 1, name: 'store VM state' },
};

const every = (rows: Row[]): Row[] => rows.flatMap((row) => [row, ...every(row.children ?? [])]);

/** Identities must be unique, or VS Code refuses the tree. */
function checkIds(rows: Row[]): void {
  const ids = every(rows).map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
}

describe('rows of the views', () => {
  it('write numbers as people read them', () => {
    assert.equal(hex(0x1f, 32), '0x0000001f');
    assert.equal(hex(0x1fn, 40), '0x000000001f');
    assert.equal(fromHex(hex(2n ** 64n - 1n, 64)), 2n ** 64n - 1n);
    assert.equal(sizeInWords(4096), '4 KiB');
    assert.equal(sizeInWords(3 * 2 ** 30), '3 GiB');
    assert.equal(sizeInWords(100), '100 bytes');
    assert.equal(grouped(4127733), '4,127,733');
    assert.equal(literal('a_b*c'), 'a\\_b\\*c');
  });

  it('show a guest down to the fields of a register', () => {
    const part: GuestsPart = {
      guests: [
        {
          vm: 1,
          name: 'VM 1',
          stage2Root: '0x0040810000',
          vmid: 3,
          vcpus: [
            {
              vcpu: 0,
              threadId: 7,
              provenance: 'saved',
              mode: 'Supervisor',
              privilege: 'PL1',
              pc: '0x80008120',
              symbol: 'uart_puts+0x18',
              groups: [{ kind: 'system', title: 'System', registers: [HCR] }],
            },
          ],
        },
      ],
    };
    const rows = guestRows(part, 7);
    checkIds(rows);
    const [vm] = rows;
    const [vcpu] = vm.children ?? [];
    const [group] = vcpu.children ?? [];
    const [register] = group.children ?? [];
    assert.equal(vm.description, 'VMID 3, Stage 2 at 0x0040810000');
    assert.equal(vcpu.description, 'parked, Supervisor PL1 at uart_puts+0x18');
    assert.equal(vcpu.icon, 'debug-stackframe-focused');
    assert.equal(group.description, 'saved, 1 changed');
    assert.equal(register.description, '0x00002001  Stage 2 on');
    assert.equal(register.expression, '$HCR');
    assert.deepEqual(
      register.children?.map(({ label, description }) => [label, description]),
      [
        ['TWI', '1  WFI traps to Hyp'],
        ['BSU', '0x0  no barrier is widened'],
      ],
    );
    assert.notEqual(guestRows(part, 8)[0].children?.[0].icon, 'debug-stackframe-focused');
  });

  it('show who executes on a core, and the phase of a world switch', () => {
    const part: HostPart = {
      cores: [
        {
          core: 0,
          hostThreadId: 1,
          hypThreadId: 2,
          status: STATUS,
          highvisorProvenance: 'last seen',
          highvisorPc: '0xc0008230',
          groups: [
            { kind: 'highvisor', title: 'Highvisor', registers: [] },
            { kind: 'hyp', title: 'Hyp', registers: [HCR] },
          ],
        },
      ],
    };
    const rows = hostRows(part, 2);
    checkIds(rows);
    assert.equal(
      rows[0].description,
      'hyp, Hyp PL2 at __kvm_vcpu_return+0x4 (world switch out, 1 of 5: store VM state)',
    );
    assert.equal(rows[0].children?.[0].description, 'last seen');
    assert.equal(rows[0].children?.[1].description, '1 changed');
  });

  it('show the ranges of Stage 2, problems first, and a walk on top', () => {
    const range: Stage2Range = {
      ipa: '0x0008010000',
      pa: '0x0008040000',
      size: 8192,
      readable: true,
      writable: true,
      executable: false,
      memory: 'Device',
      memoryType: 'Device',
      shareability: 'Outer Shareable',
      accessFlag: true,
      level: 3,
      descriptors: 2,
      target: 'GICV',
    };
    const ram: Stage2Range = {
      ...range,
      ipa: '0x0140000000',
      memoryType: 'Normal',
      accessFlag: false,
      target: 'RAM',
    };
    const rows = stage2Rows(
      {
        maps: [
          {
            vm: 1,
            name: 'VM 1',
            root: '0x0040810000',
            vmid: 1,
            geometry: '',
            ranges: [range, ram],
            problems: ['loop'],
          },
        ],
      },
      {
        input: 'vm1:0x40009000',
        ipa: '0x0040009000',
        fault: 'Stage 2 translation fault, level 2',
        steps: [
          {
            stage: 2,
            level: 2,
            input: 'ipa1:0x40009000',
            descriptorAddress: '0x0040811000',
            descriptor: '0x0000000000000000',
            kind: 'invalid',
            meaning: 'bit 0 is 0',
            fields: [],
          },
        ],
      },
    );
    checkIds(rows);
    const [walk, map] = rows;
    assert.equal(walk.label, 'vm1:0x40009000 → IPA 0x0040009000 → fault');
    assert.equal(walk.description, 'Stage 2 translation fault, level 2');
    assert.equal(walk.children?.[0].label, 'Stage 2 level 2: invalid');
    assert.equal(map.description, '2 ranges, 16 KiB mapped');
    assert.deepEqual(
      map.children?.map(({ label, description }) => [label, description]),
      [
        ['loop', undefined],
        ['0x08010000 → 0x08040000', 'rw-  8 KiB  GICV  Device'],
        ['0x140000000 → 0x08040000', 'rw-  8 KiB  RAM  Normal  AF = 0'],
      ],
    );
    assert.match(map.children?.[1].tooltip ?? '', /0x0008010000` to `0x0008011fff/);
  });

  it('show list registers with their state and what changed them', () => {
    const register: ListRegister = {
      index: 0,
      value: '0x9a00181b',
      state: 'pending',
      virtualId: 27,
      physicalId: 27,
      hardware: true,
      eoiMaintenance: false,
      group: 1,
      priority: 160,
      fields: [],
      lastChange: {
        from: 'invalid',
        to: 'pending',
        cause: 'hypervisor write',
        position: 4127001,
        chain: [
          { text: 'virtual timer expired', position: 4120000 },
          { text: 'GICH_LR0 written', position: 4127001, symbol: 'restore_vgic+0x20' },
        ],
      },
    };
    const invalid: ListRegister = {
      ...register,
      index: 1,
      value: '0x00000000',
      state: 'invalid',
      lastChange: undefined,
      changed: true,
    };
    const part: ListRegistersPart = {
      banks: [
        { title: 'CPU0', core: 0, provenance: 'live', enabled: true, registers: [register, invalid] },
        { title: 'VM 1 vCPU 0', vm: 1, vcpu: 0, provenance: 'saved', enabled: false, registers: [] },
      ],
    };
    const rows = listRegisterRows(part);
    checkIds(rows);
    assert.equal(rows[0].description, '1 of 2 in use');
    assert.equal(rows[1].description, '0 of 0 in use, virtual interface off, saved');
    const [lr0, lr1] = rows[0].children ?? [];
    assert.equal(lr0.description, '0x9a00181b  pending  PPI 27  hardware 27, priority 160, group 1');
    assert.equal(lr1.description, '0x00000000  invalid');
    assert.equal(lr1.icon, 'diff-modified');
    const [change] = lr0.children ?? [];
    assert.equal(change.label, 'invalid → pending');
    assert.equal(change.description, 'by hypervisor write at 4,127,001');
    assert.equal(change.children?.[1].description, 'restore_vgic+0x20  4,127,001');
  });
});
