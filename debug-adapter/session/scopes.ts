/** Scopes of a frame and the variables in them: C variables, registers with their fields, system registers. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { NamedValue, Value } from '../symbols/values';
import type { StackRow } from '../worlds/call-stack';
import { ContextRegisters, type ContextRegister } from '../worlds/registers';
import { HYPERVISOR_REGISTERS, MAIN_REGISTERS, TIMER_REGISTERS } from '../worlds/register-names';
import { formatAddress } from '../worlds/space';
import { RequestError } from './protocol-error';
import type { Session } from './session';

/** One row of the Variables view, made when it is asked for. */
export interface VariableRow {
  readonly name: string;
  readonly value: (hex: boolean) => string;
  readonly type?: string;
  readonly evaluateName?: string;
  readonly memoryReference?: string;
  readonly readOnly?: boolean;
  /** Rows below it; absent: none. */
  readonly children?: () => readonly VariableRow[];
  readonly indexed?: number;
  /** Sets it from text. @throws Error in words */
  readonly set?: (text: string) => void;
}

/** What a variablesReference stands for. */
export class VariablesHandle {
  constructor(readonly rows: (start: number, count: number) => readonly VariableRow[]) {}
}

interface ScopeKind {
  name: string;
  hint?: string;
  expensive?: boolean;
  rows: () => readonly VariableRow[];
}

export function scopesOf(session: Session, row: StackRow): DebugProtocol.Scope[] {
  const { machine } = session.live.target;
  const registers = new ContextRegisters(machine, row.context);
  const scopes: ScopeKind[] = [...variableScopes(row)];
  const core = registers.general().map((register, n) => frameRegister(row, register, n));
  scopes.push({
    name: 'Registers',
    hint: 'registers',
    rows: () => core.map((register) => registerRow(register)),
  });
  scopes.push({
    name: 'Banked registers',
    hint: 'registers',
    rows: () => registers.bankedRegisters().map((register) => registerRow(register)),
  });
  for (const group of systemGroups(row)) {
    scopes.push({
      name: group.title,
      hint: 'registers',
      expensive: true,
      rows: () =>
        group.names
          .map((name) => registers.system(name))
          .filter((register) => register !== undefined)
          .map((register) => registerRow(register)),
    });
  }
  scopes.push({
    name: 'VFP and Advanced SIMD',
    hint: 'registers',
    expensive: true,
    rows: () => registers.vfpRegisters().map((register) => registerRow(register)),
  });
  return scopes.map(({ name, hint, expensive, rows }) => ({
    name,
    expensive: expensive ?? false,
    variablesReference: session.handles.create(
      new VariablesHandle((start, count) => rows().slice(start, start + count)),
    ),
    ...(hint !== undefined && { presentationHint: hint }),
  }));
}

/** In an outer frame the core registers are those that the unwinder found. */
function frameRegister(row: StackRow, register: ContextRegister, n: number): ContextRegister {
  if (row.frame.callee === undefined || n > 15) return register;
  const { registers } = row.frame;
  return {
    ...register,
    read: () => {
      const value = registers.read(n);
      if (value === undefined) throw new Error('not saved in this frame');
      return BigInt(value);
    },
    write: (value) => registers.write(n, value),
  };
}

function variableScopes(row: StackRow): ScopeKind[] {
  const { program, frame } = row;
  if (program === undefined) return [];
  const scopes = program.scopesAt(frame.lookupPc, row.inlineLevel);
  const locals: VariableRow[] = [];
  const parameters: VariableRow[] = [];
  const shadowed = new Set<string>();
  for (const scope of scopes)
    for (const variable of scope.variables) {
      if (shadowed.has(variable.name)) continue;
      shadowed.add(variable.name);
      (variable.kind === 'parameter' ? parameters : locals).push(
        valueRow(variable.name, program.valueOf(variable, frame), variable.name, row),
      );
    }
  const result: ScopeKind[] = [];
  if (parameters.length > 0) result.push({ name: 'Arguments', hint: 'arguments', rows: () => parameters });
  result.push({ name: 'Locals', hint: 'locals', rows: () => locals });
  const globals = program.globalsOf(frame.lookupPc);
  if (globals.length > 0)
    result.push({
      name: 'Globals of this file',
      expensive: true,
      rows: () =>
        globals.map((variable) =>
          valueRow(variable.name, program.valueOf(variable, frame), variable.name, row),
        ),
    });
  return result;
}

/** A C value as a row. */
export function valueRow(
  name: string,
  value: Value,
  evaluateName: string | undefined,
  row: StackRow,
): VariableRow {
  const space = value.access.space;
  const { context } = row;
  const address = value.address;
  return {
    name,
    type: value.type.name,
    value: (hex) => value.text({ hex }),
    ...(evaluateName !== undefined && { evaluateName }),
    ...(address !== undefined && {
      memoryReference:
        space === undefined || space === context.space.name
          ? formatAddress({ space: context.space, address })
          : `${space}:0x${address.toString(16)}`,
    }),
    ...(value.hasChildren && {
      children: () =>
        value
          .children()
          .map((child: NamedValue) =>
            valueRow(
              child.name,
              child.value,
              evaluateName === undefined ? undefined : child.expression(evaluateName),
              row,
            ),
          ),
    }),
    set: (text) => value.set(BigInt(text)),
  };
}

export function registerRow(register: ContextRegister): VariableRow {
  const digits = register.bits / 4;
  const text = (): string => {
    try {
      return `0x${register.read().toString(16).padStart(digits, '0')}`;
    } catch (error) {
      return `<${error instanceof Error ? error.message : String(error)}>`;
    }
  };
  const fields = register.fields?.() ?? [];
  return {
    name: register.name,
    value: text,
    evaluateName: `$${register.name}`,
    readOnly: register.write === undefined,
    ...(register.description !== undefined && { type: register.description }),
    ...(fields.length > 0 && {
      children: () =>
        (register.fields?.() ?? []).map((field) => ({
          name: `${field.name} [${field.bits[0] === field.bits[1] ? field.bits[0] : field.bits.join(':')}]`,
          value: () => (field.meaning === '' ? field.value : `${field.value} (${field.meaning})`),
          evaluateName: `$${register.name}.${field.name}`,
          readOnly: true,
        })),
    }),
    set: (given) => {
      if (register.write === undefined) throw new RequestError(`${register.name} cannot be written`);
      register.write(parseNumber(given));
    },
  };
}

/** A number as a person types it. @throws RequestError */
export function parseNumber(text: string): bigint {
  try {
    return BigInt(text.trim());
  } catch {
    throw new RequestError(`'${text}' is no number: give it in decimal, 0x… or 0b…`);
  }
}

/** The system registers of a frame's world, in groups. */
function systemGroups(row: StackRow): { title: string; names: readonly string[] }[] {
  const groups = [
    { title: 'System registers', names: MAIN_REGISTERS },
    { title: 'Timers', names: TIMER_REGISTERS },
  ];
  if (row.context.world === 'hyp') groups.unshift({ title: 'Hyp registers', names: HYPERVISOR_REGISTERS });
  return groups;
}
