/**
 * The console device (virtio 1.1, 5.3) with one port, which is a console and always connected. As QEMU's, it offers
 * more ports than there are, and an emergency write that needs no queue.
 */
import type { DeviceState } from '../device';
import { busyTime, type VirtioDevice, type VirtioTransport } from './virtio-device';
import { has, type Virtqueue } from './virtqueue';

/** MULTIPORT, EMERG_WRITE, NOTIFY_ON_EMPTY, ANY_LAYOUT, INDIRECT_DESC, EVENT_IDX. */
const FEATURES = 0x3900_0006;
const MULTIPORT_FEATURE = 1;
const MOST_PORTS = 31;
const CONFIGURATION_BYTES = 12;
const EMERGENCY_AT = 8;
const enum Queue {
  Receive = 0,
  Transmit = 1,
  ControlReceive = 2,
  ControlTransmit = 3,
}
/** Events of control messages. */
const enum Control {
  DeviceReady = 0,
  PortAdd = 1,
  PortReady = 3,
  ConsolePort = 4,
  PortOpen = 6,
}
const MESSAGE_BYTES = 8;
/** The one port. */
const PORT = 0;
/** Most bytes that go out or come in at a time. */
const MOST_BYTES = 4096;

export class VirtioConsole implements VirtioDevice {
  readonly kind = 'console';
  readonly id = 3;
  readonly features = FEATURES;
  /** Receive and transmit of each port; the second pair is the control messages'. */
  readonly queueSizes = Array.from({ length: 2 * (MOST_PORTS + 1) }, (_, i) =>
    i === 2 || i === 3 ? 32 : 128,
  );
  readonly configurationBytes = CONFIGURATION_BYTES;
  private transport!: VirtioTransport;
  /** The driver has opened the port. */
  private open = false;
  /** Bytes of the chain next in the transmit queue that went out already. */
  private sent = 0;
  /** Characters that wait for a buffer. */
  private waiting: number[] = [];

  /** @param output takes each character sent, 0–255. */
  constructor(private readonly output: (byte: number) => void) {}

  attach(transport: VirtioTransport): void {
    this.transport = transport;
  }

  /** Characters from outside: the guest gets them as its driver gives buffers. */
  receive(bytes: Iterable<number>): void {
    for (const byte of bytes) this.waiting.push(byte & 0xff);
    this.transport.wake(Queue.Receive);
  }

  configuration(): Uint8Array {
    // Columns and rows are not known; no emergency character waits.
    const bytes = new Uint8Array(CONFIGURATION_BYTES);
    bytes[4] = MOST_PORTS;
    return bytes;
  }

  configure(_offset: number, _bytes: number, written: Uint8Array): void {
    if (written.subarray(EMERGENCY_AT).some((byte) => byte !== 0)) this.output(written[EMERGENCY_AT]!);
  }

  statusChanged(driverReady: boolean): void {
    if (!driverReady) {
      this.open = false;
      this.sent = 0;
    } else if (!this.multiport) this.open = true;
    if (this.open) this.transport.wake(Queue.Receive);
  }

  private get multiport(): boolean {
    return has(this.transport.features, MULTIPORT_FEATURE);
  }

  serve(index: number): number {
    const queue = this.transport.queue(index);
    switch (index) {
      case Queue.Receive:
        return this.serveReceive(queue);
      case Queue.Transmit:
        return this.serveTransmit(queue);
      case Queue.ControlTransmit:
        return this.serveControl(queue);
      case Queue.ControlReceive:
        return 0;
      default:
        return index % 2 === 1 ? this.discard(queue) : 0;
    }
  }

  private serveReceive(queue: Virtqueue): number {
    const { transport, waiting } = this;
    if (waiting.length === 0 || !this.open || !transport.driverReady) return 0;
    const chain = queue.take(transport.features);
    if (chain === undefined) return 0;
    const room = Math.min(chain.inBytes, waiting.length, MOST_BYTES);
    const written = chain.write(0, Uint8Array.from(waiting.splice(0, room)));
    queue.give(chain, written);
    transport.interrupt(queue);
    return busyTime(chain.in.length + chain.out.length, written);
  }

  private serveTransmit(queue: Virtqueue): number {
    const { transport } = this;
    const chain = queue.take(transport.features);
    if (chain === undefined) return 0;
    const bytes = new Uint8Array(MOST_BYTES);
    const count = chain.read(this.sent, bytes);
    for (let i = 0; i < count; i++) this.output(bytes[i]!);
    this.sent += count;
    if (this.sent < chain.outBytes) queue.putBack();
    else {
      this.sent = 0;
      queue.give(chain, 0);
      transport.interrupt(queue);
    }
    return busyTime(chain.in.length + chain.out.length, count);
  }

  /** What is sent to a port that is not there. */
  private discard(queue: Virtqueue): number {
    const chain = queue.take(this.transport.features);
    if (chain === undefined) return 0;
    queue.give(chain, 0);
    this.transport.interrupt(queue);
    return busyTime(chain.in.length + chain.out.length, 0);
  }

  private serveControl(queue: Virtqueue): number {
    const chain = queue.take(this.transport.features);
    if (chain === undefined) return 0;
    const message = new DataView(new ArrayBuffer(MESSAGE_BYTES));
    if (chain.read(0, new Uint8Array(message.buffer)) === MESSAGE_BYTES)
      this.control(message.getUint32(0, true), message.getUint16(4, true), message.getUint16(6, true));
    queue.give(chain, 0);
    this.transport.interrupt(queue);
    return busyTime(chain.in.length + chain.out.length, MESSAGE_BYTES);
  }

  private control(port: number, event: number, value: number): void {
    if (event === (Control.DeviceReady as number)) {
      if (value !== 0) this.tell(Control.PortAdd);
    } else if (port !== PORT) return;
    else if (event === (Control.PortReady as number) && value !== 0) {
      this.tell(Control.ConsolePort);
      this.tell(Control.PortOpen);
    } else if (event === (Control.PortOpen as number)) {
      this.open = value !== 0;
      this.transport.wake(Queue.Receive);
    }
  }

  /** Tells the driver something of the port; lost, as with QEMU, when it has given no buffer. */
  private tell(event: Control): void {
    const queue = this.transport.queue(Queue.ControlReceive);
    const chain = queue.ready ? queue.take(this.transport.features) : undefined;
    if (chain === undefined) return;
    const message = new DataView(new ArrayBuffer(MESSAGE_BYTES));
    message.setUint32(0, PORT, true);
    message.setUint16(4, event, true);
    message.setUint16(6, 1, true);
    queue.give(chain, chain.write(0, new Uint8Array(message.buffer)));
    this.transport.interrupt(queue);
  }

  reset(): void {
    this.open = false;
    this.sent = 0;
  }
  /** As after power-on: nothing was typed. */
  restart(): void {
    this.waiting = [];
  }
  save(): DeviceState {
    return { open: this.open, sent: this.sent, waiting: [...this.waiting] };
  }
  restore(state: DeviceState): void {
    this.open = state['open'] as boolean;
    this.sent = state['sent'] as number;
    this.waiting = [...(state['waiting'] as number[])];
  }
}
