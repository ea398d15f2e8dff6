import { hex, REGISTER_D0, REGISTER_LR, REGISTER_PC, REGISTER_S0, REGISTER_SP, reasonOf } from '../access';
import type { ElfFile } from '../elf';
import type { InstructionSet } from '../elf-symbols';
import { type ExpressionInputs, evaluateNumber } from '../dwarf/expression';
import { type FrameDescription, FrameTable, type RegisterRule, rowAt } from './cfi';
import { ExceptionIndex, runOperations } from './ehabi';
import { type Frame, FrameRegisters, type RegisterSource } from './frame';
import { scanPrologue, type StackEffect } from './prologue';

/** What told how to unwind a frame, best first. */
export type UnwindMethod =
  | 'debug_frame'
  | 'eh_frame'
  | 'exidx'
  /** The code from the function's start was read; right for ordinary prologues. */
  | 'prologue scan'
  /** The function hasn't touched the stack yet: the return address is still in LR. */
  | 'link register';

export type UnwindResult =
  | { readonly kind: 'caller'; readonly frame: Frame; readonly method: UnwindMethod }
  /** The stack ends here, or goes on where this file doesn't reach; the reason is a sentence part. */
  | { readonly kind: 'end'; readonly reason: string };

/** Callee-saved registers (AAPCS, 6.1.1 and 6.1.2.1): unless a rule says otherwise the caller's value is untouched. */
const PRESERVED: readonly number[] = [
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  ...Array.from({ length: 8 }, (_, n) => REGISTER_D0 + 8 + n),
];

/** Registers that a call may destroy (same sections). */
const SCRATCH: readonly number[] = [
  ...[0, 1, 2, 3, 12],
  ...Array.from({ length: 32 }, (_, n) => REGISTER_D0 + n).filter(
    (register) => !PRESERVED.includes(register),
  ),
];

/** Straight code from a function's start is taken for its prologue up to this many bytes. */
const LONGEST_PROLOGUE = 64;

/** Function that holds a link-time pc: where it begins and its instruction set. */
export type FunctionStart = (
  pc: number,
) => { readonly address: number; readonly state: InstructionSet } | undefined;

/** Unwinds frames of one file: `.debug_frame`, `.eh_frame`, EHABI tables, then a look at the code. */
export class Unwinder {
  private readonly debugFrame: FrameTable;
  private readonly ehFrame: FrameTable;
  private readonly index: ExceptionIndex;

  /** @param slide run-time minus link-time address */
  constructor(
    private readonly elf: ElfFile,
    private readonly slide: number,
    private readonly functionStart: FunctionStart,
    report: (problem: string) => void,
  ) {
    const isCode = (address: number) => elf.isLoaded(address);
    const eh = elf.section('.eh_frame');
    this.debugFrame = new FrameTable(elf.sectionBytes('.debug_frame'), '.debug_frame', 0, isCode, report);
    this.ehFrame = new FrameTable(
      elf.sectionBytes('.eh_frame'),
      '.eh_frame',
      eh?.address ?? 0,
      isCode,
      report,
    );
    this.index = new ExceptionIndex(elf);
  }

  /** The canonical frame address of a frame: SP before the call. @throws Error in words when CFI doesn't tell */
  cfa(frame: Frame): number {
    const pc = frame.lookupPc - this.slide;
    const found = this.describe(pc);
    const row = found && rowAt(found.entry.rows(), pc);
    if (!row) throw new Error(`there is no unwind information for ${hex(frame.pc, 8)}`);
    if (row.cfa.kind === 'register') return (frame.registers.core(row.cfa.register) + row.cfa.offset) >>> 0;
    return evaluateNumber(row.cfa.expression, undefined, this.inputs(frame)) >>> 0;
  }

