/** QEMU's options for the bundled hypervisor with guests: what the debugger's loader puts into memory by itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guestModules } from '../../debug-adapter/launch/boot-modules';
import type { NamedFile } from '../../emulator';
import { qemuOptions } from '../boots/on-qemu';
import { IMAGES } from './paths';
import { loaderOptions } from './qemu';

/** As the launch attribute `guest` has it: files by their paths. */
export interface GuestFiles {
  readonly kernel: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly disk?: string;
  readonly cpus?: number;
  readonly count?: number;
}

/** `folder` is for the modules' files. */
export function qemuOptionsForGuests(folder: string, cpus: number, guest: GuestFiles): readonly string[] {
  const named = (name: string | undefined): NamedFile | undefined =>
    name === undefined ? undefined : { name, bytes: readFileSync(name) };
  const modules = guestModules({
    ...{ kernel: named(guest.kernel), initrd: named(guest.initrd), append: guest.append, disk: named(guest.disk) },
    ...{ cpus: guest.cpus, memory: undefined, count: guest.count },
  });
  return [...qemuOptions({ kernel: join(IMAGES, 'kvm-arm.elf'), cpus }), ...loaderOptions(folder, modules)];
}
