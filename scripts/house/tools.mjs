// The programs that the tests need beside Node, and the Debian packages that bring them.
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { spawnSync } from 'node:child_process';

/** Each tool: a program on the PATH, or a file, and its Debian package. */
export const TEST_TOOLS = [
  { program: 'git', package: 'git' },
  { program: 'apt-get', package: 'apt' },
  { program: 'dpkg', package: 'dpkg' },
  { program: 'xz', package: 'xz-utils' },
  { program: 'qemu-system-arm', package: 'qemu-system-arm' },
  { program: 'gdb-multiarch', package: 'gdb-multiarch' },
  { program: 'arm-none-eabi-gcc', package: 'gcc-arm-none-eabi' },
  { program: 'arm-none-eabi-objdump', package: 'binutils-arm-none-eabi' },
  { program: 'dtc', package: 'device-tree-compiler' },
  { program: 'mke2fs', package: 'e2fsprogs' },
  { program: 'chromium', package: 'chromium' },
  { program: 'rg', package: 'ripgrep' },
  { file: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', package: 'fonts-dejavu-core' },
];

export const WORKBENCH_TOOLS = TEST_TOOLS.filter((tool) =>
  ['chromium', 'ripgrep', 'fonts-dejavu-core'].includes(tool.package),
);

export function findProgram(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

const isThere = (tool) => (tool.program ? findProgram(tool.program) !== undefined : existsSync(tool.file));
const missingPackages = (tools) => tools.filter((tool) => !isThere(tool)).map((tool) => tool.package);

/**
 * Makes sure that the tools are there: installs what is missing with apt-get when that is possible (root on Debian).
 * Returns undefined when all is well, otherwise a message with the command that would help.
 */
export function provideTools(tools) {
  const missing = missingPackages(tools);
  if (missing.length === 0) return undefined;
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  const byHand = `sudo apt-get update && sudo apt-get ${install.join(' ')}`;
  const canInstall = process.getuid?.() === 0 && findProgram('apt-get') !== undefined;
  if (!canInstall)
    return `These are missing: ${missing.join(', ')}. On Debian, this brings them:\n  ${byHand}`;
  console.log(`Installing ${missing.join(', ')} ...`);
  const apt = (...args) =>
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=400', '-q', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  if (!(apt('update') && apt(...install)) || missingPackages(tools).length > 0)
    return `apt-get could not install ${missingPackages(tools).join(', ')}. Try by hand:\n  ${byHand}`;
  return undefined;
}
