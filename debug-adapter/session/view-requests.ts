/** The custom requests of the views: snapshots of the state at a stop, translations; and the machine's inputs. */
import type { LoggedEvent, ViewSite } from '../views/site';
import { guestsPart } from '../views/guests';
import { hostPart } from '../views/host';
import { listRegistersPart } from '../views/list-registers';
import { stage2Part } from '../views/stage2';
import { status } from '../views/status';
import type { AsynchronousAbort, AsynchronousAbortArguments } from '../protocol/asynchronous-abort';
import type { ConsoleInputArguments } from '../protocol/consoles';
import type { Snapshot, SnapshotArguments, SnapshotParts } from '../protocol/snapshot';
import type { TranslateArguments, Translation } from '../protocol/translate';
import { evaluate } from '../expressions';
import { contextOfSpace, expressionContext } from '../worlds/expression-context';
import { formatAddress, spaceByName } from '../worlds/space';
import { explainWalk } from './explain-walk';
import { RequestError } from './protocol-error';
import type { Live, Session } from './session';
import { expressionWorld, selectedFrame } from './variable-requests';

/** How each part of a snapshot is made. */
const PARTS: { readonly [K in keyof SnapshotParts]: (site: ViewSite) => SnapshotParts[K] } = {
  guests: guestsPart,
  host: hostPart,
  stage2: stage2Part,
  listRegisters: listRegistersPart,
};
/** Changes of list registers kept. */
const LONGEST_LOG = 10_000;

export function addViewRequests(session: Session): void {
  let before = new Map<string, bigint>();
  let seen = new Map<string, bigint>();
  const log: LoggedEvent[] = [];
  session.beforeResume.push(() => {
    if (seen.size > 0) before = seen;
    seen = new Map();
  });
  session.onRestart.push(() => {
    before = new Map();
    seen = new Map();
    log.length = 0;
  });
  session.onAdopt.push((live) => keepListRegisterLog(live, log));

  const site = (live: Live): ViewSite => ({
    machine: live.target.machine,
    contexts: live.contexts,
    symbols: live.target.symbols,
    before,
    seen,
    listRegisterLog: log,
  });

  session.dispatcher.add({
    'worldswitch/snapshot'(args: SnapshotArguments): Snapshot {
      const { live } = session;
      const { stopNumber } = session;
      if (stopNumber === 0 || args.stopNumber !== stopNumber) return { stopNumber };
      const core = session.stop?.context.core ?? live.target.machine.currentCore;
      const answer: Snapshot = { stopNumber, status: status(site(live), core) };
      for (const part of args.parts ?? []) {
        if (!Object.hasOwn(PARTS, part))
          throw new RequestError(
            `a snapshot has no part '${String(part)}'; it has ${Object.keys(PARTS).join(', ')}`,
          );
        Object.assign(answer, { [part]: PARTS[part](site(live)) });
      }
      return answer;
    },

    'worldswitch/translate'(args: TranslateArguments): Translation {
      const live = session.requireStopped();
      const world = expressionWorld(live);
      const selected = selectedFrame(session, live, args.frameId);
      try {
        const value = evaluate(args.expression, expressionContext(world, selected));
        const space = spaceByName(value.access.space ?? '') ?? selected.context.space;
        const context = contextOfSpace(world, selected.context, space) ?? selected.context;
        const { text, ...translation } = explainWalk(
          world,
          space,
          Number(value.integer()),
          context,
          args.access,
        );
        return translation;
      } catch (error) {
        throw new RequestError(error instanceof Error ? error.message : String(error));
      }
    },

    'worldswitch/consoleInput'(args: ConsoleInputArguments): void {
      const { live } = session;
      live.consoles.input(args.console, args.text);
      live.control.wake();
    },

    'worldswitch/asynchronousAbort'(args: AsynchronousAbortArguments): AsynchronousAbort {
      const live = session.requireStopped();
      const { context } = selectedFrame(session, live, args.frameId);
      if (!context.executing)
        throw new RequestError('no core executes in this thread: an abort is the doing of one that does');
      live.target.machine.raiseAsynchronousAbort(context.core);
      return { core: context.core };
    },
  });
}

/** Remembers what changed list registers, where and when. */
function keepListRegisterLog(live: Live, log: LoggedEvent[]): void {
  const { machine, symbols } = live.target;
  log.length = 0;
  machine.events.subscribe(['list-register'], (event) => {
    const context = live.contexts.executingOn(event.core);
    const { pc } = context.registers;
    const symbol = symbols.at(context, pc)?.symbolize(pc);
    log.push({
      event,
      position: machine.retired,
      address: formatAddress({ space: context.space, address: pc }),
      ...(symbol !== undefined && { symbol }),
    });
    if (log.length > LONGEST_LOG) log.splice(0, LONGEST_LOG / 2);
    return false;
  });
}
