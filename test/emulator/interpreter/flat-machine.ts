/**
 * The smallest machine an interpreter runs in: RAM at its own virtual address, no MMU, no devices but one word that
 * tests can hook. Semihosting answers output and exit; every other exception goes to a low vector as on a core
 * without Security Extensions.
 */
import { canonical } from '../../../emulator/state/canonical';
import { BlockCache } from '../../../emulator/interpreter/block-cache';
import type { EngineBindings } from '../../../emulator/interpreter/bindings';
import { Interpreter } from '../../../emulator/interpreter/interpreter';
import { decode } from '../../../emulator/isa/decoder';
import {
  EXCEPTION_TAKEN,
  HELPERS,
  type HelperName,
  type InstructionHelpers,
} from '../../../emulator/isa/helpers';
import type { InstructionSet } from '../../../emulator/isa/row';
import { execute } from '../../../emulator/isa/vfp/registers';
import { FastTlbContext } from '../../../emulator/mmu/fast-tlb';
import { AccessFlags, type MemoryAccess } from '../../../emulator/mmu/memory-access';
import { CORE, GUEST_MEMORY_OFFSET, RunState, SYS } from '../../../emulator/state/layout';
import { MachineState, type CoreState } from '../../../emulator/state/machine-state';
import { Mode, Psr, readCpsr, switchMode, writeCpsr, writeFlags } from '../../../emulator/state/psr';
import { vfpEnabled } from '../../../emulator/system/vfp';
import {
  MemoryFault,
  type AccessKind,
  type DataAccessSyndrome,
  type FaultKind,
} from '../../../emulator/system/fault';

export const RAM_BASE = 0x4000_0000;
/** A word that is a device register: see FlatMemory.onDevice. */
export const DEVICE = 0x0900_0000;

/** Identity-mapped RAM; everything else faults. */
export class FlatMemory implements MemoryAccess {
  readonly context: FastTlbContext;
  readonly unprivilegedContext: FastTlbContext;
  onCodeWrite: (offset: number, bytes: number) => void = () => undefined;
  /** Access of the device word; gives what a read reads. */
  onDevice: (write: boolean, value: number) => number = () => 0;
  /** Called before every slow access. */
  onAccess: (va: number, kind: AccessKind) => void = () => undefined;
  private readonly code = new Set<number>();

  constructor(
    private readonly state: MachineState,
    private readonly bytes: number,
  ) {
    this.context = this.unprivilegedContext = new FastTlbContext(state, 1);
  }

  translationChanged(): void {
    // There is one translation.
  }

  offsetOf(va: number): number | undefined {
    const at = va - RAM_BASE;
    return at >= 0 && at < this.bytes ? GUEST_MEMORY_OFFSET + at : undefined;
  }

  /** As offsetOf, of an address that is in RAM. */
  ramOffset(va: number): number {
    const offset = this.offsetOf(va);
    if (offset === undefined) throw new RangeError(`0x${va.toString(16)} is not in RAM`);
    return offset;
  }

  private check(va: number, bytes: number, kind: AccessKind, flags: number, alignment: number): number {
    this.onAccess(va, kind);
    if (alignment > 1 && (flags & AccessFlags.Aligned) !== 0 && va % alignment !== 0)
      throw fault('alignment', kind, va);
    const offset = this.offsetOf(va);
    if (offset === undefined || this.offsetOf(va + bytes - 1) === undefined)
      throw fault('translation', kind, va);
    return offset;
  }

  read(va: number, size: 1 | 2 | 4, flags: AccessFlags, alignment: number): number {
    if (va === DEVICE) return this.onDevice(false, 0);
    const offset = this.check(va, size, 'read', flags, alignment);
    this.context.setRead(va, offset);
    const little = (flags & AccessFlags.BigEndian) === 0;
    const { view } = this.state;
    return size === 1
      ? view.getUint8(offset)
      : size === 2
        ? view.getUint16(offset, little)
        : view.getInt32(offset, little);
  }

  write(va: number, size: 1 | 2 | 4, value: number, flags: AccessFlags, alignment: number): void {
    if (va === DEVICE) return void this.onDevice(true, value);
    const offset = this.check(va, size, 'write', flags, alignment);
    if (this.code.has(offset & ~0xfff) || this.code.has((offset + size - 1) & ~0xfff))
      this.onCodeWrite(offset, size);
    else this.context.setWrite(va, offset);
    const little = (flags & AccessFlags.BigEndian) === 0;
    const { view } = this.state;
    if (size === 1) view.setUint8(offset, value);
    else if (size === 2) view.setUint16(offset, value, little);
    else view.setInt32(offset, value, little);
  }

  reach(): number {
    return 0;
  }
  maintain(): boolean {
    return false;
  }
  probeWrite(va: number, bytes: number, flags: AccessFlags, alignment: number): void {
    this.check(va, bytes, 'write', flags, alignment);
  }

