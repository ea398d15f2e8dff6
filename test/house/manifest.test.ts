// package.json: in step with the table of launch attributes, complete, and shipping only what is needed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { listFiles } from '@vscode/vsce';
import ts from 'typescript';
import { launchProblems } from '../../debug-adapter/protocol/launch-validation';

interface Manifest {
  icon: string;
  scripts: Record<string, string>;
  contributes: {
    debuggers: {
      type: string;
      languages: string[];
      configurationSnippets: { label: string; body: object }[];
    }[];
    breakpoints: { language: string }[];
    languages: { id: string; configuration: string }[];
    grammars: { language: string; path: string }[];
    views: Record<string, { id: string; name: string; icon: string }[]>;
    commands: { command: string; title: string }[];
    menus: Record<string, { command: string }[]>;
  };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const { contributes } = manifest;

describe('package.json', () => {
  it('has the launch schema, and docs/ the page, that the table gives', () => {
    execFileSync(process.execPath, ['scripts/manifest.mjs', '--check'], { stdio: 'pipe' });
  });

  it('has notices for exactly the packages that are bundled', () => {
    execFileSync(process.execPath, ['scripts/notices.mjs', '--check'], { stdio: 'pipe' });
  });

  it('goes with a page of deviations that is the lists the tests use', () => {
    execFileSync(process.execPath, ['scripts/deviations.mjs', '--check'], { stdio: 'pipe' });
  });

  it('goes with a page of what is UNPREDICTABLE that is the table of instructions', () => {
    execFileSync(process.execPath, ['scripts/unpredictable.mjs', '--check'], { stdio: 'pipe' });
  });

  it('names files that are there', () => {
    const paths = [
      manifest.icon,
      ...contributes.languages.map(({ configuration }) => configuration),
      ...contributes.grammars.map(({ path }) => path),
      ...Object.values(contributes.views)
        .flat()
        .map(({ icon }) => icon),
    ];
    for (const path of paths) assert.ok(existsSync(path), path);
    for (const [name, command] of Object.entries(manifest.scripts)) {
      const script = /^node (scripts\/\S+)/.exec(command)?.[1];
      if (script) assert.ok(existsSync(script), `npm run ${name}: ${script}`);
    }
  });

  it('takes breakpoints in every language that the debugger is for', () => {
    const [debuggerContribution] = contributes.debuggers;
    assert.deepEqual(
      contributes.breakpoints.map(({ language }) => language),
      debuggerContribution.languages,
    );
    for (const language of ['c', 'cpp', 'worldswitch-asm'])
      assert.ok(debuggerContribution.languages.includes(language));
  });

  it('has commands in menus that it declares and that the extension registers', () => {
    const declared = contributes.commands.map(({ command }) => command);
    for (const { command } of Object.values(contributes.menus).flat())
      assert.ok(declared.includes(command), command);
    const bundle = readFileSync('dist/extension.js', 'utf8');
    for (const command of declared) assert.match(bundle, new RegExp(`registerCommand\\(\\s*"${command}"`));
    for (const { id } of Object.values(contributes.views).flat()) assert.ok(bundle.includes(`"${id}"`), id);
  });

  it('has snippets for the five uses, each a valid configuration once its placeholders are filled', () => {
    const snippets = contributes.debuggers[0].configurationSnippets;
    assert.equal(snippets.length, 5);
    for (const { label, body } of snippets) {
      const filled = JSON.parse(
        JSON.stringify(body)
          .replaceAll(/"\^\\"(.*?)\\""/g, '"$1"')
          .replaceAll(/\$\{\d+:([^}]*)\}/g, '$1'),
      ) as unknown;
      assert.deepEqual(launchProblems(filled), [], label);
    }
  });

  it('ships bundles, sources and images of the hypervisor, and nothing of the tests or tools', async () => {
    const shipped = await listFiles({ cwd: process.cwd(), packageManager: 0 });
    const allowed =
      /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|THIRD-PARTY-NOTICES|dist\/[\w-]+\.js|media\/[\w-]+\.(png|svg)|syntaxes\/[\w.-]+\.json|samples\/.+|docs\/.+\.md|hypervisor\/.+\.(c|h|S|lds|md|elf|delta)|hypervisor\/images\/BUILD\.json)$/;
    assert.deepEqual(
      shipped.filter((path) => !allowed.test(path)),
      [],
    );
    for (const path of [
      'dist/extension.js',
      'syntaxes/arm-assembly.tmLanguage.json',
      'samples/kvm-arm/.vscode/launch.json',
    ])
      assert.ok(shipped.includes(path), path);
    assert.ok(
      shipped.some((path) => /^hypervisor\/images\/.+\.elf$/.test(path)),
      'an image',
    );
  });
});

describe('samples', () => {
  it('have valid launch configurations, the first of which is the one for F5', () => {
    const path = 'samples/kvm-arm/.vscode/launch.json';
    const { config, error } = ts.parseConfigFileTextToJson(path, readFileSync(path, 'utf8')) as {
      config: { configurations: { name: string }[] };
      error?: ts.Diagnostic;
    };
    assert.equal(error, undefined);
    assert.equal(config.configurations[0].name, 'KVM/ARM: Boot sample');
    for (const configuration of config.configurations)
      assert.deepEqual(launchProblems(configuration), [], configuration.name);
  });
});
