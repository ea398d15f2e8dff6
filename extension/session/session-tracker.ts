// Follows each debug session's messages: where it stands (running, or at which stop) and what its consoles say.
import * as vscode from 'vscode';
import type { ConsoleOutput, ConsolesChanged } from '../../debug-adapter/protocol/consoles';
import type { CustomEventName } from '../../debug-adapter/protocol/messages';
import type { StoppedEventExtra } from '../../debug-adapter/protocol/snapshot';
import { DEBUG_TYPE } from './protocol';

interface ProtocolMessage {
  type: string;
  event?: string;
  body?: unknown;
}

/** A session's standing: `stopNumber` is 0 while the machine runs. */
export interface Standing {
  session: vscode.DebugSession;
  stopNumber: number;
}

export class SessionTracker implements vscode.DebugAdapterTrackerFactory, vscode.Disposable {
  private readonly standings = new Map<string, Standing>();
  private readonly changed = new vscode.EventEmitter<Standing>();
  private readonly ended = new vscode.EventEmitter<vscode.DebugSession>();
  private readonly consoles = new vscode.EventEmitter<{ session: vscode.DebugSession } & ConsolesChanged>();
  private readonly output = new vscode.EventEmitter<{ session: vscode.DebugSession } & ConsoleOutput>();

  /** A session stopped, or runs again. */
  readonly onDidChange = this.changed.event;
  readonly onDidEnd = this.ended.event;
  readonly onDidChangeConsoles = this.consoles.event;
  readonly onDidWriteConsole = this.output.event;

  private readonly registration = vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, this);

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    return {
      onWillStartSession: () => this.stand(session, 0),
      onDidSendMessage: (message: ProtocolMessage) => {
        if (message.type === 'event') this.take(session, message);
      },
      onWillStopSession: () => this.end(session),
      onExit: () => this.end(session),
    };
  }

  /** The standing of a session, undefined when it is not one of ours or has ended. */
  standingOf(session: vscode.DebugSession | undefined): Standing | undefined {
    return session && this.standings.get(session.id);
  }

  dispose(): void {
    this.registration.dispose();
    for (const emitter of [this.changed, this.ended, this.consoles, this.output]) emitter.dispose();
  }

  private take(session: vscode.DebugSession, { event, body }: ProtocolMessage): void {
    switch (event as CustomEventName | 'stopped' | 'continued') {
      case 'stopped':
        this.stand(session, (body as StoppedEventExtra).stopNumber);
        break;
      case 'continued':
        this.stand(session, 0);
        break;
      case 'worldswitch/consoles':
        this.consoles.fire({ session, ...(body as ConsolesChanged) });
        break;
      case 'worldswitch/consoleOutput':
        this.output.fire({ session, ...(body as ConsoleOutput) });
        break;
    }
  }

  private stand(session: vscode.DebugSession, stopNumber: number): void {
    const standing = { session, stopNumber };
    this.standings.set(session.id, standing);
    this.changed.fire(standing);
  }

  private end(session: vscode.DebugSession): void {
    if (this.standings.delete(session.id)) this.ended.fire(session);
  }
}
