/**
 * Random sequences of accesses to GICD, GICC, GICH and GICV, made while they run on our Gic so that what a sequence
 * ends is mostly what it has acknowledged. What IHI 0048B calls UNPREDICTABLE is left out, and what
 * KNOWN_DEVIATIONS lists.
 */
import { BUS_ERROR, type Device } from '../../../emulator/devices/device';
import { Pl011 } from '../../../emulator/devices/pl011';
import { Gic } from '../../../emulator/gic/gic';
import { Clock } from '../../../emulator/state/clock';
import { PendingLine, SYS } from '../../../emulator/state/layout';
import { MachineState } from '../../../emulator/state/machine-state';
import { GenericTimers, type TimerName } from '../../../emulator/timer/generic-timers';
import { Operation, accessSize, isWrite, randomNumbers, type Access } from './access-list';

const GICD = 0x0800_0000;
const GICC = 0x0801_0000;
const GICH = 0x0803_0000;
const GICV = 0x0804_0000;
const UART = 0x0900_0000;

/** Timer registers by their number in accesses.S. */
const TIMER_CONTROLS = [SYS.CNTP_CTL, SYS.CNTV_CTL, SYS.CNTHP_CTL];
const TIMER_COMPARES: Readonly<Record<number, number>> = {
  ...{ 3: SYS.CNTP_CVAL, 4: SYS.CNTV_CVAL, 5: SYS.CNTHP_CVAL, 9: SYS.CNTVOFF },
};
const TIMERS: readonly TimerName[] = ['CNTP', 'CNTV', 'CNTHP'];
/** High words of compare values and offsets: far from any count, so that nothing depends on how long anything takes. */
const FAR = [0, 0x7fff_ffff, 0xffff_ffff, 0x8000_0000, 0x4000_0000];

/** A Gic at the addresses of `virt`, with the request lines of each core, its timers, and the UART on its SPI. */
export class AccessMachine {
  readonly gic: Gic;
  private readonly uart: Pl011;
  private readonly lines: number[];
  private readonly state: MachineState;
  private readonly clock: Clock;
  private readonly timers: GenericTimers;

  constructor(
    readonly cores: number,
    private readonly hasSecurity = false,
  ) {
    this.lines = new Array<number>(cores).fill(0);
    this.gic = new Gic(
      { cores, hasSecurity },
      {
        set: (core, line, level) => {
          this.lines[core] = level ? this.lines[core] | line : this.lines[core] & ~line;
        },
      },
    );
    this.state = new MachineState(cores, 0, hasSecurity, !hasSecurity);
    this.clock = new Clock(this.state);
    this.timers = new GenericTimers(this.state.cores, this.clock, 62_500_000, {
      setPpi: (core, id, level) => this.gic.setPpi(core, id, level),
      sendEvent: () => undefined,
    });
    this.uart = new Pl011('uart', () => undefined, {
      set: (level) => this.gic.setSpi(UART_INTERRUPT, level),
    });
  }

  /** Carries out one access; gives what accesses.S would store. */
  run(access: Access): number {
    const { core, operation, address, value, nonSecure = false } = access;
    this.state.now += 1000;
    this.clock.ringDue();
    const lines = this.lines[core];
    if (operation === Operation.WriteTimer) return this.writeTimer(access);
    if (operation === Operation.ReadTimer)
      return this.timers.readControl(this.state.cores[core], TIMERS[address]);
    if (operation === Operation.Take) return this.take(access, lines);
    if (operation === Operation.PhysicalLines)
      return (lines & PendingLine.IRQ ? 0x80 : 0) | (lines & PendingLine.FIQ ? 0x40 : 0);
    if (operation === Operation.VirtualLines && lines & (PendingLine.IRQ | PendingLine.FIQ))
      return 0xffff_ffff;
    if (operation === Operation.VirtualLines)
      return (lines & PendingLine.VIRQ ? 0x80 : 0) | (lines & PendingLine.VFIQ ? 0x40 : 0);
    const { device, offset } = this.at(address);
    const by = { core, secure: this.hasSecurity && !nonSecure, privileged: true };
    const size = accessSize(operation);
    if (isWrite(operation)) {
      if (!device.write(offset, size, value, by)) throw new Error('bus error');
      return 0;
    }
    const peeked = device.peek(offset, size, by);
    const read = device.read(offset, size, by);
    if (read === BUS_ERROR) throw new Error('bus error');
    if (peeked !== read) throw new Error(`peek gave ${peeked}, read ${read} at 0x${address.toString(16)}`);
    return read;
  }

