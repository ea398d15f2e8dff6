/**
 * The kernel's own messages, as `dmesg -r` prints them, made comparable between two machines: what was measured, counted
 * by real time or chosen at random differs between two boots on one machine too.
 */

export interface Message {
  /** Of <linux/kern_levels.h>: 0 an emergency … 4 a warning, 5 a notice, 6 for information, 7 for debugging. */
  readonly level: number;
  readonly text: string;
}

/** The worst level that is no warning. */
const NOTICE = 5;

/** What may differ between two boots, and what stands for it. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  // How fast a loop or a clock was.
  [/[\d.]+ BogoMIPS/g, 'N BogoMIPS'],
  [/lpj=\d+/g, 'lpj=N'],
  [/\b[\d.]+ ?(us|ms|MB\/sec|usecs|msecs|seconds)\b/g, 'N $1'],
  // When something happened.
  [/audit\([\d.]+:\d+\)/g, 'audit(T)'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d UTC \(\d+\)/g, 'DATE'],
  // Pointers, which the kernel hides behind a random number.
  [/\(____ptrval____\)|\(ptrval\)/g, 'POINTER'],
];

/** The messages in lines such as `<6>[    0.000000] Linux version …`, in order; what is none is passed over. */
export function kernelMessages(lines: readonly string[]): readonly Message[] {
  return lines.flatMap((line) => {
    const match = /^<(\d+)>(?:\[ *\d+\.\d+\] ?)?(.*)$/.exec(line);
    if (match === null) return [];
    // A priority is a facility and, in its low three bits, the level.
    return [{ level: Number(match[1]) & 7, text: comparable(match[2]!) }];
  });
}

function comparable(text: string): string {
  return VARIABLE.reduce((sum, [what, instead]) => sum.replace(what, instead), text.trimEnd());
}

/** Warnings and what is worse, of `ours`, that `theirs` does not have at any level. */
export function warningsOnlyIn(ours: readonly Message[], theirs: readonly Message[]): readonly string[] {
  const known = new Set(theirs.map(({ text }) => text));
  return ours.filter(({ level, text }) => level < NOTICE && !known.has(text)).map(({ text }) => text);
}
