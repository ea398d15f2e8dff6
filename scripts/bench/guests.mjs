// A guest of the bundled hypervisor as a boot that both machines understand: the hypervisor, and beside it in memory what
// its loader hands it (hypervisor/host/modules.h).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importTypeScript } from '../house/import-typescript.mjs';
import { benchFolder } from './programs.mjs';

const { guestModules } = await importTypeScript('debug-adapter/launch/boot-modules.ts');

/** Word of the header whose lower half says how often the VM is made, run and ended. */
const REPETITIONS = 7;
const MIB = 2 ** 20;

const named = (path) => (path === undefined ? undefined : { name: path, bytes: readFileSync(path) });

/** `memory` in MiB. */
export function asGuest(kernel, { initrd, append, memory, cpus = 1, repetitions = 1 } = {}) {
  const modules = guestModules({
    kernel: named(kernel),
    initrd: named(initrd),
    append,
    cpus,
    memory: memory === undefined ? undefined : memory * MIB,
    count: 1,
  });
  const header = modules[0].file.bytes;
  new DataView(header.buffer, header.byteOffset).setUint16(4 * REPETITIONS, repetitions, true);
  const load = modules.map(({ file, address }, i) => {
    const path = join(benchFolder(), `module-${i}`);
    writeFileSync(path, file.bytes);
    return { file: path, address: `0x${address.toString(16)}` };
  });
  return { kernel: 'hypervisor/images/kvm-arm.elf', load, virtualization: true };
}
