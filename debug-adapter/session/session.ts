/**
 * One debug session: one machine, its contexts as threads. The state that the request families share; each family is
 * a file of its own beside this one and adds its handlers here.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { RunOutcome } from '../../emulator';
import { CodeBreakpoints } from '../breakpoints/code-breakpoints';
import { EventStops } from '../breakpoints/event-stops';
import type { Host } from '../host';
import type { Target } from '../launch/target';
import { RunControl, type Goal } from '../stepping/run-control';
import type { StopReport } from '../stepping/stop-report';
import type { Context } from '../worlds/context';
import { Contexts } from '../worlds/contexts';
import { watchForLostCores } from '../worlds/lost-core';
import { watchForRomStores } from '../worlds/rom-stores';
import { ConsoleStreams } from './consoles';
import { Dispatcher, type Send } from './dispatcher';
import { describeStop } from './event-words';
import { Handles } from './handles';
import { Listings } from './listings';
import { RequestError } from './protocol-error';
import { SourcePaths } from './source-paths';

/** Everything that exists once a machine has been launched. */
export interface Live {
  readonly target: Target;
  readonly contexts: Contexts;
  readonly breakpoints: CodeBreakpoints;
  readonly events: EventStops;
  readonly control: RunControl;
  readonly consoles: ConsoleStreams;
  readonly sources: SourcePaths;
}

export class Session {
  readonly dispatcher: Dispatcher;
  /** References for frames and variables, valid until the machine runs on. */
  readonly handles = new Handles();
  /** Disassembly as source, for frames without one. */
  readonly listings = new Listings();
  /** What the client said of itself in `initialize`. */
  client: Partial<DebugProtocol.InitializeRequestArguments> = {};
  /** Counts stops; 0 while the machine runs. */
  stopNumber = 0;
  private stops = 0;
  /** The present stop. */
  stop: StopReport | undefined;
  /** Called before the machine is left alone at a stop, and before it runs on: views keep what they compare with. */
  readonly beforeResume: (() => void)[] = [];
  /** Called when a machine has been launched. */
  readonly onAdopt: ((live: Live) => void)[] = [];
  /** Called when the machine has been booted anew. */
  readonly onRestart: (() => void)[] = [];
  /** Set by configurationDone: until then nothing runs. */
  configured = false;
  /** Set when the session is over: nothing more is sent. */
  over = false;
  private current: Live | undefined;

  constructor(
    readonly host: Host,
    send: Send,
  ) {
    this.dispatcher = new Dispatcher(send);
    this.dispatcher.onInternalError = (error, command) => {
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.output(`A fault of the debug adapter in '${command}': ${words}\n`, 'stderr');
    };
  }

  /** The machine and what belongs to it. @throws RequestError before launch */
  get live(): Live {
    if (this.current === undefined)
      throw new RequestError('no machine is running yet: send the launch request first', false);
    return this.current;
  }

  get launched(): boolean {
    return this.current !== undefined;
  }

  /** Takes a machine that was just booted. */
  adopt(target: Target): Live {
    const { machine } = target;
    const contexts = new Contexts(machine);
    const breakpoints = new CodeBreakpoints(machine, contexts, (text, context) =>
      this.output(`${text}\n`, 'console', context),
    );
    const events = new EventStops({ machine, contexts });
    const control = new RunControl(machine, this.host, {
      inspect: (outcome) => this.inspect(outcome),
      paused: () => ({
        reason: 'pause',
        context: contexts.executingOn(machine.currentCore),
        description: 'Paused',
      }),
      reset: () => {
        contexts.restarted();
        this.output('The guest reset the machine: it boots again.\n');
        const context = contexts.executingOn(machine.currentCore);
        return { reason: 'entry', context, description: 'The guest reset the machine' };
      },
      failed: (error) => {
        this.dispatcher.onInternalError(error, 'running');
        return {
          reason: 'pause',
          context: contexts.executingOn(machine.currentCore),
          description: 'Stopped by a fault of the debugger',
          text: error instanceof Error ? error.message : String(error),
        };
      },
    });
    contexts.onNewVcpu = (context) =>
      this.dispatcher.event('thread', { reason: 'started', threadId: context.threadId });
    contexts.onVcpuGone = (context) =>
      this.dispatcher.event('thread', { reason: 'exited', threadId: context.threadId });
    watchForLostCores(machine, (core, words) => (this.lost ??= { core, words }));
    watchForRomStores(machine, (words) => this.output(`${words}\n`, 'stderr'));
    const consoles = new ConsoleStreams(machine, target, contexts, this);
    this.current = {
      target,
      contexts,
      breakpoints,
      events,
      control,
      consoles,
      sources: new SourcePaths(target, this.host),
    };
    for (const action of this.onAdopt) action(this.current);
    return this.current;
  }

