/**
 * Where every piece of architectural state lives in the machine's one WebAssembly.Memory.
 *
 * The memory begins with a header, then one block for each core, then the TLBs, level 2 and level 1, then guest RAM
 * and ROM.
 * Inside a block every field has a fixed *word index* (bytes / 4), so that TypeScript, generated code and
 * snapshots see the same bytes. A 64-bit field takes two words, low word first, 8-byte aligned.
 */

/** Most cores a machine can have. */
export const MAX_CORES = 8;
/** Bytes of one core's block. */
export const CORE_BLOCK_BYTES = 0x4000;
/** Byte offset of the machine header. */
export const HEADER_OFFSET = 0;
/** Byte offset of core 0's block. */
export const CORES_OFFSET = 0x1_0000;
/** Byte offset of the TLB area: level 2 of every core. */
export const TLB_OFFSET = 0x10_0000;
/** Byte offset and size of the compiler's jump cache (compiler/jump-cache.ts): no state either. */
export const JUMP_CACHE_OFFSET = 0xe0_0000;
export const JUMP_CACHE_BYTES = 0x10_0000;
/** Where compiled code finds what a device answered, and stores what a device has been given: a word. */
export const DEVICE_WORD_OFFSET = JUMP_CACHE_OFFSET + JUMP_CACHE_BYTES;
/** Where compiled code that the interpreter was called from finds the context of level 1 to go on with: its byte offset. */
export const CONTEXT_WORD_OFFSET = DEVICE_WORD_OFFSET + 4;
/** Instructions that threaded code has executed (compiler/threaded/): a word that whoever reads it sets to 0. */
export const THREADED_COUNT_OFFSET = DEVICE_WORD_OFFSET + 8;
/** What threaded code may do by itself in this machine: words of the machine's memory, 0 where nothing is known. */
export const THREADED_FACTS = {
  /** 1 without Security Extensions: what compiler/inline-helpers.ts does. */
  plain: DEVICE_WORD_OFFSET + 12,
  /** 1 where besides there is one core. */
  alone: DEVICE_WORD_OFFSET + 16,
  /** 1 where besides nobody is to be told of writes of system registers. */
  quiet: DEVICE_WORD_OFFSET + 28,
  /** 1 where it must tell of its stores (compiler/checked-compiler.ts). */
  tellsStores: DEVICE_WORD_OFFSET + 32,
  /** Physical address and bytes of RAM that exclusives may mark. */
  ramBase: DEVICE_WORD_OFFSET + 20,
  ramSize: DEVICE_WORD_OFFSET + 24,
} as const;
/** Bytes of a page, and byte offset of those that show what reads of a device give (Device.readsAs), one for each core. */
export const DEVICE_PAGE_BYTES = 4096;
export const DEVICE_PAGES_OFFSET = 0xf5_0000;
export const DEVICE_PAGES_BYTES = MAX_CORES * DEVICE_PAGE_BYTES;
/**
 * Byte offset of the flat contexts of level 1 (mmu/fast-tlb.ts): no state, but what the engines look up. They are as
 * large as the address spaces they describe, and nearly all zero: whoever goes through the machine's memory leaves
 * them out.
 */
export const LEVEL1_OFFSET = 0x100_0000;
/** Bytes of a context: tables of reads, writes and fetches, one word for each 4 KiB page. */
export const LEVEL1_CONTEXT_BYTES = 3 * 0x40_0000;
/** Contexts of all cores together, and one that is always empty. */
export const LEVEL1_CONTEXTS = 33;
/** Ops that the interpreter's pool has room for (interpreter/block.ts), and the words of one. */
export const MOST_OPS = 1 << 20;
export const OP_WORDS = 8;
/** Byte offset of the ops, and of what the pool knows of each: address, ITSTATE, number in its block. No state. */
export const OPS_OFFSET = LEVEL1_OFFSET + LEVEL1_CONTEXTS * LEVEL1_CONTEXT_BYTES + 0x1_0000;
export const OP_PCS_OFFSET = OPS_OFFSET + MOST_OPS * OP_WORDS * 4;
export const OP_ITSTATES_OFFSET = OP_PCS_OFFSET + MOST_OPS * 4;
export const OP_COUNTS_OFFSET = OP_ITSTATES_OFFSET + MOST_OPS;
/** Byte offset of the first byte of guest memory (RAM, then ROM), 64 KiB aligned; before it 64 KiB that nobody uses. */
export const GUEST_MEMORY_OFFSET = OP_COUNTS_OFFSET + MOST_OPS + 0x1_0000;

