/** A small generator of pseudo-random numbers (xorshift32), so that a seed names a test case. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0 || 1;
  }

  /** A 32-bit number. */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  below(limit: number): number {
    return this.next() % limit;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
}

const LITERALS = ['0', '1', '2', '7', '10', '31', '0x24', '255', '0x7fffffff', '2147483647', '2147483648', '0x80000000', '0xffffffff', '4294967295u', '0x100000000', '0xffffffffffffffff', '0x8000000000000000', '1ull', '3u', '5ll', "'a'", '0123']; // prettier-ignore
const BINARY = ['+', '-', '*', '/', '%', '&', '|', '^', '<', '<=', '>', '>=', '==', '!=', '&&', '||'];
const UNARY = ['-', '~', '!', '+'];

/** A random expression of integers; `leaf` gives operands, literals by default. */
export function randomExpression(random: Random, depth: number, leaf = () => random.pick(LITERALS)): string {
  if (depth === 0 || random.below(6) === 0) return leaf();
  const inner = () => randomExpression(random, depth - 1, leaf);
  switch (random.below(8)) {
    case 0:
      return `${random.pick(UNARY)}(${inner()})`;
    case 1:
      // Shift counts stay below the width of every type: what lies beyond is undefined in C.
      return `(${inner()}) ${random.pick(['<<', '>>'])} ${random.below(32)}`;
    case 2:
      return `(${inner()})`;
    default:
      // Without parentheses around the operands precedence and associativity are tried too.
      return `${inner()} ${random.pick(BINARY)} ${inner()}`;
  }
}
