// A console of the machine as a terminal: what its device sends is shown, what the user types is sent to it.
import * as vscode from 'vscode';

/** Devices send a line feed alone where a terminal needs a carriage return before it. */
function forTerminal(text: string, lastWasReturn: boolean): string {
  return text.replace(/\r?\n/g, (end, at: number) =>
    end === '\n' && at === 0 && lastWasReturn ? '\n' : '\r\n',
  );
}

export class MachineConsole implements vscode.Pseudoterminal, vscode.Disposable {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new vscode.EventEmitter<void>();
  private terminal?: vscode.Terminal;
  /** What came before the terminal was shown: it takes nothing until it is open. */
  private waiting: string[] = [];
  private isOpen = false;
  private lastWasReturn = false;
  private send?: (text: string) => void;

  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closed.event;

  constructor(
    private readonly title: string,
    private readonly icon: string,
    private readonly forget: () => void,
  ) {}

  /** Joins a session: a terminal that is there already is cleared and used again. */
  connect(send: (text: string) => void): void {
    if (this.terminal) this.show('\x1b[2J\x1b[3J\x1b[H');
    this.send = send;
    this.terminal ??= vscode.window.createTerminal({
      name: this.title,
      pty: this,
      iconPath: new vscode.ThemeIcon(this.icon),
    });
  }

  /** The session is over: the text stays readable. */
  disconnect(): void {
    if (!this.send) return;
    this.send = undefined;
    this.show('\r\n\x1b[2m[The session has ended.]\x1b[0m\r\n');
  }

  get isConnected(): boolean {
    return this.send !== undefined;
  }

  write(text: string): void {
    if (text === '') return;
    this.show(forTerminal(text, this.lastWasReturn));
    this.lastWasReturn = text.endsWith('\r');
  }

  reveal(preserveFocus: boolean): void {
    this.terminal?.show(preserveFocus);
  }

  open(): void {
    this.isOpen = true;
    for (const text of this.waiting.splice(0)) this.written.fire(text);
  }

  /** The user closed the terminal. */
  close(): void {
    this.forget();
    this.dispose();
  }

  handleInput(text: string): void {
    this.send?.(text);
  }

  dispose(): void {
    this.send = undefined;
    this.terminal?.dispose();
    this.terminal = undefined;
    this.written.dispose();
    this.closed.dispose();
  }

  private show(text: string): void {
    if (this.isOpen) this.written.fire(text);
    else this.waiting.push(text);
  }
}
