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
  const reached = new Set<number>();
  const visit = [...graph.entries];
  for (let node = visit.pop(); node !== undefined; node = visit.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    visit.push(...graph.successors(node));
  }
  const predecessors = new Map<number, number[]>([...reached].map((node) => [node, []]));
  for (const node of reached) for (const to of graph.successors(node)) predecessors.get(to)?.push(node);
  return sequence(graph, predecessors, reached, -1);
}

/** `nodes` in an order in which every branch among them goes forward, or to `header`. */
function sequence(
  graph: Graph,
  predecessors: ReadonlyMap<number, readonly number[]>,
  nodes: ReadonlySet<number>,
  header: number,
): Item[] {
  const components = stronglyConnected(nodes, (node) =>
    graph.successors(node).filter((to) => to !== header && nodes.has(to)),
  );
  // No branch goes to the header now, so it can be first whatever else nothing here branches to.
  const first = components.findIndex((component) => component.includes(header));
  if (first > 0) components.unshift(...components.splice(first, 1));
  return components.map((component): Item => {
    const [node] = component;
    const alone = component.length === 1;
    if (alone && (node === header || !graph.successors(node).includes(node))) return node;
    const inside = new Set(component);
    const fromOutside = (to: number): boolean =>
      (predecessors.get(to) ?? []).some((from) => !inside.has(from));
    const branched = component.filter(fromOutside);
    const candidates = branched.length > 0 ? branched : component.filter((to) => graph.entries.has(to));
    const chosen = Math.min(...candidates);
    return {
      header: chosen,
      nodes: inside,
      inner: component.filter((to) => to !== chosen && (fromOutside(to) || graph.entries.has(to))),
      items: sequence(graph, predecessors, inside, chosen),
    };
  });
}

/** Tarjan's strongly connected components, each before those that it leads to. */
function stronglyConnected(
  nodes: ReadonlySet<number>,
  successors: (node: number) => readonly number[],
): number[][] {
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const onStack = new Set<number>();
  const found: number[][] = [];
  const connect = (node: number): void => {
    const own = index.size;
    index.set(node, own);
    low.set(node, own);
    stack.push(node);
    onStack.add(node);
    for (const to of successors(node)) {
      if (!index.has(to)) connect(to);
      if (onStack.has(to)) low.set(node, Math.min(low.get(node) as number, low.get(to) as number));
    }
    if (low.get(node) !== own) return;
    const component = stack.splice(stack.indexOf(node));
    for (const member of component) onStack.delete(member);
    found.push(component);
  };
  for (const node of [...nodes].sort((a, b) => a - b)) if (!index.has(node)) connect(node);
  return found.reverse();
}

/** Every loop, outer ones first. */
export function* loopsOf(items: readonly Item[]): IterableIterator<Loop> {
  for (const item of items) {
    if (!isLoop(item)) continue;
    yield item;
    yield* loopsOf(item.items);
  }
}
