/** setExceptionBreakpoints and exceptionInfo: the machine's events as DAP's exceptions. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { EventStop } from '../breakpoints/event-stops';
import { parseHitCondition } from '../breakpoints/hit-condition';
import { compileCondition, type FieldTable } from '../expressions';
import { STOP_EVENTS } from '../protocol/stop-events';
import { describeStop } from './event-words';
import { RequestError } from './protocol-error';
import type { Session } from './session';

/** Every field of a stop event is a number; addresses are up to 40 bits. */
function fieldTable(name: string): FieldTable {
  const row = STOP_EVENTS.find((event) => event.name === name);
  return Object.fromEntries(Object.keys(row?.fields ?? {}).map((field) => [field, { bits: 64 }]));
}

/** @throws Error in words when the condition or hit count cannot be understood */
export function eventStop(
  name: string,
  condition: string | undefined,
  hitCondition: string | undefined,
): EventStop {
  const test =
    condition === undefined || condition.trim() === ''
      ? undefined
      : compileCondition(condition, fieldTable(name));
  return {
    name,
    hits: 0,
    ...(test !== undefined && { condition: (fields) => test.test(fields) }),
    ...(hitCondition !== undefined && { hitCondition: parseHitCondition(hitCondition) }),
  };
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
          stops.push(eventStop(filterId, condition, undefined));
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
