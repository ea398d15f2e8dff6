// Checks a launch configuration against the table. Every problem names the attribute and says what to do.
import { parseAddress, parseSize, type Attribute, type Shape } from './attribute-shapes';
import { LAUNCH_ATTRIBUTES, type LaunchConfiguration } from './launch-attributes';
import { nearestName } from './nearest-name';

export interface LaunchProblem {
  /** E.g. `guest.kernel` or `load[0].address`. */
  attribute: string;
  /** For people: what is wrong and what would be right. */
  message: string;
}

/** Attributes that every debug configuration of VS Code may have; they are not ours to judge. */
const OF_THE_EDITOR = new Set([
  'name',
  'type',
  'request',
  'noDebug',
  'preLaunchTask',
  'postDebugTask',
  'internalConsoleOptions',
  'debugServer',
  'presentation',
  'serverReadyAction',
  'suppressMultipleSessionWarning',
  'windows',
  'linux',
  'osx',
]);

/** A rule over several attributes: `when` holds for a configuration that contradicts itself. */
interface Contradiction {
  attribute: string;
  when: (given: LaunchConfiguration) => boolean;
  message: string;
}

/** Of the board `virt`. */
const VIRTIO_TRANSPORTS = 32;

/** Attributes that speak of `kernel` and mean nothing for the bundled sample. */
const OF_THE_KERNEL = ['format', 'loadAddress', 'entry', 'initrd', 'append', 'modules'] as const;
const OF_THE_GUEST: Readonly<Record<string, string>> = { initrd: 'guest.initrd', append: 'guest.append' };

const hasModules = (given: LaunchConfiguration): boolean => given.modules !== undefined;
const kernelModules = (given: LaunchConfiguration): number =>
  (given.modules ?? []).filter(({ kind }) => kind === 'linux-zimage').length;

const runsTheSample = (given: LaunchConfiguration): boolean =>
  given.kernel === undefined && given.firmware === undefined;

