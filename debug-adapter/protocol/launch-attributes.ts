// THE table of launch attributes. Everything that speaks of them is made from it: the launch.json schema in
// package.json, the command line's options and its help, the manual page, the type and the check of a configuration.
import {
  address,
  boolean,
  choice,
  either,
  integer,
  list,
  map,
  object,
  path,
  size,
  text,
  type Attribute,
  type ValuesOf,
} from './attribute-shapes';
import { STOP_EVENTS } from './stop-events';

/** Ties an attribute to the type of its shape. */
const attribute = <T>(row: Attribute<T>): Attribute<T> => row;

const MEGABYTE = 2 ** 20;

/** RAM of the board `virt` begins at 1 GiB and ends at 4 GiB at most; that of `vexpress-a15` may be as much. */
const MOST_MEMORY = 3072 * MEGABYTE;

const stopEventNames = choice(
  Object.fromEntries(STOP_EVENTS.map((event) => [event.name, event.description])),
);

export const LAUNCH_ATTRIBUTES = {
  sample: attribute({
    shape: choice({ 'kvm-arm': 'the bundled split-mode hypervisor with its teaching guest' }),
    description:
      'A bundled hypervisor with its guest. Nothing else has to be given. It is what starts when neither `sample` nor `kernel` is given.',
    default: 'kvm-arm',
  }),
  kernel: attribute({
    shape: path,
    description: 'Path of what the machine boots: a hypervisor, a host kernel or a bare program.',
    option: { name: 'kernel', value: 'FILE' },
  }),
  firmware: attribute({
    shape: path,
    description:
      'Path of what the first bank of flash holds, instead of a `kernel`: the machine starts there, as with QEMU’s `-bios`.',
    option: { name: 'firmware', value: 'FILE' },
  }),
  format: attribute({
    shape: choice({
      auto: 'found out from the file itself',
      elf: 'an ELF executable, loaded by its program headers',
      zImage: 'a compressed Linux kernel, entered by the kernel boot protocol',
      Image: 'an uncompressed Linux kernel, entered by the same protocol',
      uImage: "a kernel in U-Boot's legacy format, loaded where its header says",
      raw: 'bytes, loaded at `loadAddress`',
    }),
    description: 'Format of `kernel`. An `Image` cannot be told from other bytes, so it has to be named.',
    default: 'auto',
    option: { name: 'format', value: 'FORMAT' },
  }),
  loadAddress: attribute({
    shape: address,
    description:
      'Physical address at which a raw `kernel` or an `Image` is loaded. For an `Image` it is 32 KiB above the start of RAM when not given; kernels built for many boards may want it 2 MiB higher, at `"0x40208000"`.',
    option: { name: 'load-address', value: 'ADDRESS' },
  }),
  entry: attribute({
    shape: address,
    description:
      'Physical address of the first instruction of a raw `kernel` or an `Image`; its `loadAddress` when not given.',
    option: { name: 'entry', value: 'ADDRESS' },
  }),
  load: attribute({
    shape: list(
      object<{ file: Attribute<string>; address: Attribute<string | number> }, 'file' | 'address'>({
        file: attribute({ shape: path, description: 'Path of the file.', required: true }),
        address: attribute({
          shape: address,
          description: 'Physical address of its first byte.',
          required: true,
        }),
      }),
    ),
    description: 'More files to put into memory before the machine starts, each as it is.',
    option: { name: 'load', value: 'FILE@ADDRESS' },
  }),
  board: attribute({
    shape: choice({
      virt: "the memory map and devices of QEMU's machine `virt`",
      'vexpress-a15':
        "those of QEMU's `vexpress-a15`, an Arm Versatile Express with Cortex-A15: four cores at most, no PSCI",
    }),
    description: 'The board to emulate.',
    default: 'virt',
    option: { name: 'board', value: 'NAME' },
  }),
  cpus: attribute({
    shape: integer(1, 8),
    description: 'Number of Cortex-A15 cores.',
    default: 1,
    option: { name: 'cpus', value: 'N' },
  }),
  memory: attribute({
    shape: size(16 * MEGABYTE, MOST_MEMORY),
    description: 'Size of RAM, e.g. `"512M"`.',
    default: '512M',
    option: { name: 'memory', value: 'SIZE' },
  }),
  virtualization: attribute({
    shape: boolean,
    description:
      'Whether the cores have the Virtualization Extensions: then what boots is entered in Hyp mode, otherwise in Supervisor mode.',
    default: true,
    option: { name: 'virtualization', value: 'on|off' },
  }),
  secure: attribute({
    shape: boolean,
    description:
      'Whether the cores have the Security Extensions: then `firmware` and bare programs start in Secure state, on all cores at once, and answer PSCI calls themselves; Linux images are entered in Non-secure state, but on the board `vexpress-a15`, which has no firmware.',
    default: false,
    option: { name: 'secure', value: 'on|off' },
  }),
  disks: attribute({
    shape: list(path),
    description:
      'Paths of disk images, each a virtio block device. The files are never written: what the machine writes is kept beside them and forgotten at the end. As with QEMU’s `-device virtio-blk-device`, the first disk is in the last of the transports, and so the last one that Linux finds.',
    option: { name: 'disk', value: 'FILE' },
  }),
  virtio: attribute({
    shape: list(
      choice({
        console: 'a console of its own (`hvc0` in Linux)',
        entropy: 'random bytes, the same in every run (`/dev/hwrng` in Linux)',
      }),
    ),
    description: 'More virtio devices, in the transports before those of the disks.',
    option: { name: 'virtio', value: 'console|entropy' },
  }),
  listRegisters: attribute({
    shape: integer(1, 64),
    description: "Number of list registers of the interrupt controller's virtual interface.",
    default: 4,
    option: { name: 'list-registers', value: 'N' },
  }),
  dtb: attribute({
    shape: either(choice({ generated: 'the device tree is made from the board' }), path),
    description: 'The device tree: `"generated"` from the board, or the path of a compiled one.',
    default: 'generated',
    option: { name: 'dtb', value: 'FILE|generated' },
  }),
  initrd: attribute({
    shape: path,
    description: 'Path of the initial RAM disk of `kernel`.',
    option: { name: 'initrd', value: 'FILE' },
  }),
  append: attribute({
    shape: text,
    description: 'Command line of `kernel`, put into the device tree as `bootargs`.',
    option: { name: 'append', value: 'TEXT' },
  }),
  modules: attribute({
    shape: list(
      object<
        {
          file: Attribute<string>;
          kind: Attribute<'linux-zimage' | 'linux-initrd'>;
          append: Attribute<string>;
        },
        'file' | 'kind'
      >({
        file: attribute({ shape: path, description: 'Path of the file.', required: true }),
        kind: attribute({
          shape: choice({
            'linux-zimage': 'the kernel of dom0',
            'linux-initrd': 'the initial RAM disk of dom0',
          }),
          description: 'What the file is to Xen.',
          required: true,
        }),
        append: attribute({
          shape: text,
          description: "The command line of dom0's kernel; `console=hvc0` when not given.",
        }),
      }),
    ),
    description:
      "What Xen as `kernel` boots: the files of its dom0. They are put into memory, and into the device tree's `/chosen` goes what Xen looks for there; `append` is then Xen's own command line, `dom0_mem=256M` when not given.",
    option: { name: 'module', value: "'FILE@KIND [APPEND]'" },
  }),
  guest: attribute({
    shape: object({
      kernel: attribute({
        shape: path,
        description: 'Path of the guest kernel: an ELF or a Linux zImage. The teaching guest when not given.',
        option: { name: 'guest-kernel', value: 'FILE' },
      }),
      initrd: attribute({
        shape: path,
        description: "Path of the guest's initial RAM disk.",
        option: { name: 'guest-initrd', value: 'FILE' },
      }),
      append: attribute({
        shape: text,
        description: "The guest kernel's command line.",
        option: { name: 'guest-append', value: 'TEXT' },
      }),
      disk: attribute({
        shape: path,
        description:
          "Path of a disk image: what the virtio disk of each VM (`/dev/vda`) holds at first. What a guest writes is its VM's own; the file stays as it is.",
        option: { name: 'guest-disk', value: 'FILE' },
      }),
      tracepoints: attribute({
        shape: text,
        description:
          "Tracepoints of the hypervisor by the kernel's names, with spaces or commas between them, or `all`: `kvm_entry`, `kvm_exit`, `kvm_guest_fault` and the others of hypervisor/highvisor/trace.c. The last 1,024 records are printed when a VM ends; meanwhile they are in `trace_ring`.",
        option: { name: 'tracepoints', value: 'LIST' },
      }),
      cpus: attribute({
        shape: integer(1, 8),
        description: 'Number of vCPUs of each VM.',
        default: 1,
        option: { name: 'guest-cpus', value: 'N' },
      }),
      memory: attribute({
        shape: size(4 * MEGABYTE, 768 * MEGABYTE),
        description:
          'RAM of each VM, in steps of 2 MiB; `"16M"` for the teaching guest and `"128M"` for another kernel when not given. From 64 MiB on it is mapped by blocks of 2 MiB.',
        option: { name: 'guest-memory', value: 'SIZE' },
      }),
      count: attribute({
        shape: integer(1, 4),
        description: 'Number of VMs, each with the same guest.',
        default: 1,
        option: { name: 'vms', value: 'N' },
      }),
    }),
    description: 'The guests under the bundled hypervisor: which kernel, how many VMs and of what size.',
  }),
  variant: attribute({
    shape: choice({
      'eager-vfp': 'VFP registers are switched at each entry and exit instead of at their first use',
      'ap-list': 'list registers are filled anew for each entry, as in Linux 4.7 and later',
      'no-vgic':
        "without the VGIC: the guest's CPU interface is emulated, each acknowledge and EOI is an exit",
      'missing-register': 'an exercise: the world switch forgets a register',
      'fiq-leak': 'an exercise: the world switch of Linux 3.9, with its bug in the FIQ bank',
      'missing-tlb-flush': 'an exercise: Stage 2 is changed, but not everybody hears of it',
      'lr-reuse': 'an exercise: interrupts get lost on their way into list registers',
    }),
    description: 'The bundled hypervisor built otherwise; four of the variants are exercises with one bug.',
    option: { name: 'variant', value: 'NAME' },
  }),
  symbols: attribute({
    shape: list(
      object<
        {
          file: Attribute<string>;
          world: Attribute<string>;
          privilege: Attribute<'PL0' | 'PL1' | 'any'>;
          slide: Attribute<string | number>;
          phase: Attribute<'physical' | 'virtual' | 'both'>;
        },
        'file'
      >({
        file: attribute({ shape: path, description: 'Path of an ELF file with symbols.', required: true }),
        world: attribute({
          shape: text,
          description: 'The world that executes it: `hyp`, `host`, `guest`, `guest 1` … or `any`.',
          default: 'any',
        }),
        privilege: attribute({
          shape: choice({ PL0: 'user programs', PL1: 'kernels', any: 'both' }),
          description: 'The privilege level at which it executes.',
          default: 'any',
        }),
        slide: attribute({
          shape: address,
          description: 'What is added to the addresses in the file, modulo 2^32.',
          default: 0,
        }),
        phase: attribute({
          shape: choice({
            physical: 'only while the MMU is off',
            virtual: 'only while the MMU is on',
            both: 'always',
          }),
          description: "When the file's addresses hold.",
          default: 'both',
        }),
      }),
    ),
    description: 'Files with symbols besides the kernel itself, each for a world.',
  }),
  sourceMap: attribute({
    shape: map(/./, 'the beginning of a path in the debug information', path, ['/build/linux']),
    description: 'Where sources lie on this machine: `{"/build/linux": "/home/me/linux"}`.',
  }),
  stopOnEntry: attribute({
    shape: boolean,
    description: 'Whether to stop before the first instruction.',
    default: false,
  }),
  runTo: attribute({
    shape: text,
    description: 'Stop first where this is reached: a symbol, or `space:address` such as `hyp:0x40008000`.',
  }),
  stopOn: attribute({
    shape: list(
      either(
        stopEventNames,
        object<
          { event: Attribute<string>; condition: Attribute<string>; hitCount: Attribute<number> },
          'event'
        >({
          event: attribute({ shape: stopEventNames, description: 'The event.', required: true }),
          condition: attribute({
            shape: text,
            description: 'Stop only when this is true, e.g. `ec == 0x24 && ipa == 0x09000000 && write`.',
          }),
          hitCount: attribute({
            shape: integer(1, 2 ** 31 - 1),
            description:
              'Stop only at this occurrence and later ones, counted from 1 where the condition is true.',
          }),
        }),
      ),
    ),
    description:
      'Events that stop the machine from the start, before the Breakpoints view has filters for them. Each is a name or `{event, condition, hitCount}`.',
  }),
  consoles: attribute({
    shape: map(
      /^(host( [2-9])?|guest [1-9]\d*)$/,
      '`host`, `host 2` … in the order of the board’s UARTs and then of virtio consoles, or `guest 1`, `guest 2` …',
      either(choice({ terminal: 'a terminal' }), path),
      ['host', 'host 2', 'guest 1'],
    ),
    description: 'Where the output of each console goes: `"terminal"` (the default) or the path of a file.',
    option: { name: 'serial', value: 'stdio|FILE' },
  }),
  engine: attribute({
    shape: choice({
      auto: 'the fastest: today `jit`',
      interpreter: 'each instruction by itself, over predecoded code',
      jit: 'hot code is compiled to WebAssembly, the rest is interpreted',
      check:
        'as `jit`, and the interpreter does again whatever compiled code does: the first difference ends the run',
    }),
    description: 'How instructions are executed. No result depends on it, only how long it takes.',
    default: 'auto',
    option: { name: 'engine', value: 'ENGINE' },
  }),
  instructionLimit: attribute({
    shape: integer(1, Number.MAX_SAFE_INTEGER),
    description: 'Stop when this many instructions have been executed by all cores together.',
    option: { name: 'max-instructions', value: 'N' },
  }),
  protocolTrace: attribute({
    shape: path,
    description: 'Path of a file in which every message of the debug adapter protocol is written down.',
  }),
} as const;

export type LaunchAttributeName = keyof typeof LAUNCH_ATTRIBUTES;

/** A launch configuration as the user writes it, checked but without defaults. */
export type LaunchConfiguration = ValuesOf<typeof LAUNCH_ATTRIBUTES>;

/** A stop from `stopOn`, in its long form. */
export interface StopOnEntry {
  event: string;
  condition?: string;
  hitCount?: number;
}
