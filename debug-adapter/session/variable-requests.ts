/** variables, setVariable, evaluate, setExpression, completions. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { ExpressionError, assign, evaluate } from '../expressions';
import type { Value } from '../symbols/values';
import {
  expressionContext,
  innermostFrame,
  type ExpressionWorld,
  type SelectedFrame,
} from '../worlds/expression-context';
import { explainWalk } from './explain-walk';
import { RequestError } from './protocol-error';
import { VariablesHandle, valueRow, type VariableRow } from './scopes';
import type { Live, Session } from './session';
import { FrameHandle, frameOf } from './stack-requests';

/** Rows given at once when a client does not page. */
const MOST_ROWS = 1000;

export function addVariableRequests(session: Session): void {
  session.dispatcher.add({
    variables(args: DebugProtocol.VariablesArguments) {
      session.requireStopped();
      const hex = args.format?.hex === true;
      const rows = handle(session, args.variablesReference).rows(args.start ?? 0, args.count || MOST_ROWS);
      return { variables: rows.map((row) => variable(session, row, hex)) };
    },

    setVariable(args: DebugProtocol.SetVariableArguments) {
      session.requireStopped();
      const row = handle(session, args.variablesReference)
        .rows(0, MOST_ROWS)
        .find(({ name }) => name === args.name);
      if (row === undefined) throw new RequestError(`there is no variable ${args.name} here`);
      if (row.set === undefined || row.readOnly === true)
        throw new RequestError(`${args.name} cannot be set`);
      row.set(args.value);
      changed(session);
      const { value, variablesReference } = variable(session, row, args.format?.hex === true);
      return { value, variablesReference };
    },

    evaluate(args: DebugProtocol.EvaluateArguments) {
      const live = session.requireStopped();
      const selected = selectedFrame(session, live, args.frameId);
      const hex = args.format?.hex === true;
      try {
        const value = evaluate(args.expression, expressionContext(expressionWorld(live), selected));
        return result(session, selected, args.expression, value, hex);
      } catch (error) {
        throw expressionFailure(error, args.context !== 'hover');
      }
    },

    setExpression(args: DebugProtocol.SetExpressionArguments) {
      const live = session.requireStopped();
      const selected = selectedFrame(session, live, args.frameId);
      try {
        const value = assign(args.expression, args.value, expressionContext(expressionWorld(live), selected));
        changed(session);
        const { result: text, ...rest } = result(
          session,
          selected,
          args.expression,
          value,
          args.format?.hex === true,
        );
        return { value: text, ...rest };
      } catch (error) {
        throw expressionFailure(error, true);
      }
    },

    completions(args: DebugProtocol.CompletionsArguments) {
      const live = session.requireStopped();
      const selected = selectedFrame(session, live, args.frameId);
      const before = args.text.slice(0, Math.max(0, args.column - 1));
      const word = /[$A-Za-z_][\w$]*$/.exec(before)?.[0] ?? '';
      if (word === '') return { targets: [] };
      const start = before.length - word.length;
      return {
        targets: candidates(selected, word).map((label) => ({ label, start, length: word.length })),
      };
    },
  });
}

export function expressionWorld(live: Live): ExpressionWorld {
  const { machine, symbols } = live.target;
  const { contexts } = live;
  const world: ExpressionWorld = {
    machine,
    symbols,
    contexts,
    explainWalk: (space, address, context) => explainWalk(world, space, address, context).text,
  };
  return world;
}

/** The frame that a request names, or the innermost one of the context where the machine stopped. */
export function selectedFrame(session: Session, live: Live, frameId: number | undefined): SelectedFrame {
  if (frameId !== undefined && session.handles.get(frameId) instanceof FrameHandle) {
    const { row } = frameOf(session, frameId);
    return { context: row.context, frame: row.frame, program: row.program, inlineLevel: row.inlineLevel };
  }
  const context = session.stop?.context ?? live.contexts.executingOn(live.target.machine.currentCore);
  return innermostFrame(expressionWorld(live), context);
}

function handle(session: Session, reference: number): VariablesHandle {
  const found = session.handles.get(reference);
  if (!(found instanceof VariablesHandle))
    throw new RequestError('these variables are of an earlier stop', false);
  return found;
}

function variable(session: Session, row: VariableRow, hex: boolean): DebugProtocol.Variable {
  const { children } = row;
  return {
    name: row.name,
    value: row.value(hex),
    variablesReference:
      children === undefined
        ? 0
        : session.handles.create(
            new VariablesHandle((start, count) => children().slice(start, start + count)),
          ),
    ...(row.type !== undefined && { type: row.type }),
    ...(row.evaluateName !== undefined && { evaluateName: row.evaluateName }),
    ...(row.memoryReference !== undefined && { memoryReference: row.memoryReference }),
    ...(row.readOnly === true && { presentationHint: { attributes: ['readOnly'] } }),
  };
}

function result(
  session: Session,
  selected: SelectedFrame,
  expression: string,
  value: Value,
  hex: boolean,
): DebugProtocol.EvaluateResponse['body'] {
  const row = {
    context: selected.context,
    frame: selected.frame,
    program: selected.program,
    inlineLevel: selected.inlineLevel,
    name: '',
    source: undefined,
    pc: selected.frame.pc,
  };
  const shown = variable(session, valueRow(expression, value, expression, row), hex);
  return {
    result: shown.value,
    variablesReference: shown.variablesReference,
    ...(shown.type !== undefined && { type: shown.type }),
    ...(shown.memoryReference !== undefined && { memoryReference: shown.memoryReference }),
  };
}

/** Views and other rows may show what was just written, and a register may have changed who executes. */
function changed(session: Session): void {
  session.live.contexts.refresh();
  session.dispatcher.event('invalidated', { areas: ['variables', 'stacks'] });
}

function expressionFailure(error: unknown, show: boolean): unknown {
  if (error instanceof RequestError) return error;
  if (error instanceof ExpressionError || error instanceof Error)
    return new RequestError(error.message, show);
  return error;
}

function candidates(selected: SelectedFrame, word: string): string[] {
  const { program, frame } = selected;
  const names = new Set<string>();
  if (program !== undefined) {
    for (const scope of program.scopesAt(frame.lookupPc, selected.inlineLevel))
      for (const { name } of scope.variables) if (name.startsWith(word)) names.add(name);
    for (const name of program.symbolsStartingWith(word, 50)) names.add(name);
  }
  return [...names].slice(0, 100);
}
