/** Hands a guest's files to the bundled hypervisor: the boot-modules header of hypervisor/host/modules.h. */
import type { NamedFile } from '../../emulator';

const HEADER_ADDRESS = 0x4010_0000;
const FIRST_MODULE = 0x4800_0000;
const MAGIC = 0x444d_5357;
const VERSION = 1;
const PAGE = 4096;
/** Words before the modules, modules, and words behind them. */
const [HEAD, MODULES, TAIL] = [8, 8, 8];

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
  const words = new Uint32Array(HEAD + 4 * MODULES + TAIL);
  const { memory = 0, cpus = 0, count = 0 } = guests;
  words.set([MAGIC, VERSION, placed.length, memory, cpus, count]);
  placed.forEach(({ kind, file, address: at }, i) =>
    words.set([kind, at, file.bytes.length, 0], HEAD + 4 * i),
  );
  return [
    { file: { name: 'boot modules header', bytes: new Uint8Array(words.buffer) }, address: HEADER_ADDRESS },
    ...placed.map(({ file, address: at }) => ({ file, address: at })),
  ];
}
