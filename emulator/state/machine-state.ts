/**
 * The machine's one memory and the typed views over it. The memory has its final size from the start, so no
 * view is ever detached.
 */
import {
  CORE,
  CORES_OFFSET,
  CORE_BLOCK_BYTES,
  CORE_WORDS_USED,
  GUEST_MEMORY_OFFSET,
  HEADER,
  MAX_CORES,
  SECURE_BANK,
  SYS,
  type StoredName,
} from './layout';
import { Mode, Psr } from './psr';

/** One core's block: word-indexed views; `i32[CORE.R + 3]` is R3. */
export class CoreState {
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  /** f64 view of the block; index = word index / 2. */
  readonly f64: Float64Array;

  constructor(
    memory: WebAssembly.Memory,
    /** Core number, 0 to MAX_CORES - 1: MPIDR.Aff0. */
    readonly index: number,
    /** True when the machine has the Security Extensions; otherwise the core is always Non-secure. */
    readonly hasSecurity: boolean,
    /** True when the machine has the Virtualization Extensions (Hyp mode). */
    readonly hasVirtualization: boolean,
    /** Byte offset of the block in the memory. */
    at = CORES_OFFSET + index * CORE_BLOCK_BYTES,
  ) {
    this.i32 = new Int32Array(memory.buffer, at, CORE_BLOCK_BYTES / 4);
    this.u32 = new Uint32Array(memory.buffer, at, CORE_BLOCK_BYTES / 4);
    this.f64 = new Float64Array(memory.buffer, at, CORE_BLOCK_BYTES / 8);
  }

  /** A copy of this block in memory of its own: what a debugger keeps of a context that no longer executes. */
  detach(): CoreState {
    const own = { buffer: new ArrayBuffer(CORE_BLOCK_BYTES) } as WebAssembly.Memory;
    const copy = new CoreState(own, this.index, this.hasSecurity, this.hasVirtualization, 0);
    copy.assign(this);
    return copy;
  }
  /** Takes over every register of another block. */
  assign(other: CoreState): void {
    this.i32.set(other.i32.subarray(0, CORE_WORDS_USED));
  }
  /** CPSR.M. */
  get mode(): Mode {
    return this.i32[CORE.PSR]! & Psr.M;
  }
  /** Address of the instruction being executed (unsigned). */
  get pc(): number {
    return this.u32[CORE.R + 15]!;
  }
  /** Privilege level of the current mode. */
  get privilegeLevel(): 0 | 1 | 2 {
    const mode = this.mode;
    return mode === Mode.usr ? 0 : mode === Mode.hyp ? 2 : 1;
  }
  /** True in Secure state (ARM ARM B1.5.1 IsSecure): Monitor mode, or SCR.NS = 0. */
  get secure(): boolean {
    return this.hasSecurity && (this.mode === Mode.mon || (this.u32[SYS.SCR]! & 1) === 0);
  }
  /** Word index of a stored system register's copy in the current security state. */
  sysIndex(name: StoredName, banked: boolean): number {
    return SYS[name] + (banked && this.secure ? SECURE_BANK : 0);
  }
  /** Instructions retired by this core. */
  get retired(): number {
    return this.f64[CORE.RETIRED >> 1]!;
  }
  set retired(count: number) {
    this.f64[CORE.RETIRED >> 1] = count;
  }
}

/** All state of a machine that is not inside a device. */
export class MachineState {
  readonly memory: WebAssembly.Memory;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f64: Float64Array;
  readonly view: DataView;
  readonly cores: readonly CoreState[];

  /**
   * @param guestBytes bytes of guest RAM and ROM together, at GUEST_MEMORY_OFFSET.
   * @throws RangeError when the sizes do not fit a 4 GiB memory or `cores` is not 1 to 8.
   */
  constructor(cores: number, guestBytes: number, hasSecurity: boolean, hasVirtualization: boolean) {
    if (!(cores >= 1 && cores <= MAX_CORES))
      throw new RangeError(`a machine has 1 to ${MAX_CORES} cores, not ${cores}`);
    const pages = Math.ceil((GUEST_MEMORY_OFFSET + guestBytes) / 65536);
    if (pages > 65535)
      throw new RangeError(`guest memory of ${guestBytes} bytes is more than this machine can hold`);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const buffer = this.memory.buffer;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.view = new DataView(buffer);
    this.cores = Array.from(
      { length: cores },
      (_, i) => new CoreState(this.memory, i, hasSecurity, hasVirtualization),
    );
  }

  /** Virtual time in nanoseconds: instructions retired by all cores plus idle time skipped. */
  get now(): number {
    return this.f64[HEADER.NOW >> 1]!;
  }
  set now(time: number) {
    this.f64[HEADER.NOW >> 1] = time;
  }
}
