/** Carries a list out on a whole machine of ours, by the same program as on QEMU. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CONFIGURATION, Machine } from '../../../emulator';
import { buildProgram, LIST, listResults, listWords, type Access } from './access-list';

/** Instructions that one access may take, with the other cores waiting for their turn. */
const MOST_OF_ACCESS = 400;

let program: Uint8Array | undefined;

function builtProgram(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-accesses-'));
  try {
    const elf = join(folder, 'accesses.elf');
    buildProgram(join(process.cwd(), 'test/conformance/gic/accesses.S'), elf);
    return readFileSync(elf);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The result of each access, unsigned. */
export function runOnMachine(cores: number, list: readonly Access[]): Uint32Array {
  const machine = new Machine({ ...DEFAULT_CONFIGURATION, cpus: cores, memory: 256 << 20 });
  machine.boot({ kernel: { name: 'accesses', bytes: (program ??= builtProgram()) } });
  const words = listWords(cores, list);
  machine.memory.writePhysical(LIST, new Uint8Array(words.buffer));
  const { end } = machine.run(list.length * MOST_OF_ACCESS * cores + 100_000);
  if (end !== 'powered off') throw new Error(`the machine ended with '${end}'`);
  const { bytes } = machine.memory.readPhysical(LIST, words.byteLength);
  return listResults(new Uint32Array(bytes.slice().buffer), list.length);
}
