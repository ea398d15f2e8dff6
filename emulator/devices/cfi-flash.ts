/**
 * NOR flash with the Intel command set (JESD68 Common Flash Interface, Intel/Sharp extended), two 16-bit chips side
 * by side on a 32-bit bus, as on QEMU's `virt`. A command goes to both chips; a status or query value comes from both.
 */
import { BUS_ERROR, type AccessSize, type DeviceState, type MemoryDevice } from './device';

/** Commands, as one chip sees them. */
const enum Command {
  SingleWordProgram = 0x10,
  BlockErase = 0x20,
  WordProgram = 0x40,
  ClearStatus = 0x50,
  SetLock = 0x01,
  BlockLock = 0x60,
  ReadStatus = 0x70,
  ReadId = 0x90,
  Query = 0x98,
  BufferedProgram = 0xe8,
  /** Read array in the other command set, AMD's: whoever probes for flash tries it. */
  AmdReadArray = 0xf0,
  ReadArray = 0xff,
  Confirm = 0xd0,
}
/** Bits of the status register of a chip. */
const enum Status {
  ProgramError = 0x10,
  EraseError = 0x20,
  Ready = 0x80,
}
type Mode = 'array' | 'status' | 'query' | 'id';
type Step = 'command' | 'program' | 'erase' | 'lock' | 'buffer count' | 'buffer data' | 'buffer confirm';

const BANK_WIDTH = 4;
/** Manufacturer (Intel) and device, by word address. */
const IDENTITY = [0x89, 0x18] as const;
/** Bytes erased at once, of both chips together. */
const SECTOR_BYTES = 0x4_0000;
/** Bytes of one chip's write buffer, as a power of two. */
const BUFFER_LOG2 = 11;

/** What the flash holds: `size` bytes that outlive the device's reset, and are no part of its own state. */
export interface FlashContents {
  read(offset: number, bytes: Uint8Array): void;
  write(offset: number, bytes: Uint8Array): void;
}

export class CfiFlash implements MemoryDevice {
  ignoredWrite = false;
  private mode: Mode = 'array';
  private step: Step = 'command';
  private status: number = Status.Ready;
  private bufferLeft = 0;
  private buffer: [offset: number, size: number, value: number][] = [];
  private readonly query: ReadonlyMap<number, number>;

  constructor(
    readonly name: string,
    /** Bytes: a multiple of 256 KiB. */
    readonly size: number,
    private readonly contents: FlashContents,
    /** Called when `isMemory` has changed. */
    private readonly onModeChange: () => void = () => undefined,
  ) {
    if (size % SECTOR_BYTES !== 0)
      throw new RangeError(`${name}: ${size} bytes are no whole number of sectors`);
    this.query = queryTable(size);
  }

  get isMemory(): boolean {
    return this.mode === 'array';
  }

  read(offset: number, size: AccessSize): number {
    if (offset & (size - 1)) return BUS_ERROR;
    if (this.mode === 'array') return this.load(offset, size);
    const word = ((this.chipValue(offset) * 0x1_0001) >>> 0) / 2 ** (8 * (offset & 3));
    return Math.floor(word) % 2 ** (8 * size);
  }
  peek(offset: number, size: AccessSize): number | undefined {
    const value = this.read(offset, size);
    return value === BUS_ERROR ? undefined : value;
  }

  write(offset: number, size: AccessSize, value: number): boolean {
    if (offset & (size - 1)) return false;
    const { isMemory } = this;
    this.ignoredWrite = false;
    this.steps[this.step](offset, size, value >>> 0);
    if (this.isMemory !== isMemory) this.onModeChange();
    return true;
  }

  reset(): void {
    const { isMemory } = this;
    this.mode = 'array';
    if (!isMemory) this.onModeChange();
    this.ignoredWrite = false;
    this.step = 'command';
    this.status = Status.Ready;
    this.bufferLeft = 0;
    this.buffer = [];
  }
  save(): DeviceState {
    return {
      ...{ mode: this.mode, step: this.step, status: this.status, bufferLeft: this.bufferLeft },
      buffer: this.buffer.map((write) => [...write]),
    };
  }
  restore(state: DeviceState): void {
    const { isMemory } = this;
    this.mode = state['mode'] as Mode;
    if (this.isMemory !== isMemory) this.onModeChange();
    this.step = state['step'] as Step;
    this.status = state['status'] as number;
    this.bufferLeft = state['bufferLeft'] as number;
    this.buffer = (state['buffer'] as [number, number, number][]).map((write) => [...write]);
  }

