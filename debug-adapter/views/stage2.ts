/** The Stage 2 view: what each VM's intermediate physical addresses map to. */
import { mapStage2, memoryName, memoryTypeName, shareabilityName, type MappedRange } from '../../emulator';
import { hex } from '../protocol/registers';
import type { Stage2Map, Stage2Part, Stage2Range } from '../protocol/stage2-view';
import { stage2Registers } from '../worlds/memory';
import type { VirtualMachine } from '../worlds/vm';
import type { ViewSite } from './site';

/** Bits of MappedRange's permissions. */
const READ = 1;
const WRITE = 2;
const EXECUTE = 4;

export function stage2Part(site: ViewSite): Stage2Part {
  return { maps: site.contexts.machines.map((vm) => stage2Map(site, vm)) };
}

function stage2Map(site: ViewSite, vm: VirtualMachine): Stage2Map {
  const { ranges, problems } = mapStage2(stage2Registers(site.machine, vm), site.machine.memory);
  return {
    vm: vm.vm,
    name: `VM ${vm.vm}`,
    root: hex(vm.root, 40),
    vmid: vm.vmid,
    geometry: geometry(vm.vtcr),
    ranges: ranges.map((range) => stage2Range(site, range)),
    problems: [...problems],
  };
}

/** VTCR.T0SZ is signed; SL0 = 1 starts at level 1, 0 at level 2 (ARM ARM B4.1.159). */
function geometry(vtcr: number): string {
  const size = 32 - (((vtcr & 15) << 28) >> 28);
  const level = ((vtcr >>> 6) & 3) === 1 ? 1 : 2;
  return `${size}-bit IPA, walk starts at level ${level}`;
}

function stage2Range(site: ViewSite, range: MappedRange): Stage2Range {
  const { attributes, privileged } = range;
  const region = site.machine.memory.region(range.output);
  const target =
    region === undefined ? 'nothing' : region.kind === 'device' ? region.name.toUpperCase() : 'RAM';
  return {
    ipa: hex(range.start, 40),
    pa: hex(range.output, 40),
    size: range.size,
    readable: (privileged & READ) !== 0,
    writable: (privileged & WRITE) !== 0,
    executable: (privileged & EXECUTE) !== 0,
    memory: memoryName(attributes),
    memoryType: memoryTypeName(attributes),
    shareability: shareabilityName(attributes),
    accessFlag: range.accessFlag,
    level: range.level,
    descriptors: range.descriptors,
    target,
  };
}
