/** Where things are in the memory that the runners (runner.S, monitor-runner.S) and the tests share. */
export const RUNNER_AT = 0x4000_0000;
export const HEADER_AT = 0x4400_0000;
export const CODE_AT = 0x4800_0000;
export const RECORDS_AT = 0x5000_0000;
export const DATA_AT = 0x7000_0000;
export const DATA_BYTES = 0x20_0000;
export const D_REGISTERS_AT = 0x7800_0000;

/** A slot of code, the tests in a row that share it, and what of it is mapped at once. */
export const CODE_BYTES = 16;
export const STATES = 4;
export const BLOCK_BYTES = 0x20_0000;
/** Bytes of code that stage 2 maps at most. */
export const MOST_CODE = 32 * BLOCK_BYTES;

/** Address of a test's instruction. */
export function codeAt(test: number): number {
  return CODE_AT + Math.floor(test / STATES) * CODE_BYTES;
}

/** Words of a record, and the first of those that a runner writes. */
export const RECORD_WORDS = 128;
export const OUTPUTS = 32;

/** What a record begins with; r0–r14 are words 0–14. */
export const INPUT = { CPSR: 15, SPSR: 16, FPSCR: 17, FPEXC: 18, SCR: 19 } as const;

/**
 * Names of the words that a runner writes, from OUTPUTS on. SPSR_hyp and ELR_hyp in capitals are where it ended, and
 * those of Monitor mode where that is where the runner is.
 */
export const OUTPUT_NAMES = [
  ...Array.from({ length: 13 }, (_, n) => `r${n}`), 'sp_usr', 'lr_usr', 'SPSR_hyp', 'HSR', 'ELR_hyp', 'HDFAR', 'HIFAR',
  'HPFAR', 'timeout', 'sp_usr', 'lr_usr', 'sp_svc', 'lr_svc', 'spsr_svc', 'sp_abt', 'lr_abt', 'spsr_abt', 'sp_und',
  'lr_und', 'spsr_und', 'sp_irq', 'lr_irq', 'spsr_irq', 'r8_fiq', 'r9_fiq', 'r10_fiq', 'r11_fiq', 'r12_fiq', 'sp_fiq',
  'lr_fiq', 'spsr_fiq', 'FPSCR', 'vector', 'FPEXC', 'DFSR', 'IFSR', 'DFAR', 'IFAR', 'TPIDRURW', 'TPIDRURO', 'TPIDRPRW',
  'CNTP_CVAL', 'CNTP_CVAL high', 'CNTV_CVAL', 'CNTV_CVAL high', 'sp_mon', 'spsr_hyp', 'elr_hyp', 'sp_hyp', 'SCR',
  'Secure DFSR', 'Secure IFSR', 'Secure DFAR', 'Secure IFAR', 'last CPSR',
] as const; // prettier-ignore
const output = (name: (typeof OUTPUT_NAMES)[number]): number => OUTPUT_NAMES.indexOf(name);

/** Words of a record's outputs that comparisons ask for, counted from OUTPUTS. */
export const OUTPUT = {
  SPSR_HYP: output('SPSR_hyp'),
  HSR: output('HSR'),
  ELR_HYP: output('ELR_hyp'),
  TIMEOUT: output('timeout'),
  LR_SVC: output('lr_svc'),
  SPSR_SVC: output('spsr_svc'),
  LR_ABT: output('lr_abt'),
  LR_UND: output('lr_und'),
  SPSR_ABT: output('spsr_abt'),
  SPSR_UND: output('spsr_und'),
  VECTOR: output('vector'),
  IFAR: output('IFAR'),
} as const;
