/**
 * Shows the JavaScript engine every path of the generated `execute` before a machine runs. A compiled function that
 * meets an operation it has never seen is thrown away and compiled again, which for a function of this size takes
 * half a second each time: a kernel that boots would meet a new operation every few million instructions.
 *
 * All of it happens in a machine of its own, whose memory and helpers do nothing; no result depends on it.
 */
import { HANDLER_TABLE, execute, runOp, runOps } from '../../generated/interpreter';
import { ExceptionTaken, HELPERS, type InstructionHelpers } from '../isa/helpers';
import { FastTlbContext } from '../mmu/fast-tlb';
import type { MemoryAccess } from '../mmu/memory-access';
import { CORE } from '../state/layout';
import { MachineState } from '../state/machine-state';
import { Mode, Psr } from '../state/psr';
import type { EngineBindings } from './bindings';
import { Block, STRIDE, type OpPool } from './block';
import { BlockCache } from './block-cache';
import { Executor } from './executor';
import { PSEUDO, PSEUDO_COUNT } from './handler-table';

const CODE = 0x1000;
/** Addresses below this are found in the first level of the TLB. */
const FAST_BYTES = 0x10000;
const FEW = 4;
const CALLED = 12;
/** EQ to LE. */
const CONDITIONS = 14;

/** What registers may hold: fast and slow addresses, and numbers that leave the range of small integers. */
const REGISTERS: readonly ((n: number) => number)[] = [
  (n) => 0x2000 + 4 * n,
  (n) => 0x7fff_fff0 + n,
  (n) => (0x8000_0000 + n) | 0,
  (n) => -1 - n,
  (n) => (n % 2 === 0 ? 0x7fff_ffff : 0x8000_0001 | 0),
  (n) => n - 7,
];

/**
 * Objects of as many classes in one place make the JavaScript engine give up on expecting any of them, so that the
 * classes of the real machine come as no surprise.
 */
const SHAPES = 5;

/** `object` as an object of another class, for each `shape`. */
function shaped<T extends object>(object: T, shape: number): T {
  return { [`shape${shape}`]: shape, ...object };
}

function scratchMemory(state: MachineState, executor: () => Executor): MemoryAccess {
  const context = new FastTlbContext(state, 1);
  for (let page = 0; page < FAST_BYTES; page += 4096) {
    context.setRead(page, page);
    context.setWrite(page, page);
    context.setFetch(page, page);
  }
  let accesses = 0;
  /** Now and then something happens during an access. */
  const access = (): number => {
    if (++accesses % 89 === 0) executor().event |= 1;
    if (accesses % 307 === 0) throw new ExceptionTaken();
    return accesses;
  };
  return {
    context,
    unprivilegedContext: context,
    translationChanged: () => undefined,
    read: access,
    write: access,
    reach: () => 0,
    maintain: () => false,
    probeWrite: () => undefined,
    probeAlignment: () => undefined,
    translate: (va) => va,
    fetch: () => {
      throw new ExceptionTaken();
    },
    onCodeWrite: () => undefined,
    markCode: () => undefined,
    unmarkCode: () => undefined,
  };
}

/** A block of the given handlers, with the operands that `operand` gives; wherever it is left, it begins anew. */
function blockOf(pool: OpPool, handlers: readonly number[], operand: (index: number) => number): Block {
  const operands = Array.from({ length: STRIDE - 1 }, (_, i) => operand(i + 1));
  const first = pool.open();
  const start = pool.used;
  for (const handler of handlers) {
    pool.push(handler, operands);
    pool.describe(pool.used - 1, CODE, 0, 0, pool.used - 1 - start);
    // Behind a condition comes the op that it may skip.
    if (handler < PSEUDO.PC_READ) {
      pool.push(PSEUDO.PC_READ, []);
      pool.describe(pool.used - 1, CODE, 0, 0, pool.used - 1 - start);
    }
  }
  const count = pool.used - start;
  const end = pool.used * STRIDE;
  const block = new Block(CODE, 0, CODE, 4 * count, first, end, count, CODE, 0, -1, false, pool.ops);
  pool.close(block);
  return block;
}

let done = false;
let calledDone = false;

/** Runs once for all interpreters of the process that have no second tier. */
export function warmUp(): void {
  if (done) return;
  done = true;
  const state = new MachineState(1, FAST_BYTES, false, false);
  for (let shape = 0; shape < SHAPES; shape++) warmUpWith(state, shape);
}

/**
 * The same for `runOps`, beside a second tier: while a kernel boots, it was thrown away eleven times. Nothing here is slow,
 * so that what slow accesses are made with is of one class; numbers leave the range of small integers.
 */
