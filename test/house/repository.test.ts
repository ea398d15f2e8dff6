// The repository itself: what may not be in it, and what must.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Tracked files and those about to be. */
const FILES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(path) && statSync(path).isFile());

const isText = (path: string): boolean => !/\.(png|elf|bin|dtb|gz|wasm|ico|zImage)$/i.test(path);
const TEXTS = FILES.filter(isText);

function linesWith(pattern: RegExp, except = /$^/): string[] {
  return TEXTS.filter((path) => !except.test(path)).flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [],
      ),
  );
}

const THIS_TEST = /^test\/house\/repository\.test\.ts$/;

describe('the repository', () => {
  it('names no path of a machine', () => {
    assert.deepEqual(
      linesWith(/(?<![\w.$}>)-])\/(work|root|home\/(?!me\b)\w+|tmp\/ws|Users\/\w+)\//, THIS_TEST),
      [],
    );
  });

  it('names no registry and locks no download address', () => {
    assert.deepEqual(
      linesWith(/registry\.npm|registry\.yarn|"resolved":|_authToken|\bnpmjs\.(org|com)\//, THIS_TEST),
      [],
    );
  });

  it('leaves nothing to be done later', () => {
    assert.deepEqual(linesWith(/\b(TODO|FIXME|XXX|HACK)\b/, THIS_TEST), []);
  });

  it('has a README in every folder with sources', () => {
    const folders = new Set(
      FILES.filter((path) => /\.(ts|mjs|c|S)$/.test(path) && path.includes('/')).map((path) => dirname(path)),
    );
    assert.deepEqual([...folders].filter((folder) => !existsSync(`${folder}/README.md`)).sort(), []);
  });

  it('has links in its pages that lead somewhere', () => {
    const broken = TEXTS.filter((path) => path.endsWith('.md')).flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:|#|mailto:|command:)([^)#\s]+)/g)]
        .map(([, link]) => link)
        .filter((link) => !existsSync(`${dirname(path)}/${link}`))
        .map((link) => `${path}: ${link}`),
    );
    assert.deepEqual(broken, []);
  });

  it('keeps what is made out of git', () => {
    assert.deepEqual(
      FILES.filter((path) => /^(dist|out|artifacts|node_modules|\.cache)\/|\.vsix$/.test(path)),
      [],
    );
  });

  it('has the files that a stranger looks for', () => {
    for (const path of [
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'THIRD-PARTY-NOTICES',
      '.ci/run',
    ])
      assert.ok(FILES.includes(path), path);
    assert.ok(statSync('.ci/run').mode & 0o100, '.ci/run is executable');
  });
});
