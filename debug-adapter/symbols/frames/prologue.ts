/**
 * The last resort of unwinding: reading the code from the function's first instruction up to the pc and following what
 * it does to the stack. Assembly without `.cfi` directives has nothing better. Only the instructions that prologues
 * and epilogues are made of are understood (ARM ARM DDI 0406C, A8: PUSH, POP, STMDB, LDM, STR, STRD, LDR, LDRD, VPUSH
 * and VPOP with SP, ADD and SUB of SP).
 */

/** Effect of the code up to the pc on the stack. */
export interface StackEffect {
  /** Bytes pushed since the entry: caller's SP = SP + depth. */
  readonly depth: number;
  /** Offset from the caller's SP (negative) at which each register was saved, by register number. */
  readonly saved: ReadonlyMap<number, number>;
  /** A frame pointer was set up: caller's SP = that register + offset, whatever is allocated after it. */
  readonly framePointer?: { readonly register: number; readonly offset: number };
  /** No branch was on the way: the effect is exactly this, not just likely. */
  readonly isStraight: boolean;
}

class Scan {
  depth = 0;
  isStraight = true;
  framePointer: StackEffect['framePointer'];
  saved = new Map<number, number>();
  private deepest: Omit<StackEffect, 'isStraight'> = { depth: 0, saved: new Map() };

  push(list: number): void {
    this.depth += 4 * bitCount(list);
    let offset = -this.depth;
    for (let register = 0; register < 16; register++) {
      if (!(list & (1 << register))) continue;
      if (!this.saved.has(register)) this.saved.set(register, offset);
      offset += 4;
    }
    this.keepDeepest();
  }

  /** A register stored at SP + offset: the caller's value, if it is the first store of a preserved register. */
  store(register: number, offset: number): void {
    const isPreserved = (register >= 4 && register <= 11) || register === 14;
    if (!isPreserved || this.saved.has(register) || offset >= this.depth) return;
    this.saved.set(register, offset - this.depth);
    this.keepDeepest();
  }

  allocate(bytes: number): void {
    this.depth += bytes;
    if (bytes > 0) this.keepDeepest();
    else this.forgetPopped();
  }

  pop(list: number): void {
    this.depth -= 4 * bitCount(list);
    this.forgetPopped();
    if (list & 0x8000) this.returned();
  }

  /** A register was set to SP + offset. The frame pointer is r11 in A32 and r7 in T32. */
  pointAt(register: number, offset: number): void {
    this.framePointer = { register, offset: this.depth - offset };
    this.keepDeepest();
  }

  /** Code after a return is reached from before the epilogue, with the frame still built. */
  returned(): void {
    this.isStraight = false;
    this.depth = this.deepest.depth;
    this.saved = new Map(this.deepest.saved);
    this.framePointer = this.deepest.framePointer;
  }

  private forgetPopped(): void {
    for (const [register, offset] of this.saved) if (offset < -this.depth) this.saved.delete(register);
    if (this.framePointer && !this.saved.has(this.framePointer.register)) this.framePointer = undefined;
  }

  private keepDeepest(): void {
    if (this.depth >= this.deepest.depth) {
      const { depth, framePointer } = this;
      this.deepest = { depth, saved: new Map(this.saved), framePointer };
    }
  }
}

/** No function is scanned further than this from its start. */
const LONGEST_SCAN = 4096;

/**
 * @param code the function's bytes from its first instruction up to the pc (exclusive)
 * @param thumb T32 or A32
 */
export function scanPrologue(code: Uint8Array, thumb: boolean): StackEffect {
  const scan = new Scan();
  const end = Math.min(code.length, LONGEST_SCAN);
  const half = (at: number) => code[at] | (code[at + 1] << 8);
  if (thumb) {
    for (let at = 0; at + 2 <= end;) {
      const first = half(at);
      const isWide = first >> 11 >= 0x1d;
      if (isWide && at + 4 > end) break;
      if (isWide) thumb32(scan, first, half(at + 2));
      else thumb16(scan, first);
      at += isWide ? 4 : 2;
    }
  } else for (let at = 0; at + 4 <= end; at += 4) arm(scan, (half(at) | (half(at + 2) << 16)) >>> 0);
  const { depth, saved, framePointer, isStraight } = scan;
  return { depth, saved, framePointer, isStraight };
}

function thumb16(scan: Scan, op: number): void {
  if (op >> 9 === 0x5a) scan.push((op & 0xff) | (op & 0x100 ? 0x4000 : 0));
  else if (op >> 9 === 0x5e) scan.pop((op & 0xff) | (op & 0x100 ? 0x8000 : 0));
  else if (op >> 11 === 0x12) scan.store((op >> 8) & 7, (op & 0xff) * 4);
  else if (op >> 8 === 0xaf) scan.pointAt(7, (op & 0xff) * 4);
  else if (op === 0x466f) scan.pointAt(7, 0);
  else if (op >> 7 === 0x161) scan.allocate((op & 0x7f) * 4);
  else if (op >> 7 === 0x160) scan.allocate(-(op & 0x7f) * 4);
  else if (op === 0x4770) scan.returned();
  // B, B<c>, CBZ, CBNZ, BX.
  else if (
    op >> 11 === 0x1c ||
    (op >> 12 === 0xd && op >> 9 !== 0x6f) ||
    (op & 0xf500) === 0xb100 ||
    op >> 7 === 0x8e
  )
    scan.isStraight = false;
}

