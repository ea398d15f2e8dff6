/**
 * What is plugged into a PS/2 port: a keyboard and a mouse that answer every command (IBM PS/2 Hardware Interface
 * Technical Reference), and on which nobody types or clicks.
 */
import type { DeviceState } from './device';

export interface Ps2Device {
  /** True when a byte waits to be read. */
  readonly pending: boolean;
  /** The byte read last, 0 before the first one. */
  readonly last: number;
  /** Takes the next byte; the last one again when none waits. */
  read(): number;
  /** What `read` would give, with nothing taken. */
  peek(): number;
  /** Takes a byte of a command, 0–255. */
  write(byte: number): void;
  reset(): void;
  save(): DeviceState;
  restore(state: DeviceState): void;
}

const ACK = 0xfa;
const RESEND = 0xfe;
const SELF_TEST_PASSED = 0xaa;
/** Bytes that a device keeps for the host. */
const QUEUE_BYTES = 16;

/** The bytes a device has for the host, and the command of which it awaits the second byte. */
abstract class Ps2Answers implements Ps2Device {
  protected queue: number[] = [];
  protected awaiting = 0;
  last = 0;

  get pending(): boolean {
    return this.queue.length > 0;
  }
  read(): number {
    return (this.last = this.queue.shift() ?? this.last);
  }
  peek(): number {
    return this.queue[0] ?? this.last;
  }
  abstract write(byte: number): void;
  reset(): void {
    this.queue = [];
    this.awaiting = this.last = 0;
  }
  save(): DeviceState {
    return { queue: [...this.queue], awaiting: this.awaiting, last: this.last };
  }
  restore(state: DeviceState): void {
    this.queue = [...(state['queue'] as number[])];
    this.awaiting = state['awaiting'] as number;
    this.last = state['last'] as number;
  }

  /** An answer that does not fit is lost as a whole. */
  protected answer(...bytes: readonly number[]): void {
    if (this.queue.length + bytes.length <= QUEUE_BYTES) this.queue.push(...bytes);
  }
}

const enum Keyboard {
  SetLeds = 0xed,
  Echo = 0xee,
  ScanCodeSet = 0xf0,
  Identify = 0xf2,
  SetRate = 0xf3,
  Reset = 0xff,
}
/** Commands that a keyboard acknowledges and that nothing shows: enable, disable, defaults, make and break of all keys. */
const ACKNOWLEDGED: ReadonlySet<number> = new Set([0x00, 0xf4, 0xf5, 0xf6, 0xfa]);
/** Commands with a second byte; 0xfc (make and break of one key) takes keys until a command comes. */
const WITH_ARGUMENT: ReadonlySet<number> = new Set([
  Keyboard.SetLeds,
  Keyboard.ScanCodeSet,
  Keyboard.SetRate,
  0xfc,
]);
const DEFAULT_SCAN_CODE_SET = 2;

export class Ps2Keyboard extends Ps2Answers {
  private scanCodeSet = DEFAULT_SCAN_CODE_SET;

  write(byte: number): void {
    // A new command or argument takes the place of an answer that nobody read.
    this.queue = [];
    const command = this.awaiting;
    this.awaiting = 0;
    if (command === 0) this.command(byte);
    else if (command === Keyboard.ScanCodeSet) this.chooseScanCodes(byte);
    else this.answer(ACK);
  }
  override reset(): void {
    super.reset();
    this.scanCodeSet = DEFAULT_SCAN_CODE_SET;
  }
  override save(): DeviceState {
    return { ...super.save(), scanCodeSet: this.scanCodeSet };
  }
  override restore(state: DeviceState): void {
    super.restore(state);
    this.scanCodeSet = state['scanCodeSet'] as number;
  }

  private command(byte: number): void {
    if (WITH_ARGUMENT.has(byte)) {
      this.awaiting = byte;
      this.answer(ACK);
    } else if (byte === Keyboard.Echo) this.answer(Keyboard.Echo);
    else if (byte === Keyboard.Identify) this.answer(ACK, 0xab, 0x83);
    else if (byte === Keyboard.Reset) {
      this.scanCodeSet = DEFAULT_SCAN_CODE_SET;
      this.answer(ACK, SELF_TEST_PASSED);
    } else this.answer(ACKNOWLEDGED.has(byte) ? ACK : RESEND);
  }
  /** 0 asks for the set in use. */
  private chooseScanCodes(set: number): void {
    if (set === 0) this.answer(ACK, this.scanCodeSet);
    else if (set > 3) this.answer(RESEND);
    else {
      this.scanCodeSet = set;
      this.answer(ACK);
    }
  }
}

