/**
 * Loops that have no other loop in them begin with a copy of themselves that is gone through once: whatever comes from
 * outside comes into the copy. So what goes round is entered at one place only and always in the same way, from its own
 * end or from the copy's, and what is known at the end is known at the beginning: of the flags, say.
 */
import type { BasicBlock, Region } from './region';
import { isLoop, loopsOf, type Item, type Loop } from './structure';

/** Most instructions of a loop that is copied. */
const MOST = 32;

export interface Peeled {
  readonly region: Region;
  /** Loops' headers that nothing comes to from outside but their copies' ends. */
  readonly headers: ReadonlySet<number>;
}

/** @param items the region's blocks in their structure. */
export function peel(region: Region, items: readonly Item[]): Peeled {
  const blocks = [...region.blocks];
  const headers = new Set<number>();
  for (const loop of loopsOf(items)) {
    if (!isWorthwhile(region, loop)) continue;
    const nodes = [...loop.nodes];
    /** The blocks that go round: what is entered from outside keeps its place. */
    const round = new Map(nodes.map((node, index) => [node, blocks.length + index]));
    const header = round.get(loop.header) as number;
    headers.add(header);
    const again = new Map([[loop.header, header]]);
    for (const node of nodes) blocks.push(turned(region.blocks[node], round));
    for (const node of nodes) blocks[node] = turned(region.blocks[node], again);
  }
  return { region: { ...region, blocks }, headers };
}

function isWorthwhile({ blocks }: Region, { items, nodes }: Loop): boolean {
  if (items.some(isLoop)) return false;
  let instructions = 0;
  for (const node of nodes) instructions += blocks[node].instructions.length;
  return instructions <= MOST;
}

/** The block, which goes elsewhere instead. */
function turned(block: BasicBlock, elsewhere: ReadonlyMap<number, number>): BasicBlock {
  const turn = (node: number): number => elsewhere.get(node) ?? node;
  return {
    ...block,
    successors: block.successors.map(turn),
    guesses: block.guesses.map(({ word, node }) => ({ word, node: turn(node) })),
    elsewhere,
  };
}
