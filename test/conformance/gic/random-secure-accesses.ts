/**
 * Random sequences of accesses to GICD and GICC of a machine with the Security Extensions, by Secure and Non-secure
 * software that share the interrupt controller. Left out: what DEVIATIONS lists.
 */
import { Operation, randomNumbers, type Access } from './access-list';
import { AccessMachine } from './random-accesses';

const GICD = 0x0800_0000;
const GICC = 0x0801_0000;
const INTERRUPTS = [0, 1, 7, 15, 16, 20, 31, 32, 40, 62, 90, 287];
/** GICC_CTLR of Secure software: both groups enabled, with each of AckCtl, FIQEn, CBPR, EOImodeS and EOImodeNS. */
const CONTROLS = [3, 7, 0xb, 0xf, 0x1f, 0x203, 0x407, 0x60f, 0x617, 0];

export function randomSecureAccesses(
  seed: number,
  length: number,
): { readonly accesses: readonly Access[]; readonly results: readonly number[] } {
  const random = randomNumbers(seed);
  const machine = new AccessMachine(1, true);
  const accesses: Access[] = [];
  const results: number[] = [];
  let nonSecure = false;

  const go = (operation: Operation, address: number, value = 0): number => {
    const access = { core: 0, operation, address, value: value >>> 0, nonSecure };
    accesses.push(access);
    const result = machine.run(access);
    results.push(result);
    return result;
  };
  const read = (address: number): number => go(Operation.Read32, address);
  const write = (address: number, value: number): number => go(Operation.Write32, address, value);
  const someOf = (word: number): number => {
    let bits = 0;
    for (const id of INTERRUPTS) if (id >> 5 === word && random.below(3) === 0) bits |= 1 << (id & 31);
    return bits;
  };
  const words = [...new Set(INTERRUPTS.map((id) => id >> 5))];
  /** Interrupts acknowledged in each state, to be ended there. */
  const acknowledged: Readonly<Record<'secure' | 'nonSecure', number[]>> = { secure: [], nonSecure: [] };
  const mine = (): number[] => acknowledged[nonSecure ? 'nonSecure' : 'secure'];
  const idle = (): boolean =>
    machine.run({ ...access(Operation.Read32, GICC + 0x14), nonSecure: false }) === 0xff;

  const actions: readonly (() => void)[] = [
    () => {
      if (!nonSecure) write(GICD, random.pick([3, 3, 3, 0]));
      else if (machine.peek(0, GICD) === 1) write(GICD, 1);
    },
    () => {
      const word = random.pick(words);
      write(GICD + random.pick([0x80, 0x100, 0x100, 0x180, 0x200, 0x200, 0x280]) + 4 * word, someOf(word));
    },
    () => {
      const register = random.pick([0x300, 0x380, 0x380]);
      const word = register === 0x300 ? 0 : random.pick(words);
      write(GICD + register + 4 * word, someOf(word));
    },
    () => {
      const id = random.pick(INTERRUPTS);
      go(Operation.Write8, GICD + 0x400 + id, random.below(256));
      read(GICD + 0x400 + (id & ~3));
    },
    () => {
      const at = GICD + 0xc00 + 4 * (random.pick(INTERRUPTS) >> 4);
      write(at, random.word());
      read(at);
    },
    () => {
      const id = random.pick([0, 1, 7, 15]);
      // Secure requests name the group the SGI is in: QEMU takes no notice of NSATT.
      const group1 = machine.gic.interrupt(0, id).group1;
      if (nonSecure && !group1) return;
      write(GICD + 0xf00, (random.below(3) << 24) | (1 << 16) | (group1 ? 0x8000 : 0) | id);
    },
    () => read(GICD + random.pick([0, 4, 0xf10, 0xf20, 0xfe8])),
    () => read(GICD + random.pick([0x80, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380]) + 4 * random.pick(words)),
    () => {
      if (!nonSecure) write(GICC, random.pick(CONTROLS));
      else if (machine.peek(0, GICC) & 1) write(GICC, random.pick([1, 0x201]));
    },
    () => write(GICC + 4, random.pick([0xff, 0xff, 0xff, 0xf0, 0x80, 0x37])),
    () => {
      if (!idle()) return;
      nonSecure = false;
      const point = random.below(6);
      write(GICC + 8, point);
      write(GICC + 0x1c, point + 1);
    },
    () =>
      read(GICC + random.pick([0, 4, 8, 0x14, 0x18, 0x1c, 0xd0, 0xd4, 0xd8, 0xdc, 0xe0, 0xe4, 0xe8, 0xec])),
    ...new Array(6).fill(() => {
      const id = read(GICC + 0xc);
      if ((id & 0x3ff) < 1020) mine().push(id);
    }),
    ...new Array(4).fill(() => {
      const id = mine().pop();
      if (id === undefined) return;
      write(GICC + 0x10, id);
      if (random.below(2)) write(GICC + 0x1000, id);
    }),
  ];

  nonSecure = false;
  write(GICC, 3);
  while (accesses.length < length) {
    nonSecure = random.below(2) === 0;
    random.pick(actions)();
    nonSecure = false;
    go(Operation.PhysicalLines, 0);
  }
  return { accesses, results };
}

function access(operation: Operation, address: number): Access {
  return { core: 0, operation, address, value: 0 };
}
