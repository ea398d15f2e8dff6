import assert from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparableConsole } from './console';
import { EXPECTED_CONSOLE, IMAGES, ROOT } from './paths';
import { runQemu } from './qemu';

const BUILD = join(ROOT, 'scripts/build-hypervisor.mjs');

describe('hypervisor images: build', function () {
  this.timeout(180_000);

  it('the sources give the shipped images', () => {
    const check = spawnSync(process.execPath, [BUILD, '--check'], { encoding: 'utf8' });
    if (check.status !== 3) {
      assert.strictEqual(check.status, 0, check.stdout + check.stderr);
      return;
    }
    // Another compiler version: other bytes, the same behaviour.
    const out = mkdtempSync(join(tmpdir(), 'worldswitch-images-'));
    try {
      execFileSync(process.execPath, [BUILD, '--out', out]);
      const console = comparableConsole(runQemu(join(out, 'kvm-arm.elf'), 'virt,virtualization=on'));
      assert.deepStrictEqual(console, comparableConsole(readFileSync(EXPECTED_CONSOLE, 'utf8')));
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });

  it('all images together stay below 1.2 MB', () => {
    const bytes = readdirSync(IMAGES).reduce((sum, name) => sum + statSync(join(IMAGES, name)).size, 0);
    assert.ok(bytes < 1_200_000, `${bytes} bytes`);
  });

  it('nothing is linked in from a compiler or C library', () => {
    for (const image of readdirSync(IMAGES).filter((name) => name.endsWith('.elf'))) {
      const symbols = execFileSync('arm-none-eabi-nm', [join(IMAGES, image)], { encoding: 'utf8' });
      assert.doesNotMatch(symbols, / (__aeabi_|_exit$|__libc)/m, image);
    }
  });

  it('VFP and Advanced SIMD registers are only moved, never computed with', () => {
    for (const image of readdirSync(IMAGES).filter((name) => name.endsWith('.elf'))) {
      const code = execFileSync('arm-none-eabi-objdump', ['-d', '--no-show-raw-insn', join(IMAGES, image)], {
        encoding: 'utf8',
        maxBuffer: 1 << 26,
      });
      const vector = code.match(/^\s+[0-9a-f]+:\s+v[a-z0-9.]+/gm) ?? [];
      const mnemonics = new Set(vector.map((line) => line.replace(/.*\s(v[a-z]+).*/s, '$1')));
      const moves = ['vldmia', 'vstmia', 'vldr', 'vstr', 'vmov', 'vmrs', 'vmsr'];
      assert.deepStrictEqual(
        [...mnemonics].filter((name) => !moves.includes(name)),
        [],
        image,
      );
    }
  });

  it('no path of the building machine is in the images', () => {
    for (const image of readdirSync(IMAGES)) {
      const text = readFileSync(join(IMAGES, image), 'latin1');
      assert.ok(!text.includes(ROOT), image);
      assert.ok(!text.includes(tmpdir() + '/'), image);
    }
  });
});
