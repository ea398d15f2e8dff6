// Writes docs/deviations.md from the lists that the tests use: where an oracle leaves the manual.
//   node scripts/deviations.mjs            writes it
//   node scripts/deviations.mjs --check    exit code 1 when it is out of date
import { build } from 'esbuild';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = 'docs/deviations.md';
process.chdir(join(import.meta.dirname, '..'));

/** The lists of one folder of tests, as they import them. */
async function listsOf(folder) {
  const { outputFiles } = await build({
    entryPoints: [`test/${folder}/deviations.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

const [instructions, system, mmu, gic, devices, hypervisor] = await Promise.all(
  [
    ...['instructions', 'system', 'mmu', 'gic', 'devices'].map((subject) => `conformance/${subject}`),
    'hypervisor',
  ].map(listsOf),
);

const bullets = (lines) => lines.map((line) => `- ${line.replace(/\.$/, '')}.`).join('\n');
const withSection = ({ what, section }) => `${what} (${section})`;

const page = `<!-- Made from test/conformance/*/deviations.ts and test/hypervisor/deviations.ts by \`npm run deviations\`: change them there. -->

# Where QEMU 7.2 leaves the manual

Everything else that is compared must be equal. Each of these has been seen in a comparison, is left out of it as
narrowly as its list can say, and is checked here by tests of our own by the manual. Where the manual leaves a choice
(UNPREDICTABLE, IMPLEMENTATION DEFINED), the line says what is done here. Section numbers are those of ARM DDI 0406C;
of the interrupt controller, of ARM IHI 0048B.

## Single instructions (\`test/conformance/instructions\`)

${bullets(instructions.DEVIATIONS.map(withSection))}

## System registers, exceptions, traps (\`test/conformance/system\`)

${bullets(system.DEVIATIONS.map(({ why }) => why))}

With the Security Extensions:

${bullets(system.MONITOR_DEVIATIONS.map(({ why }) => why))}

Debug events, parts of results that are not compared:

${bullets(system.DEBUG_DEVIATIONS.map(({ why }) => why))}

## Translation (\`test/conformance/mmu\`)

Parts of results that are not compared:

${bullets(mmu.NOT_COMPARED.map(withSection))}

Operations whose results differ:

${bullets(mmu.DEVIATIONS.map(withSection))}

## Interrupt controller (\`test/conformance/gic\`)

| QEMU | specification |
|---|---|
${gic.DEVIATIONS.map(({ qemu, manual }) => `| ${qemu} | ${manual} |`).join('\n')}

## Devices (\`test/conformance/devices\`)

${bullets(devices.DEVIATIONS.map(withSection))}

## What QEMU comes to no end with (\`test/hypervisor\`)

The hypervisor's guests leave these out when QEMU is the machine.

${bullets(hypervisor.DEVIATIONS.map(withSection))}
`;

const current = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
if (process.argv.includes('--check')) {
  if (page !== current) {
    console.error(`${PAGE} is out of date. Run: npm run deviations`);
    process.exit(1);
  }
} else if (page !== current) {
  writeFileSync(PAGE, page);
  console.log(`wrote ${PAGE}`);
}
