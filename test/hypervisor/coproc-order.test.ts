/** The table of CP15 registers is searched by halves: KVM doesn't start with one that is not sorted. */
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ElfFile } from '../../debug-adapter/symbols/elf';
import { DEFAULT_CONFIGURATION, Machine } from '../../emulator';
import { IMAGES } from './paths';

const image = readFileSync(join(IMAGES, 'kvm-arm.elf'));
const elf = new ElfFile(image, 'kvm-arm.elf');

/** Where a symbol's bytes are in the file. */
function offsetOf(name: string): number {
  const { address } = elf.symbols.named(name)!;
  const segment = elf.loadable.find(({ vaddr, fileSize }) => address >= vaddr && address < vaddr + fileSize)!;
  return segment.offset + address - segment.vaddr;
}

const TABLE = offsetOf('cp15_registers');
const ROWS = new DataView(image.buffer, image.byteOffset).getUint32(offsetOf('cp15_register_count'), true);
const ROW = elf.symbols.named('cp15_registers')!.size / ROWS;

const row = (bytes: Uint8Array, index: number): Uint8Array =>
  bytes.subarray(TABLE + index * ROW, TABLE + (index + 1) * ROW);

/** The image whose table has two rows of the shipped one in each other's place, or the first of them twice. */
function withRows(a: number, b: number, twice = false): Uint8Array {
  const bytes = Uint8Array.from(image);
  row(bytes, b).set(row(image, a));
  if (!twice) row(bytes, a).set(row(image, b));
  return bytes;
}

function consoleOf(bytes: Uint8Array): string {
  const machine = new Machine(DEFAULT_CONFIGURATION);
  let console = '';
  machine.consoles[0]!.onOutput = (byte) => (console += String.fromCharCode(byte));
  machine.boot({ kernel: { name: 'kvm-arm.elf', bytes }, load: [], deviceTree: 'generated' });
  machine.run(2_000_000);
  return console;
}

describe('hypervisor: the order of the CP15 registers', function () {
  this.timeout(60_000);

  it('is one in the shipped image', () => {
    assert.ok(Number.isInteger(ROW) && ROWS > 70, `${ROWS} rows of ${ROW} bytes`);
    assert.match(consoleOf(image), /^host: KVM ready/m);
  });

  const last = ROWS - 1;
  const SWAPPED = [[0, 1], [1, 2], [23, 24], [40, 41], [last - 8, last - 7], [last - 1, last]] as const; // prettier-ignore
  for (const [a, b] of SWAPPED)
    it(`is none with rows ${a} and ${b} in each other's place`, () => {
      const console = consoleOf(withRows(a, b));
      assert.match(console, new RegExp(`^host: panic: CP15 registers ${a} and ${b} are out of order\\r?$`, 'm'));
      assert.doesNotMatch(console, /KVM ready/);
    });

  it('is none with a row far from its place', () => {
    assert.match(consoleOf(withRows(3, last - 3)), /^host: panic: CP15 registers 3 and 4 are out of order\r?$/m);
  });

  it('is none with a row twice', () => {
    assert.match(consoleOf(withRows(10, 11, true)), /^host: panic: CP15 registers 10 and 11 are out of order\r?$/m);
  });
});
