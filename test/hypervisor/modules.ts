import { HEADER_ADDRESS, HEADER_WORD, guestModules } from '../../debug-adapter/launch/boot-modules';
import type { Machine, NamedFile } from '../../emulator';

/** What only tests ask of the host kernel (hypervisor/host/modules.h). */
export interface ForTests {
  /** A page of a VM's RAM is moved after so many exits. */
  readonly moveInterval?: number;
  /** VMIDs there are, the host's among them. */
  readonly vmidCount?: number;
  /** How often the VMs are made, run and ended. */
  readonly repetitions?: number;
  /** Version of the guests' PSCI: major version << 8 | minor version. */
  readonly psciVersion?: number;
  /** What the disk of each VM holds at first. */
  readonly disk?: Uint8Array;
  /** Names of tracepoints. */
  readonly tracepoints?: string;
  /** vCPUs of each VM: 1. */
  readonly vcpus?: number;
  /** Bytes of RAM of each VM. */
  readonly memory?: number;
  /** VMM_* of modules.h: what the VMMs have beside what every VM gets. */
  readonly devices?: number;
  /** Bytes of RAM that the host may give out, in steps of 2 MiB; the rest is swap area. */
  readonly hostMemory?: number;
  /** Each VM is saved, and goes on as another, after so many exits to its VMM. */
  readonly saveInterval?: number;
  /** A program for PL0 in the VMM's place: an ELF file. */
  readonly vmm?: NamedFile;
}

/** Registers by which a guest has its own memory copied. */
export const VMM_PRE_COPY = 1;
/** The machine's real-time clock, and its interrupt, for the first VM. */
export const VMM_CLOCK = 2;

/** Of each VM. */
const MEMORY = 4 * 2 ** 20;
const MEMORY_OF_MANY_VCPUS = 8 * 2 ** 20;

/** Asks for saves of each VM in a machine whose modules are loaded, before it begins. */
export function askForSaves(machine: Machine, saveInterval: number): void {
  const word = new Uint8Array(new Uint32Array([saveInterval]).buffer);
  machine.memory.writePhysical(HEADER_ADDRESS + 4 * HEADER_WORD.saveInterval, word);
}

/** What has to be loaded for small VMs with one raw guest kernel. */
export function modulesForTests(
  kernel: NamedFile | undefined,
  count: number,
  { moveInterval = 0, vmidCount = 0, repetitions = 0, psciVersion = 0, vcpus = 1, disk, tracepoints, ...more }: ForTests = {},
): { readonly file: NamedFile; readonly address: number }[] {
  const memory = more.memory ?? (vcpus > 1 ? MEMORY_OF_MANY_VCPUS : MEMORY);
  const loaded = guestModules({
    ...{ kernel, initrd: undefined, append: undefined, tracepoints, cpus: vcpus, memory, count },
    disk: disk === undefined ? undefined : { name: 'disk.img', bytes: disk },
    vmm: more.vmm,
  });
  const words = new Uint32Array(loaded[0]!.file.bytes.buffer);
  words[HEADER_WORD.moveInterval] = moveInterval | (vmidCount << 16);
  words[HEADER_WORD.repetitions] = repetitions | (psciVersion << 16);
  words[HEADER_WORD.hostMemory] = more.hostMemory ?? 0;
  words[HEADER_WORD.vmmDevices] = more.devices ?? 0;
  words[HEADER_WORD.saveInterval] = more.saveInterval ?? 0;
  return loaded;
}
