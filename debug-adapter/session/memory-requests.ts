/** readMemory, writeMemory, disassemble: in the space of the reference. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { disassembleRange, type DisassembledRow } from '../worlds/disassembly';
import { contextOfSpace, addressView } from '../worlds/expression-context';
import type { Context } from '../worlds/context';
import { readMemory, viewOfContext, writeMemory, type AddressView } from '../worlds/memory';
import { encodeAddress, formatAddress, parseAddress, type SpaceAddress } from '../worlds/space';
import { fromBase64, toBase64 } from './base64';
import { RequestError } from './protocol-error';
import type { Live, Session } from './session';
import { expressionWorld } from './variable-requests';

/** Bytes that one request may ask for. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_INSTRUCTIONS = 10_000;
/** Instructions between the reference and the first one asked for. */
const FARTHEST_INSTRUCTION = 100_000;

export function addMemoryRequests(session: Session): void {
  session.dispatcher.add({
    readMemory(args: DebugProtocol.ReadMemoryArguments) {
      const live = session.requireStopped();
      const at = reference(session, live, args.memoryReference, args.offset ?? 0);
      const count = Number.isSafeInteger(args.count) ? Math.min(Math.max(args.count, 0), MOST_BYTES) : 0;
      const { view } = viewOf(session, live, at);
      const { bytes, known } = readMemory(live.target.machine, view, at.address, count);
      const readable = known.indexOf(0) < 0 ? count : known.indexOf(0);
      return {
        address: `0x${encodeAddress(at).toString(16)}`,
        ...(readable > 0 && { data: toBase64(bytes.subarray(0, readable)) }),
        unreadableBytes: count - readable,
      };
    },

    writeMemory(args: DebugProtocol.WriteMemoryArguments) {
      const live = session.requireStopped();
      const at = reference(session, live, args.memoryReference, args.offset ?? 0);
      const bytes = fromBase64(args.data);
      const { view } = viewOf(session, live, at);
      const written = writeMemory(live.target.machine, view, at.address, bytes);
      if (written < bytes.length && args.allowPartial !== true)
        throw new RequestError(
          `${formatAddress({ ...at, address: at.address + written })} has no memory that can be written; ${written} bytes were written`,
        );
      session.dispatcher.event('invalidated', { areas: ['variables'] });
      return { bytesWritten: written };
    },

    disassemble(args: DebugProtocol.DisassembleArguments) {
      const live = session.requireStopped();
      // VS Code scrolls from its own row "not available", which refers to nothing: an error would be shown to the user.
      if (args.memoryReference === '') return { instructions: [] };
      const at = reference(session, live, args.memoryReference, args.offset ?? 0);
      const { view, context } = viewOf(session, live, at);
      const count = Math.min(Math.max(args.instructionCount, 0), MOST_INSTRUCTIONS);
      const offset = args.instructionOffset ?? 0;
      if (Math.abs(offset) > FARTHEST_INSTRUCTION)
        throw new RequestError(
          `'instructionOffset' is ${offset}: only ${FARTHEST_INSTRUCTION} instructions before or after the reference can be reached`,
        );
      const rows = disassembleRange(
        { machine: live.target.machine, symbols: live.target.symbols, view, context },
        at.address,
        offset,
        count,
      );
      return { instructions: instructions(live, at, rows) };
    },
  });
}

/** The address a memory reference means. @throws RequestError */
function reference(session: Session, live: Live, text: string, offset: number): SpaceAddress {
  const bare = (session.stop?.context ?? live.contexts.executingOn(live.target.machine.currentCore)).space;
  const at = parseAddress(text, bare);
  if (at === undefined)
    throw new RequestError(
      `'${text}' is no memory reference: write space:0x…, such as host:0xc0008000 or pa:0x40000000`,
    );
  const limit = 2 ** at.space.bits;
  const address = at.address + offset;
  return {
    space: at.space,
    address: at.space.bits === 32 ? ((address % limit) + limit) % limit : Math.max(address, 0),
  };
}

/** How addresses of a space are read now. @throws RequestError when the space has no machine behind it yet */
export function viewOf(
  session: Session,
  live: Live,
  at: SpaceAddress,
): { view: AddressView; context: Context } {
  const world = expressionWorld(live);
  const here = session.stop?.context ?? live.contexts.executingOn(live.target.machine.currentCore);
  const context = contextOfSpace(world, here, at.space);
  if (context !== undefined) {
    if (!context.seen)
      throw new RequestError(`${at.space.name} has not executed yet: its addresses mean nothing so far`);
    return { view: viewOfContext(live.target.machine, context), context };
  }
  const view = addressView(world, at.space);
  if (view === undefined) throw new RequestError(`${at.space.name}: no guest with that number has run yet`);
  return { view, context: here };
}

function instructions(
  live: Live,
  at: SpaceAddress,
  rows: readonly DisassembledRow[],
): DebugProtocol.DisassembledInstruction[] {
  let lastFile = '';
  let lastLine = 0;
  return rows.map((row) => {
    const instruction: DebugProtocol.DisassembledInstruction = {
      address: `0x${encodeAddress({ space: at.space, address: row.address }).toString(16)}`,
      instructionBytes: row.bytes,
      instruction: row.text,
      ...(row.symbol !== undefined && { symbol: row.symbol }),
      ...(!row.valid && { presentationHint: 'invalid' as const }),
    };
    if (row.line !== undefined && (row.line.file !== lastFile || row.line.line !== lastLine)) {
      lastFile = row.line.file;
      lastLine = row.line.line;
      instruction.location = {
        name: row.line.file.split('/').pop() ?? row.line.file,
        path: live.sources.fileOf(row.line.file),
      };
      instruction.line = row.line.line;
    }
    return instruction;
  });
}
