// The bundled hypervisor: debug it, or open its sources as a workspace.
import * as vscode from 'vscode';
import { SAMPLE_CONFIGURATION } from './configuration-provider';

export function registerSampleCommands(extensionUri: vscode.Uri): vscode.Disposable {
  const workspaceFile = vscode.Uri.joinPath(extensionUri, 'samples', 'kvm-arm', 'kvm-arm.code-workspace');
  return vscode.Disposable.from(
    vscode.commands.registerCommand('worldswitch.debugSample', () =>
      vscode.debug.startDebugging(undefined, SAMPLE_CONFIGURATION),
    ),
    vscode.commands.registerCommand('worldswitch.openSample', () =>
      vscode.commands.executeCommand('vscode.openFolder', workspaceFile, { forceNewWindow: true }),
    ),
  );
}
