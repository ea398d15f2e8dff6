import {
  type MachineAccess,
  REGISTER_D0,
  REGISTER_PC,
  REGISTER_S0,
  REGISTER_SP,
  registerName,
} from '../access';

/** Where the value that a register had in a frame is found now. */
export type RegisterSource =
  /** Still in the register of the machine. */
  | { readonly kind: 'live' }
  /** Saved in memory at this address. */
  | { readonly kind: 'memory'; readonly address: number }
  /** Computed by the unwinder (the stack pointer, the program counter). */
  | { readonly kind: 'value'; readonly value: number }
  /** Held by another register of the machine. */
  | { readonly kind: 'register'; readonly register: number }
  /**
   * Calls may destroy the register, and nothing says that this one did. Shown as unknown; but where the compiler itself
   * places a variable in it across the call (GCC's -fipa-ra knows what callees touch), it is right.
   */
  | { readonly kind: 'assumed'; readonly from: RegisterSource }
  | { readonly kind: 'unknown' };

const UNKNOWN: RegisterSource = { kind: 'unknown' };
const LIVE: RegisterSource = { kind: 'live' };

/** The registers as they were in one frame; callee-saved ones of outer frames are read from where they were saved. */
export class FrameRegisters {
  constructor(
    private readonly machine: MachineAccess,
    private readonly sources: ReadonlyMap<number, RegisterSource>,
    private readonly otherwise: RegisterSource,
  ) {}

  static live(machine: MachineAccess): FrameRegisters {
    return new FrameRegisters(machine, new Map(), LIVE);
  }

  sourceOf(register: number): RegisterSource {
    return this.sources.get(register) ?? this.otherwise;
  }

  /** Value of a register by DWARF number; undefined when it wasn't saved. @throws Error when memory can't be read */
  read(register: number): number | bigint | undefined {
    return this.readSource(register, this.sourceOf(register));
  }

  /** Like `read`, for a location in the debug information, which knows better what calls destroy. */
  readForLocation(register: number): number | bigint | undefined {
    const source = this.sourceOf(register);
    return this.readSource(register, source.kind === 'assumed' ? source.from : source);
  }

  private readSource(register: number, source: RegisterSource): number | bigint | undefined {
    if (isSingle(register) && !this.sources.has(register)) return this.readSingle(register);
    switch (source.kind) {
      case 'live':
        return this.machine.readRegister(register);
      case 'value':
        return source.value;
      case 'register':
        return this.machine.readRegister(source.register);
      case 'memory': {
        const size = register >= REGISTER_D0 ? 8 : 4;
        const bytes = this.machine.readMemory(source.address, size);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        return size === 8 ? view.getBigUint64(0, true) : view.getUint32(0, true);
      }
      case 'assumed':
      case 'unknown':
        return undefined;
    }
  }

  /** S registers are the halves of D0–D15, and follow them where they weren't saved by themselves. */
  private readSingle(register: number): number | undefined {
    const index = register - REGISTER_S0;
    const double = this.readForLocation(REGISTER_D0 + (index >> 1));
    return double === undefined
      ? undefined
      : Number((BigInt(double) >> BigInt(32 * (index & 1))) & 0xffffffffn);
  }

  /** A core register as a number. @throws Error in words when it isn't known */
  core(register: number): number {
    const value = this.read(register);
    if (value === undefined) throw new Error(`${registerName(register)} was not saved in this frame`);
    return Number(value) >>> 0;
  }

  /** Address at which a register's value of this frame is saved; undefined when it is in a register or unknown. */
  savedAt(register: number): number | undefined {
    const source = this.sourceOf(register);
    return source.kind === 'memory' ? source.address : undefined;
  }

  write(register: number, value: number | bigint): void {
    const source = this.sourceOf(register);
    if (isSingle(register) && !this.sources.has(register)) return this.writeSingle(register, value);
    if (source.kind === 'memory') {
      if (!this.machine.writeMemory) throw new Error('memory cannot be written here');
      const bytes = new Uint8Array(register >= REGISTER_D0 ? 8 : 4);
      new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(bytes.length * 8, BigInt(value)), true);
      return this.machine.writeMemory(source.address, bytes);
    }
    if (source.kind === 'unknown' || source.kind === 'assumed' || source.kind === 'value')
      throw new Error(`${registerName(register)} of a calling function cannot be set: it was not saved`);
    if (!this.machine.writeRegister) throw new Error('registers cannot be written here');
    this.machine.writeRegister(source.kind === 'register' ? source.register : register, value);
  }

  private writeSingle(register: number, value: number | bigint): void {
    const index = register - REGISTER_S0;
    const double = REGISTER_D0 + (index >> 1);
    const shift = BigInt(32 * (index & 1));
    const bits = BigInt(this.readForLocation(double) ?? 0);
    this.write(double, (bits & ~(0xffffffffn << shift)) | (BigInt.asUintN(32, BigInt(value)) << shift));
  }
}

function isSingle(register: number): boolean {
  return register >= REGISTER_S0 && register < REGISTER_S0 + 32;
}

/** One frame of a call stack. */
export class Frame {
  /** Memory and registers as this frame sees them. */
  readonly access: MachineAccess;

  private constructor(
    /** Where execution goes on in this frame, Thumb bit cleared. */
    readonly pc: number,
    readonly registers: FrameRegisters,
    readonly machine: MachineAccess,
    /** The frame that this one called; undefined for the innermost. */
    readonly callee: Frame | undefined,
    /** `pc` is the instruction to execute next (innermost frame, interrupted frame), not a return address. */
    readonly isExact: boolean,
  ) {
    this.access = {
      space: machine.space,
      readMemory: (address, length) => machine.readMemory(address, length),
      writeMemory: machine.writeMemory && ((address, bytes) => machine.writeMemory?.(address, bytes)),
      readRegister: (register) => registers.readForLocation(register),
      writeRegister: (register, value) => registers.write(register, value),
      symbolize: machine.symbolize && ((address) => machine.symbolize?.(address)),
    };
  }

  /** The innermost frame of a context whose registers are read through `machine`. */
  static of(pc: number, machine: MachineAccess): Frame {
    return new Frame(alignedPc(pc), FrameRegisters.live(machine), machine, undefined, true);
  }

  /**
   * The frame that called this one.
   * @param pc where it goes on, with or without the Thumb bit
   * @param sources where its registers are; the program counter is added
   * @param isExact the frame was interrupted at `pc`, not left by a call
   */
  caller(pc: number, sources: Map<number, RegisterSource>, isExact = false): Frame {
    sources.set(REGISTER_PC, { kind: 'value', value: alignedPc(pc) });
    return new Frame(
      alignedPc(pc),
      new FrameRegisters(this.machine, sources, UNKNOWN),
      this.machine,
      this,
      isExact,
    );
  }

  /** Address to look up functions, lines and locations at: inside the call instruction for calling frames. */
  get lookupPc(): number {
    return this.isExact ? this.pc : Math.max(0, this.pc - 1);
  }

  get sp(): number {
    return this.registers.core(REGISTER_SP);
  }
}

/** A code address without the Thumb bit; A32 addresses have bits 1:0 clear anyway. */
export function alignedPc(pc: number): number {
  return pc - (pc & 1);
}
