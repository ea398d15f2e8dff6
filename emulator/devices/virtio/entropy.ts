/**
 * The entropy device (virtio 1.1, 5.4). Its bytes come from a generator with a seed, so that a machine is a function
 * of its configuration: they are no secret. The generator is xoshiro128** (Blackman and Vigna, 2018).
 */
import type { DeviceState } from '../device';
import { busyTime, type VirtioDevice, type VirtioTransport } from './virtio-device';

/** NOTIFY_ON_EMPTY, ANY_LAYOUT, INDIRECT_DESC, EVENT_IDX. */
const FEATURES = 0x3900_0000;
/** Most bytes that one buffer gets: a device may fill less than it is given. */
const MOST_BYTES = 0x1_0000;

export class VirtioEntropy implements VirtioDevice {
  readonly kind = 'entropy';
  readonly id = 4;
  readonly features = FEATURES;
  readonly queueSizes = [8];
  readonly configurationBytes = 0;
  private transport!: VirtioTransport;
  private generator: Uint32Array;

  /** @param seed any 32-bit number. */
  constructor(private readonly seed: number) {
    this.generator = seeded(seed);
  }

  attach(transport: VirtioTransport): void {
    this.transport = transport;
  }
  configuration(): Uint8Array {
    return new Uint8Array(0);
  }
  configure(): void {
    // There is nothing to configure.
  }
  statusChanged(driverReady: boolean): void {
    if (driverReady) this.transport.wake(0);
  }

  serve(index: number): number {
    if (!this.transport.driverReady) return 0;
    const queue = this.transport.queue(index);
    const chain = queue.take(this.transport.features);
    if (chain === undefined) return 0;
    const bytes = new Uint8Array(Math.min(chain.inBytes, MOST_BYTES));
    for (let at = 0; at < bytes.length; at += 4) {
      const word = this.next();
      for (let i = 0; i < 4 && at + i < bytes.length; i++) bytes[at + i] = word >>> (8 * i);
    }
    queue.give(chain, chain.write(0, bytes));
    this.transport.interrupt(queue);
    return busyTime(chain.in.length + chain.out.length, bytes.length);
  }

  private next(): number {
    const s = this.generator;
    const result = Math.imul(rotate(Math.imul(s[1]!, 5), 7), 9);
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotate(s[3]!, 11);
    return result;
  }

  reset(): void {
    // The stream of bytes goes on: a driver that begins anew must not get the same ones again.
  }
  /** As after power-on: the stream begins again. */
  restart(): void {
    this.generator = seeded(this.seed);
  }
  save(): DeviceState {
    return { generator: [...this.generator] };
  }
  restore(state: DeviceState): void {
    this.generator = Uint32Array.from(state['generator'] as number[]);
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** Four words, never all zero, from one (Steele, Lea and Flood's SplitMix, in 32 bits). */
function seeded(seed: number): Uint32Array {
  let state = seed | 0;
  const mixed = Uint32Array.from({ length: 4 }, () => {
    state = (state + 0x9e37_79b9) | 0;
    let word = Math.imul(state ^ (state >>> 16), 0x21f0_aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a_2d97);
    return word ^ (word >>> 15);
  });
  if (mixed.every((word) => word === 0)) mixed[0] = 1;
  return mixed;
}
