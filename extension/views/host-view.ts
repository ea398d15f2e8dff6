// Host: core → highvisor (PL1) state, Hyp state, GIC, timers.
import type { HostCore, HostPart } from '../../debug-adapter/protocol/host-view';
import type { CoreStatus } from '../../debug-adapter/protocol/status';
import { PROVENANCE_IN_WORDS } from './guests-view';
import { groupRow } from './register-rows';
import { COLORS, type Row } from './row';

/** Who executes, in one phrase: `guest VM 1 vCPU 0, Supervisor PL1 at kernel_main+0x4`. */
export function executing(status: CoreStatus): string {
  const who = status.world === 'guest' ? `guest VM ${status.vm} vCPU ${status.vcpu}` : status.world;
  const phase = status.phase
    ? ` (world switch ${status.phase.direction}, ${status.phase.step} of 5: ${status.phase.name})`
    : '';
  return `${who}, ${status.mode} ${status.privilege} at ${status.symbol ?? status.pc}${phase}`;
}

export const WORLD_COLORS: Readonly<Record<CoreStatus['world'], string>> = {
  host: COLORS.host,
  hyp: COLORS.hyp,
  guest: COLORS.guest,
  secure: COLORS.problem,
  monitor: COLORS.problem,
};

function coreRow(core: HostCore, focusedThread: number | undefined): Row {
  const id = `cpu${core.core}`;
  const focused = focusedThread === core.hostThreadId || focusedThread === core.hypThreadId;
  return {
    id,
    label: `CPU${core.core}`,
    description: executing(core.status),
    tooltip: [
      `Executes ${executing(core.status)}.`,
      `Highvisor: ${PROVENANCE_IN_WORDS[core.highvisorProvenance]}`,
      core.highvisorPc ? `The host goes on at \`${core.highvisorPc}\`.` : '',
    ]
      .filter((line) => line !== '')
      .join('\n\n'),
    icon: focused ? 'debug-stackframe-focused' : 'circuit-board',
    color: WORLD_COLORS[core.status.world],
    expanded: true,
    children: core.groups.map((group) =>
      groupRow(group, id, group.kind === 'highvisor' ? core.highvisorProvenance : 'live'),
    ),
  };
}

export function hostRows({ cores }: HostPart, focusedThread?: number): Row[] {
  return cores.map((core) => coreRow(core, focusedThread));
}
