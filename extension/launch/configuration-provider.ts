// Launch configurations: the one that needs no attribute, and the check before a session starts.
import * as vscode from 'vscode';
import { launchProblems } from '../../debug-adapter/protocol/launch-validation';
import { DEBUG_TYPE } from '../session/protocol';
import { withAbsolutePaths } from './configuration-paths';

/** Boots the bundled hypervisor and stops at the first trap of a guest, when there is something in every view. */
export const SAMPLE_CONFIGURATION: vscode.DebugConfiguration = {
  type: DEBUG_TYPE,
  request: 'launch',
  name: 'KVM/ARM: Boot sample',
  sample: 'kvm-arm',
  stopOn: [{ event: 'hypTrap', condition: 'vm != 0' }],
};

/** Shows why a configuration is refused; true when the user wants to see launch.json. */
export type ShowRefusal = (message: string, detail: string) => Thenable<boolean>;

const showRefusal: ShowRefusal = async (message, detail) => {
  const open = 'Open launch.json';
  return (await vscode.window.showErrorMessage(message, { modal: true, detail }, open)) === open;
};

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  constructor(private readonly show: ShowRefusal = showRefusal) {}

  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    return [SAMPLE_CONFIGURATION];
  }

  /** F5 without a launch.json gives an empty configuration. */
  resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration {
    return configuration.type ? configuration : { ...SAMPLE_CONFIGURATION };
  }

  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | null | undefined> {
    const problems = launchProblems(configuration);
    if (problems.length > 0) {
      const wantsFile = await this.show(
        `The launch configuration "${configuration.name}" can't be used.`,
        problems.map(({ message }) => message).join('\n\n'),
      );
      // null opens launch.json, undefined does nothing more.
      return wantsFile ? null : undefined;
    }
    const base = folder ?? vscode.workspace.workspaceFolders?.[0];
    return base ? withAbsolutePaths(configuration, base.uri.fsPath) : configuration;
  }
}
