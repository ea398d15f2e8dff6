/** The A32 encodings that programs for whole machines need beside the interpreter's; read back with objdump. */
import { VIRT_MAP } from '../../../emulator/devices/board-virt-map';
import { DEFAULT_CONFIGURATION, Machine, type MachineConfiguration } from '../../../emulator';

export * from '../interpreter/assembler';

export const WFI = 0xe320f003;
export const WFE = 0xe320f002;
export const SEV = 0xe320f004;
export const YIELD = 0xe320f001;
export const HVC = 0xe1400070;
export const SMC = 0xe1600070;
/** CPSIE i, CPSID i. */
export const CPSIE_I = 0xf1080080;
export const CPSID_I = 0xf10c0080;
/** B to itself. */
export const SELF = 0xeafffffe;
/** MOVW and MOVT: rd = value. */
export const load = (rd: number, value: number): number[] => [
  half(0xe3000000, rd, value & 0xffff),
  half(0xe3400000, rd, value >>> 16),
];
const half = (opcode: number, rd: number, imm16: number): number =>
  (opcode | ((imm16 >>> 12) << 16) | (rd << 12) | (imm16 & 0xfff)) >>> 0;
/** MRC and MCR p15. */
export const mrc = (opc1: number, rt: number, crn: number, crm: number, opc2: number): number =>
  (0xee100f10 | (opc1 << 21) | (crn << 16) | (rt << 12) | (opc2 << 5) | crm) >>> 0;
export const mcr = (opc1: number, rt: number, crn: number, crm: number, opc2: number): number =>
  (mrc(opc1, rt, crn, crm, opc2) & ~(1 << 20)) >>> 0;
/** MRC p15, 0, rt, MPIDR. */
export const readMpidr = (rt: number): number => mrc(0, rt, 0, 0, 5);
/** Writes of CNTKCTL, CNTP_TVAL and CNTP_CTL. */
export const writeCntkctl = (rt: number): number => mcr(0, rt, 14, 1, 0);
export const writeCntpTval = (rt: number): number => mcr(0, rt, 14, 2, 0);
export const writeCntpCtl = (rt: number): number => mcr(0, rt, 14, 2, 1);

export const RAM = VIRT_MAP.ram.base;
/** Where `machineWith` puts its program. */
export const CODE = RAM + 0x1_0000;

/** A machine without Hyp mode (PSCI by HVC) unless `configuration` says otherwise, about to run `program` in RAM. */
export function machineWith(
  program: readonly number[],
  configuration: Partial<MachineConfiguration> = {},
): Machine {
  const machine = new Machine({
    ...DEFAULT_CONFIGURATION,
    memory: 0x20_0000,
    virtualization: false,
    ...configuration,
  });
  machine.boot({
    kernel: { name: 'program', bytes: new Uint8Array(Uint32Array.from(program).buffer) },
    format: 'raw',
    loadAddress: CODE,
  });
  return machine;
}

/** Register `r` of a core, unsigned. */
export function register(machine: Machine, core: number, r: number): number {
  return machine.state.cores[core]!.u32[r]!;
}

/** The word at physical address `pa`. */
export function wordAt(machine: Machine, pa: number): number {
  return new DataView(machine.memory.readPhysical(pa, 4).bytes.buffer).getUint32(0, true);
}
