// Starts the debug adapter: a process of its own, on the Node that VS Code itself brings.
import * as vscode from 'vscode';

export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  constructor(private readonly extensionUri: vscode.Uri) {}

  createDebugAdapterDescriptor(): vscode.DebugAdapterDescriptor {
    // VS Code forks a command `node` with its own executable; no Node has to be installed.
    const program = vscode.Uri.joinPath(this.extensionUri, 'dist', 'debug-adapter.js').fsPath;
    return new vscode.DebugAdapterExecutable('node', [program], { cwd: this.extensionUri.fsPath });
  }
}
