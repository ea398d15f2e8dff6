import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the test programs, whether the tests run from `out/` or from elsewhere. */
export const PROGRAMS = join(process.cwd(), 'test/debug-adapter/programs');
const SOURCES = ['shapes.c', 'calls.c', 'leaf.S'];

export interface Build {
  readonly compiler: 'arm-none-eabi' | 'arm-linux-gnueabihf';
  readonly flags: readonly string[];
}

/** The builds that the symbol tests look at: both DWARF versions, both instruction sets, with and without -O2. */
export const BUILDS: readonly Build[] = (['-gdwarf-4', '-gdwarf-5'] as const).flatMap((dwarf) =>
  ['-O0', '-O2'].flatMap((level) =>
    ['-marm', '-mthumb'].map((state) => ({
      compiler: 'arm-none-eabi' as const,
      flags: [dwarf, level, state],
    })),
  ),
);

/** Less usual forms of the same: older DWARF, the 64-bit format, type units, compression, discarded functions, LTO. */
export const UNUSUAL_BUILDS: readonly Build[] = [
  '-gdwarf-2 -gstrict-dwarf -O0 -marm',
  '-gdwarf-3 -gstrict-dwarf -O2 -mthumb',
  '-gdwarf-5 -gdwarf64 -O2 -mthumb',
  '-gdwarf-4 -fdebug-types-section -O2 -marm',
  '-gdwarf-5 -fdebug-types-section -O0 -marm',
  '-gdwarf-5 -gz=zlib -O2 -marm',
  '-gdwarf-5 -O2 -ffunction-sections -Wl,--gc-sections -Wl,-e_start -mthumb',
  '-gdwarf-4 -Os -mthumb -g3',
  '-gdwarf-5 -O3 -flto -marm',
].map((flags) => ({ compiler: 'arm-none-eabi', flags: flags.split(' ') }));

/** Builds with EHABI tables beside the DWARF ones. */
export const UNWIND_TABLE_BUILDS: readonly Build[] = ['-O0', '-O2'].flatMap((level) =>
  ['-marm', '-mthumb'].map((state) => ({
    compiler: 'arm-none-eabi' as const,
    flags: ['-gdwarf-4', level, state, '-funwind-tables'],
  })),
);

export function nameOf(build: Build): string {
  return [build.compiler, ...build.flags].join(' ');
}

const COMMON = [
  '-mcpu=cortex-a15',
  '-nostdlib',
  '-nostartfiles',
  '-static',
  '-ffreestanding',
  '-fno-builtin',
];

/** Where `link` puts the code: RAM of QEMU's `virt` board. */
export const TEXT_ADDRESS = 0x40010000;

/** Compiles and links the test programs; the result is kept in out/ by the contents of sources and flags. */
export function compile({ compiler, flags }: Build): string {
  const hash = createHash('sha256');
  for (const file of [...SOURCES, 'shapes.h']) hash.update(readFileSync(join(PROGRAMS, file)));
  hash.update(JSON.stringify([compiler, flags, COMMON]));
  const folder = join(process.cwd(), 'out/test-programs');
  const elf = join(folder, `${hash.digest('hex').slice(0, 16)}.elf`);
  if (existsSync(elf)) return elf;
  mkdirSync(folder, { recursive: true });
  const partial = `${elf}.${process.pid}`;
  const link = [`-Wl,-Ttext=0x${TEXT_ADDRESS.toString(16)}`, '-Wl,--build-id=none', '-lgcc'];
  execFileSync(
    `${compiler}-gcc`,
    [
      ...COMMON,
      '-mfloat-abi=hard',
      '-mfpu=vfpv4',
      ...flags,
      ...SOURCES.map((file) => join(PROGRAMS, file)),
      ...link,
      '-o',
      partial,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  renameSync(partial, elf);
  return elf;
}

/** Assembles and links one file of the folder by itself. */
export function assemble(source: string): string {
  const path = join(PROGRAMS, source);
  const folder = join(process.cwd(), 'out/test-programs');
  const hash = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
  const elf = join(folder, `${source}.${hash}.elf`);
  if (existsSync(elf)) return elf;
  mkdirSync(folder, { recursive: true });
  const partial = `${elf}.${process.pid}`;
  const options = ['-nostdlib', '-mcpu=cortex-a15', `-Wl,-Ttext=0x${TEXT_ADDRESS.toString(16)}`, '-Wl,-e0'];
  execFileSync('arm-none-eabi-gcc', [...options, path, '-o', partial], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  renameSync(partial, elf);
  return elf;
}

/** Output of a program of the toolchain. */
export function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