const enum Mouse {
  SetScaling1 = 0xe6,
  SetScaling2 = 0xe7,
  SetResolution = 0xe8,
  Status = 0xe9,
  SetStream = 0xea,
  Poll = 0xeb,
  EndWrap = 0xec,
  SetWrap = 0xee,
  SetRemote = 0xf0,
  Identify = 0xf2,
  SetRate = 0xf3,
  Enable = 0xf4,
  Disable = 0xf5,
  Defaults = 0xf6,
  Reset = 0xff,
}
/** Bits of the status byte. */
const enum MouseStatus {
  Scaling2 = 1 << 4,
  Enabled = 1 << 5,
  Remote = 1 << 6,
}
/** Bits of the status byte that a command sets and clears. */
const STATUS_CHANGES: Readonly<Record<number, readonly [set: number, clear: number]>> = {
  [Mouse.SetScaling1]: [0, MouseStatus.Scaling2],
  [Mouse.SetScaling2]: [MouseStatus.Scaling2, 0],
  [Mouse.SetStream]: [0, MouseStatus.Remote],
  [Mouse.SetRemote]: [MouseStatus.Remote, 0],
  [Mouse.Enable]: [MouseStatus.Enabled, 0],
  [Mouse.Disable]: [0, MouseStatus.Enabled],
};
const DEFAULT_RATE = 100;
const DEFAULT_RESOLUTION = 2;

/** A mouse with three buttons and no wheel. */
export class Ps2Mouse extends Ps2Answers {
  private status = 0;
  private rate = 0;
  private resolution = 0;
  private wrap = false;

  write(byte: number): void {
    const command = this.awaiting;
    this.awaiting = 0;
    if (command !== 0) {
      if (command === Mouse.SetRate) this.rate = byte;
      else this.resolution = byte;
      this.answer(ACK);
    } else if (this.wrap && byte !== Mouse.Reset && byte !== Mouse.EndWrap) this.answer(byte);
    else if (this.wrap && byte === Mouse.EndWrap) {
      this.wrap = false;
      this.answer(ACK);
    } else this.command(byte);
  }
  override reset(): void {
    super.reset();
    this.status = this.rate = this.resolution = 0;
    this.wrap = false;
  }
  override save(): DeviceState {
    const { status, rate, resolution, wrap } = this;
    return { ...super.save(), status, rate, resolution, wrap };
  }
  override restore(state: DeviceState): void {
    super.restore(state);
    this.status = state['status'] as number;
    this.rate = state['rate'] as number;
    this.resolution = state['resolution'] as number;
    this.wrap = state['wrap'] as boolean;
  }

  /** What is no command gets no answer. */
  private command(byte: number): void {
    const change = STATUS_CHANGES[byte];
    if (change !== undefined) {
      this.status = (this.status | change[0]) & ~change[1];
      this.answer(ACK);
      return;
    }
    switch (byte as Mouse) {
      case Mouse.SetRate:
      case Mouse.SetResolution:
        this.awaiting = byte;
        this.answer(ACK);
        break;
      case Mouse.Status:
        this.answer(ACK, this.status, this.resolution, this.rate);
        break;
      case Mouse.Poll:
        // No button, no movement; bit 3 is always set.
        this.answer(ACK);
        this.answer(0x08, 0, 0);
        break;
      case Mouse.SetWrap:
        this.wrap = true;
        this.answer(ACK);
        break;
      case Mouse.Identify:
        this.answer(ACK, 0);
        break;
      case Mouse.Defaults:
        this.defaults();
        this.answer(ACK);
        break;
      case Mouse.Reset:
        this.queue = [];
        this.wrap = false;
        this.defaults();
        this.answer(ACK, SELF_TEST_PASSED, 0);
        break;
      default:
    }
  }
  private defaults(): void {
    this.rate = DEFAULT_RATE;
    this.resolution = DEFAULT_RESOLUTION;
    this.status = 0;
  }
}
