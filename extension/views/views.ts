// The four views and their commands.
import * as vscode from 'vscode';
import type { Translation } from '../../debug-adapter/protocol/translate';
import { DEBUG_TYPE, request } from '../session/protocol';
import type { Shown, Snapshots } from '../session/snapshots';
import { guestRows } from './guests-view';
import { hostRows } from './host-view';
import { listRegisterRows } from './list-registers-view';
import type { Row } from './row';
import { stage2Rows } from './stage2-view';
import { StateTreeView } from './tree-view';

const NO_GUEST = 'No guest has executed yet.';

/** The thread that is selected in the Call Stack view. */
function focusedThread(): number | undefined {
  const item = vscode.debug.activeStackItem;
  return item?.session.type === DEBUG_TYPE ? item.threadId : undefined;
}

function focusedFrame(): number | undefined {
  const item = vscode.debug.activeStackItem;
  return item instanceof vscode.DebugStackFrame ? item.frameId : undefined;
}

/** A translation holds at the stop at which it was made and is dropped with it. */
class TranslationShown {
  private made?: { translation: Translation; stopNumber: number };

  set(translation: Translation | undefined, stopNumber: number): void {
    this.made = translation && { translation, stopNumber };
  }

  at({ snapshot }: Shown): Translation | undefined {
    return snapshot?.stopNumber === this.made?.stopNumber ? this.made?.translation : undefined;
  }
}

export function registerViews(snapshots: Snapshots): vscode.Disposable {
  const translation = new TranslationShown();
  const guests = new StateTreeView(snapshots, {
    id: 'worldswitch.guests',
    part: 'guests',
    rows: ({ snapshot }) => (snapshot?.guests ? guestRows(snapshot.guests, focusedThread()) : []),
    nothing: NO_GUEST,
  });
  const host = new StateTreeView(snapshots, {
    id: 'worldswitch.host',
    part: 'host',
    rows: ({ snapshot }) => (snapshot?.host ? hostRows(snapshot.host, focusedThread()) : []),
    nothing: 'No core.',
  });
  const stage2 = new StateTreeView(snapshots, {
    id: 'worldswitch.stage2',
    part: 'stage2',
    rows: (shown) => (shown.snapshot?.stage2 ? stage2Rows(shown.snapshot.stage2, translation.at(shown)) : []),
    nothing: NO_GUEST,
  });
  const listRegisters = new StateTreeView(snapshots, {
    id: 'worldswitch.listRegisters',
    part: 'listRegisters',
    rows: ({ snapshot }) => (snapshot?.listRegisters ? listRegisterRows(snapshot.listRegisters) : []),
    nothing: 'The machine has no list registers.',
  });

  /** At a session's first stop the views come to the front, without taking the keyboard from the editor. */
  const presented = new Set<string>();
  function present({ session, running }: Shown): void {
    if (!session || running || presented.has(session.id)) return;
    presented.add(session.id);
    void vscode.commands.executeCommand('worldswitch.stage2.focus', { preserveFocus: true });
  }

  async function translate(): Promise<void> {
    const { session, snapshot } = snapshots.present;
    if (!session || !snapshot) return;
    const expression = await vscode.window.showInputBox({
      title: 'Translate an Address',
      prompt:
        'An address with its space (vm1:0x40008000, ipa1:0x09000000, host:0x80008000, hyp:0x40000000), or an expression in the selected frame',
      value: snapshot.guests?.guests.length ? `ipa${snapshot.guests.guests[0].vm}:0x` : '',
      valueSelection: [100, 100],
    });
    if (!expression) return;
    try {
      const frameId = focusedFrame();
      translation.set(
        await request(session, 'worldswitch/translate', {
          expression,
          ...(frameId === undefined ? {} : { frameId }),
        }),
        snapshot.stopNumber,
      );
      stage2.refresh();
      await stage2.reveal();
    } catch (error) {
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
  }

  async function raiseAsynchronousAbort(): Promise<void> {
    const session = vscode.debug.activeDebugSession;
    if (session?.type !== 'worldswitch') return;
    try {
      const frameId = focusedFrame();
      const { core } = await request(
        session,
        'worldswitch/asynchronousAbort',
        frameId === undefined ? {} : { frameId },
      );
      vscode.window.setStatusBarMessage(`An asynchronous abort is pending on core ${core}`, 5000);
    } catch (error) {
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
  }

  return vscode.Disposable.from(
    guests,
    host,
    stage2,
    listRegisters,
    snapshots.onDidChange(present),
    vscode.debug.onDidChangeActiveStackItem(() => {
      guests.refresh();
      host.refresh();
    }),
    vscode.commands.registerCommand('worldswitch.translateAddress', translate),
    vscode.commands.registerCommand('worldswitch.raiseAsynchronousAbort', raiseAsynchronousAbort),
    vscode.commands.registerCommand('worldswitch.forgetTranslation', () => {
      translation.set(undefined, 0);
      stage2.refresh();
    }),
    vscode.commands.registerCommand('worldswitch.copyValue', (row: Row) =>
      vscode.env.clipboard.writeText(row.value ?? row.label),
    ),
    vscode.commands.registerCommand('worldswitch.copyExpression', (row: Row) =>
      vscode.env.clipboard.writeText(row.expression ?? row.label),
    ),
  );
}
