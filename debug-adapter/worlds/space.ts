/**
 * Spaces: which addresses mean what. Every address that the debugger takes or shows belongs to one: virtual
 * addresses of a world (`host:`, `hyp:`, `vm1:`), intermediate physical addresses of a VM (`ipa1:`), physical
 * addresses (`pa:`).
 */

export type SpaceKind = 'pa' | 'ipa' | 'host' | 'hyp' | 'guest' | 'secure' | 'monitor';

export interface Space {
  /** Stable for the session, 1 to 8191. */
  readonly id: number;
  /** As written before a colon. */
  readonly name: string;
  readonly kind: SpaceKind;
  /** Number of the VM, from 1, for `guest` and `ipa`. */
  readonly vm?: number;
  /** Bits of an address in it. */
  readonly bits: 32 | 40;
}

const FIXED: readonly Space[] = [
  { id: 1, name: 'pa', kind: 'pa', bits: 40 },
  { id: 2, name: 'host', kind: 'host', bits: 32 },
  { id: 3, name: 'hyp', kind: 'hyp', bits: 32 },
  { id: 4, name: 'secure', kind: 'secure', bits: 32 },
  { id: 5, name: 'monitor', kind: 'monitor', bits: 32 },
];
const FIRST_VM_ID = 8;
/** Most VMs that can have a space id. */
const MOST_VMS = 4000;
const ADDRESS_SPAN = 2 ** 40;

/** The space of physical addresses. */
export const PHYSICAL = FIXED[0]!;
export const HOST = FIXED[1]!;
export const HYP = FIXED[2]!;
export const SECURE = FIXED[3]!;
export const MONITOR = FIXED[4]!;

/** Virtual addresses in VM `vm` (from 1). */
export function guestSpace(vm: number): Space {
  return { id: FIRST_VM_ID + 2 * (vm - 1), name: `vm${vm}`, kind: 'guest', vm, bits: 32 };
}
/** Intermediate physical addresses of VM `vm` (from 1). */
export function ipaSpace(vm: number): Space {
  return { id: FIRST_VM_ID + 2 * (vm - 1) + 1, name: `ipa${vm}`, kind: 'ipa', vm, bits: 40 };
}

/** The space of that name (`host`, `hyp`, `vm1`, `ipa1`, `pa` …), or undefined. */
export function spaceByName(name: string): Space | undefined {
  const fixed = FIXED.find((space) => space.name === name);
  if (fixed !== undefined) return fixed;
  const numbered = /^(vm|ipa)([1-9][0-9]{0,3})$/.exec(name);
  if (numbered === null) return undefined;
  const vm = Number(numbered[2]);
  if (vm > MOST_VMS) return undefined;
  return numbered[1] === 'vm' ? guestSpace(vm) : ipaSpace(vm);
}

export function spaceById(id: number): Space | undefined {
  const fixed = FIXED.find((space) => space.id === id);
  if (fixed !== undefined || id < FIRST_VM_ID) return fixed;
  const vm = ((id - FIRST_VM_ID) >> 1) + 1;
  return id & 1 ? ipaSpace(vm) : guestSpace(vm);
}

/** An address with its space. */
export interface SpaceAddress {
  readonly space: Space;
  /** Unsigned, up to 40 bits. */
  readonly address: number;
}

/** `vm1:0xc0008000`. */
export function formatAddress({ space, address }: SpaceAddress): string {
  return `${space.name}:0x${address.toString(16).padStart(8, '0')}`;
}

/**
 * The one number by which VS Code tells rows of memory and disassembly apart: space id in bits 52–40, address below.
 */
export function encodeAddress({ space, address }: SpaceAddress): number {
  return space.id * ADDRESS_SPAN + address;
}

/** What encodeAddress made, or undefined when no such space is. A number below 2^40 has no space. */
export function decodeAddress(encoded: number): SpaceAddress | undefined {
  const space = spaceById(Math.floor(encoded / ADDRESS_SPAN));
  return space === undefined ? undefined : { space, address: encoded % ADDRESS_SPAN };
}

/**
 * Reads `space:0x…`, an encoded number, or a bare address, which belongs to `bare`. Undefined when the text is none
 * of them.
 */
export function parseAddress(text: string, bare: Space): SpaceAddress | undefined {
  const parts = /^\s*(?:([a-z]+[0-9]*):)?\s*(0[xX][0-9a-fA-F]+|[0-9]+)\s*$/.exec(text);
  if (parts === null) return undefined;
  const number = Number(parts[2]);
  if (!Number.isSafeInteger(number)) return undefined;
  if (parts[1] === undefined) {
    if (number >= ADDRESS_SPAN) return decodeAddress(number);
    return number < 2 ** bare.bits ? { space: bare, address: number } : undefined;
  }
  const space = spaceByName(parts[1]);
  if (space === undefined || number >= 2 ** space.bits) return undefined;
  return { space, address: number };
}
