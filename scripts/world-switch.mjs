// Writes docs/world-switch.md: one hypercall and one MMIO exit of the teaching guest, from the guest's instruction to
// the next one, through the shipped image. Every address and count is taken from a run.
//   node scripts/world-switch.mjs            writes it
//   node scripts/world-switch.mjs --check    exit code 1 when it is out of date
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importTypeScript } from './house/import-typescript.mjs';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs/world-switch.md');
const { Machine, DEFAULT_CONFIGURATION } = await importTypeScript(join(root, 'emulator/index.ts'));
const { Program } = await importTypeScript(join(root, 'debug-adapter/symbols/program.ts'));

const image = (name) => readFileSync(join(root, 'hypervisor/images', name));
const hex = (n) => `0x${(n >>> 0).toString(16).padStart(8, '0')}`;
const host = Program.load(image('kvm-arm.elf'), { name: 'kvm-arm.elf' });
const guest = Program.load(image('teaching.elf'), { name: 'teaching.elf' });

/** Labels of the walk: what the code between one and the next is for. */
const WALK = {
  __kvm_hyp_vector: 'the vector at HVBAR + 0x14',
  hyp_trap: 'the Hyp vector 0x14: r0-r2 pushed, HSR read, its exception class looked at',
  guest_trap: 'the syndrome goes into the vCPU; of an abort the fault addresses, too',
  guest_exit_trap: 'the exit code is ARM_EXCEPTION_HVC: a trap',
  ws_out_1a_store_vm_gp: 'r0-r12, SP_usr, LR_usr, PC, CPSR and the banked registers go into the vCPU',
  ws_out_1f_take_guest_abort: "an asynchronous abort that is the guest's is taken now, if there is one",
  ws_out_4_disable_stage2: 'VTTBR := 0: VMID 0 is the host',
  ws_out_3a_disable_traps: 'HSTR, HDCR, HCPTR trap nothing',
  ws_out_1b_switch_vfp: 'VFP, if the guest has used it; FPEXC',
  ws_out_3b_disable_virtualization: 'HCR into the vCPU, for HCR.VA; HCR := 0',
  ws_out_2a_load_host_ids: 'VPIDR, VMPIDR',
  ws_out_1c_store_vm_cp15: '24 control registers of the VM',
  ws_out_2b_load_host_cp15: '24 control registers of the host',
  ws_out_1d_store_timer: "the virtual timer stops; CNTVOFF := 0; the physical timer is the host's again",
  ws_out_1e_store_vgic: 'GICH into the vCPU; the virtual interface is off',
  ws_out_2c_load_host_gp: "the host's banked registers, r4-r12, SP_usr",
  ws_out_5_enter_host: 'back to the HVC path',
  hyp_host_call_return: "ERET to SVC: the double trap's first half is over",
  hyp_host_call: 'the host calls `__kvm_vcpu_run` by HVC; VMID 0 says that it is the host',
  ws_in_1a_store_host_gp: 'HTPIDR := vCPU; r4-r12, SP_usr, banked registers onto the Hyp stack',
  ws_in_2a_load_vgic: 'GICH_HCR, VMCR, APR and the list registers',
  ws_in_2b_load_timer: 'CNTVOFF, CNTV_CVAL, CNTV_CTL; the physical timer traps',
  ws_in_1b_store_host_cp15: '24 control registers of the host',
  ws_in_2c_load_vm_cp15: '24 control registers of the VM: Hyp has its own, nothing changes under its feet',
  ws_in_1c_store_host_fpexc: 'FPEXC.EN := 1, so that the first VFP instruction traps to Hyp',
  ws_in_3_enable_traps: 'HCR, HSTR, HCPTR, HDCR',
  ws_in_2d_load_vm_ids: 'VPIDR, VMPIDR',
  ws_in_4_enable_stage2: 'VTTBR: root and VMID',
  ws_in_2e_load_vm_gp: "the VM's registers; the vCPU pointer in r0 goes last",
  ws_in_5_enter_vm: 'CLREX, DSB, ERET: the guest goes on',
};

function boot() {
  const machine = new Machine(DEFAULT_CONFIGURATION);
  machine.boot({ kernel: { name: 'kvm-arm.elf', bytes: image('kvm-arm.elf') }, deviceTree: 'generated' });
  return machine;
}

