/** threads, stackTrace, scopes, source, modules, loadedSources. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { CORE } from '../../emulator';
import { callStack, type StackRow } from '../worlds/call-stack';
import type { Context } from '../worlds/context';
import { formatAddress } from '../worlds/space';
import { RequestError } from './protocol-error';
import type { Live, Session } from './session';
import { scopesOf } from './scopes';

/** A stack frame's handle: a row of a call stack. */
export class FrameHandle {
  constructor(readonly row: StackRow) {}
}

export function addStackRequests(session: Session): void {
  session.dispatcher.add({
    threads() {
      const { contexts } = session.live;
      return {
        threads: contexts.all
          .filter((context) => context.seen)
          .map((context) => ({ id: context.threadId, name: contexts.name(context) })),
      };
    },

    stackTrace(args: DebugProtocol.StackTraceArguments) {
      const live = session.requireStopped();
      const context = session.thread(args.threadId);
      const rows = context.seen ? stackFrames(session, live, context) : [];
      const start = Math.max(args.startFrame ?? 0, 0);
      const levels = args.levels === undefined || args.levels <= 0 ? rows.length : args.levels;
      return { stackFrames: rows.slice(start, start + levels), totalFrames: rows.length };
    },

    scopes(args: DebugProtocol.ScopesArguments) {
      session.requireStopped();
      return { scopes: scopesOf(session, frameOf(session, args.frameId).row) };
    },

    source(args: DebugProtocol.SourceArguments) {
      const content = session.listings.text(args.source?.sourceReference ?? args.sourceReference);
      if (content !== undefined) return { content, mimeType: 'text/x-worldswitch-disassembly' };
      throw new RequestError(`${args.source?.name ?? 'this source'} is not a file of this session`, false);
    },

    modules() {
      const { programs } = session.live.target.symbols;
      return {
        modules: programs.map(({ program, scope, file }, id) => ({
          id,
          name: file.split(/[\\/]/).pop() ?? file,
          path: file,
          symbolStatus: program.hasDebugInfo ? 'Debug information loaded' : 'Symbols only',
          version: `${scope.world}${scope.privilege === 'any' ? '' : ` ${scope.privilege}`}, ${scope.phase}`,
        })),
        totalModules: programs.length,
      };
    },

    loadedSources() {
      const { target, sources } = session.live;
      const files = new Set(target.symbols.programs.flatMap(({ program }) => program.sourceFiles()));
      return {
        sources: [...files].map((name) => ({
          name: name.split('/').pop() ?? name,
          path: sources.fileOf(name),
        })),
      };
    },
  });
}

/** The frame that a client names. @throws RequestError when it is of an earlier stop */
export function frameOf(session: Session, frameId: number | undefined): FrameHandle {
  const handle = frameId === undefined ? undefined : session.handles.get(frameId);
  if (!(handle instanceof FrameHandle))
    throw new RequestError('this stack frame is of an earlier stop', false);
  return handle;
}

function stackFrames(session: Session, live: Live, context: Context): DebugProtocol.StackFrame[] {
  if (context.world === 'hyp' && !context.executing)
    return [label(session, `Hyp mode is not executing; an exception enters it at HVBAR`)];
  const { rows } = callStack(live.target.machine, context, live.target.symbols);
  return rows.map((row) => stackFrame(session, live, row));
}

function label(session: Session, name: string): DebugProtocol.StackFrame {
  return { id: session.handles.create(undefined), name, line: 0, column: 0, presentationHint: 'label' };
}

function stackFrame(session: Session, live: Live, row: StackRow): DebugProtocol.StackFrame {
  const { context, source } = row;
  const thumb = (context.registers.i32[CORE.PSR]! & 0x20) !== 0 && row.frame.callee === undefined;
  const place = { space: context.space, address: row.pc };
  return {
    id: session.handles.create(new FrameHandle(row)),
    name: row.inlineLevel > 0 || row.program === undefined ? row.name : `${row.name}${thumb ? ' [T32]' : ''}`,
    line: source?.line ?? 0,
    column: source === undefined ? 0 : Math.max(source.column, 1),
    instructionPointerReference: formatAddress(place),
    ...(source !== undefined && {
      source: { name: source.file.split('/').pop() ?? source.file, path: live.sources.fileOf(source.file) },
    }),
    ...(source === undefined && row.frame.isExact && session.listings.locate(live, context, row.pc)),
  };
}
