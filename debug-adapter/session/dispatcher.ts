/**
 * The Debug Adapter Protocol's envelope: requests in, responses and events out, in order. A handler's exception is
 * the request's failure; nothing a client sends can end the adapter or leave a request without its response.
 */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { checkArguments } from './argument-checks';
import { RequestError } from './protocol-error';

/**
 * Answers one request: gives the response's body, at once or later. The type of its arguments is the handler's own,
 * as they come from JSON and are checked there (argument-checks).
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Handler = (args: any, request: DebugProtocol.Request) => unknown;
/** Handlers by command. */
export type Handlers = Readonly<Record<string, Handler>>;

/** Takes outgoing messages. */
export type Send = (message: DebugProtocol.ProtocolMessage) => void;

export class Dispatcher {
  private sequence = 1;
  private readonly handlers = new Map<string, Handler>();
  /** Sees each message, for the protocol trace. */
  trace: (direction: 'in' | 'out', message: unknown) => void = () => {};
  /** Told of an exception that is a fault of the adapter itself. */
  onInternalError: (error: unknown, command: string) => void = () => {};

  constructor(private readonly transmit: Send) {}

  add(handlers: Handlers): void {
    for (const [command, handler] of Object.entries(handlers)) this.handlers.set(command, handler);
  }

  event(event: string, body?: unknown): void {
    this.send({ type: 'event', event, ...(body !== undefined && { body }) } as never);
  }

  /** Deals with one message as it was parsed from JSON. */
  receive(message: unknown): void {
    this.trace('in', message);
    const request = message as DebugProtocol.Request;
    if (typeof message !== 'object' || message === null || request.type !== 'request') return;
    const number = Number.isSafeInteger(request.seq) ? request.seq : 0;
    if (typeof request.command !== 'string') {
      this.fail(number, String(request.command), new RequestError('a request needs a command (a string)'));
      return;
    }
    const handler = this.handlers.get(request.command);
    if (handler === undefined) {
      this.fail(
        number,
        request.command,
        new RequestError(`the request '${request.command}' is not known here`, false),
      );
      return;
    }
    const args: unknown = request.arguments ?? {};
    if (typeof args !== 'object' || Array.isArray(args)) {
      this.fail(
        number,
        request.command,
        new RequestError(`the arguments of '${request.command}' must be an object`),
      );
      return;
    }
    let answer: unknown;
    try {
      checkArguments(request.command, args as Record<string, unknown>);
      answer = handler(args, request);
    } catch (error) {
      this.fail(number, request.command, error);
      return;
    }
    if (answer instanceof Promise)
      answer.then(
        (body) => this.succeed(number, request.command, body),
        (error) => this.fail(number, request.command, error),
      );
    else this.succeed(number, request.command, answer);
  }

  private succeed(request: number, command: string, body: unknown): void {
    this.send({
      type: 'response',
      request_seq: request,
      command,
      success: true,
      ...(body !== undefined && { body }),
    } as never);
  }

  private fail(request: number, command: string, error: unknown): void {
    const known = error instanceof RequestError;
    if (!known) this.onInternalError(error, command);
    const text = error instanceof Error ? error.message : String(error);
    // Braces would be taken for variables of the format.
    const format = text.replaceAll('{', '(').replaceAll('}', ')');
    this.send({
      type: 'response',
      request_seq: request,
      command,
      success: false,
      message: text,
      body: { error: { id: known ? 1 : 2, format, showUser: known ? error.showUser : true } },
    } as never);
  }

  private send(message: Omit<DebugProtocol.ProtocolMessage, 'seq'>): void {
    const numbered = { seq: this.sequence++, ...message } as DebugProtocol.ProtocolMessage;
    this.trace('out', numbered);
    this.transmit(numbered);
  }
}
