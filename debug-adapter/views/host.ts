/** The Host view: core → highvisor (PL1) state, Hyp state, GIC, timers. */
import type { HostCore, HostPart } from '../protocol/host-view';
import { hex, type RegisterGroup } from '../protocol/registers';
import { ContextRegisters } from '../worlds/registers';
import { HYPERVISOR_REGISTERS, MAIN_REGISTERS, TIMER_REGISTERS } from '../worlds/register-names';
import { group, namedGroup } from './registers';
import { gicRegisters } from './gic';
import type { ViewSite } from './site';
import { coreStatus } from './status';

const HYP_OWN = ['SP_hyp', 'ELR_hyp', 'SPSR_hyp'];

export function hostPart(site: ViewSite): HostPart {
  return { cores: site.machine.cores.map((_, core) => hostCore(site, core)) };
}

function hostCore(site: ViewSite, core: number): HostCore {
  const host = site.contexts.ofCore(core, 'host')!;
  const hyp = site.contexts.ofCore(core, 'hyp');
  const executing = site.contexts.executingOn(core);
  const registers = new ContextRegisters(site.machine, host);
  const groups: RegisterGroup<HostCore['groups'][number]['kind']>[] = [];
  if (host.seen) {
    const main = namedGroup(site, host, 'highvisor', 'Highvisor (PL1)', MAIN_REGISTERS);
    const general = group(site, host, 'highvisor', '', [
      ...registers.general(),
      ...registers.bankedRegisters().filter(({ name }) => !/_(hyp|usr)$/.test(name)),
    ]);
    groups.push({ ...main, registers: [...general.registers, ...main.registers] });
  }
  // The registers of Hyp mode exist once: they are read from the core itself, whoever executes.
  if (hyp !== undefined) {
    const live = { ...executing, threadId: hyp.threadId, space: hyp.space };
    groups.push(namedGroup(site, live, 'hyp', 'Hyp mode (PL2)', [...HYP_OWN, ...HYPERVISOR_REGISTERS]));
  }
  groups.push({ kind: 'gic', title: 'Interrupt controller', registers: gicRegisters(site, core) });
  groups.push(namedGroup(site, { ...executing, threadId: -1 - core }, 'timers', 'Timers', TIMER_REGISTERS));
  return {
    core,
    hostThreadId: host.threadId,
    hypThreadId: hyp?.threadId ?? host.threadId,
    status: coreStatus(site, core),
    highvisorProvenance: host.provenance,
    ...(host.seen && { highvisorPc: hex(host.registers.pc) }),
    groups,
  };
}
