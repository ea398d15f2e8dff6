import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hex, type MachineAccess } from '../../../debug-adapter/symbols/access';
import { TEXT_ADDRESS } from '../../debug-adapter/programs/build';

/** What dump.py writes. */
export type GdbValue = string | null | readonly string[];
export interface GdbFrame {
  readonly name: string;
  readonly pc: number;
  readonly inline: boolean;
  readonly line: number;
  readonly file: string | null;
  readonly variables: readonly (readonly [name: string, type: string, value: GdbValue])[];
  readonly registers: Readonly<Record<string, number | null>>;
}
export interface Stop {
  readonly registers: Readonly<Record<string, number>>;
  readonly doubles: readonly string[];
  readonly memory: string;
  readonly stack: readonly GdbFrame[];
}
export interface Recording {
  readonly breakpoints: Readonly<Record<string, readonly number[]>>;
  readonly stops: readonly Stop[];
}

export const CORE = [...Array.from({ length: 13 }, (_, n) => `r${n}`), 'sp', 'lr', 'pc'];

/**
 * Runs a program on QEMU under GDB, which stops in it and tells what it sees. The program and the board are
 * deterministic, so the record is kept beside the program until either it or the script changes.
 */
export function record(elf: string): Recording {
  const script = join(process.cwd(), 'test/conformance/symbols/dump.py');
  const version = createHash('sha256').update(readFileSync(script)).digest('hex').slice(0, 16);
  const kept = `${elf}.${version}.json`;
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as Recording;
  const board = `qemu-system-arm -M virt -cpu cortex-a15 -m 64 -nic none -kernel ${elf} -S -gdb stdio`;
  const commands = [
    `file ${elf}`,
    `target remote | ${board} -display none -serial none -monitor none`,
    `source ${script}`,
    'python play(["leaf", "handle_exit", "assembly_leaf"])',
    'kill',
  ];
  // The exit status depends on who closes the connection first, GDB or QEMU: only the record counts.
  const { stdout: output } = spawnSync(
    'gdb-multiarch',
    ['-nx', '-batch', ...commands.flatMap((text) => ['-ex', text])],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      timeout: 50_000,
    },
  );
  const line = output.split('\n').find((text) => text.startsWith('JSON'));
  assert(line, `GDB recorded nothing: ${output.slice(0, 500)}`);
  writeFileSync(`${kept}.${process.pid}`, line.slice(4));
  renameSync(`${kept}.${process.pid}`, kept);
  return JSON.parse(line.slice(4)) as Recording;
}

export function accessOf(stop: Stop): MachineAccess {
  const memory = Buffer.from(stop.memory, 'hex');
  return {
    readMemory(address, length) {
      const at = address - TEXT_ADDRESS;
      if (at < 0 || at + length > memory.length) throw new Error(`${hex(address)} was not recorded`);
      return new Uint8Array(memory.subarray(at, at + length));
    },
    readRegister(register) {
      if (register < 16) return stop.registers[CORE[register]];
      if (register >= 256 && register < 288) return BigInt(stop.doubles[register - 256]);
      const single = register - 64;
      if (single < 0 || single > 31) return undefined;
      return Number((BigInt(stop.doubles[single >> 1]) >> BigInt(32 * (single & 1))) & 0xffffffffn);
    },
  };
}
