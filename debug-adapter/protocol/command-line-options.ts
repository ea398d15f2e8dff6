// The command line: its options come from the table of launch attributes, and a few are its own.
import { type Attribute, type Shape } from './attribute-shapes';
import { LAUNCH_ATTRIBUTES, type LaunchConfiguration } from './launch-attributes';
import { launchProblems } from './launch-validation';
import { nearestName } from './nearest-name';

export const COMMANDS = {
  run: { summary: 'Boots an image and runs it until it powers off or a limit is reached.' },
  kvm: {
    summary:
      'Boots the bundled hypervisor with the given guest (the teaching guest when none is given) and prints the table of exits at the end.',
  },
  dap: { summary: 'Serves the debug adapter protocol on standard input and output, or on a TCP port.' },
} as const;

export type CommandName = keyof typeof COMMANDS;

export interface OwnOption {
  name: string;
  /** The word for its value; empty for an option without one. */
  value: string;
  description: string;
  commands: readonly CommandName[];
}

/** Options that are no launch attributes. */
export const OWN_OPTIONS: readonly OwnOption[] = [
  {
    name: 'until',
    value: 'TEXT',
    description: 'End with success when this text has appeared on a console.',
    commands: ['run', 'kvm'],
  },
  {
    name: 'events',
    value: 'LIST',
    description: 'Print these events, one a line, as they happen: names separated by commas, or `all`.',
    commands: ['run', 'kvm'],
  },
  {
    name: 'stats',
    value: 'FILE|-',
    description: 'Write counts and times as JSON at the end, `-` for standard output.',
    commands: ['run', 'kvm'],
  },
  {
    name: 'no-reboot',
    value: '',
    description: 'End with exit code 1 when the guest resets the machine, instead of booting again.',
    commands: ['run', 'kvm'],
  },
  {
    name: 'translations',
    value: 'FOLDER',
    description:
      'Keep there what is compiled, and use what earlier runs compiled: a boot takes less time, and no result changes.',
    commands: ['run', 'kvm', 'dap'],
  },
  {
    name: 'port',
    value: 'N',
    description: 'Listen on this TCP port of 127.0.0.1 instead of standard input and output.',
    commands: ['dap'],
  },
  { name: 'help', value: '', description: 'Show this help.', commands: ['run', 'kvm', 'dap'] },
];

export interface CommandLine {
  /** Absent only when help was asked without a command. */
  command?: CommandName;
  help: boolean;
  launch: LaunchConfiguration;
  until?: string;
  /** Names in the order given. */
  events: string[];
  stats?: string;
  /** Folder of what earlier runs compiled. */
  translations?: string;
  /** A reset by the guest ends the run. */
  noReboot?: true;
  /** 0 to 65535; 0 lets the system choose. */
  port?: number;
}

/** The command line is not as it should be. The message says what would be right. */
export class CommandLineError extends Error {}

interface AttributeOption {
  /** Where the value belongs, e.g. ['guest', 'kernel']. */
  path: string[];
  option: { name: string; value: string };
  attribute: Attribute;
}

const ABOUT_THE_SAMPLE = ['guest', 'variant'];
const ABOUT_THE_KERNEL = [
  ...['kernel', 'firmware', 'secure', 'format', 'loadAddress', 'entry', 'dtb', 'initrd', 'append', 'modules'],
];

/** The options of a command that set launch attributes, in the order of the table. */
export function attributeOptions(command: CommandName): AttributeOption[] {
  const belongs = (path: string[]): boolean =>
    command === 'run'
      ? !ABOUT_THE_SAMPLE.includes(path[0])
      : command === 'kvm'
        ? !ABOUT_THE_KERNEL.includes(path[0])
        : false;
  return optionsOf(LAUNCH_ATTRIBUTES, []).filter(({ path }) => belongs(path));
}

function optionsOf(members: Readonly<Record<string, Attribute>>, outer: string[]): AttributeOption[] {
  return Object.entries(members).flatMap(([name, attribute]) => {
    const path = [...outer, name];
    const own = attribute.option ? [{ path, option: attribute.option, attribute }] : [];
    return attribute.shape.kind === 'object' ? [...own, ...optionsOf(attribute.shape.members, path)] : own;
  });
}

const namesOf = (command: CommandName): string[] => [
  ...attributeOptions(command).map(({ option }) => option.name),
  ...OWN_OPTIONS.filter(({ commands }) => commands.includes(command)).map(({ name }) => name),
];

