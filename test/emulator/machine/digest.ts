/** Everything that a machine is at a moment, as one line: two machines with equal digests go on alike. */
import { createHash } from 'node:crypto';
import { TLB_OFFSET } from '../../../emulator/state/layout';
import type { Machine } from '../../../emulator';
import { TLB_BYTES } from '../../../emulator/mmu/tlb-layout';

/** Count, time, and a hash of registers, TLBs, RAM, devices, timers and alarms. */
export function digest(machine: Machine): string {
  const { state } = machine;
  // After a stop a turn may be over that is not passed on yet.
  machine.run(0);
  const hash = createHash('sha1');
  hash.update(state.u8.subarray(0, TLB_OFFSET + state.cores.length * TLB_BYTES));
  for (const region of machine.board.map.regions)
    if (region.kind === 'ram') hash.update(state.u8.subarray(region.offset, region.offset + region.size));
    else if (region.kind === 'device') hash.update(JSON.stringify(region.device.save()));
  hash.update(JSON.stringify([machine.timers.save(), machine.clock.save(), machine.ended ?? null]));
  return `${machine.retired} instructions, ${state.now} ns: ${hash.digest('hex')}`;
}
