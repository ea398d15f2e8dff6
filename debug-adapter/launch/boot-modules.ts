/** Hands a guest's files to the bundled hypervisor: the boot-modules header of hypervisor/host/modules.h. */
import type { NamedFile } from '../../emulator';

/** Physical address of the header. */
export const HEADER_ADDRESS = 0x4010_0000;
const FIRST_MODULE = 0x4800_0000;
const MAGIC = 0x444d_5357;
const VERSION = 1;
const PAGE = 4096;
const MODULES = 8;
const WORDS_OF_A_MODULE = 4;
const FIRST_MODULE_WORD = 8;
const BEHIND_MODULES = FIRST_MODULE_WORD + MODULES * WORDS_OF_A_MODULE;

/** Which word of the header is which member of struct boot_modules. */
export const HEADER_WORD = {
  moduleCount: 2,
  /** And `vmid_count` in the upper half. */
  moveInterval: 6,
  /** And `psci_version` in the upper half. */
  repetitions: 7,
  modules: FIRST_MODULE_WORD,
  hostMemory: BEHIND_MODULES,
  vmmDevices: BEHIND_MODULES + 1,
  saveInterval: BEHIND_MODULES + 2,
} as const;
/** With some to spare behind the last. */
const WORDS = BEHIND_MODULES + 8;

/** enum boot_module_kind. */
const enum Kind {
  GuestKernel = 1,
  GuestInitrd = 2,
  GuestCommandLine = 4,
  GuestDisk = 5,
  Trace = 6,
  Vmm = 7,
}

/** What the VMs are made of; `undefined` leaves it to the hypervisor. */
export interface Guests {
  readonly kernel: NamedFile | undefined;
  readonly initrd: NamedFile | undefined;
  readonly append: string | undefined;
  /** What the disk of each VM holds at first. */
  readonly disk?: NamedFile | undefined;
  /** Names of the hypervisor's tracepoints that are to be recorded. */
  readonly tracepoints?: string | undefined;
  /** An ELF program for PL0 in the place of the bundled VMM. */
  readonly vmm?: NamedFile | undefined;
  /** vCPUs of each VM. */
  readonly cpus: number | undefined;
  /** Bytes of RAM of each VM. */
  readonly memory: number | undefined;
  /** Number of VMs. */
  readonly count: number | undefined;
}

/** The blobs to load, the header first. */
export function guestModules(guests: Guests): { readonly file: NamedFile; readonly address: number }[] {
  const modules: { kind: Kind; file: NamedFile }[] = [];
  if (guests.kernel !== undefined) modules.push({ kind: Kind.GuestKernel, file: guests.kernel });
  if (guests.initrd !== undefined) modules.push({ kind: Kind.GuestInitrd, file: guests.initrd });
  const text = (kind: Kind, name: string, content: string | undefined): void => {
    if (content !== undefined)
      modules.push({ kind, file: { name, bytes: new TextEncoder().encode(content) } });
  };
  text(Kind.GuestCommandLine, 'guest.append', guests.append);
  text(Kind.Trace, 'guest.tracepoints', guests.tracepoints);
  if (guests.disk !== undefined) modules.push({ kind: Kind.GuestDisk, file: guests.disk });
  if (guests.vmm !== undefined) modules.push({ kind: Kind.Vmm, file: guests.vmm });
  let address = FIRST_MODULE;
  const placed = modules.map(({ kind, file }) => {
    const at = address;
    address += Math.ceil(file.bytes.length / PAGE) * PAGE;
    return { kind, file, address: at };
  });
  const words = new Uint32Array(WORDS);
  const { memory = 0, cpus = 0, count = 0 } = guests;
  words.set([MAGIC, VERSION, placed.length, memory, cpus, count]);
  placed.forEach(({ kind, file, address: at }, i) =>
    words.set([kind, at, file.bytes.length, 0], FIRST_MODULE_WORD + WORDS_OF_A_MODULE * i),
  );
  return [
    { file: { name: 'boot modules header', bytes: new Uint8Array(words.buffer) }, address: HEADER_ADDRESS },
    ...placed.map(({ file, address: at }) => ({ file, address: at })),
  ];
}