  /** What a write does in each step of a command. */
  private readonly steps: Readonly<Record<Step, (offset: number, size: number, value: number) => void>> = {
    command: (_, __, value) => this.command(value & 0xff),
    program: (offset, size, value) => {
      this.program(offset, size, value);
      this.finish();
    },
    erase: (offset, _, value) => {
      if ((value & 0xff) === Command.Confirm) this.erase(offset);
      else this.status |= Status.ProgramError | Status.EraseError;
      this.finish();
    },
    lock: (_, __, value) => {
      // Locking and unlocking blocks is accepted and has no effect.
      const setsLock = (value & 0xff) === Command.Confirm || (value & 0xff) === Command.SetLock;
      this.mode = setsLock ? 'status' : 'array';
      this.step = 'command';
    },
    'buffer count': (_, __, value) => {
      this.bufferLeft = (value & 0xffff) + 1;
      this.buffer = [];
      this.step = 'buffer data';
      this.mode = 'status';
      if (this.bufferLeft * BANK_WIDTH > 2 << BUFFER_LOG2) {
        this.status |= Status.ProgramError;
        this.finish();
      }
    },
    'buffer data': (offset, size, value) => {
      this.buffer.push([offset, size, value]);
      if (--this.bufferLeft === 0) this.step = 'buffer confirm';
    },
    'buffer confirm': (_, __, value) => {
      if ((value & 0xff) === Command.Confirm)
        for (const [offset, size, data] of this.buffer) this.program(offset, size, data);
      else this.status |= Status.ProgramError;
      this.buffer = [];
      this.finish();
    },
  };

  private command(command: number): void {
    this.mode = 'status';
    switch (command) {
      case Command.SingleWordProgram:
      case Command.WordProgram:
        this.step = 'program';
        break;
      case Command.BlockErase:
        this.step = 'erase';
        break;
      case Command.BlockLock:
        this.step = 'lock';
        break;
      case Command.BufferedProgram:
        this.status |= Status.Ready;
        this.step = 'buffer count';
        break;
      case Command.ClearStatus:
        this.status = Status.Ready;
        this.mode = 'array';
        break;
      case Command.ReadId:
        this.mode = 'id';
        break;
      case Command.Query:
        this.mode = 'query';
        break;
      case Command.ReadStatus:
        break;
      case Command.ReadArray:
      case Command.AmdReadArray:
        this.mode = 'array';
        break;
      default:
        this.mode = 'array';
        this.ignoredWrite = true;
    }
  }

  private finish(): void {
    this.status |= Status.Ready;
    this.step = 'command';
    this.mode = 'status';
  }

  /** What one chip answers in a mode other than read array. */
  private chipValue(offset: number): number {
    if (this.mode === 'status') return this.status;
    if (this.mode === 'query') return this.query.get(Math.floor(offset / BANK_WIDTH)) ?? 0;
    return IDENTITY[Math.floor(offset / BANK_WIDTH) % 256] ?? 0;
  }

  private load(offset: number, size: number): number {
    const bytes = new Uint8Array(4);
    this.contents.read(offset, bytes.subarray(0, size));
    return new DataView(bytes.buffer).getUint32(0, true);
  }

  /** Programming changes ones to zeros only. */
  private program(offset: number, size: number, value: number): void {
    const bytes = new Uint8Array(size);
    this.contents.read(offset, bytes);
    this.contents.write(
      offset,
      bytes.map((byte, i) => byte & (value >>> (8 * i))),
    );
  }

  private erase(offset: number): void {
    const first = Math.floor(offset / SECTOR_BYTES) * SECTOR_BYTES;
    this.contents.write(first, new Uint8Array(SECTOR_BYTES).fill(0xff));
  }
}

/** The CFI query table of one chip, by word address (JESD68.01 and the Intel primary extended table). */
function queryTable(size: number): ReadonlyMap<number, number> {
  const chipBytes = size / 2;
  const sectors = size / SECTOR_BYTES;
  const sectorUnits = SECTOR_BYTES / 2 / 256;
  const rows: readonly (readonly [at: number, ...values: readonly number[]])[] = [
    [0x10, ...letters('QRY')],
    [0x13, 0x01, 0x00], // Intel/Sharp extended command set
    [0x15, 0x31, 0x00], // address of the primary extended table
    [0x1b, 0x45, 0x55], // supply voltage, least and most
    [0x1f, 0x07, 0x07, 0x0a, 0x00], // typical times: word, buffer, block erase, chip erase
    [0x23, 0x04, 0x04, 0x04, 0x00], // longest times, as powers of two of the typical
    [0x27, Math.log2(chipBytes)],
    [0x28, 0x02, 0x00], // 8 and 16 bit interface
    [0x2a, BUFFER_LOG2, 0x00],
    [0x2c, 0x01], // one region of equal blocks
    [0x2d, (sectors - 1) & 0xff, (sectors - 1) >> 8, sectorUnits & 0xff, sectorUnits >> 8],
    [0x31, ...letters('PRI'), ...letters('10')],
    [0x3f, 0x01],
  ];
  return new Map(rows.flatMap(([at, ...values]) => values.map((value, i) => [at + i, value] as const)));
}
function letters(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}
