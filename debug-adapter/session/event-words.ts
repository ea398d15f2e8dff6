/** Events in words: what happened, where, and which control bit is responsible. */
import { decodeListRegister, describeHsr, MODES, type MachineEvent } from '../../emulator';
import type { Contexts } from '../worlds/contexts';

export interface EventWords {
  /** A few words, for the call stack's banner. */
  readonly title: string;
  /** One sentence. */
  readonly text: string;
  /** Facts, a line each, for exceptionInfo. */
  readonly details: readonly string[];
  /** Short name of the kind of event, such as `HVC` or `Data Abort from below Hyp (EC 0x24)`. */
  readonly id: string;
}

const STATES = ['invalid', 'pending', 'active', 'pending and active'];
const hex = (value: number, digits = 8): string => `0x${value.toString(16).padStart(digits, '0')}`;

/** Vectors of Hyp mode without a syndrome. */
const HYP_INTERRUPTS: Readonly<Record<number, string>> = { 0x18: 'IRQ', 0x1c: 'FIQ' };

interface Site {
  readonly contexts: Contexts;
}

export function describeStop(event: MachineEvent, site: Site): EventWords {
  switch (event.kind) {
    case 'trap-to-hyp':
      return trapWords(event);
    case 'list-register':
      return listRegisterWords(event);
    case 'world-enter':
    case 'world-exit': {
      const vm = site.contexts.vmOfVttbr(event.vttbr);
      const name = vm === undefined ? 'a guest' : `VM ${vm.vm}`;
      const entered = event.kind === 'world-enter';
      return {
        id: entered ? 'World enter' : 'World exit',
        title: entered ? `Entered ${name}` : `Left ${name}`,
        text: entered
          ? `The world switch into ${name} is complete; its next instruction is the first to execute`
          : `The world switch out of ${name} is complete; the host executes`,
        details: [`VTTBR ${hex(Number(event.vttbr), 16)}`],
      };
    }
    default:
      return { id: event.kind, title: event.kind, text: event.kind, details: [] };
  }
}

function trapWords(event: MachineEvent & { kind: 'trap-to-hyp' }): EventWords {
  const from = `${event.fromWorld} in ${MODES[event.fromMode]?.name ?? '?'} mode at ${hex(event.pc)}`;
  if (event.hsr === undefined) {
    const name = HYP_INTERRUPTS[event.vector] ?? 'asynchronous abort';
    return {
      id: `${name} taken to Hyp mode`,
      title: `Hyp trap: ${name}`,
      text: `${name} from ${from}, taken to Hyp mode${event.because && ` because ${event.because} is set`}`,
      details: [],
    };
  }
  const hsr = describeHsr(event.hsr);
  const ec = hex(hsr.ec, 2);
  const details = [
    `HSR ${hex(event.hsr)}: EC ${ec}, ${hsr.ecName}`,
    ...hsr.iss.map(
      ({ field, value, meaning }) =>
        `${field.name} = ${hex(value, 1)}${meaning === undefined ? '' : ` (${meaning})`}`,
    ),
    `ELR_hyp ${hex(event.pc)}, from ${event.fromWorld} (${MODES[event.fromMode]?.name ?? '?'} mode)`,
    event.because === '' ? 'Unconditional: no control bit is responsible' : `Responsible: ${event.because}`,
  ];
  if (event.va !== undefined) details.push(`${hsr.ec < 0x24 ? 'HIFAR' : 'HDFAR'} ${hex(event.va)}`);
  if (event.ipa !== undefined) details.push(`IPA ${hex(event.ipa)}`);
  const where = event.ipa === undefined ? '' : ` at IPA ${hex(event.ipa)}`;
  return {
    id: `${hsr.ecName} (EC ${ec})`,
    title: `Hyp trap: ${hsr.ecName}`,
    text: `${hsr.sentence.replace(/\.$/, '')}${where}, from ${from}${event.because && `; ${event.because} sends it here`}`,
    details,
  };
}

function listRegisterWords(event: MachineEvent & { kind: 'list-register' }): EventWords {
  const before = decodeListRegister(event.before);
  const after = decodeListRegister(event.after);
  const from = STATES[(event.before >>> 28) & 3]!;
  const to = STATES[(event.after >>> 28) & 3]!;
  const id = to === 'invalid' && after.virtualId === 0 ? before.virtualId : after.virtualId;
  return {
    id: `GICH_LR${event.index}: ${from} → ${to}`,
    title: `List register ${event.index}: ${from} → ${to}`,
    text: `GICH_LR${event.index} (virtual interrupt ${id}) went from ${from} to ${to}; cause: ${event.cause}`,
    details: [
      `Before ${hex(event.before >>> 0)} (${from}), after ${hex(event.after >>> 0)} (${to})`,
      `Virtual INTID ${id}, priority ${after.priority}, group ${after.group1 ? 1 : 0}${after.hw ? `, hardware interrupt ${after.physicalId}` : ''}`,
      `Cause: ${event.cause}`,
    ],
  };
}
