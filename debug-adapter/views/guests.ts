/** The Guests view: VM → vCPU → groups of registers. */
import type { Guest, GuestsPart, Vcpu } from '../protocol/guests-view';
import { hex } from '../protocol/registers';
import type { Context } from '../worlds/context';
import { ContextRegisters } from '../worlds/registers';
import type { VirtualMachine } from '../worlds/vm';
import { MAIN_REGISTERS } from '../worlds/register-names';
import { group, namedGroup } from './registers';
import type { ViewSite } from './site';
import { modeWords } from './status';

const TIMER = ['CNTV_CTL', 'CNTV_CVAL', 'CNTV_TVAL', 'CNTVOFF', 'CNTVCT', 'CNTKCTL', 'CNTP_CTL', 'CNTP_CVAL'];
const VIRTUAL_INTERRUPTS = ['HCR', 'ISR', 'VPIDR', 'VMPIDR'];

export function guestsPart(site: ViewSite): GuestsPart {
  return { guests: site.contexts.machines.map((vm) => guest(site, vm)) };
}

function guest(site: ViewSite, vm: VirtualMachine): Guest {
  return {
    vm: vm.vm,
    name: `VM ${vm.vm}`,
    stage2Root: hex(vm.root, 40),
    vmid: vm.vmid,
    vcpus: vm.vcpus.map((context) => vcpu(site, context)),
  };
}

function vcpu(site: ViewSite, context: Context): Vcpu {
  const registers = new ContextRegisters(site.machine, context);
  const { pc } = context.registers;
  const symbol = site.symbols.at(context, pc)?.symbolize(pc);
  return {
    vcpu: context.vcpu!,
    threadId: context.threadId,
    ...(context.executing && { core: context.core }),
    provenance: context.provenance,
    mode: modeWords(context),
    privilege: context.registers.privilegeLevel === 0 ? 'PL0' : 'PL1',
    pc: hex(pc),
    ...(symbol !== undefined && { symbol }),
    groups: [
      group(site, context, 'general', 'General', registers.general()),
      group(
        site,
        context,
        'banked',
        'Banked',
        registers.bankedRegisters().filter(({ name }) => !/_hyp$/.test(name)),
      ),
      namedGroup(site, context, 'system', 'System', MAIN_REGISTERS),
      group(site, context, 'vfp', 'VFP', registers.vfpRegisters()),
      namedGroup(site, context, 'timer', 'Timer', TIMER),
      namedGroup(site, context, 'virtualInterrupts', 'Virtual interrupts', VIRTUAL_INTERRUPTS),
    ],
  };
}
