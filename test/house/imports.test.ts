// The parts import one another only downward, and nothing goes in a circle.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import ts from 'typescript';

const ROOT = process.cwd();
const PARTS = ['emulator', 'debug-adapter', 'extension'];

/** Rooms of a part by floor; a room imports from its own floor or a lower one. */
const EMULATOR_FLOORS: Record<string, number> = {
  'index.ts': 7,
  replay: 6,
  machine: 5,
  generator: 5,
  interpreter: 4,
  compiler: 4,
  mmu: 3,
  timer: 3,
  system: 2,
  isa: 1,
  gic: 1,
  devices: 1,
  events: 1,
  state: 1,
};
const ADAPTER_FLOORS: Record<string, number> = {
  'main.ts': 6,
  'command-line': 6,
  node: 6,
  session: 5,
  views: 4,
  stepping: 4,
  breakpoints: 4,
  launch: 4,
  costs: 4,
  worlds: 3,
  expressions: 3,
  symbols: 2,
  protocol: 1,
  'host.ts': 1,
};

interface Import {
  from: string;
  /** As written. */
  specifier: string;
  /** Nothing of it is left when the program runs. */
  typeOnly: boolean;
  /** The file it means, when it is one of ours. */
  target?: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : entry.name.endsWith('.ts') ? [path] : [];
  });
}

const FILES = PARTS.flatMap(sources);
const KNOWN = new Set(FILES);

function importsOf(from: string): Import[] {
  const file = ts.createSourceFile(from, readFileSync(join(ROOT, from), 'utf8'), ts.ScriptTarget.ES2022);
  return specifiersOf(file).map(({ specifier, typeOnly }) => {
    if (!specifier.startsWith('.')) return { from, specifier, typeOnly };
    const path = posix.join(posix.dirname(from), specifier);
    const target = [`${path}.ts`, `${path}/index.ts`, path].find((one) => KNOWN.has(one)) ?? path;
    return { from, specifier, typeOnly, target };
  });
}

/** Static imports, re-exports, `import()` and `require()`, in any place. */
function specifiersOf(file: ts.SourceFile): Pick<Import, 'specifier' | 'typeOnly'>[] {
  const found: Pick<Import, 'specifier' | 'typeOnly'>[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean): void => {
    if (node && ts.isStringLiteralLike(node)) found.push({ specifier: node.text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword ||
        (ts.isIdentifier(node.expression) && node.expression.text === 'require'))
    )
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  return (
    !clause.name &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.length > 0 &&
    names.elements.every((element) => element.isTypeOnly)
  );
}

const IMPORTS = FILES.flatMap(importsOf);

const partOf = (path: string): string => path.split('/')[0];
const shown = ({ from, specifier }: Import): string => `${from} imports ${specifier}`;
const isNode = (specifier: string): boolean =>
  specifier.startsWith('node:') || builtinModules.includes(specifier.split('/')[0]);

function none(found: Import[], rule: string): void {
  assert.deepEqual(found.map(shown), [], rule);
}

/** Every circle that a search from each node meets, as a path. */
function circles(edges: [string, string][]): string[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) next.set(from, (next.get(from) ?? new Set()).add(to));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (node: string, way: string[]): void => {
    const at = way.indexOf(node);
    if (at >= 0) found.push([...way.slice(at), node].join(' -> '));
    if (at >= 0 || done.has(node)) return;
    for (const target of next.get(node) ?? []) visit(target, [...way, node]);
    done.add(node);
  };
  for (const node of next.keys()) visit(node, []);
  return found;
}

