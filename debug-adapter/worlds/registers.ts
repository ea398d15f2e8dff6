/**
 * Registers of a context by name: general, banked, status, VFP, and every CP14 and CP15 register of the table, with
 * their fields decoded.
 */
import {
  CORE,
  MODES,
  Psr,
  REGISTER_ROWS,
  STATUS_REGISTERS,
  bankedIndex,
  decodeFields,
  decodeRegister,
  peekRegister,
  pokeRegister,
  readCpsr,
  registerByName,
  writeCpsr,
  type DecodedField,
  type Machine,
} from '../../emulator';
import { hex, type Register, type RegisterField } from '../protocol/registers';
import type { Context } from './context';

/** A register of a context: how it is read, set and shown. */
export interface ContextRegister {
  /** Canonical name, such as `r0`, `SP_svc`, `HCR`. */
  readonly name: string;
  readonly bits: 32 | 64;
  readonly description?: string;
  read(): bigint;
  /** Absent where it cannot be set. */
  write?(value: bigint): void;
  /** Fields with their present values, highest first. */
  fields?(): readonly RegisterField[];
}

const GENERAL = [
  'r0',
  'r1',
  'r2',
  'r3',
  'r4',
  'r5',
  'r6',
  'r7',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'sp',
  'lr',
  'pc',
];
const ALIASES: Readonly<Record<string, string>> = {
  r13: 'sp',
  r14: 'lr',
  r15: 'pc',
  fp: 'r11',
  ip: 'r12',
  sl: 'r10',
};

/** Banked registers by their names in the manual: word index in a core's block, as `context` has them. */
function bankedNames(): readonly { name: string; mode: number; n: number }[] {
  const names: { name: string; mode: number; n: number }[] = [];
  for (const [value, mode] of Object.entries(MODES)) {
    if (mode.name === 'sys') continue;
    const m = Number(value);
    if (mode.name === 'fiq') for (let n = 8; n <= 12; n++) names.push({ name: `R${n}_fiq`, mode: m, n });
    names.push({ name: `SP_${mode.name}`, mode: m, n: 13 });
    if (mode.name !== 'hyp') names.push({ name: `LR_${mode.name}`, mode: m, n: 14 });
    if (mode.spsr >= 0) names.push({ name: `SPSR_${mode.name}`, mode: m, n: -1 });
  }
  return names;
}
const BANKED = bankedNames();

export class ContextRegisters {
  constructor(
    private readonly machine: Machine,
    private readonly context: Context,
  ) {}

  /** @param name any case, without `$` */
  find(name: string): ContextRegister | undefined {
    const lower = name.toLowerCase();
    const general = GENERAL.indexOf(ALIASES[lower] ?? lower);
    if (general >= 0) return this.word(GENERAL[general]!, CORE.R + general);
    if (lower === 'cpsr') return this.cpsr();
    if (lower === 'spsr') return this.spsr();
    if (lower === 'elr_hyp')
      return this.word('ELR_hyp', CORE.ELR_HYP, 'Return address of an exception taken to Hyp mode.');
    if (lower === 'fpscr') return this.status('FPSCR', CORE.FPSCR);
    if (lower === 'fpexc') return this.status('FPEXC', CORE.FPEXC);
    const banked = BANKED.find((entry) => entry.name.toLowerCase() === lower);
    if (banked !== undefined) return this.banked(banked);
    const vfp = /^([ds])([0-9]{1,2})$/.exec(lower);
    if (vfp !== null && Number(vfp[2]) < 32) return this.vfp(vfp[1] === 'd', Number(vfp[2]));
    return this.system(name);
  }

  general(): ContextRegister[] {
    return [...GENERAL.map((name, n) => this.word(name, CORE.R + n)), this.cpsr()];
  }

  bankedRegisters(): ContextRegister[] {
    const { hasSecurity, hasVirtualization } = this.context.registers;
    return BANKED.filter(
      ({ name }) => (hasSecurity || !name.endsWith('_mon')) && (hasVirtualization || !name.endsWith('_hyp')),
    )
      .map((entry) => this.banked(entry))
      .concat(hasVirtualization ? [this.find('elr_hyp')!] : []);
  }

