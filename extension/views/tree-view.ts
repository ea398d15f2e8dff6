// One tree view: shows rows made from its part of the present snapshot.
import * as vscode from 'vscode';
import type { Part, Shown, Snapshots } from '../session/snapshots';
import type { Row } from './row';

export interface ViewDescription<P extends Part = Part> {
  /** As in package.json. */
  id: string;
  part: P;
  /** The rows of a snapshot that holds the view's part. */
  rows: (shown: Shown) => Row[];
  /** Shown instead of rows when there are none. */
  nothing: string;
}

export class StateTreeView implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly tree: vscode.TreeView<Row>;
  private readonly subscriptions: vscode.Disposable[];
  private roots: Row[] = [];

  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly snapshots: Snapshots,
    private readonly description: ViewDescription,
  ) {
    this.tree = vscode.window.createTreeView(description.id, {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    snapshots.want(description.part, () => this.tree.visible);
    this.subscriptions = [
      this.tree,
      this.changed,
      snapshots.onDidChange(() => this.refresh()),
      this.tree.onDidChangeVisibility(({ visible }) => {
        if (visible) void snapshots.fetchMissing();
      }),
    ];
    this.refresh();
  }

  /** Makes the rows anew from the present snapshot. */
  refresh(): void {
    const shown = this.snapshots.present;
    const { snapshot, problem, running, session } = shown;
    // While the machine runs, and until a stop's state has come, the rows of the stop before stay.
    if (snapshot?.[this.description.part]) this.roots = this.description.rows(shown);
    else if (!session) this.roots = [];
    this.tree.message =
      problem ?? (this.roots.length === 0 && session && !running ? this.description.nothing : undefined);
    this.tree.description = running ? 'running' : undefined;
    this.changed.fire(undefined);
  }

  getChildren(row?: Row): Row[] {
    return row ? (row.children ?? []) : this.roots;
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const { TreeItemCollapsibleState: State } = vscode;
    const state = !row.children?.length ? State.None : row.expanded ? State.Expanded : State.Collapsed;
    const item = new vscode.TreeItem(row.label, state);
    item.id = row.id;
    item.description = row.description;
    item.contextValue = row.context;
    if (row.tooltip) item.tooltip = new vscode.MarkdownString(row.tooltip);
    if (row.icon)
      item.iconPath = new vscode.ThemeIcon(
        row.icon,
        row.color ? new vscode.ThemeColor(row.color) : undefined,
      );
    if (row.spoken) item.accessibilityInformation = { label: row.spoken };
    return item;
  }

  getParent(): undefined {
    return undefined;
  }

  reveal(): Thenable<void> | undefined {
    return this.roots.length > 0
      ? this.tree.reveal(this.roots[0], { select: false, focus: false })
      : undefined;
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }
}
