/** continue, pause, next, stepIn, stepOut. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { stepLine, stepOut, type LineStepping } from '../stepping/line-steps';
import type { Goal } from '../stepping/run-control';
import { stepInstruction, type Part } from '../stepping/steps';
import type { Context } from '../worlds/context';
import { free } from './lifecycle-requests';
import type { Live, Session } from './session';

export function addRunRequests(session: Session): void {
  session.dispatcher.add({
    continue() {
      session.resume(free(), true);
      return { allThreadsContinued: true };
    },

    pause() {
      const { control } = session.live;
      if (control.running) control.pause();
      return undefined;
    },

    next(args: DebugProtocol.NextArguments) {
      return step(session, args, (on, context) =>
        args.granularity === 'instruction'
          ? stepInstruction(on, context, false)
          : stepLine(on, context, false),
      );
    },

    stepIn(args: DebugProtocol.StepInArguments) {
      return step(session, args, (on, context) =>
        args.granularity === 'instruction' ? stepInstruction(on, context, true) : stepLine(on, context, true),
      );
    },

    stepOut(args: DebugProtocol.StepOutArguments) {
      return step(session, args, (on, context) => stepOut(on, context));
    },
  });
}

function step(
  session: Session,
  args: { threadId: number },
  make: (on: LineStepping, context: Context) => Part<Context>,
): undefined {
  const live = session.requireStopped();
  const context = session.thread(args.threadId);
  session.resume(goal(make(stepping(live), context)));
  return undefined;
}

export function stepping(live: Live): LineStepping {
  const { machine, symbols } = live.target;
  return { machine, symbols, contexts: live.contexts, breakpoints: live.breakpoints };
}

/** A step as a goal: its end is a stop in the context where it ended. */
function* goal(part: Part<Context>): Goal {
  const context = yield* part;
  return { reason: 'step', context };
}