const CONTRADICTIONS: readonly Contradiction[] = [
  {
    attribute: 'sample',
    when: (given) => given.sample !== undefined && given.kernel !== undefined,
    message: "'sample' and 'kernel' both say what to boot: remove one of them.",
  },
  ...(['sample', 'kernel', 'guest', 'variant'] as const).map((attribute) => ({
    attribute: 'firmware',
    when: (given: LaunchConfiguration) => given.firmware !== undefined && given[attribute] !== undefined,
    message: `'firmware' is what the machine boots, and so is '${attribute}': remove one of them; 'load' puts other files into memory.`,
  })),
  {
    attribute: 'dtb',
    when: (given) => given.dtb !== undefined && runsTheSample(given),
    message:
      "'dtb' describes the machine to 'kernel' or 'firmware', but none is given: add one or remove it.",
  },
  {
    attribute: 'secure',
    when: (given) => given.secure === true && runsTheSample(given),
    message:
      "'secure' is true, but the sample has no Secure firmware: remove it, or boot a 'kernel' or 'firmware'.",
  },
  {
    attribute: 'disks',
    when: (given) => (given.disks?.length ?? 0) + (given.virtio?.length ?? 0) > VIRTIO_TRANSPORTS,
    message: `'disks' and 'virtio' name more devices than the board has virtio transports (${VIRTIO_TRANSPORTS}): remove some.`,
  },
  {
    attribute: 'guest',
    when: (given) => given.guest !== undefined && given.kernel !== undefined,
    message:
      "'guest' is for the bundled hypervisor, but 'kernel' is given: remove 'kernel' to run the guest under the bundled hypervisor, or remove 'guest'.",
  },
  {
    attribute: 'variant',
    when: (given) => given.variant !== undefined && given.kernel !== undefined,
    message: "'variant' is of the bundled hypervisor, but 'kernel' is given: remove one of them.",
  },
  ...OF_THE_KERNEL.map((attribute) => ({
    attribute,
    when: (given: LaunchConfiguration) => given[attribute] !== undefined && given.kernel === undefined,
    message:
      `'${attribute}' describes 'kernel', but no 'kernel' is given: ` +
      (attribute in OF_THE_GUEST
        ? `add 'kernel', or use '${OF_THE_GUEST[attribute]}' for the guest of the sample.`
        : "add 'kernel' or remove it."),
  })),
  ...(['initrd', 'append', 'disk'] as const).map((attribute) => ({
    attribute: 'guest',
    when: (given: LaunchConfiguration) =>
      given.guest?.kernel === undefined && given.guest?.[attribute] !== undefined,
    message: `'guest.${attribute}' needs a kernel that uses it: add 'guest.kernel'.`,
  })),
  {
    attribute: 'board',
    when: (given) => given.board !== undefined && given.board !== 'virt' && runsTheSample(given),
    message: "'board' must be virt for the sample, which knows no other: remove it, or boot a 'kernel'.",
  },
  {
    attribute: 'cpus',
    when: (given) => given.board === 'vexpress-a15' && (given.cpus ?? 1) > 4,
    message: "'cpus' can be 4 at most on the board vexpress-a15.",
  },
  {
    attribute: 'virtualization',
    when: (given) => given.virtualization === false && runsTheSample(given),
    message:
      "'virtualization' is false, but the sample is a hypervisor: remove it, or boot a 'kernel' that needs no Hyp mode.",
  },
  {
    attribute: 'listRegisters',
    when: (given) => given.virtualization === false && given.listRegisters !== undefined,
    message: "'listRegisters' means nothing while 'virtualization' is false: remove one of them.",
  },
  {
    attribute: 'modules',
    when: (given) => hasModules(given) && given.virtualization === false,
    message:
      "'modules' are for Xen, which needs Hyp mode, but 'virtualization' is false: remove one of them.",
  },
  {
    attribute: 'modules',
    when: (given) => hasModules(given) && kernelModules(given) !== 1,
    message: "'modules' must have exactly one file of kind linux-zimage, the kernel of dom0.",
  },
  {
    attribute: 'modules',
    when: (given) =>
      (given.modules ?? []).some(({ kind, append }) => kind === 'linux-initrd' && append !== undefined),
    message: "'modules' have a command line with an initial RAM disk: it belongs to the kernel of dom0.",
  },
  {
    attribute: 'initrd',
    when: (given) => hasModules(given) && given.initrd !== undefined,
    message: "'initrd' means nothing to Xen: add it to 'modules' with the kind linux-initrd.",
  },
  ...(['loadAddress', 'entry'] as const).map((attribute) => ({
    attribute,
    when: (given: LaunchConfiguration) =>
      given[attribute] !== undefined && !['auto', 'raw', 'Image'].includes(given.format ?? 'auto'),
    message: `'${attribute}' is for images that do not say where they belong, but 'format' says otherwise: remove it, or set 'format' to "raw" or "Image".`,
  })),
  {
    attribute: 'format',
    when: (given) => given.format === 'raw' && given.loadAddress === undefined,
    message: "'format' is \"raw\", so 'loadAddress' must say where the image belongs: add it.",
  },
];

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** In words, what a shape takes. */
export function describeShape(shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return 'text';
    case 'path':
      return 'a path';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return shape.most === Number.MAX_SAFE_INTEGER
        ? `a whole number from ${shape.least}`
        : `a whole number from ${shape.least} to ${shape.most}`;
    case 'address':
      return 'an address such as "0x40008000"';
    case 'size':
      return `a size from ${shape.least / 2 ** 20}M to ${shape.most / 2 ** 20}M such as "512M"`;
    case 'choice':
      return quoted(Object.keys(shape.meanings));
    case 'list':
      return `a list, each of ${describeShape(shape.item)}`;
    case 'object':
      return `{${Object.keys(shape.members).join(', ')}}`;
    case 'map':
      return `an object whose names are ${shape.keyMeaning} and whose values are ${describeShape(shape.entry)}`;
    case 'either':
      return shape.shapes.map(describeShape).join(' or ');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value that isn't made of others has its shape. */
function fits(value: unknown, shape: Shape): boolean {
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string';
    case 'path':
      return typeof value === 'string' && value.trim() !== '';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return (
        Number.isSafeInteger(value) && (value as number) >= shape.least && (value as number) <= shape.most
      );
    case 'address':
      return (typeof value === 'string' || typeof value === 'number') && parseAddress(value) !== undefined;
    case 'size': {
      const bytes = typeof value === 'string' || typeof value === 'number' ? parseSize(value) : undefined;
      return bytes !== undefined && bytes >= shape.least && bytes <= shape.most;
    }
    case 'choice':
      return typeof value === 'string' && Object.hasOwn(shape.meanings, value);
    case 'list':
      return Array.isArray(value);
    case 'object':
    case 'map':
      return isObject(value);
    case 'either':
      return shape.shapes.some((one) => fits(value, one));
  }
}