describe('imports', () => {
  it('are found in all parts', () => {
    for (const part of PARTS)
      assert.ok(
        FILES.some((path) => partOf(path) === part),
        `no source in ${part}/`,
      );
    assert.ok(IMPORTS.length > FILES.length / 2);
  });

  it('of emulator/ stay in emulator/ and in what is generated for it: no Node, no package, no vscode', () => {
    none(
      IMPORTS.filter(
        ({ from, target }) =>
          partOf(from) === 'emulator' &&
          // The generator is a program of the build and writes files.
          from !== 'emulator/generator/main.ts' &&
          !(target && ['emulator', 'generated'].includes(partOf(target))),
      ),
      'emulator/ runs in Node, a worker and a browser',
    );
  });

  it("of debug-adapter/ name no vscode and reach the emulator through its public face and its tables' types", () => {
    const adapter = IMPORTS.filter(({ from }) => partOf(from) === 'debug-adapter');
    none(
      adapter.filter(({ specifier }) => specifier === 'vscode'),
      'the adapter serves any editor',
    );
    none(
      adapter.filter(({ target }) => target && !['debug-adapter', 'emulator'].includes(partOf(target))),
      'an arrow never runs upward',
    );
  });

  it('of Node stand in the entry points of debug-adapter/ only', () => {
    const isEntry = (path: string): boolean =>
      /^debug-adapter\/(main\.ts|command-line\/|[a-z-]+-(main|server|host)\.ts|node\/|entry\/)/.test(path);
    none(
      IMPORTS.filter(
        ({ from, specifier }) => partOf(from) === 'debug-adapter' && isNode(specifier) && !isEntry(from),
      ),
      "the adapter's core needs no Node",
    );
  });

  it('of debug-adapter/protocol/ stay in it', () => {
    none(
      IMPORTS.filter(
        ({ from, target }) =>
          from.startsWith('debug-adapter/protocol/') && !target?.startsWith('debug-adapter/protocol/'),
      ),
      'protocol/ lies under all',
    );
  });

  it('of extension/ take of the other parts debug-adapter/protocol/ only', () => {
    none(
      IMPORTS.filter(
        ({ from, target }) =>
          partOf(from) === 'extension' &&
          target !== undefined &&
          partOf(target) !== 'extension' &&
          !target.startsWith('debug-adapter/protocol/'),
      ),
      'the extension speaks to the adapter by messages',
    );
  });

  for (const [part, floors] of [
    ['emulator', EMULATOR_FLOORS],
    ['debug-adapter', ADAPTER_FLOORS],
  ] as const)
    it(`of ${part}/ go downward only`, () => {
      const floorOf = (path: string): number | undefined => {
        const room = path.split('/')[1];
        return floors[room] ?? (room.endsWith('.ts') ? Infinity : undefined);
      };
      const within = IMPORTS.filter(
        ({ from, target }) => partOf(from) === part && target && partOf(target) === part,
      );
      const rooms = new Set(FILES.filter((path) => partOf(path) === part).map((path) => path.split('/')[1]));
      const homeless = [...rooms].filter((room) => !room.endsWith('.ts') && !(room in floors));
      assert.deepEqual(homeless, [], 'each folder has a floor');
      none(
        within.filter(({ from, target }) => (floorOf(target ?? '') ?? 0) > (floorOf(from) ?? 0)),
        'imports go downward',
      );
    });

  it('never go in a circle: values between files, anything between rooms', () => {
    const roomOf = (path: string): string => path.split('/').slice(0, 2).join('/');
    const values = IMPORTS.filter(({ typeOnly, target }) => !typeOnly && target && KNOWN.has(target));
    const between = IMPORTS.filter(
      ({ from, target }) => target && KNOWN.has(target) && roomOf(from) !== roomOf(target),
    );
    assert.deepEqual(circles(values.map(({ from, target }) => [from, target ?? ''])), []);
    assert.deepEqual(circles(between.map(({ from, target }) => [roomOf(from), roomOf(target ?? '')])), []);
  });

  it('of our own files lead to a file that is there', () => {
    none(
      IMPORTS.filter(
        ({ target }) => target !== undefined && !KNOWN.has(target) && partOf(target) !== 'generated',
      ),
      'a relative import must resolve',
    );
  });
});
