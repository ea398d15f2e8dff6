/**
 * The board's firmware: Power State Coordination Interface (Arm DEN 0022D), as QEMU's `virt` board answers it.
 * Any call through the board's conduit is answered here; an unknown function gives NOT_SUPPORTED.
 */
import type { EventHub } from '../events/event-hub';
import { CORE, RunState } from '../state/layout';
import type { CoreState, MachineState } from '../state/machine-state';

const SUCCESS = 0;
const NOT_SUPPORTED = -1;
const INVALID_PARAMETERS = -2;
const ALREADY_ON = -4;

/** What the firmware can do to the machine. */
export interface PsciHost {
  readonly state: MachineState;
  readonly events: EventHub;
  powerOff(core: CoreState): void;
  systemReset(core: CoreState): void;
  /**
   * Starts a core at `entry` (bit 0: T32) with r0 = context, in the highest Non-secure mode there is (PSCI, DEN 0022D
   * 6.4.1): Hyp mode with the Virtualization Extensions, whatever mode the caller is in.
   */
  startCore(target: CoreState, entry: number, context: number): void;
  stopCore(core: CoreState): void;
  /** Suspends a core until an interrupt: as WFI. */
  suspend(core: CoreState): void;
}

interface PsciFunction {
  readonly name: string;
  readonly ids: readonly number[];
  /** Gives r0, or undefined when the call does not return. */
  readonly call: (host: PsciHost, core: CoreState, a: number, b: number, c: number) => number | undefined;
}

function coreByMpidr(host: PsciHost, mpidr: number): CoreState | undefined {
  return host.state.cores.find((core) => core.index === (mpidr & 0xff_ffff));
}

function cpuOn(host: PsciHost, _core: CoreState, mpidr: number, entry: number, context: number): number {
  const target = coreByMpidr(host, mpidr);
  if (target === undefined) return INVALID_PARAMETERS;
  if (target.i32[CORE.RUN_STATE] !== RunState.Off) return ALREADY_ON;
  host.startCore(target, entry, context);
  return SUCCESS;
}

/** Every function, by its names in the specification; the 0x95c1ba5e ids are those of PSCI 0.1 on this board. */
export const PSCI_FUNCTIONS: readonly PsciFunction[] = [
  { name: 'PSCI_VERSION', ids: [0x84000000], call: () => 0x10001 },
  {
    name: 'CPU_SUSPEND',
    ids: [0x84000001, 0x95c1ba5e],
    call: (host, core, powerState) => {
      if (powerState & 0xfffe0000) return INVALID_PARAMETERS;
      host.suspend(core);
      return SUCCESS;
    },
  },
  { name: 'CPU_OFF', ids: [0x84000002, 0x95c1ba5f], call: (host, core) => (host.stopCore(core), undefined) },
  { name: 'CPU_ON', ids: [0x84000003, 0x95c1ba60], call: cpuOn },
  {
    name: 'AFFINITY_INFO',
    ids: [0x84000004],
    call: (host, _core, mpidr, level) => {
      if (level !== 0) return level > 3 ? INVALID_PARAMETERS : 0;
      const target = coreByMpidr(host, mpidr);
      if (target === undefined) return INVALID_PARAMETERS;
      return target.i32[CORE.RUN_STATE] === RunState.Off ? 1 : 0;
    },
  },
  { name: 'MIGRATE', ids: [0x84000005, 0x95c1ba61], call: () => NOT_SUPPORTED },
  { name: 'MIGRATE_INFO_TYPE', ids: [0x84000006], call: () => 2 },
  { name: 'SYSTEM_OFF', ids: [0x84000008], call: (host, core) => (host.powerOff(core), undefined) },
  { name: 'SYSTEM_RESET', ids: [0x84000009], call: (host, core) => (host.systemReset(core), undefined) },
  {
    name: 'PSCI_FEATURES',
    ids: [0x8400000a],
    call: (_host, _core, id) =>
      PSCI_FUNCTIONS.some((row) => row.ids[0] === id >>> 0 && row.name !== 'MIGRATE')
        ? SUCCESS
        : NOT_SUPPORTED,
  },
];

const BY_ID = new Map(PSCI_FUNCTIONS.flatMap((row) => row.ids.map((id) => [id, row] as const)));

/** Answers the call in r0–r3 of `core`, leaving the result in r0. */
export function answerPsciCall(host: PsciHost, core: CoreState): void {
  const r = core.u32.subarray(CORE.R, CORE.R + 4);
  const id = r[0]!;
  const row = BY_ID.get(id);
  if (host.events.wants['psci'])
    host.events.publish({
      kind: 'psci',
      core: core.index,
      function: row?.name ?? `unknown function 0x${id.toString(16)}`,
      arguments: [r[1]!, r[2]!, r[3]!],
    });
  const result = row === undefined ? NOT_SUPPORTED : row.call(host, core, r[1]!, r[2]!, r[3]!);
  if (result !== undefined) core.i32[CORE.R] = result;
}
