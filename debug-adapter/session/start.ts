/** A session with all its request families. */
import type { Host } from '../host';
import { addBreakpointRequests } from './breakpoint-requests';
import type { Send } from './dispatcher';
import { addExceptionRequests } from './exception-requests';
import { addLifecycleRequests } from './lifecycle-requests';
import { addMemoryRequests } from './memory-requests';
import { addRunRequests } from './run-requests';
import { Session } from './session';
import { addStackRequests } from './stack-requests';
import { addVariableRequests } from './variable-requests';
import { addViewRequests } from './view-requests';

const FAMILIES: readonly ((session: Session) => void)[] = [
  addLifecycleRequests,
  addBreakpointRequests,
  addExceptionRequests,
  addRunRequests,
  addStackRequests,
  addVariableRequests,
  addMemoryRequests,
  addViewRequests,
];

/** @param send takes each outgoing message. */
export function startSession(host: Host, send: Send): Session {
  const session = new Session(host, send);
  for (const add of FAMILIES) add(session);
  return session;
}