  /** SCTLR.A is never 1. */
  probeAlignment(): void {}

  translate(va: number, kind: 'read' | 'write', flags: AccessFlags): number {
    this.check(va, 1, kind, flags & ~AccessFlags.Aligned, 1);
    return va;
  }

  fetch(va: number): { offset: number; pa: number } {
    const offset = this.offsetOf(va);
    if (offset === undefined) throw fault('translation', 'execute', va);
    this.context.setFetch(va, offset);
    return { offset, pa: va };
  }

  markCode(offset: number): void {
    this.code.add(offset & ~0xfff);
    this.context.dropWrites();
  }
  unmarkCode(offset: number): void {
    this.code.delete(offset & ~0xfff);
  }
}

function fault(kind: FaultKind, access: AccessKind, va: number): MemoryFault {
  return new MemoryFault(kind, access, va, 1, false, 0, false, 0, false, 0, false);
}

/** Vector offsets and modes of the exceptions this machine takes. */
const VECTORS = {
  undefined: [0x04, Mode.und, CORE.SPSR_UND],
  svc: [0x08, Mode.svc, CORE.SPSR_SVC],
  'prefetch abort': [0x0c, Mode.abt, CORE.SPSR_ABT],
  'data abort': [0x10, Mode.abt, CORE.SPSR_ABT],
  irq: [0x18, Mode.irq, CORE.SPSR_IRQ],
} as const;
export type FlatException = keyof typeof VECTORS;

export class FlatMachine {
  /** Called for every machine that is made (tiers.ts). */
  static onMade: (machine: FlatMachine) => void = () => undefined;

  readonly state: MachineState;
  readonly core: CoreState;
  readonly memory: FlatMemory;
  readonly blocks: BlockCache;
  readonly bindings: EngineBindings;
  readonly interpreter: Interpreter;
  /** What semihosting wrote. */
  output = '';
  exited = false;
  /** Exceptions taken, as `data abort at 40001000`. */
  readonly exceptions: string[] = [];
  readonly syndromes: (DataAccessSyndrome | undefined)[] = [];
  onBreakpoint: (va: number) => boolean = () => true;
  /** Called before every helper. */
  onHelper: (name: HelperName) => void = () => undefined;
  /** True where SVC is semihosting. */
  semihosting = true;
  /**
   * For random code of this instruction set: helpers that this machine does not have do something arbitrary, and
   * exceptions go somewhere into the code.
   */
  lenient: InstructionSet | undefined;

  constructor(bytes = 4 << 20) {
    this.state = new MachineState(1, bytes, false, false);
    this.core = this.state.cores[0];
    this.core.i32[CORE.PSR] = Mode.svc | Psr.I | Psr.F | Psr.A;
    this.core.i32[CORE.Z] = 1;
    // VFP and Advanced SIMD for everybody.
    this.core.i32[CORE.FPEXC] = 1 << 30;
    this.core.i32[SYS.CPACR] = 0xf0_0000;
    this.memory = new FlatMemory(this.state, bytes);
    this.blocks = new BlockCache(this.state, (word, context) => decode(word, context));
    this.bindings = {
      core: this.core,
      memory: this.memory,
      helpers: this.makeHelpers(),
      takeMemoryFault: (_, { access }, syndrome) => {
        this.syndromes.push(syndrome);
        this.take(access === 'execute' ? 'prefetch abort' : 'data abort');
      },
      checkInterrupts: (core) => {
        if (core.i32[CORE.PENDING] === 0 || (core.i32[CORE.PSR] & Psr.I) !== 0) return false;
        this.take('irq');
        return true;
      },
      checkDebugEvent: () => undefined,
      asksAlways: () => false,
      onBreakpoint: (_, va) => this.onBreakpoint(va),
    };
    this.interpreter = new Interpreter(this.state, this.bindings, this.blocks);
    FlatMachine.onMade(this);
  }

  get s(): Int32Array {
    return this.core.i32;
  }

  /** Puts words (numbers) or bytes at `va` and forgets what was decoded from there. */
  load(va: number, content: readonly number[] | Uint8Array): void {
    const offset = this.memory.ramOffset(va);
    const bytes = content instanceof Uint8Array ? content : new Uint8Array(Int32Array.from(content).buffer);
    this.state.u8.set(bytes, offset);
    this.blocks.codeWritten(offset, bytes.length);
  }

  /** FNV-1a over the core and RAM, the same for states that go on in the same way. */
  hash(): number {
    let hash = 0x811c9dc5 | 0;
    const add = (words: Int32Array): void => {
      for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
    };
    add(canonical(this.core.i32));
    add(this.state.i32.subarray(GUEST_MEMORY_OFFSET >> 2));
    return hash ^ this.state.now;
  }

