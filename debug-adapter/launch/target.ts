/** Makes a machine from a launch configuration: the files, the board, the boot, the symbols. */
import {
  DEFAULT_CONFIGURATION,
  ImageError,
  Machine,
  recogniseImage,
  type BootOptions,
  type MachineConfiguration,
  type NamedFile,
  type VirtioPlug,
} from '../../emulator';
import type { Host } from '../host';
import { parseAddress, parseSize } from '../protocol/attribute-shapes';
import { LAUNCH_ATTRIBUTES, type LaunchConfiguration } from '../protocol/launch-attributes';
import { SymbolFileError } from '../symbols/program';
import { SymbolTable, type SymbolScope } from '../worlds/symbol-table';
import { guestModules, type Guests } from './boot-modules';
import { applyDelta } from './delta';
import { KeptTranslations } from './kept-translations';
import { SAMPLES, SAMPLE_MEMORY_LIMIT, type Sample } from './samples';

/** A launch that cannot be done; the message is for people. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
}

export interface Target {
  readonly machine: Machine;
  readonly symbols: SymbolTable;
  readonly configuration: LaunchConfiguration;
  readonly sample: Sample | undefined;
  /** What was compiled in earlier sessions; undefined where nothing is kept. */
  readonly translations: KeptTranslations | undefined;
  /** Boots the machine anew from the same images. */
  restart(): void;
}

/** Without it Xen wants 512 MiB for dom0, which is all that the machine has unless more was asked for. */
const XEN_COMMAND_LINE = 'dom0_mem=256M';
/** Without it dom0's kernel says nothing. */
const DOM0_COMMAND_LINE = 'console=hvc0';

/** What a machine is made of, read from the host's files. */
interface Plan {
  readonly machine: MachineConfiguration;
  readonly boot: BootOptions;
}

/**
 * Reads every file that `configuration` (already checked) names and boots the machine.
 * @param options.symbols false where nobody looks at source or symbols.
 * @throws LaunchError naming the file or attribute and what to do
 */
export async function makeTarget(
  configuration: LaunchConfiguration,
  host: Host,
  options: { readonly symbols: boolean } = { symbols: true },
): Promise<Target> {
  const runsTheSample = configuration.kernel === undefined && configuration.firmware === undefined;
  const sample = runsTheSample ? SAMPLES[configuration.sample ?? 'kvm-arm'] : undefined;
  const plan = {
    machine: { ...machineConfiguration(configuration), virtio: await virtioPlugs(configuration, host) },
    boot: await bootOptions(configuration, sample, host),
  };
  const symbols = new SymbolTable();
  if (options.symbols) await loadSymbols(symbols, configuration, sample, plan.boot.kernel, host);
  let machine: Machine;
  try {
    machine = new Machine(plan.machine);
    machine.boot(plan.boot);
  } catch (error) {
    if (error instanceof ImageError || error instanceof RangeError) throw new LaunchError(error.message);
    throw error;
  }
  const translations = await KeptTranslations.give(machine, host);
  return { machine, symbols, configuration, sample, translations, restart: () => reboot(machine, plan) };
}

function reboot(machine: Machine, plan: Plan): void {
  machine.reset();
  machine.boot(plan.boot);
}

/** The machine's engine for each value of the launch attribute. */
const ENGINES: Readonly<Record<string, NonNullable<MachineConfiguration['engine']>>> = {
  auto: 'jit',
  interpreter: 'interpreter',
  jit: 'jit',
  check: 'check',
};

/** @throws LaunchError for a name that nothing has checked, such as one from the environment */
function engineOf({ engine = 'auto' }: LaunchConfiguration): NonNullable<MachineConfiguration['engine']> {
  const known = Object.hasOwn(ENGINES, engine) ? ENGINES[engine] : undefined;
  if (known !== undefined) return known;
  throw new LaunchError(
    `'engine': there is no engine '${engine}'; there are ${Object.keys(ENGINES).join(', ')}`,
  );
}

function machineConfiguration(given: LaunchConfiguration): MachineConfiguration {
  return {
    ...DEFAULT_CONFIGURATION,
    board: (given.board as MachineConfiguration['board'] | undefined) ?? DEFAULT_CONFIGURATION.board,
    cpus: given.cpus ?? LAUNCH_ATTRIBUTES.cpus.default ?? 1,
    memory: parseSize(given.memory ?? '512M') ?? 0,
    virtualization: given.virtualization ?? true,
    secure: given.secure ?? false,
    firmware: given.firmware !== undefined,
    listRegisters: given.listRegisters ?? 4,
    engine: engineOf(given),
  };
}

