/**
 * The device tree of board `vexpress-a15`, made from its map: the devices that are there, with the names under which
 * kernels know those of a Versatile Express. And what goes into a tree that somebody else made for such a board.
 */
import { VEXPRESS_INTERRUPTS, VEXPRESS_MAP, VEXPRESS_VIRTIO_SLOTS } from './board-vexpress-map';
import type { VirtWindow } from './board-virt-map';
import { EMPTY, cells, node, property, strings, type DeviceTree, type DeviceTreeNode } from './fdt';
import { EDGE, LEVEL, LEVEL_LOW, PPI, reg, spi, unit } from './tree-parts';
import { ConfigFunction } from './vexpress-sysregs';

export interface VexpressTreeOptions {
  /** 1–4. */
  readonly cpus: number;
  /** RAM in bytes, from 0x8000_0000. */
  readonly memory: number;
  /** GICH and GICV are there. */
  readonly virtualization: boolean;
  /** Kernel command line; none when undefined. */
  readonly bootargs?: string;
  /** Physical address of the initial RAM disk and of the byte after it. */
  readonly initrd?: { readonly start: number; readonly end: number };
}

/** phandles. */
const enum Handle {
  Gic = 1,
  Clock24MHz,
  Clock1MHz,
  Clock32kHz,
  Sysregs,
  SystemController,
  Leds,
  Card,
  FlashControl,
  Supply,
}
const enum Site {
  Motherboard = 0,
  Daughterboard = 1,
}

type Properties = Readonly<Record<string, Uint8Array>>;

function clock(name: string, handle: Handle, frequency: number): DeviceTreeNode {
  return node(name, {
    compatible: strings('fixed-clock'),
    '#clock-cells': cells(0),
    'clock-frequency': cells(frequency),
    'clock-output-names': strings(name),
    phandle: cells(handle),
  });
}

/** A PrimeCell; `clocks` by their names, the bus clock is added. */
function primeCell(
  name: string,
  window: VirtWindow,
  compatible: string,
  interrupts: readonly number[],
  clocks: Readonly<Record<string, readonly number[]>> = {},
  more: Properties = {},
): DeviceTreeNode {
  const all = { ...clocks, apb_pclk: [Handle.Clock24MHz] };
  return node(unit(name, window), {
    compatible: strings(compatible, 'arm,primecell'),
    reg: reg(window),
    ...(interrupts.length > 0 && {
      interrupts: cells(...interrupts.flatMap((id) => [0, id - 32, LEVEL])),
    }),
    clocks: cells(...Object.values(all).flat()),
    'clock-names': strings(...Object.keys(all)),
    ...more,
  });
}

/** A device behind the configuration bus. */
function configured(
  name: string,
  what: string,
  action: number,
  device: number,
  more: Properties = {},
): DeviceTreeNode {
  return node(name, {
    compatible: strings(`arm,vexpress-${what}`),
    'arm,vexpress-sysreg,func': cells(action, device),
    ...more,
  });
}
function configurationBus(name: string, site: Site, children: readonly DeviceTreeNode[]): DeviceTreeNode {
  const properties = {
    compatible: strings('arm,vexpress,config-bus'),
    'arm,vexpress,config-bridge': cells(Handle.Sysregs),
    'arm,vexpress,site': cells(site),
  };
  return node(name, properties, children);
}

function sysregs(): DeviceTreeNode {
  const { base, size } = VEXPRESS_MAP.sysregs;
  const gpio = (offset: number, what: string, handle: Handle): DeviceTreeNode =>
    node(`gpio@${offset.toString(16)}`, {
      compatible: strings(`arm,vexpress-sysreg,sys_${what}`),
      reg: cells(offset, 4),
      'gpio-controller': EMPTY,
      '#gpio-cells': cells(2),
      phandle: cells(handle),
    });
  return node(
    unit('sysreg', VEXPRESS_MAP.sysregs),
    {
      compatible: strings('arm,vexpress-sysreg'),
      reg: reg(VEXPRESS_MAP.sysregs),
      '#address-cells': cells(1),
      '#size-cells': cells(1),
      ranges: cells(0, 0, base, size),
      phandle: cells(Handle.Sysregs),
    },
    [
      gpio(0x08, 'led', Handle.Leds),
      gpio(0x48, 'mci', Handle.Card),
      gpio(0x4c, 'flash', Handle.FlashControl),
    ],
  );
}