/** Of several shapes the one that a value was meant to have: the first that it fits, else the first of its sort. */
function meant(value: unknown, shapes: readonly Shape[]): Shape | undefined {
  return shapes.find((shape) => fits(value, shape));
}

function check(value: unknown, shape: Shape, attribute: string, problems: LaunchProblem[]): void {
  if (!fits(value, shape)) {
    let message = `'${attribute}' is ${shown(value)}, but takes ${describeShape(shape)}.`;
    if (shape.kind === 'choice' && typeof value === 'string') {
      const near = nearestName(value, Object.keys(shape.meanings));
      if (near !== undefined) message += ` Did you mean "${near}"?`;
    }
    problems.push({ attribute, message });
    return;
  }
  if (shape.kind === 'list')
    (value as unknown[]).forEach((item, index) =>
      check(item, shape.item, `${attribute}[${index}]`, problems),
    );
  else if (shape.kind === 'object')
    checkMembers(value as Record<string, unknown>, shape.members, `${attribute}.`, problems);
  else if (shape.kind === 'map') checkMap(value as Record<string, unknown>, shape, attribute, problems);
  else if (shape.kind === 'either') {
    const one = meant(value, shape.shapes);
    if (one) check(value, one, attribute, problems);
  }
}

function checkMap(
  value: Record<string, unknown>,
  shape: Shape & { kind: 'map' },
  attribute: string,
  problems: LaunchProblem[],
): void {
  for (const [name, entry] of Object.entries(value)) {
    if (shape.key.test(name)) check(entry, shape.entry, `${attribute}.${name}`, problems);
    else
      problems.push({
        attribute: `${attribute}.${name}`,
        message: `'${attribute}' has the name "${name}", but its names are ${shape.keyMeaning}.`,
      });
  }
}

function checkMembers(
  value: Record<string, unknown>,
  members: Readonly<Record<string, Attribute>>,
  prefix: string,
  problems: LaunchProblem[],
): void {
  for (const [name, given] of Object.entries(value)) {
    if (given === undefined) continue;
    if (Object.hasOwn(members, name)) check(given, members[name].shape, prefix + name, problems);
    else
      problems.push({
        attribute: prefix + name,
        message: unknownMessage(prefix, name, Object.keys(members)),
      });
  }
  for (const [name, member] of Object.entries(members)) {
    if (member.required && value[name] === undefined)
      problems.push({
        attribute: prefix + name,
        message: `'${prefix}${name}' is missing: add it. ${member.description}`,
      });
  }
}

function unknownMessage(prefix: string, name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return (
    `'${prefix}${name}' is no attribute of ${prefix === '' ? 'a Worldswitch launch configuration' : `'${prefix.slice(0, -1)}'`}. ` +
    `Did you mean '${near}'? Known are: ${known.join(', ')}.`
  );
}

/**
 * Everything that is wrong with a launch configuration, in the order of its attributes; none means it can be used.
 * Attributes that belong to the editor (`name`, `type`, `preLaunchTask` …, and all that begin with `__`) are passed over.
 */
export function launchProblems(given: unknown): LaunchProblem[] {
  if (!isObject(given))
    return [
      { attribute: '', message: `A launch configuration is an object, but ${shown(given)} was given.` },
    ];
  const own = Object.fromEntries(
    Object.entries(given).filter(([name]) => !OF_THE_EDITOR.has(name) && !name.startsWith('__')),
  );
  const problems: LaunchProblem[] = [];
  checkMembers(own, LAUNCH_ATTRIBUTES, '', problems);
  if (problems.length > 0) return problems;
  for (const { attribute, when, message } of CONTRADICTIONS)
    if (when(own as LaunchConfiguration)) problems.push({ attribute, message });
  return problems;
}