  vfpRegisters(): ContextRegister[] {
    return [
      this.status('FPSCR', CORE.FPSCR),
      this.status('FPEXC', CORE.FPEXC),
      ...Array.from({ length: 32 }, (_, n) => this.vfp(true, n)),
    ];
  }

  /** A CP14 or CP15 register by the manual's name. */
  system(name: string): ContextRegister | undefined {
    const row =
      registerByName(name) ?? REGISTER_ROWS.find((r) => r.name.toLowerCase() === name.toLowerCase());
    if (row === undefined) return undefined;
    const { registers } = this.context;
    const { system } = this.machine;
    const read = (): bigint => peekRegister(registers, system, row);
    return {
      name: row.name,
      bits: row.width,
      description: row.text,
      read,
      write: (value) => {
        pokeRegister(registers, system, row, value);
      },
      fields: () => decodeRegister(row, read(), registers).map(registerField),
    };
  }

  private word(name: string, index: number, description?: string): ContextRegister {
    const { u32 } = this.context.registers;
    return {
      name,
      bits: 32,
      ...(description !== undefined && { description }),
      read: () => BigInt(u32[index]!),
      write: (value) => {
        u32[index] = Number(BigInt.asUintN(32, value));
      },
    };
  }

  private status(name: string, index: number): ContextRegister {
    const register = this.word(name, index, statusRow(name).text);
    return { ...register, fields: () => statusFields(name, register.read()) };
  }

  private cpsr(): ContextRegister {
    const { registers } = this.context;
    const read = (): bigint => BigInt(readCpsr(registers) >>> 0);
    return {
      name: 'CPSR',
      bits: 32,
      description: statusRow('CPSR').text,
      read,
      write: (value) => {
        const word = Number(BigInt.asUintN(32, value));
        if (MODES[word & Psr.M] === undefined)
          throw new Error(`0x${(word & Psr.M).toString(16)} in CPSR.M is no mode of this processor`);
        writeCpsr(registers, word | 0);
      },
      fields: () => statusFields('CPSR', read()),
    };
  }

  private spsr(): ContextRegister | undefined {
    const row = MODES[this.context.registers.mode];
    if (row === undefined || row.spsr < 0) return undefined;
    return this.withPsrFields(
      this.word(`SPSR_${row.name}`, row.spsr, 'CPSR of what the exception interrupted.'),
    );
  }

  private banked({ name, mode, n }: { name: string; mode: number; n: number }): ContextRegister {
    const index = n < 0 ? MODES[mode]!.spsr : bankedIndex(this.context.registers, mode, n);
    const register = this.word(name, index);
    return n < 0 ? this.withPsrFields(register) : register;
  }

  private withPsrFields(register: ContextRegister): ContextRegister {
    return { ...register, fields: () => statusFields('CPSR', register.read()) };
  }

  private vfp(double: boolean, n: number): ContextRegister {
    if (!double) return this.word(`S${n}`, CORE.D + n);
    const { u32 } = this.context.registers;
    const at = CORE.D + 2 * n;
    return {
      name: `D${n}`,
      bits: 64,
      read: () => (BigInt(u32[at + 1]!) << 32n) | BigInt(u32[at]!),
      write: (value) => {
        u32[at] = Number(BigInt.asUintN(32, value));
        u32[at + 1] = Number(BigInt.asUintN(32, value >> 32n));
      },
    };
  }
}

function statusRow(name: string): (typeof STATUS_REGISTERS)[number] {
  return STATUS_REGISTERS.find((row) => row.name === name)!;
}

function statusFields(name: string, value: bigint): RegisterField[] {
  return decodeFields(statusRow(name).fields, value).map(registerField);
}

function registerField({ field, value, meaning }: DecodedField): RegisterField {
  return {
    name: field.name,
    bits: [field.hi, field.lo],
    value: hex(value, field.hi - field.lo + 1),
    meaning: meaning ?? '',
  };
}

/** A register as the views show it. */
export function shownRegister(register: ContextRegister, evaluateName?: string): Register {
  const fields = register.fields?.();
  return {
    name: register.name,
    value: hex(register.read(), register.bits),
    width: register.bits,
    ...(register.description !== undefined && { description: register.description }),
    ...(fields !== undefined && fields.length > 0 && { fields: [...fields] }),
    ...(evaluateName !== undefined && { evaluateName }),
  };
}
