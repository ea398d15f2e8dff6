// Guests: VM → vCPU → general, banked, system, VFP, timer, virtual interrupts.
import type { Guest, GuestsPart, Vcpu } from '../../debug-adapter/protocol/guests-view';
import type { Provenance } from '../../debug-adapter/protocol/registers';
import { groupRow } from './register-rows';
import { COLORS, type Row } from './row';

export const PROVENANCE_IN_WORDS: Readonly<Record<Provenance, string>> = {
  live: 'Registers as they are in the core.',
  saved: 'Registers as the hypervisor saved them in its own memory.',
  'last seen': 'Registers as they were when this context last executed.',
};

function vcpuRow(vcpu: Vcpu, outer: string, focusedThread: number | undefined): Row {
  const id = `${outer}/vcpu${vcpu.vcpu}`;
  const where = vcpu.core === undefined ? 'parked' : `on CPU${vcpu.core}`;
  const focused = vcpu.threadId === focusedThread;
  return {
    id,
    label: `vCPU ${vcpu.vcpu}`,
    description: `${where}, ${vcpu.mode} ${vcpu.privilege} at ${vcpu.symbol ?? vcpu.pc}`,
    tooltip: `${PROVENANCE_IN_WORDS[vcpu.provenance]}\n\nPC \`${vcpu.pc}\``,
    icon: focused ? 'debug-stackframe-focused' : vcpu.core === undefined ? 'debug-pause' : 'play-circle',
    color: vcpu.core === undefined ? undefined : COLORS.guest,
    expanded: true,
    children: vcpu.groups.map((group) => groupRow(group, id, vcpu.provenance)),
    spoken: `virtual CPU ${vcpu.vcpu}, ${where}${focused ? ', selected' : ''}`,
  };
}

function guestRow(guest: Guest, focusedThread: number | undefined): Row {
  const id = `vm${guest.vm}`;
  return {
    id,
    label: guest.name,
    description: `VMID ${guest.vmid}, Stage 2 at ${guest.stage2Root}`,
    tooltip:
      'A VM is known by its Stage 2 root (VTTBR.BADDR). The VMID is an attribute: hypervisors recycle VMIDs.',
    icon: 'vm',
    color: COLORS.guest,
    expanded: true,
    children: guest.vcpus.map((vcpu) => vcpuRow(vcpu, id, focusedThread)),
  };
}

export function guestRows({ guests }: GuestsPart, focusedThread?: number): Row[] {
  return guests.map((guest) => guestRow(guest, focusedThread));
}