  /** The machine stands still. @throws RequestError while it runs */
  requireStopped(): Live {
    const { live } = this;
    if (live.control.running) throw new RequestError('the machine is running: pause it first', false);
    return live;
  }

  /** The context of a DAP thread. @throws RequestError */
  thread(threadId: number): Context {
    const context = this.live.contexts.byThread(threadId);
    if (context === undefined) throw new RequestError(`there is no thread ${threadId}`, false);
    return context;
  }

  /**
   * Runs towards a goal; the stop is reported when it comes.
   * @param outlivesReset the goal means something after a reset of the machine, too.
   */
  resume(goal: Goal, outlivesReset = false): void {
    const live = this.requireStopped();
    if (!this.configured)
      throw new RequestError('the machine has not begun yet: send configurationDone first', false);
    if (live.target.machine.ended !== undefined)
      throw new RequestError('the machine has powered off: restart it');
    for (const action of this.beforeResume) action();
    this.handles.clear();
    this.stop = undefined;
    this.stopNumber = 0;
    live.breakpoints.hit = undefined;
    live.breakpoints.temporaryHit = false;
    live.events.hit = undefined;
    live.control.start(goal, outlivesReset, (end) => {
      live.consoles.flush();
      if (end.kind === 'stop') this.reportStop(end.report);
      else this.machineEnded();
    });
    this.dispatcher.event('continued', {
      threadId: live.contexts.executingOn(live.target.machine.currentCore).threadId,
      allThreadsContinued: true,
    });
  }

  /** The machine was booted anew: nothing of before holds. */
  restarted(): void {
    this.handles.clear();
    this.listings.clear();
    this.limitReported = false;
    for (const action of this.onRestart) action();
  }

  reportStop(report: StopReport): void {
    if (this.over) return;
    this.stop = report;
    this.stopNumber = ++this.stops;
    this.dispatcher.event('stopped', {
      reason: report.reason,
      threadId: report.context.threadId,
      allThreadsStopped: true,
      ...(report.description !== undefined && { description: report.description }),
      ...(report.text !== undefined && { text: report.text }),
      ...(report.hitBreakpointIds !== undefined && { hitBreakpointIds: report.hitBreakpointIds }),
      stopNumber: this.stopNumber,
    });
  }

  /** Writes to the debug console. */
  output(
    text: string,
    category: 'console' | 'stdout' | 'stderr' | 'important' = 'console',
    _context?: Context,
  ): void {
    if (!this.over) this.dispatcher.event('output', { category, output: text });
  }

  /** Ends the session's machine: nothing runs afterwards. */
  dispose(): void {
    this.over = true;
    this.current?.control.abandon();
    this.current?.contexts.dispose();
    // Nobody is left who could be told that it failed.
    this.current?.target.translations?.save();
    this.current = undefined;
  }

  private machineEnded(): void {
    this.output('The machine powered itself off.\n');
    this.dispatcher.event('exited', { exitCode: 0 });
    this.dispatcher.event('terminated');
  }

  /** What the user set, if it stopped the machine. */
  private inspect(outcome: RunOutcome): StopReport | undefined {
    const { live } = this;
    live.consoles.flush();
    const { hit } = live.breakpoints;
    if (hit !== undefined) {
      live.breakpoints.hit = undefined;
      return {
        reason: hit.breakpoints[0]!.kind,
        context: hit.context,
        hitBreakpointIds: hit.breakpoints.map(({ id }) => id),
        ...(hit.problem !== undefined && { text: `The condition could not be evaluated: ${hit.problem}` }),
      };
    }
    const event = live.events.hit;
    if (event !== undefined) {
      live.events.hit = undefined;
      const context = live.contexts.executingOn(event.event.core);
      const words = describeStop(event.event, live);
      return {
        reason: 'exception',
        context,
        description: words.title,
        text:
          event.problem === undefined
            ? words.text
            : `${words.text}. The condition could not be evaluated: ${event.problem}`,
        event: event.event,
        filter: event.stop.name,
      };
    }
    const { lost } = this;
    if (lost !== undefined) {
      this.lost = undefined;
      this.output(`${lost.words}.\n`, 'important');
      return {
        reason: 'exception',
        context: live.contexts.executingOn(lost.core),
        description: `CPU${lost.core} is lost`,
        text: lost.words,
      };
    }
    const limit = live.target.configuration.instructionLimit;
    if (
      limit !== undefined &&
      live.target.machine.retired >= limit &&
      outcome.retired > 0 &&
      !this.limitReported
    ) {
      this.limitReported = true;
      return {
        reason: 'pause',
        context: live.contexts.executingOn(outcome.core),
        description: 'Instruction limit reached',
        text: `${limit} instructions have been executed`,
      };
    }
    return undefined;
  }
  private limitReported = false;
  /** A core that took an exception to where there is no code. */
  private lost: { readonly core: number; readonly words: string } | undefined;
}
