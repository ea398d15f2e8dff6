/** What lies in memory beside Xen, for QEMU, which has no word for it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchConfiguration } from '../../debug-adapter/protocol/launch-attributes';
import { readDeviceTree, writeDeviceTree } from '../../emulator/devices/fdt';
import { withChosen } from '../../emulator/machine/chosen';
import { machineFor } from './on-machine';

/** QEMU's own tree without its PCIe bridge, at which Xen's dom0 stalls there; its path. */
export function treeWithoutPcie(folder: string): string {
  const file = join(folder, 'virt.dtb');
  const dump = ['-M', `virt,virtualization=on,dtb-randomness=off,dumpdtb=${file}`, '-m', '1G'];
  const { status, stderr } = spawnSync('qemu-system-arm', [...dump, '-cpu', 'cortex-a15', '-nic', 'none'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const tree = readDeviceTree(readFileSync(file));
  const children = tree.root.children.filter(({ name }) => !name.startsWith('pcie@'));
  writeFileSync(file, writeDeviceTree({ ...tree, root: { ...tree.root, children } }));
  return file;
}

/**
 * QEMU's options for the modules of a configuration: each goes where it lies here, and the tree says so.
 * @param given with `modules` and `dtb`, `folder` where the new tree goes
 */
export async function modulesOnQemu(given: LaunchConfiguration, folder: string): Promise<readonly string[]> {
  const { modules } = (await machineFor(given)).plan!;
  const dtb = join(folder, 'xen.dtb');
  writeFileSync(
    dtb,
    withChosen(readFileSync(given.dtb!), { append: given.append, initrd: undefined, modules }),
  );
  const loaders = modules.flatMap(({ module, start }) => [
    '-device',
    `loader,file=${module.file.name},addr=${start},force-raw=on`,
  ]);
  return ['-dtb', dtb, ...loaders];
}