export function warmUpCalled(): void {
  if (calledDone) return;
  calledDone = true;
  const state = new MachineState(1, FAST_BYTES, false, false);
  const { executor, blocks } = scratchExecutor(state, 0);
  const words = state.cores[0].i32;
  const fused = [...HANDLER_TABLE.fused.values()].flatMap((first) =>
    Array.from({ length: CONDITIONS }, (_, condition) => first + condition),
  );
  const pseudo = Array.from({ length: PSEUDO.END }, (_, handler) => handler);
  // The first operand is an address or a number, the second a number or an aligned distance.
  const block = blockOf(
    blocks.pool,
    [...pseudo, ...fused, ...HANDLER_TABLE.warm],
    (index) => 4 * Math.min(index, 3),
  );
  // The first time of all nothing is noted yet.
  for (const number of [0, 0x7fff_ffff, 0x8000_0000 | 0, -1])
    for (const left of [0, STRIDE]) {
      for (let n = 0; n < 15; n++) words[CORE.R + n] = n === 4 ? CODE : number;
      words[CORE.N] = words[CORE.V] = number;
      words[CORE.C] = words[CORE.Z] = left;
      executor.begin(block.count, false);
      executor.look();
      executor.end = block.end - left;
      runOps(executor, block);
      executor.finish();
    }
}

/** An executor of a machine whose memory and helpers do nothing, of classes of their own for each `shape`. */
function scratchExecutor(state: MachineState, shape: number): { executor: Executor; blocks: BlockCache } {
  const nothing = shape % 2 === 0 ? (): number => 0 : (): number => shape;
  const helpers = Object.fromEntries(Object.keys(HELPERS).map((name) => [name, nothing])) as unknown;
  let asked = 0;
  const bindings: EngineBindings = {
    core: state.cores[0],
    memory: shaped(
      scratchMemory(state, () => executor),
      shape,
    ),
    helpers: shaped(helpers as InstructionHelpers, shape),
    takeMemoryFault: () => undefined,
    checkInterrupts: () => ++asked % 5 === 0,
    checkDebugEvent: () => undefined,
    asksAlways: () => false,
    onBreakpoint: () => false,
  };
  const blocks = new BlockCache(state, () => {
    // Handlers that branch go anywhere: there is no code there.
    throw new ExceptionTaken();
  });
  const executor = new Executor(state, shaped(bindings, shape), blocks, {
    runOps,
    runOp,
    takeFault: () => undefined,
    takeThrown: () => undefined,
  });
  return { executor, blocks };
}

function warmUpWith(state: MachineState, shape: number): void {
  const { executor, blocks } = scratchExecutor(state, shape);
  const words = state.cores[0].i32;
  const run = (block: Block, budget: number, linked: boolean): void => {
    blocks.adopt(block);
    block.first = block.second = linked ? block : blocks.nothing;
    words[CORE.PSR] = Mode.svc | Psr.I;
    words[CORE.ITSTATE] = 0;
    words[CORE.R + 15] = CODE;
    executor.begin(budget, false);
    try {
      execute(executor);
    } catch (thrown) {
      if (!(thrown instanceof ExceptionTaken)) throw thrown;
      executor.abandon();
    }
    executor.finish();
  };
  // With some of those that are called.
  const handlers = Array.from({ length: HANDLER_TABLE.inline + CALLED }, (_, handler) => handler).filter(
    (handler) => handler < PSEUDO.END || handler >= PSEUDO_COUNT,
  );
  // Few at a time: what ends a block early begins it anew, and the handlers at its end would never be reached.
  const operands = [(index: number) => index, (index: number) => 8 - index, () => 2];
  for (let first = 0; first < handlers.length; first += FEW)
    for (const [i, register] of REGISTERS.entries()) {
      const block = blockOf(
        blocks.pool,
        handlers.slice(first, first + FEW),
        operands[(shape + i) % operands.length],
      );
      for (let n = 0; n < 15; n++) words[CORE.R + n] = register(n);
      words[CORE.C] = shape & 1;
      run(block, 3 * block.count + shape, shape % 2 === 0);
    }
  // Conditions read flags and write none: each with every combination.
  const conditional = [0, ...HANDLER_TABLE.fused.values()].flatMap((first) =>
    handlers.slice(first, first + CONDITIONS),
  );
  const conditions = blockOf(blocks.pool, conditional, () => CODE);
  for (let flags = 0; flags < 16; flags++) {
    words[CORE.N] = flags & 1 ? -1 : 0x7fff_ffff;
    words[CORE.Z] = flags & 2 ? 0 : -1;
    words[CORE.C] = flags & 4 ? 1 : 0;
    words[CORE.V] = flags & 8 ? -1 : 0x7fff_ffff;
    run(conditions, 2 * conditions.count, true);
  }
}
