// An experiment: a state, an instruction, and where it ends; the layouts are those of probe.S.
import type { Model } from './model';

export interface Experiment {
  readonly name: string;
  /** Writes made in Hyp mode before it starts: MCR (Rt = 0) or VMSR encodings and their values, in order; at most seven. */
  readonly prepare: readonly (readonly [encoding: number, value: number])[];
  /** CPSR that it starts with. */
  readonly psr: number;
  /** At most six words; an HVC that ends it is put behind. */
  readonly code: readonly number[];
  /** Does on the model what `code` does. Each call of `model.step` is one instruction. */
  readonly act: (model: Model) => void;
}

/** Where an experiment ended. Addresses are relative to the experiment's first instruction. */
export interface Outcome {
  readonly vector: number;
  readonly hsr: number;
  readonly elr: number;
  readonly spsr: number;
  readonly cpsr: number;
  readonly r2: number;
  readonly r3: number;
  readonly lrUnd: number;
  readonly spsrUnd: number;
  readonly lrSvc: number;
  readonly spsrSvc: number;
  readonly lrAbt: number;
  readonly spsrAbt: number;
  readonly hdfar: number;
  readonly ifsr: number;
  readonly hifar: number;
}
export const OUTCOME_WORDS: readonly (keyof Outcome)[] = [
  'vector', 'hsr', 'elr', 'spsr', 'cpsr', 'r2', 'r3', 'lrUnd', 'spsrUnd', 'lrSvc', 'spsrSvc', 'lrAbt', 'spsrAbt',
  'hdfar', 'ifsr', 'hifar',
]; // prettier-ignore

export const RAM_BASE = 0x4000_0000;
export const COUNT_AT = 0x4400_0000;
export const EXPERIMENTS_AT = 0x4500_0000;
export const EXPERIMENT_BYTES = 128;
export const CODE_OFFSET = 100;
export const PREPARE_WORDS = 24;
export const RESULTS_AT = 0x6000_0000;
export const R2 = 0xdead_0002;
export const R3 = 0xdead_0003;
/** HVC immediate that ends an experiment. */
export const END = 0x200;
