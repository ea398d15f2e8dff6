// Called by VS Code in its extension host: runs the suite in extension-host/.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

const ROOT = join(__dirname, '..', '..', '..');

export async function run(): Promise<void> {
  const mocha = new Mocha({
    reporter: join(ROOT, 'scripts', 'house', 'reporter.cjs'),
    timeout: 60000,
    forbidOnly: true,
    forbidPending: true,
    color: false,
    ...(process.env.MOCHA_GREP ? { grep: process.env.MOCHA_GREP } : {}),
  });
  const folder = join(__dirname, 'extension-host');
  for (const name of readdirSync(folder).sort())
    if (name.endsWith('.test.js')) mocha.addFile(join(folder, name));
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} failed`);
}
