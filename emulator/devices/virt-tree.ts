/**
 * The device tree of board `virt`, node by node as QEMU's machine of that name makes it, so that a kernel finds the
 * same machine here.
 */
import {
  VIRTIO_SLOTS,
  VIRT_APB_CLOCK,
  VIRT_INTERRUPTS,
  VIRT_MAP,
  VIRT_POWER_KEY_LINE,
  pcieEcam,
  type VirtWindow,
} from './board-virt-map';
import { EMPTY, cells, cells64, node, strings, type DeviceTree, type DeviceTreeNode } from './fdt';
import { EDGE, LEVEL, PPI, SPI, reg, spi, unit } from './tree-parts';

export interface VirtTreeOptions {
  /** 1–8. */
  readonly cpus: number;
  /** RAM in bytes, from 0x4000_0000. */
  readonly memory: number;
  /** Hyp mode: GICH and GICV are there, PSCI is called by SMC. */
  readonly virtualization: boolean;
  /** Security Extensions: Secure devices are there; PSCI is the firmware's unless `psci` says otherwise. */
  readonly secure?: boolean;
  /** The machine boots firmware. */
  readonly firmware?: boolean;
  /** PSCI is the machine's; it is not in the tree of a machine that starts in Secure state. */
  readonly psci?: boolean;
  /** Kernel command line; none when undefined. */
  readonly bootargs?: string;
  /** Physical address of the initial RAM disk and of the byte after it. */
  readonly initrd?: { readonly start: number; readonly end: number };
  /** Seeds for the kernel, any bytes; QEMU gives 32 and 8. Left out when undefined. */
  readonly rngSeed?: Uint8Array | undefined;
  readonly kaslrSeed?: Uint8Array | undefined;
}

/** QEMU numbers its phandles from here. */
const FIRST_PHANDLE = 0x8000;

/** Marks what exists in Secure state only. */
const SECURE_ONLY = { 'secure-status': strings('okay'), status: strings('disabled') };