  take(exception: FlatException): void {
    const { core, s } = this;
    const [vector, mode, spsr] = VECTORS[exception];
    const pc = core.pc;
    this.exceptions.push(`${exception} at ${pc.toString(16)}`);
    const cpsr = readCpsr(core);
    switchMode(core, mode);
    s[spsr] = cpsr;
    s[CORE.R + 14] = pc + 4;
    s[CORE.PSR] = (s[CORE.PSR] & ~(Psr.T | Psr.J | Psr.E)) | Psr.I;
    s[CORE.ITSTATE] = 0;
    s[CORE.R + 15] = RAM_BASE + vector;
    if (this.lenient !== undefined) this.refresh(exception === 'irq' ? 0 : Psr.I);
  }

  /** Random code soon goes in circles over bad addresses: new ones, by what time it is and how often that happened. */
  private refresh(cleared: number): void {
    const { s } = this;
    const random = (n: number): number =>
      (Math.imul(Math.imul(this.state.now * 16 + n, 0x9e3779b9) ^ this.exceptions.length, 0x85ebca6b) >>> 8) %
      0xd000;
    for (let n = 0; n < 9; n++) s[CORE.R + n] = RAM_BASE + 0x1000 + (random(n) & ~3);
    s[CORE.R + 9] = DEVICE;
    s[CORE.R + 15] = RAM_BASE + 0x1000 + (random(15) & ~3);
    s[CORE.PSR] = (s[CORE.PSR] & ~(cleared | Psr.T)) | (this.lenient === 'T32' ? Psr.T : 0);
  }

  /** Helpers for random code: they do something that depends on the state alone, or take an exception. */
  private lenientHelper(name: HelperName): number {
    if (HELPERS[name].effect !== 'pure' && this.core.retired % 7 === 3) {
      this.take('undefined');
      throw EXCEPTION_TAKEN;
    }
    return Math.imul(this.core.retired, 0x9e3779b9);
  }

  private semihost(): void {
    const { s, state, memory } = this;
    if (s[CORE.R] === 4) {
      for (let at = memory.ramOffset(s[CORE.R + 1] >>> 0); state.u8[at] !== 0; at++)
        this.output += String.fromCharCode(state.u8[at]);
    } else if (s[CORE.R] === 0x18) {
      this.exited = true;
      this.interpreter.requestStop();
    }
  }

  private makeHelpers(): InstructionHelpers {
    const refuse = (name: HelperName) => (): number => {
      if (this.lenient) return this.lenientHelper(name);
      throw new Error(`the flat machine has no ${name}`);
    };
    const own: Partial<InstructionHelpers> = {
      undefinedInstruction: () => this.take('undefined'),
      undefinedInModes: () => undefined,
      supervisorCall: () => {
        if (!this.semihosting) return this.take('svc');
        this.semihost();
        this.s[CORE.R + 15] += this.s[CORE.PSR] & Psr.T ? 2 : 4;
      },
      readCpsr: () => readCpsr(this.core) & ~0x0600fc00,
      writeCpsr: (core, value) => {
        writeFlags(core, value);
        core.i32[CORE.PSR] = (core.i32[CORE.PSR] & ~(Psr.E | Psr.I)) | (value & (Psr.E | Psr.I));
      },
      readSpsr: () => this.s[CORE.SPSR_SVC],
      breakpointInstruction: () => this.take('prefetch abort'),
      exceptionReturn: (core, address, spsr) => {
        writeCpsr(core, (spsr & ~Psr.M) | Mode.svc);
        core.i32[CORE.R + 15] = address;
      },
      waitForInterrupt: () => void (this.s[CORE.RUN_STATE] = RunState.WaitInterrupt),
      setEndianness: (core, big) => {
        core.i32[CORE.PSR] = (core.i32[CORE.PSR] & ~Psr.E) | (big ? Psr.E : 0);
      },
      barrier: () => undefined,
      preload: () => undefined,
      yieldHint: () => this.interpreter.endSlice(),
      checkVfpEnabled: (core, _, kind) => {
        const shortVectors = kind === 2 && (core.i32[CORE.FPSCR] & 0x37_0000) !== 0;
        if (vfpEnabled(core, kind === 1) && !shortVectors) return;
        this.take('undefined');
        throw EXCEPTION_TAKEN;
      },
      extensionOperation: (core, ...operation) => execute(core.i32, ...operation),
      vfpSystemRead: (core, _, register) => (register === 1 ? core.i32[CORE.FPSCR] : 0),
      vfpSystemWrite: (core, _, register, value) => {
        if (register === 1) core.i32[CORE.FPSCR] = value & 0xfff7_009f;
      },
    };
    const helpers: Record<string, unknown> = {};
    for (const name of Object.keys(HELPERS) as HelperName[]) {
      const helper = (own[name] ?? refuse(name)) as (...args: unknown[]) => unknown;
      helpers[name] = (...args: unknown[]): unknown => {
        this.onHelper(name);
        return helper(...args);
      };
    }
    return helpers as unknown as InstructionHelpers;
  }
}