/** What is on the motherboard. */
function motherboard(): readonly DeviceTreeNode[] {
  const map = VEXPRESS_MAP;
  const irq = VEXPRESS_INTERRUPTS;
  const enabled = (timer: number): number[] => [Handle.SystemController, timer];
  const timers = (window: VirtWindow, id: number, first: number): DeviceTreeNode =>
    primeCell('timer', window, 'arm,sp804', [id], {
      timclken1: enabled(first),
      timclken2: enabled(first + 1),
    });
  const outputs = [0, 1, 2, 3];
  const clock24 = [Handle.Clock24MHz];
  return [
    node(unit('flash', map.flash0), {
      compatible: strings('arm,vexpress-flash', 'cfi-flash'),
      reg: reg(map.flash0, map.flash1),
      'bank-width': cells(4),
    }),
    node(unit('psram', map.sram), {
      compatible: strings('arm,vexpress-psram', 'mtd-ram'),
      reg: reg(map.sram),
      'bank-width': cells(4),
    }),
    sysregs(),
    primeCell(
      'sysctl',
      map.sp810,
      'arm,sp810',
      [],
      { refclk: [Handle.Clock32kHz], timclk: [Handle.Clock1MHz] },
      {
        '#clock-cells': cells(1),
        'clock-output-names': strings(...outputs.map((n) => `timerclken${n}`)),
        'assigned-clocks': cells(...outputs.flatMap(enabled)),
        'assigned-clock-parents': cells(...outputs.map(() => Handle.Clock1MHz)),
        phandle: cells(Handle.SystemController),
      },
    ),
    primeCell('aaci', map.pl041, 'arm,pl041', [irq.audio]),
    primeCell(
      'mmc',
      map.pl180,
      'arm,pl180',
      [irq.card0, irq.card1],
      { mclk: clock24 },
      {
        'cd-gpios': cells(Handle.Card, 0, 0),
        'wp-gpios': cells(Handle.Card, 1, 0),
        'max-frequency': cells(12_000_000),
        'vmmc-supply': cells(Handle.Supply),
      },
    ),
    primeCell('kmi', map.keyboard, 'arm,pl050', [irq.keyboard], { KMIREFCLK: clock24 }),
    primeCell('kmi', map.mouse, 'arm,pl050', [irq.mouse], { KMIREFCLK: clock24 }),
    ...(['uart0', 'uart1', 'uart2', 'uart3'] as const).map((name) =>
      primeCell('serial', map[name], 'arm,pl011', [irq[name]], { uartclk: clock24 }),
    ),
    timers(map.timers01, irq.timers01, 0),
    timers(map.timers23, irq.timers23, 2),
    node(unit('i2c', map.dviI2c), {
      compatible: strings('arm,versatile-i2c'),
      reg: reg(map.dviI2c),
      '#address-cells': cells(1),
      '#size-cells': cells(0),
    }),
    primeCell('rtc', map.rtc, 'arm,pl031', [irq.rtc]),
    configurationBus('mcc', Site.Motherboard, [
      configured('volt-vio', 'volt', ConfigFunction.Voltage, 0, {
        'regulator-name': strings('VIO'),
        'regulator-always-on': EMPTY,
        label: strings('VIO'),
      }),
      configured('muxfpga', 'muxfpga', ConfigFunction.MultiplexerFpga, 0),
      configured('shutdown', 'shutdown', ConfigFunction.Shutdown, 0),
      configured('reboot', 'reboot', ConfigFunction.Reboot, 0),
      configured('dvimode', 'dvimode', ConfigFunction.DviMode, 0),
    ]),
  ];
}

function cpus(count: number): DeviceTreeNode {
  const indices = Array.from({ length: count }, (_, index) => index);
  return node(
    'cpus',
    { '#address-cells': cells(1), '#size-cells': cells(0) },
    indices.map((index) =>
      node(`cpu@${index}`, {
        device_type: strings('cpu'),
        compatible: strings('arm,cortex-a15'),
        reg: cells(index),
      }),
    ),
  );
}

