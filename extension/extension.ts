// The extension's entry: puts the parts together.
import * as vscode from 'vscode';
import { Consoles } from './consoles/consoles';
import { AdapterFactory } from './launch/adapter';
import { ConfigurationProvider } from './launch/configuration-provider';
import { registerSampleCommands } from './launch/sample';
import { DEBUG_TYPE } from './session/protocol';
import { SessionTracker } from './session/session-tracker';
import { Snapshots } from './session/snapshots';
import { registerStatusBar } from './views/status-bar';
import { registerViews } from './views/views';

export function activate(context: vscode.ExtensionContext): void {
  const provider = new ConfigurationProvider();
  const tracker = new SessionTracker();
  const snapshots = new Snapshots(tracker);
  context.subscriptions.push(
    tracker,
    snapshots,
    new Consoles(tracker),
    registerViews(snapshots),
    registerStatusBar(snapshots),
    registerSampleCommands(context.extensionUri),
    vscode.debug.registerDebugAdapterDescriptorFactory(
      DEBUG_TYPE,
      new AdapterFactory(context.extensionUri, context.globalStorageUri),
    ),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, provider),
    vscode.debug.registerDebugConfigurationProvider(
      DEBUG_TYPE,
      provider,
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
  );
}
