// Builds the programs under hypervisor/ into hypervisor/images/ with gcc-arm-none-eabi.
//
//   node scripts/build-hypervisor.mjs            build all, write images/ and images/BUILD.json
//   node scripts/build-hypervisor.mjs --check    build into a scratch directory and compare with images/:
//                                                exit 0 same bytes, 1 different, 3 another compiler version
//   node scripts/build-hypervisor.mjs --out DIR  build elsewhere, touch nothing in images/; variants as whole ELF files
//
// The same compiler version gives the same bytes on every machine: file names are mapped to be relative to
// the repository, there is no build id, and no date.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  copyFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDelta } from './hypervisor-delta.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'hypervisor');
const images = join(source, 'images');
const GCC = 'arm-none-eabi-gcc';

const FLAGS = [
  '-mcpu=cortex-a15',
  '-mtune=generic-armv7-a', // prologues of one PUSH, as kernels have them; tuned for the core they are four stores
  '-mfloat-abi=soft',
  '-mgeneral-regs-only',
  '-Og',
  '-g',
  '-gno-record-gcc-switches',
  '-std=gnu11',
  '-ffreestanding',
  '-fno-builtin',
  '-fno-common',
  '-fno-strict-aliasing',
  '-fno-tree-loop-distribute-patterns',
  '-mno-unaligned-access',
  '-fno-unwind-tables',
  '-fno-asynchronous-unwind-tables',
  '-Wall',
  '-Wextra',
  '-Werror',
];
const A32 = ['-marm'];
const T32 = ['-mthumb'];
const LINK = [
  '-nostdlib',
  '-static',
  '-Wl,--build-id=none',
  '-Wl,-z,max-page-size=4096',
  '-Wl,--no-warn-rwx-segments',
];

/** The programs, in the order they are built: a later one may embed an earlier one (`.incbin`). */
const PROGRAMS = [
  {
    name: 'hello-hyp',
    script: 'guests/hello-hyp/hello-hyp.lds',
    include: ['include', 'lib'],
    sources: [
      ['guests/hello-hyp', A32],
      ['lib/format.c', A32],
    ],
  },
  {
    name: 'teaching',
    script: 'guests/teaching/teaching.lds',
    include: ['include', 'lib', 'guests/teaching'],
    sources: [
      ['guests/teaching/lessons-thumb.c', T32],
      ['guests/teaching', A32],
      ['lib', A32],
    ],
  },
  {
    name: 'micro-bench',
    script: 'guests/micro-bench/micro-bench.lds',
    include: ['include', 'lib', 'guests/micro-bench'],
    sources: [
      ['guests/micro-bench', A32],
      ['lib/format.c', A32],
    ],
  },
  {
    name: 'vmm',
    script: 'vmm/vmm.lds',
    include: ['include', 'lib', 'host', 'vmm'],
    dwarf: 5,
    sources: [
      ['vmm', T32],
      ['lib', T32],
    ],
  },
  {
    name: 'kvm-arm',
    script: 'host/kernel.lds',
    include: ['include', 'lib', 'lowvisor', 'highvisor', 'host'],
    sources: [
      ['host', A32],
      ['lowvisor', A32],
      ['highvisor', A32],
      ['lib', A32],
    ],
  },
];

/**
 * The hypervisor with one thing changed (hypervisor/variants/README.md): a macro that is defined, or files in the
 * place of others. What their images have that kvm-arm.elf hasn't is shipped as a delta.
 */
const VARIANTS = [
  { name: 'eager-vfp', define: 'VARIANT_EAGER_VFP' },
  { name: 'ap-list', replace: { 'highvisor/vgic-lr.c': 'variants/vgic-ap-list.c' } },
  { name: 'no-vgic', replace: { 'highvisor/vgic-lr.c': 'variants/vgic-emulated.c' } },
  { name: 'missing-register', define: 'EXERCISE_MISSING_REGISTER' },
  { name: 'fiq-leak', define: 'EXERCISE_FIQ_LEAK' },
  { name: 'missing-tlb-flush', define: 'EXERCISE_MISSING_TLB_FLUSH' },
  { name: 'lr-reuse', define: 'EXERCISE_LR_REUSE' },
];

function run(command, args, cwd) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** All C and assembly files named by one entry of `sources`: a file, or a folder's own files in name order. */
function expand(path) {
  if (/\.[cS]$/.test(path)) return [path];
  return readdirSync(join(source, path))
    .filter((file) => /\.[cS]$/.test(file))
    .sort()
    .map((file) => `${path}/${file}`);
}

/** Options for one source file: its instruction set, DWARF version, and where it finds headers. */
function options(program, mode, file, work) {
  const dwarf = program.dwarf ?? 4;
  const maps = [`-ffile-prefix-map=${work}=build`, `-ffile-prefix-map=${root}=.`];
  const assembler = [`-Wa,--gdwarf-${dwarf}`, `-Wa,-I${work}`, `-Wa,--debug-prefix-map=${root}=.`];
  return [
    ...FLAGS,
    `-gdwarf-${dwarf}`,
    ...mode,
    ...program.include.map((folder) => `-Ihypervisor/${folder}`),
    ...maps,
    ...(file.endsWith('.S') ? assembler : []),
  ];
}