/**
 * Reads the arguments after the program's name.
 * @throws CommandLineError for an unknown command or option, a missing or wrong value, or contradictory options
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help')
    return { help: true, launch: {}, events: [] };
  if (!Object.hasOwn(COMMANDS, first)) {
    const known = Object.keys(COMMANDS);
    throw new CommandLineError(
      `'${first}' is no command. Did you mean '${nearestName(first, known)}'? Commands are: ${known.join(', ')}.`,
    );
  }
  const command = first as CommandName;
  const line: CommandLine = { command, help: false, launch: {}, events: [] };
  if (command === 'kvm') line.launch.sample = 'kvm-arm';
  readOptions(rest, command, line);
  if (!line.help) refuseContradictions(command, line.launch);
  return line;
}

function readOptions(argv: readonly string[], command: CommandName, line: CommandLine): void {
  const queue = [...argv];
  for (let argument = queue.shift(); argument !== undefined; argument = queue.shift()) {
    const match = /^--([^=]+)(?:=(.*))?$/s.exec(argument === '-h' ? '--help' : argument);
    if (!match) throw new CommandLineError(strayMessage(argument, command));
    const [, name, attached] = match;
    if (name === 'help') {
      line.help = true;
      continue;
    }
    if (name === 'no-reboot' && namesOf(command).includes(name)) {
      line.noReboot = true;
      continue;
    }
    if (!namesOf(command).includes(name)) throw new CommandLineError(unknownMessage(name, command));
    const value = attached ?? queue.shift();
    if (value === undefined || (attached === undefined && value.startsWith('--')))
      throw new CommandLineError(`--${name} needs a value: --${name} ${valueWord(name, command)}.`);
    const row = attributeOptions(command).find(({ option }) => option.name === name);
    if (row) setAttribute(line.launch as Record<string, unknown>, row, value);
    else setOwn(line, name, value);
  }
}

function strayMessage(argument: string, command: CommandName): string {
  const remedy = command === 'run' ? ` The image is given by --kernel ${argument}.` : '';
  return `'${argument}' is not expected here: options begin with --.${remedy}`;
}

function unknownMessage(name: string, command: CommandName): string {
  const elsewhere = (Object.keys(COMMANDS) as CommandName[]).find((other) => namesOf(other).includes(name));
  if (elsewhere)
    return `--${name} is an option of 'worldswitch ${elsewhere}', not of 'worldswitch ${command}'.`;
  const near = nearestName(name, namesOf(command));
  return `--${name} is no option of 'worldswitch ${command}'. Did you mean --${near}? 'worldswitch ${command} --help' lists all.`;
}

function valueWord(name: string, command: CommandName): string {
  const row = attributeOptions(command).find(({ option }) => option.name === name);
  return row?.option.value ?? OWN_OPTIONS.find((own) => own.name === name)?.value ?? 'VALUE';
}

function setOwn(line: CommandLine, name: string, value: string): void {
  if (name === 'until') line.until = value;
  else if (name === 'stats') line.stats = value;
  else if (name === 'translations') line.translations = value;
  else if (name === 'events')
    line.events.push(
      ...value
        .split(',')
        .map((event) => event.trim())
        .filter((event) => event !== ''),
    );
  else if (name === 'port') {
    const port = /^\d+$/.test(value) ? Number(value) : NaN;
    if (!(port <= 65535))
      throw new CommandLineError(`--port is ${value}, but takes a port number from 0 to 65535.`);
    line.port = port;
  }
}

function setAttribute(launch: Record<string, unknown>, row: AttributeOption, given: string): void {
  const { option, attribute, path } = row;
  let home = launch;
  for (const name of path.slice(0, -1)) home = (home[name] ??= {}) as Record<string, unknown>;
  const name = path[path.length - 1];
  const { shape } = attribute;
  const before = (): unknown[] => (home[name] as unknown[] | undefined) ?? [];
  if (option.name === 'serial') home[name] = withSerial(home[name] as Consoles | undefined, given);
  else if (option.name === 'load' || option.name === 'module')
    home[name] = [...before(), ENTRIES[option.name](given)];
  else if (shape.kind === 'list') home[name] = [...before(), valueFor(option.name, shape.item, given)];
  else home[name] = valueFor(option.name, attribute.shape, given);
}

type Consoles = Readonly<Record<string, string>>;

/** The first --serial is of the first console, the second of the second, and so on. */
function withSerial(consoles: Consoles = {}, given: string): Consoles {
  const number = Object.keys(consoles).length + 1;
  return { ...consoles, [number === 1 ? 'host' : `host ${number}`]: given === 'stdio' ? 'terminal' : given };
}

