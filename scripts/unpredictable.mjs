// Writes docs/unpredictable.md from the table of instructions: what happens where the manual says UNPREDICTABLE.
//   node scripts/unpredictable.mjs            writes it
//   node scripts/unpredictable.mjs --check    exit code 1 when it is out of date
import { build } from 'esbuild';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = 'docs/unpredictable.md';
process.chdir(join(import.meta.dirname, '..'));

const { outputFiles } = await build({
  stdin: {
    contents: `
      export { ROWS } from './emulator/isa/table';
      export { decode } from './emulator/isa/decoder';
      export { patternOf } from './emulator/isa/pattern';
      export { randomWordOf, seededRandom } from './emulator/isa/random';`,
    resolveDir: '.',
  },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  logLevel: 'warning',
});
const { ROWS, decode, patternOf, randomWordOf, seededRandom } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);

/** Words that are tried for each statement about a row. */
const TRIES = 300;
/** ITSTATE outside of an IT block, at its last instruction, and before. */
const OUTSIDE = 0;
const LAST = 0xe8;
const MIDST = 0xe4;
const NAMES = { n: 'Rn', d: 'Rd', t: 'Rt', m: 'Rm' };
const nameOf = (letter) => NAMES[letter] ?? `field ${letter}`;

/** The word with a field set. */
function withField(pattern, word, letter, value) {
  for (const piece of pattern.pieces)
    if (piece.letter === letter)
      word = (word & ~(piece.mask << piece.shift)) | (((value >>> piece.to) & piece.mask) << piece.shift);
  return word >>> 0;
}

/** Share of random words, changed by `change`, that are UNPREDICTABLE; undefined when there is no such word of the row. */
function share(row, itstate, change) {
  const random = seededRandom(7);
  const context = { set: row.set, address: 0x8000, itstate };
  let of = 0;
  let unpredictable = 0;
  for (let k = 0; k < TRIES; k++) {
    const { matched, unpredictable: found } = decode(change(randomWordOf(row, random)), context);
    if (matched !== row) continue;
    of++;
    if (found) unpredictable++;
  }
  return of === 0 ? undefined : unpredictable / of;
}

/** When an encoding of `row` is always UNPREDICTABLE, in words; what else there is has its own line in the row. */
function conditionsOf(row) {
  const pattern = patternOf(row);
  const whole = share(row, OUTSIDE, (word) => word);
  if (whole === 1) return ['always'];
  const found = [];
  const registers = Object.entries(pattern.widths).filter(([letter, width]) => width === 4 && letter !== 'c');
  for (const [letter] of registers)
    for (const value of [13, 15])
      if (share(row, OUTSIDE, (word) => withField(pattern, word, letter, value)) === 1)
        found.push(`${nameOf(letter)} = ${value}`);
  registers.forEach(([a], i) => {
    for (const [b] of registers.slice(i + 1)) {
      const equal = (k) => (word) => withField(pattern, withField(pattern, word, a, k), b, k);
      if ([0, 3, 8].every((k) => share(row, OUTSIDE, equal(k)) === 1))
        found.push(`${nameOf(a)} = ${nameOf(b)}`);
    }
  });
  if (row.set === 'T32') {
    if (share(row, LAST, (word) => word) === 1) found.push('in an IT block');
    else if (share(row, MIDST, (word) => word) === 1) found.push('in an IT block but at its end');
  }
  if (found.length === 0 && (whole > 0 || row.unpredictable !== undefined))
    found.push('other combinations of its fields');
  return found;
}

/** Rows by the words about them, in the order of the table. */
const groups = new Map();
let shouldBe = 0;
for (const row of ROWS) {
  if (/\([01]\)/.test(row.pattern)) shouldBe++;
  if (row.unpredictable === undefined) continue;
  const words = conditionsOf(row).join('; ');
  if (words === '') continue;
  groups.set(words, [...(groups.get(words) ?? []), row.name]);
}
const executes = ROWS.filter((row) => row.onUnpredictable === 'execute').map((row) => row.name);

/** What depends on more than the encoding. */
const AT_RUN_TIME = [
  ['CPS, MSR and exception returns to a mode that is not there, or that may not be entered from here', 'CPSR.M stays as it is, the other bits are written', 'B1.3.3, B1.5.1'],
  ['An exception return with J = 1, or with bits 23:20', 'these bits stay 0', 'A2.5.1, B1.3.3'],
  ['SPSR, and exception returns, in User and System mode', 'UNDEFINED', 'B9.3.8, B9.3.11, B9.3.19, B9.3.20'],
  ['LDM and STM (User registers) in User and System mode', 'UNDEFINED', 'B9.3.6, B9.3.17'],
  ['MRS and MSR of banked registers that the mode may not reach so', 'UNDEFINED', 'B9.2.3'],
  ['SRS with a mode that is not there or not for this state', 'UNDEFINED', 'B9.3.15'],
  ['A branch to A32 state at an address with bits 1:0 = 0b10', 'bit 1 is cleared', 'A2.3.2'],
  ['CPACR.cp10 = 0b10', 'as 0b00: no access', 'B4.1.40'],
  ['VTCR.SL0 and T0SZ that contradict one another', 'every access is a translation fault', 'B3.6.6'],
  ['HCR.TGE = 1 at PL1', 'routes exceptions from PL0 alone', 'B1.9'],
  ['HDCR.TDE = 1 without TDRA, TDOSA and TDA', 'as with them', 'B4.1.67'],
  ['GICC_DIR and GICV_DIR with EOImode 0, GICC_EOIR with nothing to end', 'ignored', 'GIC 4.4.5, 4.4.15'],
]; // prettier-ignore

const page = `<!-- Made from the table of instructions by \`npm run unpredictable\`: change it there. -->

# Where the manual says UNPREDICTABLE

An encoding that the manual calls UNPREDICTABLE is UNDEFINED here, like one that it calls UNDEFINED, unless its row says
that it executes as written: ${executes.join(', ')}. A wrong value of a should-be bit is UNPREDICTABLE too;
${shouldBe} rows have such bits. What is UNPREDICTABLE whatever its fields has no row and is in
\`emulator/isa/undefined-space.ts\`. A test proves that with it the rows fill the encoding space, each encoding once
(\`test/emulator/isa/table.test.ts\`). QEMU executes many of these encodings in one way or another; they are not compared.

## By what depends on more than the encoding

Section numbers are those of ARM DDI 0406C.

| | here | section |
|---|---|---|
${AT_RUN_TIME.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}

## By the encoding

Registers are named by the letters of the row's pattern (n, d, t, m); other fields by their letter.

| UNPREDICTABLE when | rows |
|---|---|
${[...groups].map(([words, names]) => `| ${words} | ${names.join(', ')} |`).join('\n')}
`;

const current = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
if (process.argv.includes('--check')) {
  if (page !== current) {
    console.error(`${PAGE} is out of date. Run: npm run unpredictable`);
    process.exit(1);
  }
} else if (page !== current) {
  writeFileSync(PAGE, page);
  console.log(`wrote ${PAGE}`);
}
