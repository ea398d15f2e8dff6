/** What an expression can reach from one frame of one context, and from there any other space. */
import { explainTranslation, type Machine } from '../../emulator';
import { lookupGlobal, lookupInFrame, type ExpressionContext, type RegisterValue } from '../expressions';
import type { MachineAccess } from '../symbols/access';
import { Frame, type Program, type Value } from '../symbols/program';
import { contextAccess } from './call-stack';
import type { Context } from './context';
import type { Contexts } from './contexts';
import { readMemory, stage2Registers, viewOfPhysical, writeMemory, type AddressView } from './memory';
import { ContextRegisters, type ContextRegister } from './registers';
import { spaceByName, type Space } from './space';
import type { SymbolTable } from './symbol-table';

/** What expressions are evaluated over. */
export interface ExpressionWorld {
  readonly machine: Machine;
  readonly contexts: Contexts;
  readonly symbols: SymbolTable;
  /** Explains a translation, for `walk(…)`: the text of every step. */
  explainWalk(space: Space, address: number, context: Context): string;
}

/** The frame an expression is evaluated in. */
export interface SelectedFrame {
  readonly context: Context;
  readonly frame: Frame;
  readonly program: Program | undefined;
  readonly inlineLevel: number;
}

/** The innermost frame of a context. */
export function innermostFrame(world: ExpressionWorld, context: Context): SelectedFrame {
  const frame = Frame.of(context.registers.pc, contextAccess(world.machine, context, world.symbols));
  return { context, frame, program: world.symbols.at(context, frame.pc), inlineLevel: 0 };
}

export function expressionContext(world: ExpressionWorld, selected: SelectedFrame): ExpressionContext {
  const { context, frame } = selected;
  const registers = new ContextRegisters(world.machine, context);
  const programs = (): Program[] => {
    const others = world.symbols.of(context).filter((program) => program !== selected.program);
    return selected.program === undefined ? others : [selected.program, ...others];
  };
  const register = (name: string): ContextRegister | undefined => frameRegister(registers, frame, name);
  return {
    access: frame.access,
    lookup(name) {
      for (const program of programs()) {
        const value = lookupInFrame(
          program,
          frame,
          name,
          program === selected.program ? selected.inlineLevel : 0,
        );
        if (value !== undefined) return value;
      }
      return undefined;
    },
    typeByName(name, kind) {
      for (const program of programs()) {
        const type = program.typeByName(name, kind);
        if (type !== undefined) return type;
      }
      return undefined;
    },
    readRegister(name) {
      const found = register(name);
      return found && { name: found.name, value: found.read(), bits: found.bits };
    },
    writeRegister(name, value) {
      const found = register(name);
      if (found === undefined) throw new Error(`there is no register ${name}`);
      if (found.write === undefined) throw new Error(`${found.name} cannot be written`);
      found.write(value);
    },
    readRegisterField(name, field): RegisterValue | undefined {
      const found = register(name);
      const part = found
        ?.fields?.()
        .find((candidate) => candidate.name.toLowerCase() === field.toLowerCase());
      if (found === undefined || part === undefined) return undefined;
      return {
        name: `${found.name}.${part.name}`,
        value: BigInt(part.value),
        bits: part.bits[0] - part.bits[1] + 1,
      };
    },
    writeRegisterField(name, field, value) {
      const found = register(name);
      const part = found
        ?.fields?.()
        .find((candidate) => candidate.name.toLowerCase() === field.toLowerCase());
      if (found?.write === undefined || part === undefined)
        throw new Error(`${name}.${field} cannot be written`);
      const [high, low] = part.bits;
      const mask = ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);
      found.write((found.read() & ~mask) | ((value << BigInt(low)) & mask));
    },
    inSpace(name) {
      return inSpace(world, context, name);
    },
    call(name, args) {
      if (name !== 'walk' || args.length !== 1) return undefined;
      const value = args[0];
      if (typeof value === 'string' || value === undefined) return undefined;
      const space = spaceByName(value.access.space ?? '') ?? context.space;
      return world.explainWalk(
        space,
        Number(value.integer()),
        contextOfSpace(world, context, space) ?? context,
      );
    },
  };
}

