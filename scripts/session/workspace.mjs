// A workspace with a launch configuration for each scene of the session.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importTypeScript } from '../house/import-typescript.mjs';

/**
 * What a hypervisor must trap and emulate: a condition on the trap, the guest's function that executes the instruction,
 * and how the stop's words name it.
 */
export const TRAPPED = [
  { what: 'HVC', condition: 'ec == 0x12', by: 'call_hvc', words: /Hypervisor Call/ },
  { what: 'WFI', condition: 'ec == 0x01 && wfe == 0', by: 'trap_wfi', words: /: wfi,/ },
  { what: 'SMC', condition: 'ec == 0x13', by: 'trap_smc', words: /\(EC 0x13\)/ },
  { what: 'CP14 trace register', condition: 'ec == 0x05', by: 'trap_cp14_trace', words: /\(EC 0x05\)/ },
  {
    what: 'ACTLR',
    condition: 'ec == 0x03 && opc1 == 0 && crn == 1 && crm == 0 && opc2 == 1',
    by: 'trap_actlr_read',
    words: /p15, 0, r\d+, c1, c0, 1/,
  },
  {
    what: 'cache operation by set/way',
    condition: 'ec == 0x03 && crn == 7 && crm == 14 && opc2 == 2',
    by: 'trap_dccisw',
    words: /p15, 0, r\d+, c7, c14, 2/,
  },
  {
    what: 'L2CTLR',
    condition: 'ec == 0x03 && opc1 == 1 && crn == 9 && opc2 == 2',
    by: 'trap_l2ctlr',
    words: /p15, 1, r\d+, c9, c0, 2/,
  },
  {
    what: 'L2ECTLR',
    condition: 'ec == 0x03 && opc1 == 1 && crn == 9 && opc2 == 3',
    by: 'trap_l2ectlr',
    words: /p15, 1, r\d+, c9, c0, 3/,
  },
];

export const UART_IPA = '0x09000000';

/** The names have no part in common, so that picking one by its name is never ambiguous. */
export const CONFIGURATIONS = {
  entry: { name: 'Scene entry and first guest instruction', stopOnEntry: true, stopOn: ['worldEnter'] },
  traps: {
    name: 'Scene trapped instructions',
    stopOn: TRAPPED.map(({ condition }) => ({ event: 'hypTrap', condition: `vm == 1 && ${condition}` })),
  },
  uart: {
    name: 'Scene store to the UART',
    stopOn: [
      { event: 'stage2Fault', condition: `ipa >= ${UART_IPA} && ipa < ${UART_IPA} + 0x1000 && write` },
    ],
  },
  interrupt: { name: 'Scene life of a virtual interrupt', stopOn: ['listRegisterChange'] },
  switchIn: { name: 'Scene world switch in', runTo: 'hyp:__kvm_vcpu_run' },
  switchOut: { name: 'Scene world switch out', runTo: 'hyp:__kvm_vcpu_return' },
  oneAddress: { name: 'Scene one address in two worlds', stopOnEntry: true },
  strippedEntry: { name: 'Scene start of a guest without symbols', stopOn: ['worldEnter'] },
  stripped: {
    name: 'Scene trap of a guest without symbols',
    stopOn: [{ event: 'hypTrap', condition: 'vm == 1 && ec == 0x12' }],
  },
};

/** An ELF file without its section headers: it loads as before, and nobody finds a symbol in it. */
function strip(from, to) {
  const image = readFileSync(from);
  image.writeUInt32LE(0, 0x20); // e_shoff
  image.writeUInt16LE(0, 0x30); // e_shnum
  image.writeUInt16LE(0, 0x32); // e_shstrndx
  writeFileSync(to, image);
}

/**
 * Writes the workspace into a folder.
 * @param installed the extension's own folder: its sources are what is debugged
 * @returns path of the workspace file
 */
export function writeWorkspace(folder, installed) {
  const guest = join(folder, 'stripped.elf');
  strip(join(installed, 'hypervisor', 'images', 'teaching.elf'), guest);
  const common = { type: 'worldswitch', request: 'launch' };
  const configurations = Object.entries(CONFIGURATIONS).map(([key, configuration]) => ({
    ...configuration,
    ...common,
    ...(key.startsWith('stripped') ? { guest: { kernel: guest } } : {}),
  }));
  const path = join(folder, 'session.code-workspace');
  writeFileSync(
    path,
    JSON.stringify({
      folders: [{ name: 'hypervisor', path: join(installed, 'hypervisor') }],
      settings: { 'files.associations': { '*.S': 'worldswitch-asm' } },
      launch: { version: '0.2.0', configurations },
    }),
  );
  return path;
}

/** Functions that the teaching guest surely calls; the host's kernel lies at the same virtual addresses. */
const GUEST_FUNCTIONS = ['uart_put', 'print', 'put_string', 'guest_main'];

/** Their addresses, as `0x` and eight digits, by the guest's own symbols. */
export async function sharedAddresses(installed) {
  const { Program } = await importTypeScript(
    join(import.meta.dirname, '..', '..', 'debug-adapter', 'symbols', 'program.ts'),
  );
  const guest = Program.load(readFileSync(join(installed, 'hypervisor', 'images', 'teaching.elf')), {
    name: 'teaching.elf',
  });
  return GUEST_FUNCTIONS.map((name) => `0x${guest.symbolByName(name).address.toString(16).padStart(8, '0')}`);
}
