// The status bar's item: who executes, and the virtual time.
import * as vscode from 'vscode';
import type { Snapshots } from '../session/snapshots';
import { executing } from './host-view';
import { grouped } from './row';

export function registerStatusBar(snapshots: Snapshots): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('worldswitch.status', vscode.StatusBarAlignment.Left, 100);
  item.name = 'Worldswitch: World';
  const listening = snapshots.onDidChange(({ session, running, snapshot }) => {
    const status = snapshot?.status;
    if (!session || (!running && !status)) item.hide();
    else if (running) {
      item.text = '$(sync~spin) running';
      item.tooltip = 'The machine is running.';
      item.show();
    } else if (status) {
      const core = status.cores.find((one) => one.core === status.core) ?? status.cores[0];
      const who = core.world === 'guest' ? `VM ${core.vm} vCPU ${core.vcpu}` : core.world;
      const mode = core.world === 'hyp' ? '' : ` ${core.mode}`;
      const phase = core.phase ? `, ${core.phase.direction} ${core.phase.step}/5: ${core.phase.name}` : '';
      item.text = `$(arrow-swap) ${who}${mode} ${core.privilege}${phase}  ${grouped(status.position)}`;
      item.tooltip = `CPU${core.core} executes ${executing(core)}.\n${grouped(status.position)} instructions executed, ${(status.nanoseconds / 1e6).toFixed(3)} ms of virtual time.`;
      item.show();
    }
  });
  return vscode.Disposable.from(item, listening);
}