/** Word indices of the machine header. */
export const HEADER = {
  /** Virtual time in nanoseconds, one f64 (two words): exact integers up to 2^53. */
  NOW: 0,
  /** The core whose slice it is. */
  CURRENT_CORE: 2,
  /** Instructions left in its slice. */
  SLICE_LEFT: 3,
} as const;

let next = 0;
function word(): number {
  return next++;
}
function pair(): number {
  next += next & 1;
  next += 2;
  return next - 2;
}
function words(count: number): number {
  next += count;
  return next - count;
}

/**
 * Word indices in a core's block. `R + n` is the register as the current mode sees it.
 *
 * Flags are kept in the form arithmetic leaves them in: N is bit 31 of `N`; Z is set when `Z` is 0; C is 0 or 1
 * in `C`; V is bit 31 of `V`. The rest of CPSR is in `PSR` (J, E, A, I, F, T, M at their CPSR positions), `Q`
 * (0 or 1), `GE` (0–15) and `ITSTATE` (0–255).
 */
export const CORE = {
  /** R0–R14 of the current mode; R + 15 is the address of the instruction being executed. */
  R: words(16),
  /** What an instruction reads as R15 (its address + 8 or + 4), set by the engine where an operand is R15. */
  PC_READ: word(),
  N: word(),
  Z: word(),
  C: word(),
  V: word(),
  Q: word(),
  GE: word(),
  ITSTATE: word(),
  PSR: word(),

  // Banked registers while their mode is not the current one. SPSRs and ELR_hyp always live here.
  R8_USR: words(5),
  R8_FIQ: words(5),
  SP_USR: word(),
  LR_USR: word(),
  SP_SVC: word(),
  LR_SVC: word(),
  SPSR_SVC: word(),
  SP_ABT: word(),
  LR_ABT: word(),
  SPSR_ABT: word(),
  SP_UND: word(),
  LR_UND: word(),
  SPSR_UND: word(),
  SP_IRQ: word(),
  LR_IRQ: word(),
  SPSR_IRQ: word(),
  SP_FIQ: word(),
  LR_FIQ: word(),
  SPSR_FIQ: word(),
  SP_MON: word(),
  LR_MON: word(),
  SPSR_MON: word(),
  SP_HYP: word(),
  SPSR_HYP: word(),
  ELR_HYP: word(),

  /** D0–D31, low word first. */
  D: (pair(), (next -= 2), words(64)),
  FPSCR: word(),
  FPEXC: word(),

  /** Local exclusive monitor: 1 when a LDREX has marked `EXCLUSIVE_ADDRESS` (physical, 64 bits). */
  EXCLUSIVE_VALID: word(),
  EXCLUSIVE_SIZE: word(),
  EXCLUSIVE_ADDRESS: pair(),

  /** Event register (WFE, SEV): 0 or 1. */
  EVENT: word(),
  /** What the core is doing: one of RunState. */
  RUN_STATE: word(),
  /** Interrupt inputs, a set of PendingLine bits, driven by the GIC and by external abort sources. */
  PENDING: word(),
  /** Instructions this core has retired, one f64. */
  RETIRED: pair(),
  /** RETIRED at the last exception that retired nothing, one f64, and how many such exceptions there were at that count. */
  STALLED_AT: pair(),
  STALLED: word(),

  /** The PL1 world this core was last in (0 none, 1 host, 2 guest), and its VTTBR: tells a world switch from a trap that returns. */
  LAST_WORLD: word(),
  LAST_VTTBR: pair(),

  /** 1 when compiled code wrote a register of a translation that it does not run under; 0 outside of it. */
  TRANSLATION_WRITTEN: word(),

  /** First word of the system registers; see SYSTEM_REGISTERS. */
  SYSTEM: (pair(), (next -= 2), next),
} as const;

/** Values of CORE.RUN_STATE. */
export const enum RunState {
  Running = 0,
  /** Waiting for an interrupt (WFI). */
  WaitInterrupt = 1,
  /** Waiting for an event (WFE). */
  WaitEvent = 2,
  /** Powered off (PSCI CPU_OFF, or a secondary core not started yet). */
  Off = 3,
}

/** Bits of CORE.PENDING. */
export const enum PendingLine {
  IRQ = 1,
  FIQ = 2,
  /** From the virtual CPU interface (GICV), to be combined with HCR.VI and HCR.VF by the core. */
  VIRQ = 4,
  VFIQ = 8,
  /** An asynchronous external abort is pending. */
  SError = 16,
}