/** Runs to a trap of the guest that `chosen` takes, and from there to the guest again; rows of the way. */
function walk(chosen) {
  const machine = boot();
  const core = machine.cores[0].state;
  let trap;
  const unsubscribe = machine.events.subscribe(['trap-to-hyp'], (event) => {
    if (event.fromWorld !== 'guest' || !chosen(event)) return false;
    trap = event;
    return true;
  });
  machine.run(60_000_000);
  unsubscribe();
  const labels = new Map(Object.keys(WALK).map((name) => [host.symbolByName(name).address, name]));
  const rows = [];
  let entered = false;
  machine.events.subscribe(['world-enter'], () => {
    entered = true;
    return true;
  });
  let left = 0;
  while (!entered) {
    const inHyp = core.mode === 0x1a;
    const arrived = inHyp && (rows.at(-1)?.name ?? '') === '';
    const name = arrived ? '__kvm_hyp_vector' : inHyp ? labels.get(core.pc >>> 0) : undefined;
    if (name !== undefined) rows.push({ name, address: core.pc >>> 0, count: 0 });
    else if (!inHyp && rows.at(-1)?.name !== '') rows.push({ name: '', address: core.pc >>> 0, count: 0 });
    rows.at(-1).count += machine.run(1).retired;
    if (++left > 200_000) throw new Error('the guest is not entered again');
  }
  return { trap, rows };
}

function table({ rows }) {
  const line = ({ name, address, count }) =>
    name === ''
      ? `| \`${hex(address)}\` | the host | ${count} | the host kernel, the highvisor, and the VMM where it is needed |`
      : `| \`${hex(address)}\` | \`${name}\` | ${count} | ${WALK[name]} |`;
  return ['| address | label | instructions | what it does |', '|---|---|--:|---|', ...rows.map(line)].join(
    '\n',
  );
}

const total = ({ rows }) => rows.reduce((sum, { count }) => sum + count, 0);
const inHyp = ({ rows }) => rows.reduce((sum, { name, count }) => sum + (name === '' ? 0 : count), 0);
const where = (pc) => `\`${hex(pc)}\` in \`${guest.symbolAt(pc)?.name ?? '?'}\``;

const hypercall = walk((event) => event.ec === 0x12);
const mmio = walk((event) => event.ec === 0x24 && event.ipa === 0x0900_0018);

const text = `<!-- Made from a run of the shipped image by \`node scripts/world-switch.mjs\`: change it there. -->

# A world switch, instruction by instruction

The bundled hypervisor runs in split mode: the lowvisor in Hyp mode switches worlds, the highvisor in the host kernel
decides. A guest that traps is therefore left twice: guest → Hyp → host, and the same back. Below are two such ways
with the addresses of \`hypervisor/images/kvm-arm.elf\`, to be followed with *Step Into* in the debugger. The labels
\`ws_out_…\` and \`ws_in_…\` are in \`hypervisor/lowvisor/world-switch.S\`, whose digits are the five steps out and in.

## One hypercall

The guest asks for PSCI_VERSION: \`hvc #0\` at ${where(hypercall.trap.pc - 4)}. HSR is ${hex(hypercall.trap.hsr)} (EC 0x12).
From the trap to the guest's next instruction ${total(hypercall)} instructions are executed, ${inHyp(hypercall)} of them in Hyp mode.

${table(hypercall)}

## One MMIO exit

The guest reads the flags of a UART that is not there: \`ldr\` at ${where(mmio.trap.pc)}, IPA ${hex(mmio.trap.ipa)}. Stage 2
does not map that page: a Data Abort taken to Hyp mode, HSR ${hex(mmio.trap.hsr)} (EC 0x24, with register, size and
direction in the syndrome). The highvisor decodes it and hands it to the VMM at PL0, which plays the UART; the value is
put into the register at the next KVM_RUN. ${total(mmio)} instructions, ${inHyp(mmio)} of them in Hyp mode.

${table(mmio)}
`;

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/world-switch.md is out of date. Run: node scripts/world-switch.mjs');
    process.exit(1);
  }
} else writeFileSync(page, text);