  private writeTimer({ core, address, value, high = 0 }: Access): number {
    const { u32 } = this.state.cores[core];
    if (address < 3) u32[TIMER_CONTROLS[address]] = value & 3;
    else u32.set([value, high], TIMER_COMPARES[address]);
    this.timers.timerChanged(core);
    return high;
  }

  /** Which interrupt is taken in Supervisor mode when none is masked, physical ones to Hyp, and what IAR then gives. */
  private take({ core, nonSecure }: Access, lines: number): number {
    const [vector, base] =
      lines & PendingLine.FIQ
        ? [0x07, GICC]
        : lines & PendingLine.IRQ
          ? [0x06, GICC]
          : lines & PendingLine.VFIQ
            ? [0x17, GICV]
            : lines & PendingLine.VIRQ
              ? [0x16, GICV]
              : [0, 0];
    if (vector === 0) return 0;
    const iar = this.run({
      core,
      operation: Operation.Read32,
      address: base + 0xc,
      value: 0,
      ...(nonSecure && { nonSecure }),
    });
    return ((vector << 24) | iar) >>> 0;
  }

  /** What a 32-bit read would give, in Non-secure state. */
  peek(core: number, address: number): number {
    const { device, offset } = this.at(address);
    return device.peek(offset, 4, { core, secure: false, privileged: true }) ?? 0;
  }

  private at(address: number): { readonly device: Device; readonly offset: number } {
    const { gicd, gicc, gich, gicv } = this.gic.devices;
    const windows = [
      [UART, this.uart],
      [GICV, gicv],
      [GICH, gich],
      [GICC, gicc],
      [GICD, gicd],
    ] as const;
    const [base, device] = windows.find(([start]) => address >= start) ?? [0, undefined];
    if (device === undefined) throw new RangeError(`nothing is at 0x${address.toString(16)}`);
    return { device, offset: address - base };
  }
}

/** The UART's interrupt: the line of a level-sensitive SPI that sequences can drive. */
const UART_INTERRUPT = 33;
/** Interrupts used: SGIs, PPIs (25 is the maintenance interrupt), SPIs near both ends and the UART's. */
const INTERRUPTS = [
  0, 1, 2, 7, 15, 16, 17, 20, 22, 24, 25, 26, 27, 28, 30, 31, 32, 33, 40, 45, 62, 90, 127, 200, 287,
];

/** Values of GICC_CTLR and GICV_CTLR: both groups enabled, or none. */
const CONTROLS = [3, 3, 7, 7, 7, 7, 0xf, 7, 0xb, 0xf, 0x1f, 0x203, 0x207, 0x20f, 0x217, 0];

