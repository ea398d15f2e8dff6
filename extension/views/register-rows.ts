// Registers and their fields as rows, alike in the views Guests and Host.
import type {
  Provenance,
  Register,
  RegisterField,
  RegisterGroup,
} from '../../debug-adapter/protocol/registers';
import { COLORS, literal, type Row } from './row';

const GROUP_ICONS: Readonly<Record<string, string>> = {
  general: 'symbol-numeric',
  banked: 'layers',
  system: 'settings-gear',
  vfp: 'symbol-array',
  timer: 'watch',
  timers: 'watch',
  virtualInterrupts: 'bell',
  gic: 'bell',
  highvisor: 'server-process',
  hyp: 'shield',
};

const bitsOf = ([high, low]: [number, number]): string => (high === low ? `${high}` : `${high}:${low}`);

export function fieldRow(field: RegisterField, id: string): Row {
  const width = field.bits[0] - field.bits[1] + 1;
  const value = width === 1 ? String(Number(field.value)) : field.value;
  return {
    id: `${id}.${field.name}[${bitsOf(field.bits)}]`,
    label: field.name,
    description: field.meaning === '' ? value : `${value}  ${field.meaning}`,
    tooltip: `**${literal(field.name)}** bits ${bitsOf(field.bits)} = ${value}\n\n${literal(field.meaning)}`,
    icon:
      width === 1 && Number(field.value) === 1
        ? 'circle-filled'
        : width === 1
          ? 'circle-outline'
          : 'symbol-field',
    context: 'value',
    value: field.value,
    spoken: `${field.name}, ${value}, ${field.meaning}`,
  };
}

export function registerRow(register: Register, outer: string): Row {
  const id = `${outer}/${register.name}`;
  const tooltip = [
    `**${literal(register.name)}** = \`${register.value}\``,
    register.description ? literal(register.description) : '',
    register.changed ? 'Changed since the stop before.' : '',
  ].filter((line) => line !== '');
  return {
    id,
    label: register.name,
    description: register.summary ? `${register.value}  ${register.summary}` : register.value,
    tooltip: tooltip.join('\n\n'),
    icon: register.changed ? 'diff-modified' : 'symbol-variable',
    color: register.changed ? COLORS.changed : undefined,
    children: register.fields?.map((field) => fieldRow(field, id)),
    context: register.evaluateName ? 'value watchable' : 'value',
    value: register.value,
    expression: register.evaluateName,
    spoken: `${register.name}, ${register.value}${register.changed ? ', changed' : ''}`,
  };
}

export function groupRow(group: RegisterGroup, outer: string, provenance: Provenance = 'live'): Row {
  const id = `${outer}/${group.kind}`;
  const changed = group.registers.filter((register) => register.changed).length;
  const notes = [provenance === 'live' ? '' : provenance, changed > 0 ? `${changed} changed` : ''];
  return {
    id,
    label: group.title,
    description: notes.filter((note) => note !== '').join(', '),
    icon: GROUP_ICONS[group.kind] ?? 'symbol-namespace',
    children: group.registers.map((register) => registerRow(register, id)),
  };
}
