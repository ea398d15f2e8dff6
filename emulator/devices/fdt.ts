/**
 * Flattened device trees (Devicetree Specification, release 0.4, chapter 5): reading and writing version 17 of the
 * format. Trees are plain, immutable data.
 */

const MAGIC = 0xd00d_feed;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;
const RESERVATION_BYTES = 16;
const enum Token {
  BeginNode = 1,
  EndNode = 2,
  Property = 3,
  Nop = 4,
  End = 9,
}

/** A node: `name` with its unit address, '' for the root. */
export interface DeviceTreeNode {
  readonly name: string;
  /** In the order of the blob. */
  readonly properties: readonly DeviceTreeProperty[];
  readonly children: readonly DeviceTreeNode[];
}
export interface DeviceTreeProperty {
  readonly name: string;
  readonly value: Uint8Array;
}
/** Memory that must not be used (section 5.3). */
export interface MemoryReservation {
  readonly address: bigint;
  readonly size: bigint;
}
export interface DeviceTree {
  readonly root: DeviceTreeNode;
  readonly reservations: readonly MemoryReservation[];
  /** Physical identifier of the boot processor. */
  readonly bootCpu: number;
}

/** A blob that is not a device tree, or a broken one. */
export class DeviceTreeError extends Error {
  override readonly name = 'DeviceTreeError';
}

// Property values

/** Big-endian 32-bit cells. */
export function cells(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value));
  return bytes;
}
/** 64-bit values as two cells each; up to 2^53. */
export function cells64(...values: readonly number[]): Uint8Array {
  return cells(...values.flatMap((value) => [Math.floor(value / 2 ** 32), value % 2 ** 32]));
}
/** Strings, each ended by a zero byte. */
export function strings(...values: readonly string[]): Uint8Array {
  return new TextEncoder().encode(values.map((value) => `${value}\0`).join(''));
}
/** The value of a property that says something by being there. */
export const EMPTY = new Uint8Array(0);

/** A node from its properties (an object, in order) and children. */
export function node(
  name: string,
  properties: Readonly<Record<string, Uint8Array>>,
  children: readonly DeviceTreeNode[] = [],
): DeviceTreeNode {
  return {
    name,
    properties: Object.entries(properties).map(([key, value]) => ({ name: key, value })),
    children,
  };
}

/** The value of a property of a node, or undefined. */
export function property(of: DeviceTreeNode, name: string): Uint8Array | undefined {
  return of.properties.find((candidate) => candidate.name === name)?.value;
}

/** The node at `path`, such as `/cpus/cpu@0`; a unit address may be left out where the name is unique. */
export function nodeAt(tree: DeviceTree, path: string): DeviceTreeNode | undefined {
  let at: DeviceTreeNode | undefined = tree.root;
  for (const part of path.split('/').filter((name) => name !== '')) {
    const exact: DeviceTreeNode | undefined = at.children.find((child) => child.name === part);
    const loose: readonly DeviceTreeNode[] = at.children.filter((child) => child.name.split('@')[0] === part);
    at = exact ?? (loose.length === 1 ? loose[0] : undefined);
    if (at === undefined) return undefined;
  }
  return at;
}

/** The tree with properties of the node at `path` set (undefined: removed); the node is made when it is not there. */
export function withProperties(
  tree: DeviceTree,
  path: string,
  properties: Readonly<Record<string, Uint8Array | undefined>>,
): DeviceTree {
  const change = (at: DeviceTreeNode, parts: readonly string[]): DeviceTreeNode => {
    const [part, ...rest] = parts;
    if (part === undefined) {
      const kept = at.properties
        .filter(({ name }) => !(name in properties) || properties[name] !== undefined)
        .map((old) => ({ name: old.name, value: properties[old.name] ?? old.value }));
      const added = Object.entries(properties).flatMap(([name, value]) =>
        value === undefined || property(at, name) !== undefined ? [] : [{ name, value }],
      );
      return { ...at, properties: [...kept, ...added] };
    }
    const index = at.children.findIndex((child) => child.name === part);
    const child = change(index < 0 ? { name: part, properties: [], children: [] } : at.children[index], rest);
    return { ...at, children: index < 0 ? [...at.children, child] : at.children.with(index, child) };
  };
  const parts = path.split('/').filter((name) => name !== '');
  return { ...tree, root: change(tree.root, parts) };
}