/** The tree; phandles are numbered in QEMU's order: clock, processors (last first), GIC, GICv2m, GPIO. */
export function virtTree(options: VirtTreeOptions): DeviceTree {
  const { cpus, memory, virtualization, secure = false, firmware = false } = options;
  const clock = FIRST_PHANDLE;
  const cpu = (index: number): number => clock + cpus - index;
  const gic = clock + cpus + 1;
  const gicv2m = gic + 1;
  const gpio = gic + 2;
  const secureGpio = gic + 3;
  const clocked = { 'clock-names': strings('apb_pclk'), clocks: cells(clock) };
  const seeds = {
    ...(options.rngSeed && { 'rng-seed': options.rngSeed }),
    ...(options.kaslrSeed && { 'kaslr-seed': options.kaslrSeed }),
  };

  const psci = node('psci', {
    migrate: cells(0x8400_0005),
    cpu_on: cells(0x8400_0003),
    cpu_off: cells(0x8400_0002),
    cpu_suspend: cells(0x8400_0001),
    method: strings(virtualization ? 'smc' : 'hvc'),
    compatible: strings('arm,psci-1.0', 'arm,psci-0.2', 'arm,psci'),
  });

  const ram = { base: VIRT_MAP.ram.base, size: memory };
  const memoryNode = node(unit('memory', ram), { reg: reg(ram), device_type: strings('memory') });

  const platformBus = node(unit('platform-bus', VIRT_MAP.platformBus), {
    'interrupt-parent': cells(gic),
    ranges: cells(0, 0, VIRT_MAP.platformBus.base, VIRT_MAP.platformBus.size),
    '#address-cells': cells(1),
    '#size-cells': cells(1),
    compatible: strings('qemu,platform', 'simple-bus'),
  });

  const fwCfg = node(unit('fw-cfg', VIRT_MAP.fwCfg), {
    'dma-coherent': EMPTY,
    reg: reg(VIRT_MAP.fwCfg),
    compatible: strings('qemu,fw-cfg-mmio'),
  });

  const virtio = Array.from({ length: VIRTIO_SLOTS }, (_, slot) => {
    const window = { ...VIRT_MAP.virtio, base: VIRT_MAP.virtio.base + slot * VIRT_MAP.virtio.size };
    return node(unit('virtio_mmio', window), {
      'dma-coherent': EMPTY,
      interrupts: spi(VIRT_INTERRUPTS.virtio + slot, EDGE),
      reg: reg(window),
      compatible: strings('virtio,mmio'),
    });
  });

  const pl061 = (window: VirtWindow, phandle: number, interrupt: number, more: Record<string, Uint8Array>) =>
    node(unit('pl061', window), {
      ...more,
      phandle: cells(phandle),
      ...clocked,
      interrupts: spi(interrupt, LEVEL),
      'gpio-controller': EMPTY,
      '#gpio-cells': cells(2),
      compatible: strings('arm,pl061', 'arm,primecell'),
      reg: reg(window),
    });
  const pl011 = (window: VirtWindow, interrupt: number, more: Record<string, Uint8Array>) =>
    node(unit('pl011', window), {
      ...more,
      'clock-names': strings('uartclk', 'apb_pclk'),
      clocks: cells(clock, clock),
      interrupts: spi(interrupt, LEVEL),
      reg: reg(window),
      compatible: strings('arm,pl011', 'arm,primecell'),
    });

  const secureGpioNodes = [
    ...['restart', 'poweroff'].map((what, i) =>
      node(`gpio-${what}`, {
        ...SECURE_ONLY,
        gpios: cells(secureGpio, 1 - i, 0),
        compatible: strings(`gpio-${what}`),
      }),
    ),
    pl061(VIRT_MAP.secureGpio, secureGpio, VIRT_INTERRUPTS.secureGpio, SECURE_ONLY),
  ];

  const gpioKeys = node('gpio-keys', { compatible: strings('gpio-keys') }, [
    node('poweroff', {
      gpios: cells(gpio, VIRT_POWER_KEY_LINE, 0),
      'linux,code': cells(116), // KEY_POWER
      label: strings('GPIO Key Poweroff'),
    }),
  ]);

  const pl031 = node(unit('pl031', VIRT_MAP.rtc), {
    ...clocked,
    interrupts: spi(VIRT_INTERRUPTS.rtc, LEVEL),
    reg: reg(VIRT_MAP.rtc),
    compatible: strings('arm,pl031', 'arm,primecell'),
  });

  const secureRam = node(unit('secram', VIRT_MAP.secureRam), {
    ...SECURE_ONLY,
    reg: reg(VIRT_MAP.secureRam),
    device_type: strings('memory'),
  });

  const gicWindows = [
    ...[VIRT_MAP.gicd, VIRT_MAP.gicc],
    ...(virtualization ? [VIRT_MAP.gich, VIRT_MAP.gicv] : []),
  ];
  const gicNode = node(
    unit('intc', VIRT_MAP.gicd),
    {
      phandle: cells(gic),
      ...(virtualization && { interrupts: cells(PPI, 9, LEVEL) }),
      reg: reg(...gicWindows),
      compatible: strings('arm,cortex-a15-gic'),
      ranges: EMPTY,
      '#size-cells': cells(2),
      '#address-cells': cells(2),
      'interrupt-controller': EMPTY,
      '#interrupt-cells': cells(3),
    },
    [
      node(unit('v2m', VIRT_MAP.gicv2m), {
        phandle: cells(gicv2m),
        reg: reg(VIRT_MAP.gicv2m),
        'msi-controller': EMPTY,
        compatible: strings('arm,gic-v2m-frame'),
      }),
    ],
  );

  const flashBank = (base: number): VirtWindow => ({ base, size: VIRT_MAP.flash.size / 2 });
  const banks = [flashBank(0), flashBank(VIRT_MAP.flash.size / 2)] as const;
  const flash = (name: string, at: readonly VirtWindow[], more: Record<string, Uint8Array>) =>
    node(unit(name, at[0]), {
      ...more,
      'bank-width': cells(4),
      reg: reg(...at),
      compatible: strings('cfi-flash'),
    });
  const flashNodes = secure
    ? [flash('flash', [banks[1]], {}), flash('secflash', [banks[0]], SECURE_ONLY)]
    : [flash('flash', banks, {})];

  const indices = Array.from({ length: cpus }, (_, index) => index);
  const cpusNode = node('cpus', { '#size-cells': cells(0), '#address-cells': cells(1) }, [
    node('cpu-map', {}, [
      node('socket0', {}, [
        node(
          'cluster0',
          {},
          indices.map((index) => node(`core${index}`, { cpu: cells(cpu(index)) })),
        ),
      ]),
    ]),
    ...indices.map((index) =>
      node(`cpu@${index}`, {
        phandle: cells(cpu(index)),
        reg: cells(index),
        ...(cpus > 1 && { 'enable-method': strings('psci') }),
        compatible: strings('arm,cortex-a15'),
        device_type: strings('cpu'),
      }),
    ),
  ]);

  const timerKind = (((1 << cpus) - 1) << 8) | LEVEL;
  const timer = node('timer', {
    interrupts: cells(...[13, 14, 11, 10].flatMap((number) => [PPI, number, timerKind])),
    'always-on': EMPTY,
    compatible: strings('arm,armv7-timer'),
  });

  const apbClock = node('apb-pclk', {
    phandle: cells(clock),
    'clock-output-names': strings('clk24mhz'),
    'clock-frequency': cells(VIRT_APB_CLOCK),
    '#clock-cells': cells(0),
    compatible: strings('fixed-clock'),
  });

  const { initrd, bootargs } = options;
  const chosen = node('chosen', {
    ...(initrd && { 'linux,initrd-end': cells(initrd.end), 'linux,initrd-start': cells(initrd.start) }),
    ...(bootargs !== undefined && { bootargs: strings(bootargs) }),
    'stdout-path': strings(`/${unit('pl011', VIRT_MAP.uart)}`),
    ...seeds,
  });
  const secureChosen = node('secure-chosen', {
    'stdout-path': strings(`/${unit('pl011', VIRT_MAP.secureUart)}`),
    ...seeds,
  });

  const children: readonly DeviceTreeNode[] = [
    ...((options.psci ?? !secure) ? [psci] : []),
    ...[memoryNode, platformBus, fwCfg, ...virtio],
    ...(secure ? secureGpioNodes : []),
    ...[
      gpioKeys,
      pl061(VIRT_MAP.gpio, gpio, VIRT_INTERRUPTS.gpio, {}),
      pcie(gic, gicv2m, pcieEcam(firmware)),
      pl031,
    ],
    ...(secure ? [pl011(VIRT_MAP.secureUart, VIRT_INTERRUPTS.secureUart, SECURE_ONLY), secureRam] : []),
    ...[pl011(VIRT_MAP.uart, VIRT_INTERRUPTS.uart, {}), node('pmu', {}), gicNode, ...flashNodes],
    ...[cpusNode, timer, apbClock],
    ...(secure ? [secureChosen] : []),
    chosen,
  ];
  const root = node(
    '',
    {
      'interrupt-parent': cells(gic),
      model: strings('linux,dummy-virt'),
      '#size-cells': cells(2),
      '#address-cells': cells(2),
      compatible: strings('linux,dummy-virt'),
    },
    children,
  );
  return { root, reservations: [], bootCpu: 0 };
}

