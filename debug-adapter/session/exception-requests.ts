/** setExceptionBreakpoints and exceptionInfo: the machine's events as DAP's exceptions. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { EventStop } from '../breakpoints/event-stops';
import { parseHitCondition } from '../breakpoints/hit-condition';
import { compileCondition, identifiersIn, parse, type FieldTable } from '../expressions';
import { STOP_EVENTS } from '../protocol/stop-events';
import { expressionContext, innermostFrame } from '../worlds/expression-context';
import type { SymbolTable } from '../worlds/symbol-table';
import { describeStop } from './event-words';
import { RequestError } from './protocol-error';
import type { Session } from './session';
import { expressionWorld } from './variable-requests';

/** Every field of a stop event is a number; addresses are up to 40 bits. */
function fieldTable(name: string): FieldTable {
  const row = STOP_EVENTS.find((event) => event.name === name);
  return Object.fromEntries(Object.keys(row?.fields ?? {}).map((field) => [field, { bits: 64 }]));
}

/**
 * A stop at an event. A condition may name the event's fields, and registers and variables of the context that
 * executes when the event is published.
 * @throws Error in words when the condition or hit count cannot be understood
 */
export function eventStop(
  session: Session,
  symbols: SymbolTable,
  name: string,
  condition: string | undefined,
  hitCondition: string | undefined,
): EventStop {
  const stop = {
    name,
    hits: 0,
    ...(hitCondition !== undefined && { hitCondition: parseHitCondition(hitCondition) }),
  };
  if (condition === undefined || condition.trim() === '') return stop;
  const fields = fieldTable(name);
  const test = compileCondition(condition, fields);
  if (test.isPure) return { ...stop, condition: (values) => test.test(values) };
  refuseUnknownNames(condition, name, fields, symbols);
  return {
    ...stop,
    condition: (values, event) => {
      const { live } = session;
      const world = expressionWorld(live);
      const context = live.contexts.executingOn(event.core);
      return test.test(values, expressionContext(world, innermostFrame(world, context)));
    },
  };
}

/** A slip of the pen would stop the machine at every event: names that nothing has are refused at once. */
function refuseUnknownNames(
  condition: string,
  event: string,
  fields: FieldTable,
  symbols: SymbolTable,
): void {
  const unknown = identifiersIn(parse(condition)).find(
    (name) =>
      !Object.hasOwn(fields, name) &&
      name !== 'walk' &&
      !symbols.programs.some(({ program }) => program.symbolByName(name) !== undefined),
  );
  if (unknown !== undefined)
    throw new Error(
      `'${unknown}' is no field of '${event}' and no symbol; its fields are ${Object.keys(fields).join(', ')}`,
    );
}

export function addExceptionRequests(session: Session): void {
  session.dispatcher.add({
    setExceptionBreakpoints(args: DebugProtocol.SetExceptionBreakpointsArguments) {
      const { live } = session;
      const wanted = [
        ...(args.filters ?? []).map((filterId) => ({ filterId, condition: undefined as string | undefined })),
        ...(args.filterOptions ?? []),
      ];
      const stops: EventStop[] = [];
      const breakpoints = wanted.map(({ filterId, condition }): DebugProtocol.Breakpoint => {
        try {
          if (!STOP_EVENTS.some((event) => event.name === filterId))
            throw new Error(`there is no exception filter '${filterId}'`);
          stops.push(eventStop(session, live.target.symbols, filterId, condition, undefined));
          return { verified: true };
        } catch (error) {
          return { verified: false, message: error instanceof Error ? error.message : String(error) };
        }
      });
      live.events.set('filters', stops);
      // `stopOn` stands in for filters that the first session has not shown; once the user sets some, they hold alone.
      if (session.configured) live.events.set('stopOn', []);
      return { breakpoints };
    },

    exceptionInfo(): DebugProtocol.ExceptionInfoResponse['body'] {
      const live = session.requireStopped();
      const event = session.stop?.event;
      if (event === undefined && session.stop?.reason === 'exception')
        return {
          exceptionId: session.stop.description ?? '',
          description: session.stop.text ?? '',
          breakMode: 'unhandled',
        };
      if (event === undefined) throw new RequestError('the machine did not stop at an event', false);
      const words = describeStop(event, live);
      return {
        exceptionId: words.id,
        description: words.text,
        breakMode: 'always',
        details: {
          message: words.text,
          typeName: session.stop?.filter,
          stackTrace: words.details.join('\n'),
        },
      };
    },
  });
}
