// Launch configurations: the one that needs no attribute, and the check before a session starts.
import * as vscode from 'vscode';
import { launchProblems } from '../../debug-adapter/protocol/launch-validation';
import { DEBUG_TYPE } from '../session/protocol';
import { withAbsolutePaths } from './configuration-paths';

/** Boots the bundled hypervisor and stops at the first Hyp trap. */
export const SAMPLE_CONFIGURATION: vscode.DebugConfiguration = {
  type: DEBUG_TYPE,
  request: 'launch',
  name: 'KVM/ARM: Boot sample',
  sample: 'kvm-arm',
  stopOn: ['hypTrap'],
};

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
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
    if (problems.length > 0)
      return this.refuse(
        configuration,
        problems.map(({ message }) => message),
      );
    const base = folder ?? vscode.workspace.workspaceFolders?.[0];
    return base ? withAbsolutePaths(configuration, base.uri.fsPath) : configuration;
  }

  /** null opens launch.json, undefined does nothing more. */
  private async refuse(
    configuration: vscode.DebugConfiguration,
    messages: string[],
  ): Promise<null | undefined> {
    const open = 'Open launch.json';
    const answer = await vscode.window.showErrorMessage(
      `The launch configuration "${configuration.name}" can't be used.`,
      { modal: true, detail: messages.join('\n\n') },
      open,
    );
    return answer === open ? null : undefined;
  }
}