export function vexpressTree(options: VexpressTreeOptions): DeviceTree {
  const { cpus: count, memory, virtualization, initrd, bootargs } = options;
  const map = VEXPRESS_MAP;
  const cores = ((1 << count) - 1) << 8;
  // GICC with its second page, in which GICC_DIR is; GICH as a driver expects it, though its second page is not there.
  const gic = [map.gicd, map.gicc, ...(virtualization ? [{ ...map.gich, size: 0x2000 }, map.gicv] : [])];
  const serial = (['uart0', 'uart1', 'uart2', 'uart3'] as const).map(
    (name) => `/bus@8000000/${unit('serial', map[name])}`,
  );
  const chosen = node('chosen', {
    ...(bootargs !== undefined && { bootargs: strings(bootargs) }),
    ...(initrd && { 'linux,initrd-start': cells(initrd.start), 'linux,initrd-end': cells(initrd.end) }),
    'stdout-path': strings('serial0:115200n8'),
  });
  const children: readonly DeviceTreeNode[] = [
    chosen,
    node('aliases', Object.fromEntries(serial.map((path, n) => [`serial${n}`, strings(path)]))),
    cpus(count),
    memoryNode(memory, 2, 2),
    node(unit('interrupt-controller', map.gicd), {
      compatible: strings('arm,cortex-a15-gic', 'arm,cortex-a9-gic'),
      '#interrupt-cells': cells(3),
      '#address-cells': cells(0),
      'interrupt-controller': EMPTY,
      reg: reg(...gic),
      ...(virtualization && { interrupts: cells(PPI, 9, cores | LEVEL) }),
      phandle: cells(Handle.Gic),
    }),
    node('timer', {
      compatible: strings('arm,armv7-timer'),
      interrupts: cells(...[13, 14, 11, 10].flatMap((number) => [PPI, number, cores | LEVEL_LOW])),
    }),
    clock('clk24mhz', Handle.Clock24MHz, 24_000_000),
    clock('refclk1mhz', Handle.Clock1MHz, 1_000_000),
    clock('refclk32khz', Handle.Clock32kHz, 32_768),
    node('fixed-regulator-0', {
      compatible: strings('regulator-fixed'),
      'regulator-name': strings('3V3'),
      'regulator-min-microvolt': cells(3_300_000),
      'regulator-max-microvolt': cells(3_300_000),
      'regulator-always-on': EMPTY,
      phandle: cells(Handle.Supply),
    }),
    node(
      unit('bus', map.flash0),
      {
        compatible: strings('arm,vexpress,v2m-p1', 'simple-bus'),
        'arm,hbi': cells(0x190),
        'arm,vexpress,site': cells(Site.Motherboard),
        '#address-cells': cells(2),
        '#size-cells': cells(2),
        ranges: EMPTY,
      },
      motherboard(),
    ),
    configurationBus('dcc', Site.Daughterboard, [
      configured('volt-cores', 'volt', ConfigFunction.Voltage, 0, {
        'regulator-name': strings('Cores'),
        'regulator-always-on': EMPTY,
        label: strings('Cores'),
      }),
    ]),
    ...virtioNodes(Handle.Gic, 2, 2),
  ];
  const properties = {
    model: strings('V2P-CA15'),
    compatible: strings('arm,vexpress,v2p-ca15,tc1', 'arm,vexpress,v2p-ca15', 'arm,vexpress'),
    'arm,hbi': cells(0x237),
    'arm,vexpress,site': cells(0xf),
    'interrupt-parent': cells(Handle.Gic),
    '#address-cells': cells(2),
    '#size-cells': cells(2),
  };
  return { root: node('', properties, children), reservations: [], bootCpu: 0 };
}

/**
 * A tree for a Versatile Express as QEMU's boot loader completes it: RAM as large as it is instead of the `/memory`
 * nodes that are there, and the virtio transports, when there is an interrupt controller for them. (Where they are there
 * already QEMU refuses the tree.)
 */
export function completeVexpressTree(tree: DeviceTree, memory: number): DeviceTree {
  const { root } = tree;
  const addressCells = cellOf(root, '#address-cells') ?? 2;
  const sizeCells = cellOf(root, '#size-cells') ?? 1;
  const gic = findNode(root, 'arm,cortex-a9-gic');
  const handle = gic && cellOf(gic, 'phandle');
  const added = [
    ...(handle === undefined ? [] : virtioNodes(handle, addressCells, sizeCells)),
    memoryNode(memory, addressCells, sizeCells),
  ];
  const names = new Set(added.map(({ name }) => name));
  const kept = root.children.filter(({ name }) => !names.has(name) && !/^memory(@|$)/.test(name));
  return { ...tree, root: { ...root, children: [...added, ...kept] } };
}

function memoryNode(size: number, addressCells: number, sizeCells: number): DeviceTreeNode {
  const { base } = VEXPRESS_MAP.ram;
  return node(unit('memory', VEXPRESS_MAP.ram), {
    device_type: strings('memory'),
    reg: cells(...number(base, addressCells), ...number(size, sizeCells)),
  });
}

function virtioNodes(gic: number, addressCells: number, sizeCells: number): DeviceTreeNode[] {
  const { base: first, size } = VEXPRESS_MAP.virtio;
  return Array.from({ length: VEXPRESS_VIRTIO_SLOTS }, (_, slot) => {
    const base = first + slot * size;
    return node(unit('virtio_mmio', { base, size }), {
      compatible: strings('virtio,mmio'),
      reg: cells(...number(base, addressCells), ...number(size, sizeCells)),
      'interrupt-parent': cells(gic),
      interrupts: spi(VEXPRESS_INTERRUPTS.virtio + slot, EDGE),
      'dma-coherent': EMPTY,
    });
  });
}

/** A number in one or two cells. */
function number(value: number, count: number): number[] {
  const low = value % 2 ** 32;
  return count === 1 ? [low] : [Math.floor(value / 2 ** 32), low];
}

function cellOf(of: DeviceTreeNode, name: string): number | undefined {
  const value = property(of, name);
  return value?.length === 4 ? new DataView(value.buffer, value.byteOffset).getUint32(0) : undefined;
}

function findNode(of: DeviceTreeNode, compatible: string): DeviceTreeNode | undefined {
  const names = property(of, 'compatible');
  if (names !== undefined && new TextDecoder().decode(names).split('\0').includes(compatible)) return of;
  for (const child of of.children) {
    const found = findNode(child, compatible);
    if (found !== undefined) return found;
  }
  return undefined;
}