/** Core registers are the frame's own, as the unwinder found them; the others are the context's. */
function frameRegister(registers: ContextRegisters, frame: Frame, name: string): ContextRegister | undefined {
  const found = registers.find(name);
  if (found === undefined || frame.callee === undefined) return found;
  const n = [
    'r0',
    'r1',
    'r2',
    'r3',
    'r4',
    'r5',
    'r6',
    'r7',
    'r8',
    'r9',
    'r10',
    'r11',
    'r12',
    'sp',
    'lr',
    'pc',
  ].indexOf(found.name);
  if (n < 0) return found;
  return {
    ...found,
    read: () => {
      const value = frame.registers.read(n);
      if (value === undefined) throw new Error(`${found.name} was not saved in this frame`);
      return BigInt(value);
    },
    write: (value) => frame.registers.write(n, value),
  };
}

/** The context that a space's virtual addresses are looked at from: `context` itself when it is its own space. */
export function contextOfSpace(world: ExpressionWorld, context: Context, space: Space): Context | undefined {
  if (context.space.id === space.id) return context;
  if (space.kind === 'guest') {
    const vm = world.contexts.machines.find((candidate) => candidate.vm === space.vm);
    return vm?.vcpus.find((vcpu) => vcpu.core === context.core) ?? vm?.vcpus[0];
  }
  if (space.kind === 'pa' || space.kind === 'ipa') return undefined;
  return world.contexts.ofCore(context.core, space.kind);
}

function inSpace(world: ExpressionWorld, context: Context, name: string): ExpressionContext | undefined {
  const space = spaceByName(name);
  if (space === undefined) return undefined;
  const other = contextOfSpace(world, context, space);
  if (other !== undefined) {
    if (!other.seen) throw new Error(`${name} has not executed yet: it has no registers and no translation`);
    return expressionContext(world, innermostFrame(world, other));
  }
  const view = addressView(world, space);
  if (view === undefined) return undefined;
  const access = flatAccess(world.machine, space, view);
  const frame = Frame.of(0, access);
  return {
    access,
    lookup: (symbol) => {
      for (const { program } of world.symbols.programs) {
        const value = lookupGlobal(program, frame, symbol);
        if (value !== undefined) return value;
      }
      return undefined;
    },
    typeByName: (type, kind) => {
      for (const { program } of world.symbols.programs) {
        const found = program.typeByName(type, kind);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    readRegister: () => undefined,
    writeRegister: () => {
      throw new Error(`${name} is a space of addresses: it has no registers`);
    },
    inSpace: (inner) => inSpace(world, context, inner),
  };
}

/** How addresses of `pa` and of an `ipa` space are translated; undefined for virtual ones and unknown VMs. */
export function addressView(world: ExpressionWorld, space: Space): AddressView | undefined {
  if (space.kind === 'pa') return viewOfPhysical();
  if (space.kind !== 'ipa') return undefined;
  const vm = world.contexts.machines.find((candidate) => candidate.vm === space.vm);
  if (vm === undefined) return undefined;
  const registers = stage2Registers(world.machine, vm);
  return {
    translate(address) {
      const { result, fault } = explainTranslation(registers, world.machine.memory, 'stage 2', address);
      if (result === undefined) throw fault!;
      return result.pa;
    },
  };
}

function flatAccess(machine: Machine, space: Space, view: AddressView): MachineAccess {
  return {
    space: space.name,
    readMemory(address, length) {
      const { bytes, known } = readMemory(machine, view, address, length);
      const bad = known.indexOf(0);
      if (bad >= 0) throw new Error(`${space.name}:0x${(address + bad).toString(16)} has no memory`);
      return bytes;
    },
    writeMemory(address, bytes) {
      const written = writeMemory(machine, view, address, bytes);
      if (written < bytes.length)
        throw new Error(`${space.name}:0x${(address + written).toString(16)} cannot be written`);
    },
    readRegister: () => undefined,
  };
}

export type { Value };