/** The last @ separates, so that file names may have one. */
function loadEntry(given: string): { file: string; address: string } {
  const at = given.lastIndexOf('@');
  if (at <= 0 || at === given.length - 1)
    throw new CommandLineError(`--load is ${given}, but takes FILE@ADDRESS, e.g. blob.bin@0x48000000.`);
  return { file: given.slice(0, at), address: given.slice(at + 1) };
}

/** The kind ends at the first space; the rest is the command line. */
function moduleEntry(given: string): { file: string; kind: string; append?: string } {
  const match = /^(.+?)@(linux-\w+)(?: (.*))?$/s.exec(given);
  if (!match)
    throw new CommandLineError(
      `--module is ${given}, but takes 'FILE@KIND [APPEND]', e.g. 'vmlinuz@linux-zimage console=hvc0'.`,
    );
  const [, file, kind, append] = match;
  return { file, kind, ...(append !== undefined && { append }) };
}

/** Options that add an entry to a list each time they are given. */
const ENTRIES = { load: loadEntry, module: moduleEntry };

function valueFor(option: string, shape: Shape, given: string): unknown {
  if (shape.kind === 'boolean') {
    if (given !== 'on' && given !== 'off')
      throw new CommandLineError(`--${option} is ${given}, but takes on or off.`);
    return given === 'on';
  }
  if (shape.kind === 'integer') {
    const value = /^\d[\d_]*$/.test(given) ? Number(given.replaceAll('_', '')) : NaN;
    if (!(value >= shape.least && value <= shape.most))
      throw new CommandLineError(
        `--${option} is ${given}, but takes a whole number from ${shape.least} to ${shape.most}.`,
      );
    return value;
  }
  return given;
}

/** The table's own rules, in the words of the command line. */
function refuseContradictions(command: CommandName, launch: LaunchConfiguration): void {
  if (command === 'run' && launch.kernel === undefined && launch.firmware === undefined)
    throw new CommandLineError(
      "'worldswitch run' needs an image: --kernel FILE or --firmware FILE. 'worldswitch kvm' boots the bundled hypervisor.",
    );
  const [problem] = command === 'dap' ? [] : launchProblems(launch);
  if (problem) throw new CommandLineError(inOptions(problem.message));
}

/** A message about launch attributes in the words of the command line: each quoted attribute becomes its option. */
export function inOptions(message: string): string {
  const rows = optionsOf(LAUNCH_ATTRIBUTES, []);
  return message.replace(/'([A-Za-z.]+)(?:\[\d+\])?'/g, (quoted, name: string) => {
    const row = rows.find(({ path }) => path.join('.') === name);
    return row ? `--${row.option.name}` : quoted;
  });
}

/** What --help prints: all commands, or one with its options. */
export function helpText(command?: CommandName): string {
  if (!command)
    return [
      'Usage: worldswitch COMMAND [OPTION ...]',
      '',
      'An ARMv7-A machine with Virtualization Extensions, and a debugger for what runs on it.',
      '',
      ...Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(5)} ${summary}`),
      '',
      "'worldswitch COMMAND --help' explains the options of a command.",
      '',
    ].join('\n');
  const rows = [
    ...attributeOptions(command).map(({ option, attribute }) => ({
      head: `--${option.name} ${option.value}`,
      description: attribute.description + standardValue(attribute),
    })),
    ...OWN_OPTIONS.filter(({ commands }) => commands.includes(command)).map((own) => ({
      head: `--${own.name} ${own.value}`.trimEnd(),
      description: own.description,
    })),
  ];
  const width = Math.max(...rows.map(({ head }) => head.length)) + 2;
  return [
    `Usage: worldswitch ${command} [OPTION ...]`,
    '',
    COMMANDS[command].summary,
    '',
    ...rows.map(({ head, description }) => `  ${head.padEnd(width)}${description.replaceAll('`', '')}`),
    '',
  ].join('\n');
}

function standardValue({ default: standard }: Attribute): string {
  if (standard === undefined) return '';
  return ` Default: ${typeof standard === 'boolean' ? (standard ? 'on' : 'off') : String(standard)}.`;
}
