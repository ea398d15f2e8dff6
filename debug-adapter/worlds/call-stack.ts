/** The call stack of a context, in its own symbols and its own memory, inlined functions as frames of their own. */
import { CORE, type Machine } from '../../emulator';
import type { MachineAccess } from '../symbols/access';
import { Frame, type Program } from '../symbols/program';
import type { Context } from './context';
import { readMemory, viewOfContext, writeMemory } from './memory';
import type { SymbolTable } from './symbol-table';

/** A line of source as the program names its file. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One row of a call stack. */
export interface StackRow {
  readonly context: Context;
  readonly frame: Frame;
  /** The program that has code at the frame's pc. */
  readonly program: Program | undefined;
  /** Level of inlining in the frame, 0 for the innermost. */
  readonly inlineLevel: number;
  readonly name: string;
  readonly source: SourcePosition | undefined;
  /** Address at which the row continues, or was called from. */
  readonly pc: number;
}

/** Frames beyond this are not unwound: a corrupt stack can go on for ever. */
const DEEPEST_STACK = 256;

/** Memory and registers of a context for the symbol code. */
export function contextAccess(machine: Machine, context: Context, symbols: SymbolTable): MachineAccess {
  const view = viewOfContext(machine, context);
  const { registers } = context;
  return {
    space: context.space.name,
    readMemory(address, length) {
      const { bytes, known } = readMemory(machine, view, address, length);
      const bad = known.indexOf(0);
      if (bad >= 0)
        throw new Error(
          `${context.space.name}:0x${(address + bad).toString(16)} is not mapped or has no memory`,
        );
      return bytes;
    },
    writeMemory(address, bytes) {
      const written = writeMemory(machine, view, address, bytes);
      if (written < bytes.length)
        throw new Error(`${context.space.name}:0x${(address + written).toString(16)} cannot be written`);
    },
    readRegister(register) {
      if (register < 16) return registers.u32[CORE.R + register]!;
      if (register >= 256 && register < 288) return doubleword(registers.u32, CORE.D + 2 * (register - 256));
      if (register >= 64 && register < 96) return registers.u32[CORE.D + register - 64]!;
      return undefined;
    },
    writeRegister(register, value) {
      const wide = BigInt(value);
      if (register < 16) registers.u32[CORE.R + register] = Number(BigInt.asUintN(32, wide));
      else if (register >= 256 && register < 288) {
        registers.u32[CORE.D + 2 * (register - 256)] = Number(BigInt.asUintN(32, wide));
        registers.u32[CORE.D + 2 * (register - 256) + 1] = Number(BigInt.asUintN(32, wide >> 32n));
      } else if (register >= 64 && register < 96)
        registers.u32[CORE.D + register - 64] = Number(BigInt.asUintN(32, wide));
      else throw new Error(`DWARF register ${register} is not a register of this core`);
    },
    symbolize(address) {
      return symbols.at(context, address)?.symbolize(address);
    },
  };
}

function doubleword(words: Uint32Array, index: number): bigint {
  return (BigInt(words[index + 1]!) << 32n) | BigInt(words[index]!);
}

/** Unwinds a context. `end` says in words why the stack ends where it does. */
export function callStack(
  machine: Machine,
  context: Context,
  symbols: SymbolTable,
  most = DEEPEST_STACK,
): { readonly rows: readonly StackRow[]; readonly end: string } {
  const rows: StackRow[] = [];
  let frame = Frame.of(context.registers.pc, contextAccess(machine, context, symbols));
  let end = '';
  for (let depth = 0; depth < DEEPEST_STACK && rows.length < most; depth++) {
    const program = symbols.at(context, frame.lookupPc) ?? symbols.at(context, frame.pc);
    pushRows(rows, context, frame, program);
    if (program === undefined) {
      end = 'no symbols for this address';
      break;
    }
    let next;
    try {
      next = program.unwind(frame);
    } catch (error) {
      end = error instanceof Error ? error.message : String(error);
      break;
    }
    if (next.kind === 'end') {
      end = next.reason;
      break;
    }
    if (next.frame.pc === frame.pc && next.frame.sp === frame.sp) {
      end = 'the stack leads back to itself';
      break;
    }
    frame = next.frame;
  }
  return { rows, end };
}

function pushRows(rows: StackRow[], context: Context, frame: Frame, program: Program | undefined): void {
  const chain = program?.inlineChain(frame.lookupPc) ?? [];
  if (chain.length === 0) {
    const symbol = program?.symbolAt(frame.lookupPc);
    const line = program?.lineFor(frame.lookupPc);
    rows.push({
      context,
      frame,
      program,
      inlineLevel: 0,
      name: symbol?.name ?? `0x${frame.pc.toString(16).padStart(8, '0')}`,
      source: line && { file: line.file, line: line.line, column: line.column },
      pc: frame.pc,
    });
    return;
  }
  chain.forEach((inline, level) =>
    rows.push({
      context,
      frame,
      program,
      inlineLevel: level,
      name: inline.name,
      source: inline.line,
      pc: frame.pc,
    }),
  );
}
