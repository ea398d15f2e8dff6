/** The console text of the bundled hypervisor: what of it is the same on every correct machine. */

/** Sections whose content depends on the machine: traps that QEMU lacks, counts that depend on timing. */
const MACHINE_DEPENDENT = [
  'traps that not every emulator has',
  'exit statistics',
  'trace',
  'memory statistics',
];

/**
 * The comparable lines of a console: carriage returns removed, machine-dependent sections and the host's
 * RAM size (which follows the machine's memory) left out.
 *
 * @throws Error if a section's begin and end marks don't pair up.
 */
export function comparableConsole(text: string): string[] {
  const lines: string[] = [];
  let section: string | undefined;
  for (const line of text.replaceAll('\r', '').split('\n')) {
    const begins = MACHINE_DEPENDENT.find((name) => line.endsWith(`--- ${name}: begin ---`));
    const ends = MACHINE_DEPENDENT.find((name) => line.endsWith(`--- ${name}: end ---`));
    if (begins) {
      if (section) throw new Error(`"${begins}" begins inside "${section}"`);
      section = begins;
    } else if (ends) {
      if (section !== ends) throw new Error(`"${ends}" ends without a beginning`);
      section = undefined;
    } else if (!section && line !== '' && !line.startsWith('host: RAM ')) {
      lines.push(line);
    }
  }
  if (section) throw new Error(`"${section}" does not end`);
  return lines;
}

/** The lines of one marked section, its marks excluded; undefined if the console has no such section. */
export function consoleSection(text: string, name: string): string[] | undefined {
  const lines = text.replaceAll('\r', '').split('\n');
  const begin = lines.findIndex((line) => line.endsWith(`--- ${name}: begin ---`));
  const end = lines.findIndex((line) => line.endsWith(`--- ${name}: end ---`));
  return begin < 0 || end < begin ? undefined : lines.slice(begin + 1, end);
}
