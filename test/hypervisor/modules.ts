import { guestModules } from '../../debug-adapter/launch/boot-modules';
import type { NamedFile } from '../../emulator';

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
}

const MEMORY = 4 * 2 ** 20;
/** Word of the header that holds move_interval and vmid_count. */
const WORD = 6;

/** What has to be loaded for small VMs with one raw guest kernel, of one vCPU each. */
export function modulesForTests(
  kernel: NamedFile,
  count: number,
  { moveInterval = 0, vmidCount = 0, repetitions = 0, psciVersion = 0, disk, tracepoints }: ForTests = {},
): { readonly file: NamedFile; readonly address: number }[] {
  const loaded = guestModules({
    ...{ kernel, initrd: undefined, append: undefined, tracepoints, cpus: 1, memory: MEMORY, count },
    disk: disk === undefined ? undefined : { name: 'disk.img', bytes: disk },
  });
  const words = new Uint32Array(loaded[0]!.file.bytes.buffer);
  words[WORD] = moveInterval | (vmidCount << 16);
  words[WORD + 1] = repetitions | (psciVersion << 16);
  return loaded;
}