/** Disks first, then what else is named. */
async function virtioPlugs(given: LaunchConfiguration, host: Host): Promise<VirtioPlug[]> {
  const disks = await Promise.all((given.disks ?? []).map((path) => readNamed(path, 'disks', host)));
  return [
    ...disks.map(({ bytes }): VirtioPlug => ({ kind: 'block', image: bytes })),
    ...(given.virtio ?? []).map((kind): VirtioPlug => ({ kind })),
  ];
}

async function bootOptions(
  given: LaunchConfiguration,
  sample: Sample | undefined,
  host: Host,
): Promise<BootOptions> {
  const load = await Promise.all(
    (given.load ?? []).map(async ({ file, address }) => ({
      file: await readNamed(file, 'load', host),
      address: parseAddress(address) ?? 0,
    })),
  );
  if (sample !== undefined) {
    const kernel = await sampleImage(sample.kernel, sample, given, host);
    const modules = given.guest === undefined ? [] : guestModules(await guestsOf(given, given.guest, host));
    return { kernel, load: [...load, ...modules], deviceTree: 'generated' };
  }
  const dtb = given.dtb ?? 'generated';
  const kernel = given.kernel === undefined ? undefined : await readNamed(given.kernel, 'kernel', host);
  if (kernel !== undefined) refuseUnknownFormat(kernel, given);
  return {
    kernel,
    firmware: given.firmware === undefined ? undefined : await readNamed(given.firmware, 'firmware', host),
    ...(given.format !== undefined && { format: given.format as NonNullable<BootOptions['format']> }),
    ...(given.loadAddress !== undefined && { loadAddress: parseAddress(given.loadAddress) }),
    ...(given.entry !== undefined && { entry: parseAddress(given.entry) }),
    load,
    initrd: given.initrd === undefined ? undefined : await readNamed(given.initrd, 'initrd', host),
    modules: await Promise.all(
      (given.modules ?? []).map(async ({ file, kind, append }) => ({
        file: await readNamed(file, 'modules', host),
        kind,
        append: append ?? (kind === 'linux-zimage' ? DOM0_COMMAND_LINE : undefined),
      })),
    ),
    append: given.append ?? (given.modules === undefined ? undefined : XEN_COMMAND_LINE),
    deviceTree: dtb === 'generated' ? 'generated' : soundTree(await readNamed(dtb, 'dtb', host)),
  };
}

async function guestsOf(
  given: LaunchConfiguration,
  guest: NonNullable<LaunchConfiguration['guest']>,
  host: Host,
): Promise<Guests> {
  const { kernel, initrd, append, disk, tracepoints, cpus, count } = guest;
  const guests = {
    kernel: kernel === undefined ? undefined : await readNamed(kernel, 'guest.kernel', host),
    initrd: initrd === undefined ? undefined : await readNamed(initrd, 'guest.initrd', host),
    append,
    disk: disk === undefined ? undefined : await readNamed(disk, 'guest.disk', host),
    tracepoints,
    cpus,
    memory: guest.memory === undefined ? undefined : parseSize(guest.memory),
    count,
  };
  refuseMoreThanThereIs(guests, machineConfiguration(given).memory);
  return guests;
}

/** What the sample's host takes of RAM for itself, generously. */
const HOST_MEMORY = 32 * 2 ** 20;
const MEGABYTE = 2 ** 20;

/** @throws LaunchError when the VMs' RAM and files don't fit into the machine's */
function refuseMoreThanThereIs(guests: Guests, machine: number): void {
  const sizeOf = (file: NamedFile | undefined): number => file?.bytes.length ?? 0;
  const files = sizeOf(guests.kernel) + sizeOf(guests.initrd) + sizeOf(guests.disk);
  const each = guests.memory ?? (guests.kernel === undefined ? 16 : 128) * MEGABYTE;
  const wanted = (each + sizeOf(guests.disk)) * (guests.count ?? 1) + files + HOST_MEMORY;
  const there = Math.min(machine, SAMPLE_MEMORY_LIMIT);
  if (wanted > there)
    throw new LaunchError(
      `'guest.memory': ${guests.count ?? 1} x ${each / MEGABYTE} MiB with files and host need ${Math.ceil(wanted / MEGABYTE)} MiB, but ` +
        (machine < SAMPLE_MEMORY_LIMIT
          ? `the machine has ${machine / MEGABYTE}: raise 'memory' or lower 'guest.memory'`
          : `the bundled hypervisor uses at most ${SAMPLE_MEMORY_LIMIT / MEGABYTE}: lower 'guest.memory' or 'guest.count'`),
    );
}

