/** Who is executing where: the head of every snapshot. */
import { CORE, MODES, Psr, type Machine } from '../../emulator';
import { hex } from '../protocol/registers';
import type { CoreStatus, Status } from '../protocol/status';
import type { Context } from '../worlds/context';
import { phaseAt } from '../worlds/phases';
import type { ViewSite } from './site';

const MODE_WORDS: Readonly<Record<string, string>> = {
  usr: 'User',
  fiq: 'FIQ',
  irq: 'IRQ',
  svc: 'Supervisor',
  mon: 'Monitor',
  abt: 'Abort',
  hyp: 'Hyp',
  und: 'Undefined',
  sys: 'System',
};

/** The manual's name of a context's mode. */
export function modeWords(context: Context): string {
  const name = MODES[context.registers.i32[CORE.PSR]! & Psr.M]?.name ?? '?';
  return MODE_WORDS[name] ?? name;
}

export function coreStatus(site: ViewSite, core: number): CoreStatus {
  const context = site.contexts.executingOn(core);
  const { pc } = context.registers;
  const symbol = site.symbols.at(context, pc)?.symbolize(pc);
  const phase = phaseAt(site.symbols, context);
  return {
    core,
    world: context.world,
    ...(context.vm !== undefined && { vm: context.vm }),
    ...(context.vcpu !== undefined && { vcpu: context.vcpu }),
    mode: modeWords(context),
    privilege: `PL${context.registers.privilegeLevel}`,
    instructionSet: (context.registers.i32[CORE.PSR]! & Psr.T) !== 0 ? 'T32' : 'A32',
    pc: hex(pc),
    ...(symbol !== undefined && { symbol }),
    ...(phase !== undefined && { phase }),
  };
}

export function status(site: ViewSite, core: number): Status {
  const machine: Machine = site.machine;
  return {
    core,
    cores: machine.cores.map((_, index) => coreStatus(site, index)),
    position: machine.retired,
    nanoseconds: machine.state.now,
  };
}
