/** A VM's RAM lies in one piece as far as the host has it: a whole map of Stage 2 is one range then. */
import assert from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine, mapStage2, readTranslationRegisters } from '../../emulator';
import { assembleGuest } from './assemble';
import { modulesForTests } from './modules';
import { variantImage } from './variants';

const MEGABYTE = 2 ** 20;
const BLOCK = 2 * MEGABYTE;
/** The blocks that blocks.S uses; it lies in the first, and the VMM puts the device tree where it likes. */
const USED = [0, 1, 4, 9, 16, 31];
const RAM = 0x4000_0000;

describe("hypervisor: a VM's RAM", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-blocks-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Where the blocks of the VM that runs are, less their IPAs; by block. */
  function offsets(vms: number): Map<number, number> {
    const machine = new Machine({ ...DEFAULT_CONFIGURATION, engine: 'jit' });
    let said = '';
    machine.consoles[0]!.onOutput = (byte) => (said += String.fromCharCode(byte));
    const guest = { name: 'blocks.bin', bytes: assembleGuest('blocks.S', folder, []) };
    machine.boot({
      kernel: { name: 'kvm-arm.elf', bytes: variantImage(undefined) },
      load: modulesForTests(guest, vms, { memory: 64 * MEGABYTE }),
      deviceTree: 'generated',
    });
    const { state } = machine.cores[0]!;
    let registers = readTranslationRegisters(state, false);
    machine.events.subscribe(['world-change'], (event) => {
      if (event.kind === 'world-change' && event.from === 'guest')
        registers = readTranslationRegisters(state, false);
    });
    for (let turn = 0; turn < 100 && said.split('*').length <= vms; turn++) machine.run(1_000_000);
    const { ranges, problems } = mapStage2(registers, machine.memory);
    assert.deepStrictEqual(problems, [], said);
    const found = new Map<number, number>();
    for (const { start, output, size, level } of ranges)
      for (let at = start; level === 2 && at < start + size; at += BLOCK)
        found.set((at - RAM) / BLOCK, output - start);
    return found;
  }

  it('is in one piece, in whatever order its blocks are used', () => {
    const found = offsets(1);
    assert.deepStrictEqual(
      USED.filter((block) => !found.has(block)),
      [],
    );
    assert.equal(new Set(found.values()).size, 1);
  });

  it('is in few pieces where VMs use theirs by turns', () => {
    const found = offsets(2);
    assert.deepStrictEqual(
      USED.filter((block) => !found.has(block)),
      [],
    );
    assert.ok(new Set(found.values()).size <= 3, [...found].join(' '));
  });
});
