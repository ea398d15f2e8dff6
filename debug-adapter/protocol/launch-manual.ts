// The manual's page on launch attributes and command-line options, in Markdown.
import type { Attribute } from './attribute-shapes';
import { COMMANDS, OWN_OPTIONS, attributeOptions } from './command-line-options';
import { LAUNCH_ATTRIBUTES } from './launch-attributes';
import { describeShape } from './launch-validation';
import { STOP_EVENTS } from './stop-events';

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`;

function attributeRows(members: Readonly<Record<string, Attribute>>, prefix = ''): string[] {
  return Object.entries(members).flatMap(([name, attribute]) => {
    const { shape, description, option, default: standard } = attribute;
    const own = row(
      `\`${prefix}${name}\``,
      describeShape(shape),
      standard === undefined ? '' : `\`${JSON.stringify(standard)}\``,
      option ? `\`--${option.name}\`` : '',
      description,
    );
    const inner = shape.kind === 'list' ? shape.item : shape;
    const objects = inner.kind === 'either' ? inner.shapes : [inner];
    const within = shape.kind === 'list' ? `${prefix}${name}[].` : `${prefix}${name}.`;
    return [
      own,
      ...objects.flatMap((one) => (one.kind === 'object' ? attributeRows(one.members, within) : [])),
    ];
  });
}

/** The whole page. */
export function launchManual(): string {
  return [
    '<!-- Made from debug-adapter/protocol/launch-attributes.ts by `npm run manifest`: change it there. -->',
    '',
    '# Launch attributes and command-line options',
    '',
    'Give at most one of `sample` and `kernel`; with neither, the bundled hypervisor boots. Paths that are not',
    'absolute start at the workspace folder, on the command line at the current folder.',
    '',
    row('attribute', 'takes', 'default', 'option', 'meaning'),
    row('---', '---', '---', '---', '---'),
    ...attributeRows(LAUNCH_ATTRIBUTES),
    '',
    '## Events that can be stops',
    '',
    'The names are those of `stopOn` and of the exception filters. A condition is an expression over the fields.',
    '',
    ...STOP_EVENTS.flatMap((event) => [
      `### \`${event.name}\`: ${event.label}`,
      '',
      event.description,
      '',
      row('field', 'meaning'),
      row('---', '---'),
      ...Object.entries(event.fields).map(([name, meaning]) => row(`\`${name}\``, meaning)),
      '',
    ]),
    '## Command line',
    '',
    ...Object.entries(COMMANDS).flatMap(([name, { summary }]) => {
      const options = [
        ...attributeOptions(name as keyof typeof COMMANDS).map(({ option, attribute }) => ({
          ...option,
          description: attribute.description,
        })),
        ...OWN_OPTIONS.filter(({ commands }) => (commands as readonly string[]).includes(name)),
      ];
      return [
        `### \`worldswitch ${name}\``,
        '',
        summary,
        '',
        row('option', 'meaning'),
        row('---', '---'),
        ...options.map((option) =>
          row(`\`--${option.name}${option.value ? ` ${option.value}` : ''}\``, option.description),
        ),
        '',
      ];
    }),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}
