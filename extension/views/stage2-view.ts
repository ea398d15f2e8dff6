// Stage 2: what each VM's intermediate physical addresses map to, and translations that the user asked for.
import type { Stage2Map, Stage2Part, Stage2Range } from '../../debug-adapter/protocol/stage2-view';
import type { Translation, WalkStep } from '../../debug-adapter/protocol/translate';
import { fromHex, hex } from '../../debug-adapter/protocol/registers';
import { fieldRow } from './register-rows';
import { COLORS, grouped, literal, sizeInWords, type Row } from './row';

const permissions = (range: Stage2Range): string =>
  `${range.readable ? 'r' : '-'}${range.writable ? 'w' : '-'}${range.executable ? 'x' : '-'}`;

/** An address without the zeros that only a 40-bit one needs. */
const short = (address: string): string => `0x${fromHex(address).toString(16).padStart(8, '0')}`;

const lastOf = (first: string, size: number): string => hex(fromHex(first) + BigInt(size) - 1n, 40);

function rangeRow(range: Stage2Range, outer: string): Row {
  const last = lastOf(range.ipa, range.size);
  const device = range.memoryType !== 'Normal';
  const descriptors = `${grouped(range.descriptors)} level ${range.level} ${range.level === 3 ? 'page' : 'block'}${range.descriptors === 1 ? '' : 's'}`;
  return {
    id: `${outer}/${range.ipa}`,
    label: `${short(range.ipa)} → ${short(range.pa)}`,
    description: [
      permissions(range),
      sizeInWords(range.size),
      range.target ?? '',
      device ? range.memoryType : 'Normal',
      range.accessFlag ? '' : 'AF = 0',
    ]
      .filter((word) => word !== '')
      .join('  '),
    tooltip: [
      `**IPA** \`${range.ipa}\` to \`${last}\`, ${sizeInWords(range.size)}`,
      `**PA** \`${range.pa}\` to \`${lastOf(range.pa, range.size)}\`${range.target ? ` (${literal(range.target)})` : ''}`,
      `${range.readable ? 'readable' : 'not readable'}, ${range.writable ? 'writable' : 'not writable'}, ${range.executable ? 'executable' : 'execute never'}`,
      `${literal(range.memory)}; ${range.shareability}`,
      `${descriptors}${range.accessFlag ? '' : '; access flag 0: the first use faults'}`,
    ].join('\n\n'),
    icon: device ? 'plug' : range.writable ? 'database' : 'lock',
    color: range.accessFlag ? undefined : COLORS.problem,
    context: 'value',
    value: `${range.ipa}-${last} -> ${range.pa}`,
    spoken: `${range.ipa} maps to ${range.pa}, ${sizeInWords(range.size)}, ${permissions(range).split('').join(' ')}`,
  };
}

function mapRow(map: Stage2Map): Row {
  const id = `vm${map.vm}`;
  const mapped = map.ranges.reduce((sum, range) => sum + range.size, 0);
  return {
    id,
    label: map.name,
    description: `${map.ranges.length} ranges, ${sizeInWords(mapped)} mapped`,
    tooltip: `Root \`${map.root}\`, VMID ${map.vmid}. ${literal(map.geometry)}`,
    icon: 'vm',
    color: COLORS.guest,
    expanded: true,
    children: [
      ...map.problems.map((problem, index) => ({
        id: `${id}/problem${index}`,
        label: problem,
        icon: 'warning',
        color: COLORS.problem,
      })),
      ...map.ranges.map((range) => rangeRow(range, id)),
    ],
  };
}

function stepRow(step: WalkStep, id: string): Row {
  return {
    id,
    label: `Stage ${step.stage} level ${step.level}: ${step.kind}`,
    description: `${step.descriptor} at ${step.descriptorAddress}`,
    tooltip: `Translating \`${step.input}\`\n\n${literal(step.meaning)}`,
    icon: step.kind === 'invalid' ? 'error' : step.kind === 'table' ? 'list-tree' : 'pass',
    color: step.kind === 'invalid' ? COLORS.problem : undefined,
    children: [
      { id: `${id}/meaning`, label: step.meaning, icon: 'info' },
      ...step.fields.map((field) => fieldRow(field, id)),
    ],
    context: 'value',
    value: step.descriptor,
  };
}

/** A translation that the user asked for, with each step of the walk. */
export function translationRow(translation: Translation): Row {
  const { input, ipa, pa, attributes, fault, steps } = translation;
  const via = ipa && !input.startsWith('ipa') ? ` → IPA ${ipa}` : '';
  return {
    id: 'translation',
    label: `${input}${via} → ${pa ? `PA ${pa}` : 'fault'}`,
    description: fault ?? attributes,
    tooltip: literal(fault ?? attributes ?? ''),
    icon: fault ? 'error' : 'search',
    color: fault ? COLORS.problem : undefined,
    expanded: true,
    context: 'translation',
    children: steps.map((step, index) => stepRow(step, `translation/${index}`)),
  };
}

export function stage2Rows({ maps }: Stage2Part, translation?: Translation): Row[] {
  return [...(translation ? [translationRow(translation)] : []), ...maps.map(mapRow)];
}
