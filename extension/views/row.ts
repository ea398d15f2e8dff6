// A row of a tree view, as plain data: what a view shows is made without VS Code and tested without it.

export interface Row {
  /** Unique in its view and stable over stops, so that expanded rows stay expanded. */
  id: string;
  label: string;
  /** Beside the label, less prominent. */
  description?: string;
  /** Markdown. */
  tooltip?: string;
  /** A codicon and, optionally, a theme colour. */
  icon?: string;
  color?: string;
  expanded?: boolean;
  children?: Row[];
  /** Words for the `when` clauses of menus: `value`, `watchable`, `translation`. */
  context?: string;
  /** For Copy Value. */
  value?: string;
  /** For Copy as Expression. */
  expression?: string;
  /** For screen readers, when label and description alone don't tell. */
  spoken?: string;
}

/** Colours of the theme, by what they mean here. */
export const COLORS = {
  changed: 'charts.yellow',
  guest: 'charts.green',
  host: 'charts.blue',
  hyp: 'charts.purple',
  pending: 'charts.yellow',
  active: 'charts.green',
  problem: 'list.errorForeground',
  quiet: 'disabledForeground',
} as const;

/** A size in the largest unit that divides it. */
export function sizeInWords(bytes: number): string {
  const units: [string, number][] = [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ];
  const unit = units.find(([, factor]) => bytes >= factor && bytes % factor === 0);
  return unit ? `${bytes / unit[1]} ${unit[0]}` : `${bytes} bytes`;
}

/** A whole number with thin grouping for reading. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** Characters with a meaning in Markdown, made literal. */
export function literal(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>]/g, '\\$&');
}
