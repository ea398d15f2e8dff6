// Starts the debug adapter: a process of its own, on the Node that VS Code itself brings.
import * as vscode from 'vscode';
import { NODE_OPTIONS } from '../../debug-adapter/protocol/node-options';

export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  /** @param storage where the extension may keep files, for all workspaces. */
  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly storage: vscode.Uri,
  ) {}

  createDebugAdapterDescriptor(): vscode.DebugAdapterDescriptor {
    // VS Code forks a command `node` with its own executable; no Node has to be installed.
    const program = vscode.Uri.joinPath(this.extensionUri, 'dist', 'debug-adapter.js').fsPath;
    // What is compiled in one session need not be compiled in the next.
    const translations = vscode.Uri.joinPath(this.storage, 'translations').fsPath;
    return new vscode.DebugAdapterExecutable('node', [program, '--translations', translations], {
      cwd: this.extensionUri.fsPath,
      env: { NODE_OPTIONS: [process.env.NODE_OPTIONS ?? '', ...NODE_OPTIONS].join(' ').trim() },
    });
  }
}