/** Whether a macro is named in a source file or a header that it includes. */
function mentions(program, file, macro, seen = new Set()) {
  const text = readFileSync(join(source, file), 'utf8');
  if (text.includes(macro)) return true;
  return [...text.matchAll(/^#include "(.+)"/gm)].some(([, header]) => {
    if (seen.has(header)) return false;
    seen.add(header);
    const path = [dirname(file), ...program.include]
      .map((folder) => `${folder}/${header}`)
      .find((candidate) => existsSync(join(source, candidate)));
    return path !== undefined && mentions(program, path, macro, seen);
  });
}

/** Compiles one source file unless this very object is there already. */
function compileFile(program, mode, file, work, define) {
  const own = define !== undefined && mentions(program, file, define);
  const object = join(work, `${program.name}-${own ? `${define}-` : ''}${file.replaceAll('/', '_')}.o`);
  if (existsSync(object)) return object;
  // Run in the repository with relative names: no path of this machine gets into the DWARF.
  const more = own ? [`-D${define}`] : [];
  run(GCC, [...options(program, mode, file, work), ...more, '-c', `hypervisor/${file}`, '-o', object], root);
  return object;
}

function compile(program, work, { name = program.name, define, replace = {} } = {}) {
  const objects = [];
  const last = []; // what a variant has otherwise is linked last: in the variants everything else stays where it is
  const done = new Set(); // a file named by an earlier entry keeps that entry's instruction set
  for (const [path, mode] of program.sources) {
    for (const file of expand(path).filter((name) => !done.has(name))) {
      done.add(file);
      const list = VARIANTS.some(({ replace }) => replace?.[file]) ? last : objects;
      list.push(compileFile(program, mode, replace[file] ?? file, work, define));
    }
  }
  // Linker scripts go through the preprocessor: they share address constants with the C headers.
  const script = join(work, `${program.name}.lds`);
  const includes = program.include.map((folder) => `-Ihypervisor/${folder}`);
  run(GCC, ['-E', '-P', '-x', 'c', ...includes, `hypervisor/${program.script}`, '-o', script], root);
  const elf = join(work, `${name}.elf`);
  run(GCC, [...FLAGS, ...LINK, '-T', script, ...objects, ...last, '-o', elf], root);
  run('arm-none-eabi-strip', ['-o', join(work, `${name}.stripped`), elf], root);
  return elf;
}

function compilerVersion() {
  try {
    return run(GCC, ['--version']).split('\n')[0].trim();
  } catch {
    return undefined;
  }
}

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Builds every program into `out`; returns the names of the images made. `whole`: variants as ELF files too. */
function build(out, version, { whole = false } = {}) {
  const work = mkdtempSync(join(tmpdir(), 'worldswitch-hypervisor-'));
  try {
    mkdirSync(out, { recursive: true });
    const hashes = {};
    for (const program of PROGRAMS) {
      const elf = compile(program, work);
      copyFileSync(elf, join(out, basename(elf)));
      hashes[basename(elf)] = hash(readFileSync(elf));
    }
    const program = PROGRAMS.find(({ name }) => name === 'kvm-arm');
    const base = readFileSync(join(out, 'kvm-arm.elf'));
    for (const variant of VARIANTS) {
      const elf = compile(program, work, variant);
      if (whole) copyFileSync(elf, join(out, basename(elf)));
      const delta = makeDelta(base, readFileSync(elf));
      writeFileSync(join(out, `${variant.name}.delta`), delta);
      hashes[`${variant.name}.delta`] = hash(delta);
    }
    const record = {
      compiler: version,
      binutils: run('arm-none-eabi-ld', ['--version']).split('\n')[0].trim(),
      flags: FLAGS,
      link: LINK,
      sha256: hashes,
    };
    writeFileSync(join(out, 'BUILD.json'), JSON.stringify(record, null, 2) + '\n');
    return Object.keys(hashes);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function check(version) {
  const recorded = JSON.parse(readFileSync(join(images, 'BUILD.json'), 'utf8'));
  if (recorded.compiler !== version) {
    console.log(`images were built by "${recorded.compiler}", here is "${version}": bytes not comparable`);
    return 3;
  }
  const out = mkdtempSync(join(tmpdir(), 'worldswitch-images-'));
  try {
    const different = build(out, version)
      .concat('BUILD.json')
      .filter((name) => !readFileSync(join(out, name)).equals(readFileSync(join(images, name))));
    console.log(different.length ? `differ: ${different.join(', ')}` : 'all images have the same bytes');
    return different.length ? 1 : 0;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

const version = compilerVersion();
if (!version) {
  console.error(`${GCC} not found. On Debian: apt-get install gcc-arm-none-eabi`);
  process.exit(2);
}
const outIndex = process.argv.indexOf('--out');
if (process.argv.includes('--check')) {
  process.exit(check(version));
}
const out = outIndex > 0 ? process.argv[outIndex + 1] : images;
for (const name of build(out, version, { whole: out !== images })) {
  console.log(`${name}: ${readFileSync(join(out, name)).length} bytes`);
}