/** The PCIe host bridge: an ECAM window, three ranges, and INTA to INTD swizzled over four slots. */
function pcie(gic: number, gicv2m: number, ecam: VirtWindow): DeviceTreeNode {
  const { pciePio, pcieMmio, pcieHighMmio } = VIRT_MAP;
  const interruptMap: number[] = [];
  for (let slot = 0; slot < 4; slot++)
    for (let pin = 0; pin < 4; pin++) {
      const line = VIRT_INTERRUPTS.pcie - 32 + ((slot + pin) % 4);
      interruptMap.push(slot << 11, 0, 0, pin + 1, gic, 0, 0, SPI, line, LEVEL);
    }
  const range = (space: number, bus: number, { base, size }: VirtWindow): Uint8Array[] => [
    cells(space),
    cells64(bus, base, size),
  ];
  const ranges = [
    ...range(0x0100_0000, 0, pciePio),
    ...range(0x0200_0000, pcieMmio.base, pcieMmio),
    ...range(0x0300_0000, pcieHighMmio.base, pcieHighMmio),
  ];
  return node(unit('pcie', pcieMmio), {
    'interrupt-map-mask': cells(3 << 11, 0, 0, 7),
    'interrupt-map': cells(...interruptMap),
    '#interrupt-cells': cells(1),
    ranges: new Uint8Array(ranges.flatMap((bytes) => [...bytes])),
    reg: reg(ecam),
    'msi-map': cells(0, gicv2m, 0, 0x1_0000),
    'dma-coherent': EMPTY,
    'bus-range': cells(0, (ecam.size >> 20) - 1),
    'linux,pci-domain': cells(0),
    '#size-cells': cells(2),
    '#address-cells': cells(3),
    device_type: strings('pci'),
    compatible: strings('pci-host-ecam-generic'),
  });
}