  /** The frame that called `frame`. Never throws: what goes wrong is the reason of the end. */
  unwind(frame: Frame): UnwindResult {
    const pc = frame.lookupPc - this.slide;
    if (!this.elf.isExecutable(pc)) return end(`${hex(frame.pc, 8)} is outside the code of ${this.elf.file}`);
    const failures: string[] = [];
    for (const attempt of [this.byCfi, this.byExceptionIndex, this.byCode]) {
      try {
        const result = attempt.call(this, frame, pc);
        if (result) return result.kind === 'caller' ? this.checked(frame, result) : result;
      } catch (error) {
        failures.push(reasonOf(error));
      }
    }
    return end(failures[0] ?? `there is no unwind information for ${hex(frame.pc, 8)}`);
  }

  private describe(pc: number): { entry: FrameDescription; method: UnwindMethod } | undefined {
    const own = this.debugFrame.find(pc);
    if (own) return { entry: own, method: 'debug_frame' };
    const eh = this.ehFrame.find(pc);
    return eh && { entry: eh, method: 'eh_frame' };
  }

  private inputs(frame: Frame): ExpressionInputs {
    return {
      slide: this.slide,
      readRegister: (register) => frame.registers.read(register),
      readMemory: (address, length) => frame.machine.readMemory(address, length),
    };
  }

  private byCfi(frame: Frame, pc: number): UnwindResult | undefined {
    const found = this.describe(pc);
    if (!found) return undefined;
    const row = rowAt(found.entry.rows(), pc);
    if (!row) return undefined;
    const cfa = this.cfa(frame);
    const sources = preserved(frame);
    for (const register of SCRATCH) {
      const from = frame.registers.sourceOf(register);
      if (from.kind !== 'unknown')
        sources.set(register, from.kind === 'assumed' ? from : { kind: 'assumed', from });
    }
    for (const [register, rule] of row.rules) {
      const source = this.sourceFor(frame, register, rule, cfa);
      if (source) sources.set(register, source);
    }
    joinSingles(sources);
    if (!row.rules.has(REGISTER_SP)) sources.set(REGISTER_SP, { kind: 'value', value: cfa });
    const { returnRegister } = found.entry;
    const returnRule = row.rules.get(returnRegister);
    if (returnRule?.kind === 'undefined') return end('the outermost function');
    const source = returnRule
      ? (sources.get(returnRegister) ?? unknown)
      : frame.registers.sourceOf(returnRegister);
    const returnAddress = readSource(frame, returnRegister, source);
    // The call overwrote LR: what the caller had in it before is known only if the caller saved it.
    sources.delete(REGISTER_LR);
    return {
      kind: 'caller',
      frame: frame.caller(returnAddress, sources, found.entry.isSignalFrame),
      method: found.method,
    };
  }

  private sourceFor(
    frame: Frame,
    register: number,
    rule: RegisterRule,
    cfa: number,
  ): RegisterSource | undefined {
    switch (rule.kind) {
      case 'undefined':
        return unknown;
      case 'same':
        return frame.registers.sourceOf(register);
      case 'offset':
        return { kind: 'memory', address: (cfa + rule.offset) >>> 0 };
      case 'value offset':
        return { kind: 'value', value: (cfa + rule.offset) >>> 0 };
      case 'register': {
        const source = frame.registers.sourceOf(rule.register);
        return source.kind === 'live' ? { kind: 'register', register: rule.register } : source;
      }
      case 'expression':
        return {
          kind: 'memory',
          address: evaluateNumber(rule.expression, undefined, this.inputs(frame), [cfa]) >>> 0,
        };
      case 'value expression':
        return {
          kind: 'value',
          value: evaluateNumber(rule.expression, undefined, this.inputs(frame), [cfa]) >>> 0,
        };
    }
  }

