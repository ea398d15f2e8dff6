/** The folder of files that are made anew when they are lost: what stays, and what is said where it cannot be had. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptFiles } from '../../../debug-adapter/node/kept-files';

const MOST_FILES = 16;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('kept files', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'worldswitch-kept-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('come back, from a folder that is made for them, and only under their name', async () => {
    const kept = keptFiles(join(folder, 'a', 'b'));
    assert.equal(await kept.load('one'), undefined);
    kept.save('one', bytes('first'));
    kept.save('one', bytes('second'));
    assert.deepEqual(Buffer.from((await kept.load('one'))!).toString(), 'second');
    assert.equal(await kept.load('two'), undefined);
    assert.deepEqual(readdirSync(join(folder, 'a', 'b')), ['one.translations']);
  });

  it('go when there are too many, those that were written first, and nothing else of the folder goes', () => {
    const kept = keptFiles(folder);
    writeFileSync(join(folder, 'mine.txt'), 'older than all');
    utimesSync(join(folder, 'mine.txt'), 1, 1);
    for (let n = 0; n < MOST_FILES + 3; n++) {
      kept.save(`n${n}`, bytes('x'));
      // Later than what is there: n2 is written again and stays.
      utimesSync(join(folder, `n${n}.translations`), 1000 + n, 1000 + n);
      if (n === MOST_FILES - 1) {
        kept.save('n2', bytes('again'));
        utimesSync(join(folder, 'n2.translations'), 1000 + n, 1000 + n);
      }
    }
    const expected = ['mine.txt', 'n2.translations'];
    for (let n = 4; n < MOST_FILES + 3; n++) expected.push(`n${n}.translations`);
    assert.deepEqual(readdirSync(folder).sort(), expected.sort());
  });

  it('say what is wrong where they cannot be read or written, and leave nothing unfinished', async () => {
    const kept = keptFiles(folder);
    mkdirSync(join(folder, 'one.translations', 'inside'), { recursive: true });
    await assert.rejects(kept.load('one'), /one\.translations cannot be read: it is a folder$/);
    assert.throws(() => kept.save('one', bytes('x')), /one\.translations cannot be written: /);
    assert.deepEqual(readdirSync(folder), ['one.translations']);
    writeFileSync(join(folder, 'file'), '');
    const inFile = keptFiles(join(folder, 'file'));
    assert.throws(
      () => inFile.save('one', bytes('x')),
      /cannot be written: a part of the path is no folder$/,
    );
  });
});
