/** Machines full of random instructions of every row, with faults, exceptions, interrupts and device accesses. */
import { patternOf } from '../../../emulator/isa/pattern';
import type { InstructionSet, Row } from '../../../emulator/isa/row';
import { A32_ROWS, T32_ROWS } from '../../../emulator/isa/table';
import { CORE, PendingLine, RunState } from '../../../emulator/state/layout';
import { Psr } from '../../../emulator/state/psr';
import { DEVICE, FlatMachine, RAM_BASE } from './flat-machine';

export const BYTES = 1 << 16;

/** xorshift: the same numbers on every machine. */
export function generator(seed: number): (below: number) => number {
  let x = seed | 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

function word(random: (below: number) => number): number {
  return (random(0x10000) << 16) | random(0x10000);
}

/** An instruction of the row: its fixed bits, everything else random; the condition is mostly AL. */
export function instruction(row: Row, random: (below: number) => number): { word: number; bits: 16 | 32 } {
  const pattern = patternOf(row);
  const fixed = pattern.mask | pattern.shouldMask;
  let bits =
    (word(random) & ~fixed) | (pattern.value & pattern.mask) | (pattern.shouldValue & pattern.shouldMask);
  if (pattern.conditional && random(4) !== 0) bits = (bits & 0x0fffffff) | 0xe0000000;
  return { word: bits, bits: pattern.bits };
}

/** RAM full of instructions of one set, registers full of addresses. */
function fill(machine: FlatMachine, set: InstructionSet, seed: number): void {
  const random = generator(seed);
  const rows = set === 'A32' ? A32_ROWS : T32_ROWS;
  const code: number[] = [];
  while (code.length < BYTES / 2) {
    const { word: encoded, bits } = instruction(rows[random(rows.length)], random);
    if (set === 'A32') code.push(encoded & 0xffff, encoded >>> 16);
    else if (bits === 16) code.push(encoded);
    else code.push(encoded >>> 16, encoded & 0xffff);
  }
  machine.load(RAM_BASE, new Uint8Array(Uint16Array.from(code).buffer).subarray(0, BYTES));
  for (let n = 0; n < 15; n++)
    machine.s[CORE.R + n] = n % 5 === 4 ? word(random) : RAM_BASE + 0x1000 + random(BYTES - 0x2000);
  machine.s[CORE.R + 9] = DEVICE;
  machine.s[CORE.R + 15] = RAM_BASE + 0x100;
  if (set === 'T32') machine.s[CORE.PSR] |= Psr.T;
}

export function randomMachine(set: InstructionSet, seed: number): FlatMachine {
  const m = new FlatMachine(BYTES);
  m.lenient = set;
  m.semihosting = false;
  m.memory.onDevice = (write) => {
    // Raises and lowers the interrupt line by what time it is: a function of the machine's state alone.
    m.s[CORE.PENDING] = m.state.now % 3 === 0 ? PendingLine.IRQ : 0;
    return write ? 0 : m.state.now;
  };
  fill(m, set, seed);
  return m;
}

export function runInPieces(m: FlatMachine, total: number, piece: () => number): void {
  for (let left = total; left > 0;) {
    const { retired, reason } = m.interpreter.run(Math.min(left, piece()));
    left -= retired;
    if (reason === 'halted') m.s[CORE.RUN_STATE] = RunState.Running;
    // What somebody outside does may depend only on the state: nothing else is done here.
  }
}
