// List registers: GICH_LRn of each core and of each parked vCPU, with what changed each last.
import type {
  ListRegister,
  ListRegisterBank,
  ListRegisterChange,
  ListRegisterState,
  ListRegistersPart,
} from '../../debug-adapter/protocol/list-registers-view';
import { fieldRow } from './register-rows';
import { COLORS, grouped, literal, type Row } from './row';

const STATE_ICONS: Readonly<Record<ListRegisterState, { icon: string; color: string }>> = {
  invalid: { icon: 'circle-outline', color: COLORS.quiet },
  pending: { icon: 'bell-dot', color: COLORS.pending },
  active: { icon: 'circle-filled', color: COLORS.active },
  'pending and active': { icon: 'bell-dot', color: COLORS.active },
};

function interruptName(register: ListRegister): string {
  const id = register.virtualId;
  const kind = id < 16 ? 'SGI' : id < 32 ? 'PPI' : 'SPI';
  return `${kind} ${id}`;
}

function changeRow(change: ListRegisterChange, outer: string): Row {
  const id = `${outer}/change`;
  return {
    id,
    label: `${change.from} → ${change.to}`,
    description: `by ${change.cause} at ${grouped(change.position)}`,
    tooltip:
      'The last change. The number is the position in virtual time: instructions executed by all cores.',
    icon: 'history',
    expanded: true,
    children: change.chain.map((link, index) => ({
      id: `${id}/${index}`,
      label: link.text,
      description: [
        link.symbol ?? link.address ?? '',
        link.position === undefined ? '' : grouped(link.position),
      ]
        .filter((word) => word !== '')
        .join('  '),
      icon: index === change.chain.length - 1 ? 'arrow-small-right' : 'arrow-small-down',
    })),
  };
}

function registerRow(register: ListRegister, outer: string): Row {
  const id = `${outer}/lr${register.index}`;
  const { icon, color } = STATE_ICONS[register.state];
  const invalid = register.state === 'invalid';
  const details = [
    `${register.hardware ? `hardware ${register.physicalId}` : 'software'}`,
    `priority ${register.priority}`,
    `group ${register.group}`,
    register.eoiMaintenance ? 'EOI raises maintenance' : '',
    register.sourceCpu === undefined ? '' : `from CPU ${register.sourceCpu}`,
  ].filter((word) => word !== '');
  return {
    id,
    label: `LR${register.index}`,
    description: invalid
      ? `${register.value}  invalid`
      : `${register.value}  ${register.state}  ${interruptName(register)}  ${details.join(', ')}`,
    tooltip: [
      `**GICH\\_LR${register.index}** = \`${register.value}\`: ${register.state}`,
      invalid ? '' : literal(`${interruptName(register)}, ${details.join(', ')}`),
      register.changed ? 'Changed since the stop before.' : '',
      register.lastChange
        ? literal(
            `Last change: ${register.lastChange.from} → ${register.lastChange.to} by ${register.lastChange.cause}`,
          )
        : '',
    ]
      .filter((line) => line !== '')
      .join('\n\n'),
    icon: register.changed ? 'diff-modified' : icon,
    color: register.changed ? COLORS.changed : color,
    children: [
      ...(register.lastChange ? [changeRow(register.lastChange, id)] : []),
      ...register.fields.map((field) => fieldRow(field, id)),
    ],
    context: 'value',
    value: register.value,
    spoken: `list register ${register.index}, ${register.state}${invalid ? '' : `, ${interruptName(register)}`}${register.changed ? ', changed' : ''}`,
  };
}

function bankRow(bank: ListRegisterBank, index: number): Row {
  const id = bank.core === undefined ? `vm${bank.vm}.vcpu${bank.vcpu}` : `cpu${bank.core}`;
  const used = bank.registers.filter((register) => register.state !== 'invalid').length;
  return {
    id: `${id}#${index}`,
    label: bank.title,
    description: `${used} of ${bank.registers.length} in use${bank.enabled ? '' : ', virtual interface off'}${bank.provenance === 'live' ? '' : `, ${bank.provenance}`}`,
    icon: bank.core === undefined ? 'vm' : 'circuit-board',
    expanded: true,
    children: bank.registers.map((register) => registerRow(register, id)),
  };
}

export function listRegisterRows({ banks }: ListRegistersPart): Row[] {
  return banks.map(bankRow);
}