function thumb32(scan: Scan, first: number, second: number): void {
  if (first === 0xe92d) scan.push(second & 0x5fff);
  else if (first === 0xe8bd) scan.pop(second & 0xdfff);
  else if (first === 0xf84d && (second & 0xf00) === 0xd00) storeBelow(scan, [second >> 12], second & 0xff);
  else if (first === 0xf85d && (second & 0xf00) === 0xb00) loadAbove(scan, second >> 12, second & 0xff);
  else if (first === 0xf8cd) scan.store(second >> 12, second & 0xfff);
  else if (first === 0xe96d) storeBelow(scan, [second >> 12, (second >> 8) & 15], (second & 0xff) * 4);
  else if (first === 0xe9cd) {
    scan.store(second >> 12, (second & 0xff) * 4);
    scan.store((second >> 8) & 15, (second & 0xff) * 4 + 4);
  } else if (first === 0xe8fd) scan.allocate(-(second & 0xff) * 4);
  else if ((first & 0xffbf) === 0xed2d && (second & 0xe00) === 0xa00) scan.allocate((second & 0xff) * 4);
  else if ((first & 0xffbf) === 0xecbd && (second & 0xe00) === 0xa00) scan.allocate(-(second & 0xff) * 4);
  else if ((first & 0xfbff) === 0xf1ad && (second & 0x8f00) === 0x0d00)
    scan.allocate(thumbImmediate(first, second));
  else if ((first & 0xfbff) === 0xf2ad && (second & 0x8f00) === 0x0d00)
    scan.allocate(((first & 0x400) << 1) | ((second >> 4) & 0x700) | (second & 0xff));
  else if ((first & 0xfbff) === 0xf10d && (second & 0x8f00) === 0x0d00)
    scan.allocate(-thumbImmediate(first, second));
}

function arm(scan: Scan, op: number): void {
  if ((op & 0x0f000000) === 0x0a000000 && op >>> 28 !== 15) scan.isStraight = false;
  // Only what is always executed: a conditional pop is an early return.
  if (op >>> 28 !== 14) return;
  const rest = op & 0x0fffffff;
  const register = (op >> 12) & 15;
  if (rest >>> 16 === 0x92d) scan.push(op & 0xffff);
  else if (rest >>> 16 === 0x8bd) scan.pop(op & 0xffff);
  else if (rest >>> 16 === 0x52d) storeBelow(scan, [register], op & 0xfff);
  else if (rest >>> 16 === 0x49d) loadAbove(scan, register, op & 0xfff);
  else if (rest >>> 16 === 0x58d) scan.store(register, op & 0xfff);
  else if ((rest & 0x0fff00f0) === 0x016d00f0) storeBelow(scan, [register, register + 1], splitImmediate(op));
  else if ((rest & 0x0fff00f0) === 0x01cd00f0) {
    scan.store(register, splitImmediate(op));
    scan.store(register + 1, splitImmediate(op) + 4);
  } else if ((rest & 0x0fff00f0) === 0x00cd00d0) scan.allocate(-splitImmediate(op));
  else if ((rest & 0x0fbf0e00) === 0x0d2d0a00) scan.allocate((op & 0xff) * 4);
  else if ((rest & 0x0fbf0e00) === 0x0cbd0a00) scan.allocate(-(op & 0xff) * 4);
  else if (rest >>> 12 === 0x28db) scan.pointAt(11, armImmediate(op));
  else if (rest === 0x01a0b00d) scan.pointAt(11, 0);
  else if (rest >>> 12 === 0x24dd) scan.allocate(armImmediate(op));
  else if (rest >>> 12 === 0x28dd) scan.allocate(-armImmediate(op));
  else if (rest === 0x012fff1e || rest === 0x01a0f00e) scan.returned();
}

/** STR or STRD with SP written back below: the stack grows, the registers are at its end. */
function storeBelow(scan: Scan, registers: readonly number[], bytes: number): void {
  scan.allocate(bytes);
  registers.forEach((register, index) => scan.store(register, index * 4));
}

/** LDR with SP written back above; loading the PC returns. */
function loadAbove(scan: Scan, register: number, bytes: number): void {
  scan.allocate(-bytes);
  if (register === 15) scan.returned();
}

/** The immediate of STRD and LDRD in A32. */
function splitImmediate(op: number): number {
  return ((op >> 4) & 0xf0) | (op & 15);
}

/** Modified immediate of A32 (A5.2.4). */
function armImmediate(op: number): number {
  const rotation = ((op >> 8) & 15) * 2;
  const value = op & 255;
  return ((value >>> rotation) | (rotation === 0 ? 0 : value << (32 - rotation))) >>> 0;
}

/** Modified immediate of T32 (A6.3.2); the replicated patterns aren't stack adjustments. */
function thumbImmediate(first: number, second: number): number {
  const code = ((first & 0x400) << 1) | ((second >> 4) & 0x700) | (second & 0xff);
  if (code >> 8 === 0) return code & 0xff;
  if (code < 0x400) return 0;
  const rotation = code >> 7;
  const value = (code & 0x7f) | 0x80;
  return ((value >>> rotation) | (value << (32 - rotation))) >>> 0;
}

function bitCount(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}