/** Storage of system registers that exist once: name → width in bits. */
const UNBANKED = {
  // Hypervisor registers
  HCR: 32,
  HDCR: 32,
  HCPTR: 32,
  HSTR: 32,
  HACR: 32,
  HTCR: 32,
  VTCR: 32,
  HTTBR: 64,
  VTTBR: 64,
  HADFSR: 32,
  HAIFSR: 32,
  HSR: 32,
  HDFAR: 32,
  HIFAR: 32,
  HPFAR: 32,
  HMAIR0: 32,
  HMAIR1: 32,
  HAMAIR0: 32,
  HAMAIR1: 32,
  HVBAR: 32,
  HTPIDR: 32,
  HSCTLR: 32,
  HACTLR: 32,
  VPIDR: 32,
  VMPIDR: 32,
  // Security Extensions
  SCR: 32,
  SDER: 32,
  NSACR: 32,
  MVBAR: 32,
  ISR: 32,
  // PL1 registers with one copy
  CPACR: 32,
  ACTLR: 32,
  TEECR: 32,
  TEEHBR: 32,
  JOSCR: 32,
  JMCR: 32,
  L2CTLR: 32,
  L2ECTLR: 32,
  // Generic timers
  CNTFRQ: 32,
  CNTKCTL: 32,
  CNTHCTL: 32,
  CNTV_CTL: 32,
  CNTHP_CTL: 32,
  CNTVOFF: 64,
  CNTV_CVAL: 64,
  CNTHP_CVAL: 64,
  // Performance monitors
  PMCR: 32,
  PMCNTENSET: 32,
  PMOVSR: 32,
  PMSELR: 32,
  PMCCNTR: 64,
  PMUSERENR: 32,
  PMINTENSET: 32,
  PMXEVTYPER: 512,
  PMXEVCNTR: 512,
  /** No register: the counters that count in the mode that the core is in. */
  PMACTIVE: 32,
  // Debug (CP14)
  DBGDSCR: 32,
  DBGVCR: 32,
  DBGBVR: 512,
  DBGBCR: 512,
  DBGWVR: 512,
  DBGWCR: 512,
  DBGOSLSR: 32,
  DBGPRCR: 32,
  DBGDTR: 32,
  DBGWFAR: 32,
  DBGCLAIM: 32,
} as const;

/** Storage of system registers that are banked by security state: name → width in bits. */
const BANKED = {
  SCTLR: 32,
  TTBR0: 64,
  TTBR1: 64,
  TTBCR: 32,
  DACR: 32,
  DFSR: 32,
  IFSR: 32,
  ADFSR: 32,
  AIFSR: 32,
  DFAR: 32,
  IFAR: 32,
  PAR: 64,
  /** PRRR, or MAIR0 when TTBCR.EAE is 1. */
  PRRR: 32,
  /** NMRR, or MAIR1 when TTBCR.EAE is 1. */
  NMRR: 32,
  AMAIR0: 32,
  AMAIR1: 32,
  VBAR: 32,
  CONTEXTIDR: 32,
  FCSEIDR: 32,
  TPIDRURW: 32,
  TPIDRURO: 32,
  TPIDRPRW: 32,
  CSSELR: 32,
  CNTP_CTL: 32,
  CNTP_CVAL: 64,
} as const;

export type UnbankedName = keyof typeof UNBANKED;
export type BankedName = keyof typeof BANKED;
export type StoredName = UnbankedName | BankedName;

next = CORE.SYSTEM;
function place<K extends string>(table: Readonly<Record<K, number>>): Record<K, number> {
  const placed = {} as Record<K, number>;
  for (const name of Object.keys(table) as K[]) {
    const bits = table[name];
    placed[name] = bits === 32 ? word() : bits === 64 ? pair() : words(bits / 32);
  }
  return placed;
}
const unbanked = place(UNBANKED);
pair();
const bankedStart = next;
const banked = place(BANKED);
pair();
/** Words from a banked register's Non-secure copy to its Secure copy. */
export const SECURE_BANK = next - bankedStart;
next += SECURE_BANK;

/** Word index of each stored system register; for a banked one, of its Non-secure copy. */
export const SYS: Readonly<Record<StoredName, number>> = { ...unbanked, ...banked };
/** Width in bits of each stored system register (512: an array of 16 words). */
export const SYS_WIDTH: Readonly<Record<StoredName, number>> = { ...UNBANKED, ...BANKED };
/** True when the register has a Secure copy at `SYS[name] + SECURE_BANK`. */
export function isBanked(name: StoredName): name is BankedName {
  return name in BANKED;
}
/** Words of a core's block in use; the rest of the block is zero. */
export const CORE_WORDS_USED = next;
if (next * 4 > CORE_BLOCK_BYTES) throw new Error('a core block is too small for its registers');
