// The consoles of all sessions: one terminal for each console of the host, and one for every guest.
import * as vscode from 'vscode';
import type { ConsoleName } from '../../debug-adapter/protocol/consoles';
import { request } from '../session/protocol';
import type { SessionTracker } from '../session/session-tracker';
import { MachineConsole } from './machine-console';

interface OpenConsole {
  sessionId: string;
  name: ConsoleName;
  console: MachineConsole;
}

/** `Host console`, `Host console 2`, `Guest 1 console`. */
function titleOf(name: ConsoleName): string {
  const [kind, number = ''] = name.split(' ');
  return kind === 'host' ? `Host console ${number}`.trimEnd() : `Guest ${number} console`;
}

export class Consoles implements vscode.Disposable {
  private open: OpenConsole[] = [];
  private readonly subscriptions: vscode.Disposable;

  constructor(tracker: SessionTracker) {
    this.subscriptions = vscode.Disposable.from(
      tracker.onDidChangeConsoles(({ session, consoles }) => {
        for (const name of consoles) this.consoleOf(session, name);
      }),
      tracker.onDidWriteConsole(({ session, console: name, text }) =>
        this.consoleOf(session, name).write(text),
      ),
      tracker.onDidEnd((session) => {
        for (const one of this.open) if (one.sessionId === session.id) one.console.disconnect();
      }),
      vscode.commands.registerCommand('worldswitch.showConsole', () => this.choose()),
    );
  }

  dispose(): void {
    this.subscriptions.dispose();
    for (const { console } of this.open) console.dispose();
    this.open = [];
  }

  private consoleOf(session: vscode.DebugSession, name: ConsoleName): MachineConsole {
    const known = this.open.find((one) => one.sessionId === session.id && one.name === name);
    if (known) return known.console;
    // A terminal that an ended session left is taken over, so that restarts don't pile them up.
    const left = this.open.find((one) => one.name === name && !one.console.isConnected);
    const entry = left ?? { sessionId: session.id, name, console: this.create(name) };
    entry.sessionId = session.id;
    if (!left) this.open.push(entry);
    entry.console.connect((text) => {
      request(session, 'worldswitch/consoleInput', { console: name, text }).then(
        undefined,
        (error: unknown) => {
          void vscode.window.showWarningMessage(error instanceof Error ? error.message : String(error));
        },
      );
    });
    if (name === 'host') entry.console.reveal(true);
    return entry.console;
  }

  private create(name: ConsoleName): MachineConsole {
    const console: MachineConsole = new MachineConsole(
      titleOf(name),
      name.startsWith('host') ? 'server' : 'vm',
      () => {
        this.open = this.open.filter((one) => one.console !== console);
      },
    );
    return console;
  }

  private async choose(): Promise<void> {
    const items = this.open.map((one) => ({ label: titleOf(one.name), one }));
    if (items.length === 0) {
      void vscode.window.showInformationMessage('The machine has no console yet.');
      return;
    }
    const chosen =
      items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title: 'Show a Console' });
    chosen?.one.console.reveal(false);
  }
}