/** @throws LaunchError for a file that is no image, unless the user says where its bytes belong */
function refuseUnknownFormat({ name, bytes }: NamedFile, given: LaunchConfiguration): void {
  if ((given.format ?? 'auto') !== 'auto' || given.loadAddress !== undefined || bytes.length === 0) return;
  if (recogniseImage(bytes) !== 'raw') return;
  throw new LaunchError(
    `'kernel': ${name} is neither ELF nor zImage nor uImage; if it is an uncompressed Linux kernel, set 'format' to "Image", and if its bytes are to be loaded as they are, give 'loadAddress'`,
  );
}

const TREE_MAGIC = 0xd00d_feed;
const TREE_HEADER = 40;

/** A flattened device tree's bytes (Devicetree Specification 5.2). @throws LaunchError when they are none */
function soundTree({ name, bytes }: NamedFile): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < TREE_HEADER || view.getUint32(0) !== TREE_MAGIC)
    throw new LaunchError(
      `'dtb': ${name} is no flattened device tree (it does not begin with d0 0d fe ed); compile it with dtc -O dtb, or use "generated"`,
    );
  const size = view.getUint32(4);
  if (size > bytes.length)
    throw new LaunchError(
      `'dtb': ${name} is truncated: its header promises ${size} bytes, the file has ${bytes.length}`,
    );
  const outside = [8, 12, 16].find((at) => view.getUint32(at) >= size);
  if (outside !== undefined)
    throw new LaunchError(
      `'dtb': ${name} is damaged: its header names a part at byte ${view.getUint32(outside)} of ${size}`,
    );
  return bytes;
}

function imagePath(host: Host, image: string): string {
  return host.resolvePath(host.hypervisorFolder, `images/${image}`);
}

/** An image of the sample; the hypervisor itself in the variant that is asked for. */
async function sampleImage(
  image: string,
  sample: Sample,
  { variant }: LaunchConfiguration,
  host: Host,
): Promise<NamedFile> {
  const file = await readNamed(imagePath(host, image), 'sample', host);
  if (variant === undefined || image !== sample.kernel) return file;
  const delta = await readNamed(imagePath(host, `${variant}.delta`), 'variant', host);
  try {
    return { name: file.name, bytes: applyDelta(file.bytes, delta.bytes) };
  } catch (error) {
    throw new LaunchError(`'variant': ${delta.name} ${(error as Error).message}: install the extension anew`);
  }
}

async function readNamed(path: string, attribute: string, host: Host): Promise<NamedFile> {
  try {
    return { name: path, bytes: await host.readFile(path) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LaunchError(`'${attribute}': ${path} cannot be read: ${reason}`);
  }
}

async function loadSymbols(
  table: SymbolTable,
  given: LaunchConfiguration,
  sample: Sample | undefined,
  kernel: NamedFile | undefined,
  host: Host,
): Promise<void> {
  for (const entry of given.symbols ?? []) {
    const { bytes } = await readNamed(entry.file, 'symbols', host);
    const scope = {
      world: (entry.world ?? 'any') as SymbolScope['world'],
      privilege: entry.privilege ?? 'any',
      phase: entry.phase ?? 'both',
    };
    add(table, bytes, entry.file, parseAddress(entry.slide ?? 0) ?? 0, scope);
  }
  if (sample !== undefined) {
    const guest = given.guest?.kernel === undefined ? [sample.guest] : [];
    for (const { image, scope } of [...sample.symbols, ...guest]) {
      const { name, bytes } = await sampleImage(image, sample, given, host);
      add(table, bytes, name, 0, scope);
    }
    if (given.guest?.kernel !== undefined) {
      const file = await readNamed(given.guest.kernel, 'guest.kernel', host);
      if (isElf(file.bytes))
        add(table, file.bytes, file.name, 0, { world: 'guest', privilege: 'any', phase: 'both' });
    }
  } else if (kernel !== undefined && isElf(kernel.bytes) && given.symbols === undefined)
    add(table, kernel.bytes, kernel.name, 0, { world: 'any', privilege: 'any', phase: 'both' });
}

function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

function add(table: SymbolTable, bytes: Uint8Array, file: string, slide: number, scope: SymbolScope): void {
  try {
    table.load(bytes, file, slide, scope);
  } catch (error) {
    if (error instanceof SymbolFileError) throw new LaunchError(error.message);
    throw error;
  }
}