  private byExceptionIndex(frame: Frame, pc: number): UnwindResult | undefined {
    if (this.index.isEmpty) return undefined;
    // The tables describe the body of a function only, not a place inside its prologue.
    if (frame.isExact && this.isInPrologue(frame, pc)) return undefined;
    const entry = this.index.find(pc);
    if (!entry) return undefined;
    // So the linker marks assembly without tables, too: its code may still tell.
    if (entry.kind === 'cannot unwind') return undefined;
    const sources = preserved(frame);
    sources.delete(REGISTER_LR);
    const machine = {
      sp: frame.sp,
      core: (register: number): number => {
        const source = sources.get(register) ?? frame.registers.sourceOf(register);
        return readSource(frame, register, source);
      },
      saved: (register: number, address: number): void => {
        const place = address >>> 0;
        sources.set(register, { kind: 'memory', address: place });
        if (register === REGISTER_SP)
          machine.sp = readSource(frame, register, { kind: 'memory', address: place });
      },
    };
    if (!runOperations(entry.bytes, machine)) return end('the unwind table refuses to unwind this function');
    const pcSource =
      sources.get(REGISTER_PC) ?? sources.get(REGISTER_LR) ?? frame.registers.sourceOf(REGISTER_LR);
    const returnAddress = readSource(frame, REGISTER_LR, pcSource);
    sources.set(REGISTER_SP, { kind: 'value', value: machine.sp >>> 0 });
    sources.delete(REGISTER_LR);
    return { kind: 'caller', frame: frame.caller(returnAddress, sources), method: 'exidx' };
  }

  /** Reads the code between the start of the function and the pc. */
  private scan(frame: Frame, pc: number): (StackEffect & { readonly length: number }) | undefined {
    const start = this.functionStart(pc);
    if (!start || start.state === 'data') return undefined;
    const length = Math.max(0, frame.pc - this.slide - start.address);
    const code = this.elf.readAtAddress(start.address, length);
    return code && { ...scanPrologue(code, start.state === 'T32'), length };
  }

  private isInPrologue(frame: Frame, pc: number): boolean {
    const effect = this.scan(frame, pc);
    return effect !== undefined && effect.isStraight && effect.length <= LONGEST_PROLOGUE;
  }

  private byCode(frame: Frame, pc: number): UnwindResult | undefined {
    const effect = this.scan(frame, pc);
    if (!effect) return undefined;
    const { depth, saved, framePointer } = effect;
    const pointer = framePointer && frame.registers.core(framePointer.register) + framePointer.offset;
    const callerSp = (pointer ?? frame.sp + depth) >>> 0;
    const sources = preserved(frame);
    for (const [register, offset] of saved)
      sources.set(register, { kind: 'memory', address: (callerSp + offset) >>> 0 });
    const lr = sources.get(REGISTER_LR) ?? frame.registers.sourceOf(REGISTER_LR);
    const returnAddress = readSource(frame, REGISTER_LR, lr);
    sources.set(REGISTER_SP, { kind: 'value', value: callerSp });
    sources.delete(REGISTER_LR);
    return {
      kind: 'caller',
      frame: frame.caller(returnAddress, sources),
      method: saved.has(REGISTER_LR) ? 'prologue scan' : 'link register',
    };
  }

  /** A stack must get somewhere: the same place again, or a stack pointer that moves down, is the end. */
  private checked(frame: Frame, result: UnwindResult & { kind: 'caller' }): UnwindResult {
    const caller = result.frame;
    if (caller.pc === 0) return end('the return address is 0');
    const [sp, callerSp] = [frame.sp, caller.sp];
    if (caller.pc === frame.pc && callerSp === sp)
      return end('the return address leads back to the same frame');
    if (callerSp < sp && !caller.isExact)
      return end(`the caller's stack pointer ${hex(callerSp, 8)} is below ${hex(sp, 8)}`);
    return result;
  }
}

const unknown: RegisterSource = { kind: 'unknown' };

/** GCC describes a saved D register as its two S registers, side by side in memory. */
function joinSingles(sources: Map<number, RegisterSource>): void {
  for (let double = 0; double < 16; double++) {
    const low = sources.get(REGISTER_S0 + 2 * double);
    if (low?.kind === 'memory') sources.set(REGISTER_D0 + double, low);
  }
}

function preserved(frame: Frame): Map<number, RegisterSource> {
  return new Map(PRESERVED.map((register) => [register, frame.registers.sourceOf(register)]));
}

/** @throws Error in words when the source doesn't give a value */
function readSource(frame: Frame, register: number, source: RegisterSource): number {
  return new FrameRegisters(frame.machine, new Map([[register, source]]), unknown).core(register);
}

function end(reason: string): UnwindResult {
  return { kind: 'end', reason };
}
