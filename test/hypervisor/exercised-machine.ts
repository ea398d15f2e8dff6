/** A machine whose guests exit all the time, under the eyes of the world differ: what the tests of the world switch begin with. */
import assert from 'node:assert';
import { ElfFile } from '../../debug-adapter/symbols/elf';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { modulesForTests, type ForTests } from './modules';
import { variantImage } from './variants';
import { WorldDiffer } from './world-differ';

export interface Exercise {
  /** An image beside the shipped one. */
  readonly variant?: string | undefined;
  /** The guest kernel. */
  readonly guest: Uint8Array;
  readonly vms: number;
  readonly seed: number;
  readonly tested?: ForTests;
  /** Physical cores: 1. */
  readonly cpus?: number;
  /** Registers of guests that the guest does not leave to the differ. */
  readonly kept?: readonly string[];
}

export interface Exercised {
  readonly machine: Machine;
  /** A random whole number below its argument. */
  readonly random: (below: number) => number;
  readonly differ: WorldDiffer;
  /** The UART's interrupt, at this instruction. */
  readonly interrupt: () => void;
  console: string;
}

/** Xorshift: the same numbers on every machine. */
function generator(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Runs until every VM has been entered. */
function untilAllRun(machine: Machine, vms: number): void {
  const roots = new Set<bigint>();
  const unsubscribe = machine.events.subscribe(['world-enter'], (event) => {
    if (event.kind === 'world-enter') roots.add(event.vttbr & 0xff_ffff_ffffn);
    return roots.size === vms;
  });
  assert.strictEqual(machine.run(100_000_000).end, 'stop');
  unsubscribe();
}

/** VMs with a guest that exits all the time, under the differ's eyes from the first exit of the last on. */
export function startExercise(exercise: Exercise): Exercised {
  const { variant, guest, vms, seed, tested = {}, cpus = 1, kept } = exercise;
  const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus });
  const random = generator(seed);
  const [port] = machine.consoles;
  const started = { console: '' };
  port!.onOutput = (byte) => (started.console += String.fromCharCode(byte));
  machine.boot({
    kernel: { name: 'kvm-arm.elf', bytes: variantImage(variant) },
    load: modulesForTests({ name: 'guest.bin', bytes: guest }, vms, tested),
    deviceTree: 'generated',
  });
  untilAllRun(machine, vms);
  const differ = new WorldDiffer(machine, random, kept);
  const interrupt = (): void => port!.input(Uint8Array.of(0x20 + random(64)));
  return Object.assign(started, { machine, random, differ, interrupt });
}

/** VMRS and VMSR without what is moved, and whereto. */
const VFP_SYSTEM_MASK = 0x0fef_0fff;
const FPINST = 0x0ee9_0a10;
const FPINST2 = 0x0eea_0a10;

/** Addresses of the instructions of functions of the shipped image, but for those that need FPEXC.EX, which a Cortex-A15 has not. */
export function instructionsOf(functions: readonly string[]): number[] {
  const image = variantImage(undefined);
  const elf = new ElfFile(image, 'kvm-arm.elf');
  const view = new DataView(image.buffer, image.byteOffset);
  return functions.flatMap((name) => {
    const { address, size } = elf.symbols.named(name)!;
    const { offset, vaddr } = elf.loadable.find((at) => address >= at.vaddr && address < at.vaddr + at.fileSize)!;
    let skipping = false;
    return Array.from({ length: size / 4 }, (_, i) => address + 4 * i).filter((at) => {
      const instruction = view.getUint32(at - vaddr + offset, true) & VFP_SYSTEM_MASK;
      skipping ||= instruction === FPINST;
      const keeps = !skipping;
      skipping &&= instruction !== FPINST2;
      return keeps;
    });
  });
}
