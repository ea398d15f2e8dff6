import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import { ElfFile } from '../../../debug-adapter/symbols/elf';
import { type CfaRule, FrameTable, type RegisterRule } from '../../../debug-adapter/symbols/frames/cfi';
import { assemble, BUILDS, compile, nameOf, run, UNUSUAL_BUILDS } from '../../debug-adapter/programs/build';

interface Row {
  readonly address: number;
  readonly cfa: string;
  readonly rules: Readonly<Record<string, string>>;
}

/** FDE tables as readelf prints them, by start address. */
function interpreted(tool: string, elf: string, section: string): Map<number, Row[]> {
  const tables = new Map<number, Row[]>();
  let columns: string[] = [];
  let rows: Row[] | undefined;
  let isWanted = false;
  for (const line of run(tool, '--debug-dump=frames-interp', elf).split('\n')) {
    const contents = /^Contents of the (\S+) section/.exec(line);
    if (contents) isWanted = contents[1] === section;
    if (!isWanted) continue;
    const fde = /^[0-9a-f]+ [0-9a-f]+ [0-9a-f]+ FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)/.exec(line);
    if (fde) tables.set(parseInt(fde[1], 16), (rows = []));
    else if (/^[0-9a-f]+ .*(CIE|ZERO)/.test(line)) rows = undefined;
    else if (/^\s+LOC/.test(line)) columns = line.trim().split(/\s+/).slice(2);
    else {
      const cells = line.trim().split(/\s+/);
      if (!rows || !/^[0-9a-f]{8}$/.test(cells[0])) continue;
      const rules = Object.fromEntries(columns.map((column, index) => [column, cells[index + 2]]));
      rows.push({ address: parseInt(cells[0], 16), cfa: cells[1], rules });
    }
  }
  return tables;
}

function cfaText(rule: CfaRule): string {
  return rule.kind === 'register' ? `r${rule.register}+${rule.offset}` : 'exp';
}

function ruleText(rule: RegisterRule | undefined): string {
  if (!rule || rule.kind === 'undefined') return 'u';
  if (rule.kind === 'offset') return `c${rule.offset < 0 ? '' : '+'}${rule.offset}`;
  if (rule.kind === 'same') return 's';
  if (rule.kind === 'register') return `r${rule.register}`;
  if (rule.kind === 'value offset') return `v${rule.offset < 0 ? '' : '+'}${rule.offset}`;
  return rule.kind === 'expression' ? 'exp' : 'vexp';
}

function check(path: string, section: '.debug_frame' | '.eh_frame' = '.debug_frame'): number {
  const elf = new ElfFile(new Uint8Array(readFileSync(path)), path);
  const problems: string[] = [];
  const table = new FrameTable(
    elf.sectionBytes(section),
    section,
    elf.section(section)?.address ?? 0,
    (address) => elf.isLoaded(address),
    (problem) => problems.push(problem),
  );
  assert.deepStrictEqual(problems, []);
  const expected = interpreted('arm-none-eabi-readelf', path, section);
  let compared = 0;
  for (const entry of table.entries) {
    const rows = expected.get(entry.address);
    assert(rows, `readelf knows 0x${entry.address.toString(16)}`);
    const own = entry.rows();
    for (const row of rows) {
      const where = `0x${row.address.toString(16)}`;
      const found = own.find(({ address }) => address === row.address);
      assert(found, where);
      assert.strictEqual(cfaText(found.cfa), row.cfa, where);
      for (const [column, text] of Object.entries(row.rules)) {
        const register = column === 'ra' ? entry.returnRegister : Number(column.slice(1));
        assert.strictEqual(ruleText(found.rules.get(register)), text, `${where} ${column}`);
        compared++;
      }
    }
    // readelf prints no row for an entry that changes nothing.
    assert.strictEqual(
      own.length,
      Math.max(1, new Set(rows.map(({ address }) => address)).size),
      'number of rows',
    );
  }
  return compared;
}

describe('call frame information, against readelf --debug-dump=frames-interp', function () {
  this.timeout(60_000);
  for (const build of [...BUILDS, ...UNUSUAL_BUILDS])
    it(nameOf(build), () => assert(check(compile(build)) > 50));
  for (const section of ['.debug_frame', '.eh_frame'] as const)
    it(`every directive in ${section}`, () => assert(check(assemble('unwind.S'), section) > 30));
});
