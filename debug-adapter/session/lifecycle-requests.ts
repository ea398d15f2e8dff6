/** initialize, launch, configurationDone, restart, terminate, disconnect. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { EventStop } from '../breakpoints/event-stops';
import { LaunchError, makeTarget, type Target } from '../launch/target';
import type { LaunchConfiguration, StopOnEntry } from '../protocol/launch-attributes';
import { launchProblems } from '../protocol/launch-validation';
import { STOP_EVENTS } from '../protocol/stop-events';
import type { Goal } from '../stepping/run-control';
import { eventStop } from './exception-requests';
import { RequestError } from './protocol-error';
import { resolveLocation } from './location';
import type { Live, Session } from './session';

/** What this adapter can do, for `initialize`. */
const CAPABILITIES: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsEvaluateForHovers: true,
  supportsSetVariable: true,
  supportsSetExpression: true,
  supportsSteppingGranularity: true,
  supportsInstructionBreakpoints: true,
  supportsDisassembleRequest: true,
  supportsReadMemoryRequest: true,
  supportsWriteMemoryRequest: true,
  supportsRestartRequest: true,
  supportsTerminateRequest: true,
  supportsExceptionInfoRequest: true,
  supportsExceptionFilterOptions: true,
  supportsBreakpointLocationsRequest: true,
  supportsLoadedSourcesRequest: true,
  supportsModulesRequest: true,
  supportsValueFormattingOptions: true,
  supportsDelayedStackTraceLoading: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: ['$', '.', ':'],
  exceptionBreakpointFilters: STOP_EVENTS.map(({ name, label, description, fields }) => ({
    filter: name,
    label,
    description,
    default: false,
    supportsCondition: true,
    conditionDescription: `Condition, e.g. ${Object.keys(fields).slice(0, 4).join(', ')} …`,
  })),
  breakpointModes: [
    { mode: 'any', label: 'Any world', appliesTo: ['source', 'instruction', 'exception'] },
    {
      mode: 'host',
      label: 'Host only',
      description: 'Hit only while the host executes',
      appliesTo: ['source', 'instruction'],
    },
    {
      mode: 'hyp',
      label: 'Hyp mode only',
      description: 'Hit only in Hyp mode',
      appliesTo: ['source', 'instruction'],
    },
    {
      mode: 'guest',
      label: 'Guests only',
      description: 'Hit only while a guest executes',
      appliesTo: ['source', 'instruction'],
    },
  ],
};

export function addLifecycleRequests(session: Session): void {
  let launching = false;
  session.dispatcher.add({
    initialize(args: DebugProtocol.InitializeRequestArguments) {
      session.client = args;
      return CAPABILITIES;
    },

    async launch(args: LaunchConfiguration) {
      if (launching || session.launched)
        throw new RequestError('this session has launched its machine already');
      const problems = launchProblems(args);
      if (problems.length > 0) throw new RequestError(problems.map(({ message }) => message).join('\n'));
      launching = true;
      if (args.protocolTrace !== undefined) startTrace(session, args.protocolTrace);
      let live: Live;
      try {
        const target = await makeTarget(args, session.host);
        // The client may have left meanwhile.
        if (session.over) return undefined;
        const stopOn = stopOnStops(session, target);
        live = session.adopt(target);
        if (target.translations?.problem !== undefined)
          session.output(`${target.translations.problem}\n`, 'stderr');
        live.events.set('stopOn', stopOn);
      } catch (error) {
        launching = false;
        if (error instanceof LaunchError) throw new RequestError(error.message);
        throw error;
      }
      session.dispatcher.event('initialized');
      session.dispatcher.event('worldswitch/consoles', { consoles: live.consoles.names });
      // The response is not held back for configurationDone: clients may wait for either first.
      if (session.configured) begin(session);
      return undefined;
    },

    attach() {
      throw new RequestError("there is nothing to attach to: the machine is made by 'launch'");
    },

    configurationDone() {
      if (session.configured) throw new RequestError('configurationDone was sent already', false);
      session.configured = true;
      // Whoever does not wait for `initialized` is served too: then launch begins.
      if (session.launched) begin(session);
      return undefined;
    },

    restart() {
      const { live } = session;
      if (!session.configured)
        throw new RequestError('the machine has not begun yet: send configurationDone first', false);
      live.control.abandon();
      live.target.restart();
      live.contexts.restarted();
      live.breakpoints.hit = undefined;
      live.events.hit = undefined;
      session.restarted();
      session.output('The machine was restarted from its images.\n');
      begin(session);
      return undefined;
    },

    terminate() {
      if (session.launched) session.live.control.abandon();
      session.dispatcher.event('terminated');
      return undefined;
    },

    disconnect() {
      session.dispose();
      return undefined;
    },
  });
}

function startTrace(session: Session, path: string): void {
  session.dispatcher.trace = (direction, message) =>
    session.host.appendFile(path, `${direction === 'in' ? '->' : '<-'} ${JSON.stringify(message)}\n`);
}

/** The stops of the launch attribute `stopOn`. @throws RequestError naming the entry that cannot be understood */
function stopOnStops(session: Session, { configuration, symbols }: Target): EventStop[] {
  return (configuration.stopOn ?? []).map((entry, index) => {
    const { event, condition, hitCount }: StopOnEntry = typeof entry === 'string' ? { event: entry } : entry;
    try {
      return eventStop(
        session,
        symbols,
        event,
        condition,
        hitCount === undefined ? undefined : String(hitCount),
      );
    } catch (error) {
      throw new RequestError(`'stopOn[${index}]': ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

/** The first run: to entry, to `runTo`, or on. */
function begin(session: Session): void {
  const { live } = session;
  const { machine, configuration } = live.target;
  const context = live.contexts.executingOn(machine.currentCore);
  if (configuration.stopOnEntry === true) {
    session.reportStop({ reason: 'entry', context, description: 'Paused on entry' });
    return;
  }
  try {
    session.resume(configuration.runTo === undefined ? free() : runTo(live, configuration.runTo), true);
  } catch (error) {
    session.output(`${error instanceof Error ? error.message : String(error)}\n`, 'stderr');
    session.reportStop({ reason: 'entry', context, description: 'Paused on entry' });
  }
}

/** Instructions asked for at once. */
const RUN = 500_000;

/** Runs until something that the user set stops the machine. */
export function* free(): Goal {
  for (;;) yield RUN;
}

/** Runs until a place is reached, in whatever context its space means. */
function runTo(live: Live, text: string): Goal {
  const places = resolveLocation(live, text);
  if (places.length === 0)
    throw new RequestError(
      `'runTo': ${text} is neither an address (space:0x…) nor a function of the loaded symbols`,
    );
  return (function* (): Goal {
    let reached = live.contexts.executingOn(live.target.machine.currentCore);
    live.breakpoints.setTemporary(
      places.map(({ address, filter }) => ({
        address,
        holds: (context) => {
          if (filter.world !== 'any' && filter.world !== context.world) return false;
          if (filter.vm !== undefined && filter.vm !== context.vm) return false;
          reached = context;
          return true;
        },
      })),
    );
    try {
      live.breakpoints.temporaryHit = false;
      while (!live.breakpoints.temporaryHit) yield RUN;
    } finally {
      live.breakpoints.setTemporary([]);
    }
    return { reason: 'entry', context: reached, description: `Reached ${text}` };
  })();
}