/** `length` accesses by `cores` cores, and what our Gic answered to each. */
export function randomAccesses(
  seed: number,
  cores: number,
  length: number,
): { readonly accesses: readonly Access[]; readonly results: readonly number[] } {
  const random = randomNumbers(seed);
  const machine = new AccessMachine(cores);
  const accesses: Access[] = [];
  const results: number[] = [];
  const acknowledged: number[][] = Array.from({ length: cores }, () => []);
  const virtualAcknowledged: number[][] = Array.from({ length: cores }, () => []);

  const go = (core: number, operation: Operation, address: number, value = 0): number => {
    const access = { core, operation, address, value: value >>> 0 };
    accesses.push(access);
    const result = machine.run(access);
    results.push(result);
    return result;
  };
  const read = (core: number, address: number): number => go(core, Operation.Read32, address);
  const write = (core: number, address: number, value: number): number =>
    go(core, Operation.Write32, address, value);

  const timerWrite = (core: number, register: number, value: number, high: number): void => {
    const access = { core, operation: Operation.WriteTimer, address: register, value, high };
    accesses.push(access);
    results.push(machine.run(access));
  };

  /** A word with a few of the interrupts of word `index` set. */
  const someOf = (word: number): number => {
    let bits = 0;
    for (const id of INTERRUPTS) if (id >> 5 === word && random.below(3) === 0) bits |= 1 << (id & 31);
    return bits;
  };
  const words = [...new Set(INTERRUPTS.map((id) => id >> 5))];

  /** Physical interrupts of list registers: with more cores than one, private ones (see DEVIATIONS). */
  const physical = INTERRUPTS.filter((id) => id >= 16 && (cores === 1 || id < 32));

  const actions: readonly ((core: number) => void)[] = [
    (core) => write(core, GICD, random.pick([3, 3, 3, 3, 3, 3, 3, 0])),
    (core) => {
      const word = random.pick(words);
      const register = random.pick([0x80, 0x100, 0x100, 0x180, 0x200, 0x200, 0x280]);
      if (word === 0 && cores > 1 && (register === 0x200 || register === 0x280)) return;
      write(core, GICD + register + 4 * word, someOf(word));
    },
    (core) => {
      const register = random.pick([0x300, 0x380, 0x380]);
      const word = register === 0x300 ? 0 : random.pick(words);
      write(core, GICD + register + 4 * word, someOf(word));
    },
    (core) => {
      const id = random.pick(INTERRUPTS);
      go(
        core,
        random.pick([Operation.Write8, Operation.Write16]),
        GICD + 0x400 + (id & ~1),
        random.below(0x1_0000),
      );
      go(core, Operation.Write8, GICD + 0x400 + id, random.below(256));
      go(core, random.pick([Operation.Read8, Operation.Read32]), GICD + 0x400 + (id & ~3));
    },
    (core) => write(core, GICD + 0x400 + (random.pick(INTERRUPTS) & ~3), random.word()),
    (core) => {
      const id = random.pick(INTERRUPTS);
      const { pending, active } = machine.gic.interrupt(core, id);
      if (id >= 32 && !pending && !active)
        go(core, Operation.Write8, GICD + 0x800 + id, 1 << random.below(cores));
      go(core, Operation.Read8, GICD + 0x800 + id);
    },
    (core) => {
      const index = random.pick(INTERRUPTS) >> 4;
      if (index === 1 && cores > 1) return;
      const at = GICD + 0xc00 + 4 * index;
      write(core, at, random.word());
      read(core, at);
    },
    (core) => {
      const filter = random.below(3);
      write(core, GICD + 0xf00, (filter << 24) | (random.below(256) << 16) | random.pick([0, 1, 2, 7, 15]));
    },
    (core) =>
      go(
        core,
        Operation.Write8,
        GICD + random.pick([0xf10, 0xf20]) + random.pick([0, 1, 2, 7, 15]),
        1 + random.below((1 << cores) - 1),
      ),
    (core) => read(core, GICD + random.pick([0, 4, 8, 0xf10, 0xf14, 0xf20, 0xf2c, 0xfe8])),
    (core) =>
      read(
        core,
        GICD + random.pick([0x80, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380]) + 4 * random.pick(words),
      ),

    ...repeat(2, (core: number) => {
      // UARTDR raises the transmit interrupt, UARTICR clears it, UARTIMSC lets it through.
      const [offset, value] = random.pick([
        [0, 0x20],
        [0x44, 0x20],
        [0x38, 0x20],
        [0x38, 0x20],
        [0x38, 0],
      ] as const);
      write(core, UART + offset, value);
    }),

    (core) => write(core, GICC, random.pick(CONTROLS)),
    (core) => write(core, GICC + 4, random.pick([0xff, 0xff, 0xff, 0xff, 0xf0, 0x80, 0x37, 0])),
    (core) => {
      if (machine.peek(core, GICC + 0x14) !== 0xff) return;
      const point = random.below(7);
      write(core, GICC + 8, point);
      write(core, GICC + 0x1c, point + 1);
    },
    (core) =>
      read(
        core,
        GICC + random.pick([0, 4, 8, 0x14, 0x18, 0x1c, 0xd0, 0xd4, 0xd8, 0xdc, 0xe0, 0xe4, 0xe8, 0xec]),
      ),
    ...repeat(8, (core: number) => {
      // Mostly when there is something to acknowledge.
      if (
        machine.run({ core, operation: Operation.PhysicalLines, address: 0, value: 0 }) === 0 &&
        random.below(4)
      )
        return;
      const id = read(core, GICC + 0xc);
      if ((id & 0x3ff) < 1020) acknowledged[core].push(id);
    }),
    ...repeat(5, (core: number) => {
      const id = acknowledged[core].pop();
      if (id === undefined) return;
      write(core, GICC + 0x10, id);
      if (random.below(2)) write(core, GICC + 0x1000, id);
    }),
    (core) => write(core, GICC + 0x10, random.pick([1023, 1022])),

    // Interrupts that are taken: by which vector, and which one it is that is acknowledged there.
    ...repeat(6, (core: number) => {
      const taken = go(core, Operation.Take, 0);
      if (taken === 0 || (taken & 0x3ff) >= 1020) return;
      const stack = taken >>> 28 === 0 ? acknowledged : virtualAcknowledged;
      stack[core].push(taken & 0x1fff);
    }),
    ...repeat(3, (core: number) => {
      const timer = random.below(3);
      const action = random.below(5);
      if (action < 3) timerWrite(core, timer, random.below(4), 0);
      else timerWrite(core, action === 3 ? 3 + timer : 9, 7, random.pick(FAR));
      go(core, Operation.ReadTimer, timer);
    }),

    (core) => read(core, GICH + 0x10),
    ...repeat(3, (core: number) => {
      const hw = random.below(3) === 0;
      const eoi = hw ? 0 : random.below(2) << 19;
      const index = random.below(4);
      const held = machine.gic.listRegisters(core).map((list) => list.virtualId);
      held.splice(index, 1);
      const id = random.pick(
        (hw ? INTERRUPTS.slice(5) : INTERRUPTS).filter((candidate) => !held.includes(candidate)),
      );
      const rest = hw
        ? (0x8000_0000 | (random.pick(physical) << 10)) >>> 0
        : id < 16
          ? (id % cores) << 10
          : 0;
      const state = hw ? random.pick([0, 1, 2, 1]) : random.pick([0, 1, 1, 2, 3, 1]);
      write(
        core,
        GICH + 0x100 + 4 * index,
        (rest | eoi | id | (random.below(32) << 23) | (state << 28) | (random.below(2) << 30)) >>> 0,
      );
    }),
    (core) => write(core, GICH, random.below(256) | random.pick([0, 1, 1, 1])),
    (core) => {
      const idle = machine.peek(core, GICV + 0x14) === 0xff;
      const point = idle ? 2 + random.below(5) : machine.peek(core, GICV + 8);
      const points = (point << 21) | ((point + 1) << 18);
      write(
        core,
        GICH + 8,
        (random.pick([0xf800_0000, 0xf800_0000, random.word() & 0xf800_0000]) |
          points |
          random.pick(CONTROLS)) >>>
          0,
      );
    },
    (core) =>
      read(
        core,
        GICH + random.pick([0, 4, 8, 0x10, 0x20, 0x24, 0x30, 0x34, 0xf0, 0x100, 0x104, 0x108, 0x10c]),
      ),
    (core) => {
      const level = 1 << (machine.peek(core, GICV + 8) - 2);
      write(core, GICH + 0xf0, random.pick([0, 0, 0, (1 << (random.below(32) & -level)) >>> 0]));
    },

    (core) => write(core, GICV, random.pick(CONTROLS)),
    (core) => write(core, GICV + 4, random.pick([0xff, 0xff, 0xff, 0xff, 0xf8, 0x80, 0x37, 0])),
    (core) => {
      if (machine.peek(core, GICV + 0x14) !== 0xff) return;
      const point = 2 + random.below(5);
      write(core, GICV + 8, point);
      write(core, GICV + 0x1c, point + 1);
    },
    (core) => read(core, GICV + random.pick([0, 4, 8, 0x14, 0x18, 0x1c, 0xd0, 0xfc])),
    ...repeat(8, (core: number) => {
      if (
        machine.run({ core, operation: Operation.VirtualLines, address: 0, value: 0 }) === 0 &&
        random.below(4)
      )
        return;
      const id = read(core, GICV + 0xc);
      if ((id & 0x3ff) < 1020) virtualAcknowledged[core].push(id);
    }),
    ...repeat(5, (core: number) => {
      const id = virtualAcknowledged[core].pop();
      if (id === undefined) return;
      write(core, GICV + 0x10, id);
      if (random.below(2)) write(core, GICV + 0x1000, id);
      write(core, GICD + 0x100, 0);
    }),
    (core) => {
      write(core, GICV + 0x10, random.pick([1023, 33, 34]));
      write(core, GICD + 0x100, 0);
    },
  ];

  for (let id = 32; id < 288; id += 4) write(0, GICD + 0x800 + id, 0x0101_0101);
  while (accesses.length < length) {
    const core = random.below(cores);
    random.pick(actions)(core);
    go(core, Operation.PhysicalLines, 0);
    go(core, Operation.VirtualLines, 0);
  }
  return { accesses, results };
}

function repeat<T>(count: number, value: T): T[] {
  return new Array<T>(count).fill(value);
}
