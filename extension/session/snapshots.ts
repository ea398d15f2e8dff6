// The state at the present stop, fetched once for all views that are visible. Answers that come after the machine
// has gone on, or has stopped anew, are dropped.
import * as vscode from 'vscode';
import type { Snapshot, SnapshotParts } from '../../debug-adapter/protocol/snapshot';
import { DEBUG_TYPE, request } from './protocol';
import type { SessionTracker, Standing } from './session-tracker';

export type Part = keyof SnapshotParts;

/** What there is to show: `running` keeps the last snapshot in sight, since it is still what was true last. */
export interface Shown {
  session?: vscode.DebugSession;
  running: boolean;
  snapshot?: Snapshot;
  /** Why there is no snapshot, when the adapter said so. */
  problem?: string;
}

export class Snapshots implements vscode.Disposable {
  private readonly wanted = new Map<Part, () => boolean>();
  private readonly changed = new vscode.EventEmitter<Shown>();
  private readonly subscriptions: vscode.Disposable[];
  private shown: Shown = { running: false };

  readonly onDidChange = this.changed.event;

  constructor(private readonly tracker: SessionTracker) {
    this.subscriptions = [
      tracker.onDidChange((standing) => {
        const following =
          this.shown.session?.id ?? vscode.debug.activeDebugSession?.id ?? standing.session.id;
        if (standing.session.id === following) void this.follow(standing);
      }),
      tracker.onDidEnd((session) => {
        if (session.id === this.shown.session?.id) this.show({ running: false });
      }),
      vscode.debug.onDidChangeActiveDebugSession((session) => {
        if (session?.type !== DEBUG_TYPE || session.id === this.shown.session?.id) return;
        const standing = tracker.standingOf(session);
        if (standing) void this.follow(standing);
      }),
    ];
  }

  get present(): Shown {
    return this.shown;
  }

  /** A view takes this part of each snapshot while `isVisible` says so; `fetchMissing` when it becomes visible. */
  want(part: Part, isVisible: () => boolean): void {
    this.wanted.set(part, isVisible);
  }

  /** Fetches the parts that the snapshot shown lacks, e.g. since their view was hidden at the stop. */
  async fetchMissing(): Promise<void> {
    const { session, snapshot } = this.shown;
    const standing = this.tracker.standingOf(session);
    if (!standing || !snapshot || standing.stopNumber !== snapshot.stopNumber) return;
    const missing = this.visibleParts().filter((part) => snapshot[part] === undefined);
    if (missing.length > 0) await this.fetch(standing, missing, snapshot);
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, this.changed).dispose();
  }

  private visibleParts(): Part[] {
    return [...this.wanted].filter(([, isVisible]) => isVisible()).map(([part]) => part);
  }

  private async follow(standing: Standing): Promise<void> {
    if (standing.stopNumber === 0) {
      const same = standing.session.id === this.shown.session?.id;
      this.show({
        session: standing.session,
        running: true,
        snapshot: same ? this.shown.snapshot : undefined,
      });
    } else await this.fetch(standing, this.visibleParts());
  }

  private async fetch(standing: Standing, parts: Part[], known?: Snapshot): Promise<void> {
    const { session, stopNumber } = standing;
    const isPresent = (): boolean => this.tracker.standingOf(session)?.stopNumber === stopNumber;
    try {
      const snapshot = await request(session, 'worldswitch/snapshot', { stopNumber, parts });
      if (isPresent() && snapshot.stopNumber === stopNumber)
        this.show({ session, running: false, snapshot: { ...known, ...snapshot } });
    } catch (error) {
      if (isPresent())
        this.show({
          session,
          running: false,
          problem: error instanceof Error ? error.message : String(error),
        });
    }
  }

  private show(shown: Shown): void {
    this.shown = shown;
    this.changed.fire(shown);
  }
}
