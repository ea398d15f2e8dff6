/** What the device trees of all boards are made of: interrupt specifiers of a GIC, addresses and names of nodes. */
import type { VirtWindow } from './board-virt-map';
import { cells, cells64 } from './fdt';

/** Interrupt specifiers: SPI 0, PPI 1; edge 1, level 4, or 8 when low; a PPI's bits 15:8 are the set of its cores. */
export const SPI = 0;
export const PPI = 1;
export const EDGE = 1;
export const LEVEL = 4;
export const LEVEL_LOW = 8;

/** The specifier of shared interrupt `id`, an INTID. */
export function spi(id: number, kind: number): Uint8Array {
  return cells(SPI, id - 32, kind);
}
/** Addresses and sizes of two cells each. */
export function reg(...windows: readonly VirtWindow[]): Uint8Array {
  return cells64(...windows.flatMap(({ base, size }) => [base, size]));
}
/** A node's name with its unit address. */
export function unit(name: string, { base }: VirtWindow): string {
  return `${name}@${base.toString(16)}`;
}
