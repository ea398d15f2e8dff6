/** The List registers view: GICH_LRn of each core, decoded, with what changed them last. */
import { registerFields } from './gic-fields';
import { hex } from '../protocol/registers';
import type {
  CauseLink,
  ListRegister,
  ListRegisterBank,
  ListRegisterCause,
  ListRegisterChange,
  ListRegistersPart,
  ListRegisterState,
} from '../protocol/list-registers-view';
import type { LoggedEvent, ViewSite } from './site';

const STATES: readonly ListRegisterState[] = ['invalid', 'pending', 'active', 'pending and active'];
/** Links shown of a chain. */
const LONGEST_CHAIN = 8;

export function listRegistersPart(site: ViewSite): ListRegistersPart {
  return { banks: site.machine.cores.flatMap((_, core) => bank(site, core) ?? []) };
}

function bank(site: ViewSite, core: number): ListRegisterBank | undefined {
  const { gic } = site.machine.board;
  const { gich } = gic.devices;
  if (gich === undefined) return undefined;
  const guest = site.contexts.ofCore(core, 'guest');
  const control = gich.peek(0, 4, { core, secure: false, privileged: true }) ?? 0;
  return {
    title: guest === undefined ? `CPU${core}` : `CPU${core} (VM ${guest.vm} vCPU ${guest.vcpu})`,
    core,
    ...(guest !== undefined && { vm: guest.vm!, vcpu: guest.vcpu! }),
    provenance: 'live',
    enabled: (control & 1) !== 0,
    registers: gic.listRegisters(core).map((lr, index): ListRegister => {
      const key = `lr${core}.${index}`;
      const before = site.before.get(key);
      site.seen.set(key, BigInt(lr.raw));
      const change = lastChange(site, core, index);
      return {
        index,
        value: hex(lr.raw),
        state: lr.state,
        virtualId: lr.virtualId,
        ...(lr.physicalId !== undefined && { physicalId: lr.physicalId }),
        ...(lr.cpuId !== undefined && lr.virtualId < 16 && { sourceCpu: lr.cpuId }),
        hardware: lr.hw,
        eoiMaintenance: lr.eoi,
        group: lr.group1 ? 1 : 0,
        priority: lr.priority,
        fields: registerFields(gich.rows, `GICH_LR`, lr.raw),
        ...(before !== undefined && before !== BigInt(lr.raw) && { changed: true }),
        ...(change !== undefined && { lastChange: change }),
      };
    }),
  };
}

function lastChange(site: ViewSite, core: number, index: number): ListRegisterChange | undefined {
  const log = site.listRegisterLog.filter(
    ({ event }) => event.kind === 'list-register' && event.core === core && event.index === index,
  );
  const last = log[log.length - 1];
  if (last === undefined || last.event.kind !== 'list-register') return undefined;
  const { before, after, cause } = last.event;
  return {
    from: STATES[(before >>> 28) & 3]!,
    to: STATES[(after >>> 28) & 3]!,
    cause: causeName(cause),
    position: last.position,
    chain: log.slice(-LONGEST_CHAIN).map(causeLink),
  };
}

function causeName(cause: string): ListRegisterCause {
  return cause === 'EOI' ? 'end of interrupt' : (cause as ListRegisterCause);
}

function causeLink(logged: LoggedEvent): CauseLink {
  const { event } = logged;
  if (event.kind !== 'list-register') return { text: event.kind, position: logged.position };
  const words = `${STATES[(event.before >>> 28) & 3]} → ${STATES[(event.after >>> 28) & 3]}: ${causeName(event.cause)}`;
  return {
    text: words,
    position: logged.position,
    address: logged.address,
    ...(logged.symbol !== undefined && { symbol: logged.symbol }),
  };
}
