// A debug session as a test sees it: started by VS Code, watched through its messages, driven by its commands.
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import * as vscode from 'vscode';
import type { Snapshot, SnapshotParts } from '../../../debug-adapter/protocol/snapshot';

export type Stop = DebugProtocol.StoppedEvent['body'] & { stopNumber: number };

export interface Frame {
  name: string;
  /** Name of the source file, without its folder. */
  file?: string;
  line: number;
  id: number;
  address?: string;
}

const LIMIT = 90000;

/** One session. Stops and console text are collected from its beginning. */
export class Debugger {
  readonly stops: Stop[] = [];
  readonly text = new Map<string, string>();
  session!: vscode.DebugSession;
  private taken = 0;
  private ended = false;
  private wake: () => void = () => undefined;
  private readonly tracker = vscode.debug.registerDebugAdapterTrackerFactory('worldswitch', {
    createDebugAdapterTracker: (session) => {
      this.session = session;
      return {
        onDidSendMessage: (message: { type: string; event?: string; body?: unknown }) => this.take(message),
        onWillStopSession: () => this.end(),
        onExit: () => this.end(),
      };
    },
  });

  static async launch(attributes: Record<string, unknown>): Promise<Debugger> {
    const started = new Debugger();
    const folder = vscode.workspace.workspaceFolders?.[0];
    const ok = await vscode.debug.startDebugging(folder, {
      type: 'worldswitch',
      request: 'launch',
      name: 'test',
      ...attributes,
    });
    assert.ok(ok, 'VS Code started the session');
    return started;
  }

  /** The next stop that no call has returned yet. */
  async stop(): Promise<Stop> {
    await this.until(() => this.stops.length > this.taken, 'the machine stopped');
    return this.stops[this.taken++];
  }

  async continue(): Promise<Stop> {
    // VS Code's command is for the session that has the focus, which may be the one before; the workbench tests use it.
    await this.request('continue', { threadId: this.stops[this.stops.length - 1].threadId });
    return this.stop();
  }

  /** Any request of DAP, or one of the custom ones. */
  request<T>(command: string, args: object = {}): Thenable<T> {
    return this.session.customRequest(command, args) as Thenable<T>;
  }

  async snapshot(...parts: (keyof SnapshotParts)[]): Promise<Snapshot> {
    const stopNumber = this.stops[this.stops.length - 1].stopNumber;
    return this.request('worldswitch/snapshot', { stopNumber, parts });
  }

  async threads(): Promise<DebugProtocol.Thread[]> {
    return (await this.request<DebugProtocol.ThreadsResponse['body']>('threads')).threads;
  }

  /** The thread whose name has the text. */
  async thread(text: string): Promise<number> {
    const threads = await this.threads();
    const found = threads.find(({ name }) => name.includes(text));
    assert.ok(found, `a thread ${text} among ${threads.map(({ name }) => name).join(', ')}`);
    return found.id;
  }

  async stack(threadId: number): Promise<Frame[]> {
    const { stackFrames } = await this.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', {
      threadId,
    });
    return stackFrames.map(({ name, source, line, id, instructionPointerReference }) => ({
      name,
      file: source?.name ?? source?.path?.split('/').pop(),
      line,
      id,
      address: instructionPointerReference,
    }));
  }

  async evaluate(expression: string, frameId?: number): Promise<string> {
    const { result } = await this.request<DebugProtocol.EvaluateResponse['body']>('evaluate', {
      expression,
      frameId,
      context: 'watch',
    });
    return result;
  }

  async exceptionInfo(threadId: number | undefined): Promise<DebugProtocol.ExceptionInfoResponse['body']> {
    return this.request('exceptionInfo', { threadId });
  }

  /** Waits until VS Code itself shows this thread's frame as selected. */
  async focused(threadId: number): Promise<vscode.DebugStackFrame> {
    let frame: vscode.DebugStackFrame | undefined;
    await this.until(() => {
      const item = vscode.debug.activeStackItem;
      frame = item instanceof vscode.DebugStackFrame && item.threadId === threadId ? item : undefined;
      return frame !== undefined;
    }, `a frame of thread ${threadId} was selected`);
    assert.ok(frame);
    return frame;
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + LIMIT;
    while (!condition()) {
      if (this.ended && !condition()) assert.fail(`The session ended before ${what}.`);
      if (Date.now() > deadline) assert.fail(`It took too long until ${what}.`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async close(): Promise<void> {
    if (!this.ended) await vscode.debug.stopDebugging(this.session);
    await this.until(() => this.ended, 'the session ended').catch(() => undefined);
    this.tracker.dispose();
  }

  private take({ type, event, body }: { type: string; event?: string; body?: unknown }): void {
    if (type !== 'event') return;
    if (event === 'stopped') this.stops.push(body as Stop);
    if (event === 'worldswitch/consoleOutput') {
      const { console: name, text } = body as { console: string; text: string };
      this.text.set(name, (this.text.get(name) ?? '') + text);
    }
    this.wake();
  }

  private end(): void {
    this.ended = true;
    this.wake();
  }
}
