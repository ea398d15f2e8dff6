/**
 * Brings a graph of blocks into the nested form that WebAssembly has: sequences whose branches go forward, and loops.
 * A loop has one header; every branch back goes to it. Where a loop is entered somewhere else as well (from outside of
 * the region, or because the code is written so), the jump goes to its beginning, with a label that says where to.
 */

export interface Graph {
  readonly count: number;
  readonly successors: (node: number) => readonly number[];
  /** Nodes that are entered from outside. */
  readonly entries: ReadonlySet<number>;
}

export interface Loop {
  readonly header: number;
  readonly items: readonly Item[];
  readonly nodes: ReadonlySet<number>;
  /** Nodes beside the header to which jumps from outside of the loop go. */
  readonly inner: readonly number[];
}
/** A node, or a loop. */
export type Item = number | Loop;

export function isLoop(item: Item): item is Loop {
  return typeof item !== 'number';
}
export function contains(item: Item, node: number): boolean {
  return isLoop(item) ? item.nodes.has(node) : item === node;
}
/** The node at which an item begins. */
export function beginning(item: Item): number {
  return isLoop(item) ? item.header : item;
}

/** The sequence of the graph's nodes that entries reach. */
export function structure(graph: Graph): readonly Item[] {
  return new Structuring(graph).whole();
}

/** In `low`: the node belongs to a component that is complete. */
const COMPLETE = 2 ** 30;

class Structuring {
  /** Of nodes that are reached. */
  private readonly predecessors: (number[] | undefined)[];
  /** The innermost sequence that has the node, of those that were begun. */
  private readonly sequenceOf: number[];
  private sequences = 0;
  /** Tarjan's number of each node of the sequence at hand: 0 where it was not reached yet. */
  private readonly low: number[];
  private readonly stack: number[] = [];
  private numbered = 0;

  constructor(private readonly graph: Graph) {
    this.predecessors = new Array<number[] | undefined>(graph.count).fill(undefined);
    this.sequenceOf = new Array<number>(graph.count).fill(0);
    this.low = new Array<number>(graph.count).fill(0);
  }

  whole(): Item[] {
    const { graph, predecessors } = this;
    const reached = [...graph.entries];
    for (const node of reached) predecessors[node] = [];
    for (const node of reached)
      for (const to of graph.successors(node)) {
        const known = predecessors[to];
        if (known !== undefined) known.push(node);
        else {
          predecessors[to] = [node];
          reached.push(to);
        }
      }
    return this.sequence(reached, -1);
  }

  /** `nodes` in an order in which every branch among them goes forward, or to `header`. */
  private sequence(nodes: readonly number[], header: number): Item[] {
    const { graph } = this;
    const components = this.components(nodes, header);
    // No branch goes to the header now, so it can be first whatever else nothing here branches to.
    const first = components.findIndex((component) => component.includes(header));
    if (first > 0) components.unshift(...components.splice(first, 1));
    return components.map((component): Item => {
      const [node] = component;
      const alone = component.length === 1;
      if (alone && (node === header || !graph.successors(node).includes(node))) return node;
      const inside = new Set(component);
      const fromOutside = (to: number): boolean => this.predecessors[to]!.some((from) => !inside.has(from));
      const branched = component.filter(fromOutside);
      const candidates = branched.length > 0 ? branched : component.filter((to) => graph.entries.has(to));
      const chosen = Math.min(...candidates);
      return {
        header: chosen,
        nodes: inside,
        inner: component.filter((to) => to !== chosen && (fromOutside(to) || graph.entries.has(to))),
        items: this.sequence(component, chosen),
      };
    });
  }

  /** The strongly connected components without the branches to `header`, each before those that it leads to. */
  private components(nodes: readonly number[], header: number): number[][] {
    const { low, sequenceOf } = this;
    const found: number[][] = [];
    const sequence = ++this.sequences;
    for (const node of nodes) {
      low[node] = 0;
      sequenceOf[node] = sequence;
    }
    for (const node of nodes.toSorted((a, b) => a - b))
      if (low[node] === 0) this.connect(node, sequence, header, found);
    return found.reverse();
  }

  /** Tarjan's algorithm, from `node` on. */
  private connect(node: number, sequence: number, header: number, found: number[][]): void {
    const { graph, low, stack, sequenceOf } = this;
    const own = ++this.numbered;
    low[node] = own;
    stack.push(node);
    for (const to of graph.successors(node)) {
      if (to === header || sequenceOf[to] !== sequence) continue;
      if (low[to] === 0) this.connect(to, sequence, header, found);
      if (low[to]! < low[node]!) low[node] = low[to]!;
    }
    if (low[node] !== own) return;
    const component = stack.splice(stack.lastIndexOf(node));
    for (const member of component) low[member] = COMPLETE;
    found.push(component);
  }
}

/** Every loop, outer ones first. */
export function loopsOf(items: readonly Item[], found: Loop[] = []): Loop[] {
  for (const item of items) {
    if (!isLoop(item)) continue;
    found.push(item);
    loopsOf(item.items, found);
  }
  return found;
}