/** The blob of a tree; `padding` zero bytes follow it, within its total size, for a boot loader's additions. */
export function writeDeviceTree(tree: DeviceTree, padding = 0): Uint8Array {
  const names: number[] = [];
  const nameOffsets = new Map<string, number>();
  const structure: number[] = [];
  const word = (value: number): void =>
    void structure.push((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
  const bytes = (value: Uint8Array): void => {
    for (const byte of value) structure.push(byte);
    while (structure.length % 4 !== 0) structure.push(0);
  };
  const nameOffset = (name: string): number => {
    let offset = nameOffsets.get(name);
    if (offset === undefined) {
      offset = names.length;
      nameOffsets.set(name, offset);
      names.push(...strings(name));
    }
    return offset;
  };
  const write = (at: DeviceTreeNode): void => {
    word(Token.BeginNode);
    bytes(strings(at.name));
    for (const { name, value } of at.properties) {
      word(Token.Property);
      word(value.length);
      word(nameOffset(name));
      bytes(value);
    }
    at.children.forEach(write);
    word(Token.EndNode);
  };
  write(tree.root);
  word(Token.End);

  const reservationBytes = (tree.reservations.length + 1) * RESERVATION_BYTES;
  const structureAt = HEADER_BYTES + reservationBytes;
  const stringsAt = structureAt + structure.length;
  const total = stringsAt + names.length + padding;
  const blob = new Uint8Array(total);
  const view = new DataView(blob.buffer);
  [
    ...[MAGIC, total, structureAt, stringsAt, HEADER_BYTES, VERSION, LAST_COMPATIBLE_VERSION],
    ...[tree.bootCpu, names.length, structure.length],
  ].forEach((value, i) => view.setUint32(i * 4, value));
  tree.reservations.forEach(({ address, size }, i) => {
    view.setBigUint64(HEADER_BYTES + i * RESERVATION_BYTES, address);
    view.setBigUint64(HEADER_BYTES + i * RESERVATION_BYTES + 8, size);
  });
  blob.set(structure, structureAt);
  blob.set(names, stringsAt);
  return blob;
}

/** Deepest nesting that is read. */
const MOST_LEVELS = 64;

/**
 * Reads a blob.
 * @throws DeviceTreeError when it is not one, is of a version that cannot be read, or is broken.
 */
export function readDeviceTree(blob: Uint8Array): DeviceTree {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const need = (at: number, size: number): void => {
    if (at < 0 || at + size > blob.length)
      throw new DeviceTreeError(`the device tree ends early: byte ${at + size} of ${blob.length}`);
  };
  need(0, HEADER_BYTES);
  if (view.getUint32(0) !== MAGIC)
    throw new DeviceTreeError('not a device tree: it does not begin with 0xd00dfeed');
  const total = view.getUint32(4);
  if (total > blob.length)
    throw new DeviceTreeError(`the device tree says it has ${total} bytes, but there are ${blob.length}`);
  if (view.getUint32(20) < LAST_COMPATIBLE_VERSION || view.getUint32(24) > VERSION)
    throw new DeviceTreeError(`device tree version ${view.getUint32(20)} cannot be read; 16 and 17 can`);
  const stringsAt = view.getUint32(12);
  let at = view.getUint32(8);

  const text = (start: number): string => {
    const end = start <= blob.length ? blob.indexOf(0, start) : -1;
    if (end < 0) throw new DeviceTreeError('the device tree has a string without an end');
    return new TextDecoder().decode(blob.subarray(start, end));
  };
  const word = (): number => {
    need(at, 4);
    at += 4;
    return view.getUint32(at - 4);
  };
  const align = (): void => void (at = (at + 3) & ~3);
  const readNode = (level: number): DeviceTreeNode => {
    if (level > MOST_LEVELS)
      throw new DeviceTreeError(`the device tree is more than ${MOST_LEVELS} levels deep`);
    const name = text(at);
    at += new TextEncoder().encode(name).length + 1;
    align();
    const properties: DeviceTreeProperty[] = [];
    const children: DeviceTreeNode[] = [];
    for (;;) {
      const token = word();
      if (token === Token.EndNode) return { name, properties, children };
      if (token === Token.BeginNode) children.push(readNode(level + 1));
      else if (token === Token.Property) {
        const length = word();
        const key = text(stringsAt + word());
        need(at, length);
        properties.push({ name: key, value: Uint8Array.from(blob.subarray(at, at + length)) });
        at += length;
        align();
      } else if (token !== Token.Nop)
        throw new DeviceTreeError(`the device tree has the unknown token ${token} at byte ${at - 4}`);
    }
  };
  let token = word();
  while (token === Token.Nop) token = word();
  if (token !== Token.BeginNode) throw new DeviceTreeError('the device tree has no root node');
  const root = readNode(1);

  const reservations: MemoryReservation[] = [];
  for (let entry = view.getUint32(16); ; entry += RESERVATION_BYTES) {
    need(entry, RESERVATION_BYTES);
    const address = view.getBigUint64(entry);
    const size = view.getBigUint64(entry + 8);
    if (address === 0n && size === 0n) break;
    reservations.push({ address, size });
  }
  return { root, reservations, bootCpu: view.getUint32(28) };
}
