// The suite test/vscode: first in the extension host of a real VS Code, then in Chromium as a person would use it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endOnSignals, runLimited } from './house/process-group.mjs';
import { runInExtensionHost } from './vscode/extension-host.mjs';

const root = join(import.meta.dirname, '..');
const total = process.env.SUITE_RESULT;
const hostResult = join(root, 'out', 'result-vscode-extension-host.json');
const workbenchResult = join(root, 'out', 'result-vscode-workbench.json');
const artifacts = join(root, 'artifacts');
mkdirSync(artifacts, { recursive: true });

const counted = (path) =>
  existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { passed: 0, failed: 1, pending: 0 };

const hostCode = await runInExtensionHost({
  workspace: join(root, 'samples', 'kvm-arm', 'kvm-arm.code-workspace'),
  development: [root],
  tests: join(root, 'out', 'test', 'vscode', 'index'),
  limit: 540,
  env: { SUITE_RESULT: hostResult },
  screenshot: join(artifacts, 'extension-host.png'),
});

endOnSignals();
const workbenchCode = await runLimited(
  process.execPath,
  ['node_modules/mocha/bin/mocha.js', '--config', '.mocharc.json', 'out/test/vscode/workbench/**/*.test.js'],
  { limit: 360, cwd: root, env: { ...process.env, SUITE_RESULT: workbenchResult } },
);

const results = [counted(hostResult), counted(workbenchResult)];
const sum = (key) => results.reduce((all, result) => all + result[key], 0);
if (total)
  writeFileSync(
    total,
    JSON.stringify({ passed: sum('passed'), failed: sum('failed'), pending: sum('pending') }),
  );
process.exit(hostCode || workbenchCode);
