/**
 * Memory as a space shows it: virtual addresses through both stages of the context's own translation, intermediate
 * physical addresses through a VM's stage 2, physical addresses as they are. Nothing here has a side effect on the
 * machine but the writes that are asked for.
 */
import {
  Hcr,
  MemoryFault,
  Sctlr,
  Walk,
  orThrow,
  readTranslationRegisters,
  translateAddress,
  type DescriptorRead,
  type Machine,
  type TranslatedAddress,
  type TranslationRegisters,
} from '../../emulator';
import type { Context } from './context';
import type { VirtualMachine } from './vm';

const PAGE = 4096;

/** Where addresses of one space lead: how each is translated now. */
export interface AddressView {
  /** Physical address of `address`. @throws MemoryFault */
  translate(address: number): number;
}

export interface ReadBytes {
  readonly bytes: Uint8Array;
  /** known[i] is 0 where byte i cannot be read. */
  readonly known: Uint8Array;
}

/** The translation of a context, as it stands in its registers. */
export function contextRegisters(context: Context): TranslationRegisters {
  return readTranslationRegisters(
    context.registers,
    context.world === 'secure' || context.world === 'monitor',
  );
}

/** The reference translation of a virtual address in a context; descriptors read are pushed to `trace`. @throws MemoryFault */
export function translateInContext(
  machine: Machine,
  context: Context,
  va: number,
  access: 'read' | 'write' | 'execute' = 'read',
  checkPermissions = false,
  trace?: DescriptorRead[],
): TranslatedAddress {
  const walk = new Walk(
    contextRegisters(context),
    machine.memory,
    context.world === 'hyp',
    va,
    access,
    false,
    trace,
  );
  const privileged = context.registers.privilegeLevel > 0;
  return orThrow(translateAddress(walk, checkPermissions ? privileged : true, true, 2, checkPermissions));
}

/** Registers that translate an intermediate physical address of `vm`: stage 1 off, its stage 2 on. */
export function stage2Registers(machine: Machine, vm: VirtualMachine): TranslationRegisters {
  const base = readTranslationRegisters(machine.cores[0]!.state, false);
  return {
    ...base,
    SCTLR: base.SCTLR & ~Sctlr.M,
    HCR: Hcr.VM,
    VTCR: vm.vtcr,
    VTTBR: vm.root >>> 0,
    VTTBR_HIGH: Math.floor(vm.root / 2 ** 32) | (vm.vmid << 16),
  };
}

export function viewOfContext(machine: Machine, context: Context): AddressView {
  return { translate: (address) => translateInContext(machine, context, address).pa };
}

export function viewOfPhysical(): AddressView {
  return { translate: (address) => address };
}

/** Reads `length` bytes; unreadable stretches are marked, never an error. */
export function readMemory(machine: Machine, view: AddressView, address: number, length: number): ReadBytes {
  const bytes = new Uint8Array(length);
  const known = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const at = address + done;
    const count = Math.min(length - done, PAGE - (at % PAGE));
    const pa = tryTranslate(view, at);
    if (pa !== undefined) {
      const part = machine.memory.readPhysical(pa, count);
      bytes.set(part.bytes, done);
      known.set(part.known, done);
    }
    done += count;
  }
  return { bytes, known };
}

/** Writes bytes; gives how many were written before the first address that has no memory. */
export function writeMemory(machine: Machine, view: AddressView, address: number, bytes: Uint8Array): number {
  for (let done = 0; done < bytes.length;) {
    const at = address + done;
    const count = Math.min(bytes.length - done, PAGE - (at % PAGE));
    const pa = tryTranslate(view, at);
    if (pa === undefined) return done;
    const written = machine.memory.writePhysical(pa, bytes.subarray(done, done + count));
    if (written < count) return done + written;
    done += count;
  }
  return bytes.length;
}

function tryTranslate(view: AddressView, address: number): number | undefined {
  try {
    return view.translate(address);
  } catch (fault) {
    if (fault instanceof MemoryFault) return undefined;
    throw fault;
  }
}
