/** Registers as views show them: decoded, and marked where they changed since the stop before. */
import type { Register, RegisterGroup } from '../protocol/registers';
import type { Context } from '../worlds/context';
import { ContextRegisters, shownRegister, type ContextRegister } from '../worlds/registers';
import type { ViewSite } from './site';

/** A register, with its mark. `key` tells it apart from the same register of another context. */
export function viewRegister(
  site: ViewSite,
  key: string,
  register: ContextRegister,
  evaluateName?: string,
): Register {
  const shown = shownRegister(register, evaluateName);
  const value = BigInt(shown.value);
  const name = `${key}.${shown.name}`;
  site.seen.set(name, value);
  const before = site.before.get(name);
  return before !== undefined && before !== value ? { ...shown, changed: true } : shown;
}

/** A group of registers of one context, by names; what the machine does not have is left out. */
export function namedGroup<Kind extends string>(
  site: ViewSite,
  context: Context,
  kind: Kind,
  title: string,
  names: readonly string[],
): RegisterGroup<Kind> {
  const registers = new ContextRegisters(site.machine, context);
  const found = names.map((name) => registers.find(name)).filter((register) => register !== undefined);
  return group(site, context, kind, title, found);
}

export function group<Kind extends string>(
  site: ViewSite,
  context: Context,
  kind: Kind,
  title: string,
  registers: readonly ContextRegister[],
): RegisterGroup<Kind> {
  const prefix = context.space.name;
  return {
    kind,
    title,
    registers: registers.map((register) =>
      viewRegister(site, `${context.threadId}`, register, `${prefix}:$${register.name}`),
    ),
  };
}
