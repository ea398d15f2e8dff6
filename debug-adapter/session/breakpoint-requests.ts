/** setBreakpoints, setFunctionBreakpoints, setInstructionBreakpoints, breakpointLocations. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { CodeBreakpoint, WorldFilter } from '../breakpoints/code-breakpoints';
import { parseHitCondition } from '../breakpoints/hit-condition';
import { evaluate, isTrue, parse } from '../expressions';
import type { Context } from '../worlds/context';
import { expressionContext, innermostFrame } from '../worlds/expression-context';
import { HOST, formatAddress, guestSpace, parseAddress, spaceByName, type Space } from '../worlds/space';
import { boundFilter, filterOfSpace, resolveLocation, type Location } from './location';
import type { Live, Session } from './session';
import { expressionWorld } from './variable-requests';

interface Asked {
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
  readonly mode?: string;
}

export function addBreakpointRequests(session: Session): void {
  let nextId = 1;
  /** Ids of what was set before: a breakpoint that is set again keeps its own. */
  const ids = new Map<string, number>();
  const idOf = (key: string): number => {
    const id = ids.get(key) ?? nextId++;
    ids.set(key, id);
    return id;
  };

  /** Makes one breakpoint, and what the client is told of it. */
  const make = (
    kind: CodeBreakpoint['kind'],
    key: string,
    asked: Asked,
    places: readonly Location[],
    nothing: string,
  ): { made?: CodeBreakpoint; told: DebugProtocol.Breakpoint } => {
    const { live } = session;
    const id = idOf(key);
    if (places.length === 0) return { told: { id, verified: false, message: nothing } };
    try {
      const filter = modeFilter(asked.mode);
      const locations = places
        .map(({ address, filter: own }) => ({ address, filter: narrowed(own, filter) }))
        .filter((place): place is { address: number; filter: WorldFilter } => place.filter !== undefined);
      if (locations.length === 0)
        return {
          told: { id, verified: false, message: `This code is never executed by the world '${asked.mode}'.` },
        };
      const made: CodeBreakpoint = { id, kind, locations, hits: 0, ...behaviour(live, asked) };
      const [first] = places;
      const told: DebugProtocol.Breakpoint = {
        id,
        verified: true,
        ...(first!.line !== undefined && { line: first!.line }),
        ...(first!.file !== undefined && { source: { path: live.sources.fileOf(first!.file) } }),
        instructionReference: formatAddress({
          space: spaceOfFilter(locations[0]!.filter),
          address: first!.address,
        }),
      };
      return { made, told };
    } catch (error) {
      return {
        told: { id, verified: false, message: error instanceof Error ? error.message : String(error) },
      };
    }
  };

  session.dispatcher.add({
    setBreakpoints(args: DebugProtocol.SetBreakpointsArguments) {
      const { live } = session;
      const path = args.source.path ?? args.source.name ?? '';
      const results = (args.breakpoints ?? []).map((asked) => {
        const places = sourcePlaces(live, path, asked.line);
        return make(
          'breakpoint',
          `${path}:${asked.line}:${asked.column ?? 0}`,
          asked,
          places,
          noCode(live, path),
        );
      });
      live.breakpoints.set(
        `source ${path}`,
        results.flatMap(({ made }) => made ?? []),
      );
      return { breakpoints: results.map(({ told }) => told) };
    },

    setFunctionBreakpoints(args: DebugProtocol.SetFunctionBreakpointsArguments) {
      const { live } = session;
      const results = args.breakpoints.map((asked) =>
        make(
          'function breakpoint',
          `function ${asked.name}`,
          asked,
          resolveLocation(live, asked.name),
          `'${asked.name}' is no function of the loaded symbols; write a name, space:name (hyp:, host:, vm1:) or *space:0x…`,
        ),
      );
      live.breakpoints.set(
        'function',
        results.flatMap(({ made }) => made ?? []),
      );
      return { breakpoints: results.map(({ told }) => told) };
    },

    setInstructionBreakpoints(args: DebugProtocol.SetInstructionBreakpointsArguments) {
      const { live } = session;
      const results = args.breakpoints.map((asked) => {
        const at = parseAddress(asked.instructionReference, HOST);
        const places =
          at === undefined || at.space.bits !== 32
            ? []
            : [{ address: (at.address + (asked.offset ?? 0)) >>> 0, filter: filterOfSpace(at.space) }];
        const key = `instruction ${asked.instructionReference}+${asked.offset ?? 0}`;
        return make(
          'instruction breakpoint',
          key,
          asked,
          places,
          `'${asked.instructionReference}' is no virtual address`,
        );
      });
      live.breakpoints.set(
        'instruction',
        results.flatMap(({ made }) => made ?? []),
      );
      return { breakpoints: results.map(({ told }) => told) };
    },

    breakpointLocations(args: DebugProtocol.BreakpointLocationsArguments) {
      const { live } = session;
      const path = args.source.path ?? '';
      const lines = new Set<number>();
      for (const { program } of live.target.symbols.programs)
        for (const file of program.sourceFiles())
          if (live.sources.same(file, path))
            for (const line of program.linesWithCode(file, args.line, args.endLine ?? args.line))
              lines.add(line);
      return { breakpoints: [...lines].sort((a, b) => a - b).map((line) => ({ line })) };
    },
  });
}

/** Every place of a line (or the next one that has code) in every program that was built from the file. */
function sourcePlaces(live: Live, path: string, line: number): Location[] {
  const places: Location[] = [];
  for (const { program, scope } of live.target.symbols.programs)
    for (const file of program.sourceFiles()) {
      if (!live.sources.same(file, path)) continue;
      const found = program.addressesFor(file, line);
      for (const { address } of found?.addresses ?? [])
        places.push({ address, filter: boundFilter(scope, { world: 'any' }), file, line: found!.line });
    }
  return places;
}

function noCode(live: Live, path: string): string {
  const known = live.target.symbols.programs.some(({ program }) =>
    program.sourceFiles().some((file) => live.sources.same(file, path)),
  );
  return known
    ? 'No code was made from this line or the lines after it.'
    : "No loaded symbols name this file; if they name it by another path, set 'sourceMap' in launch.json.";
}

/** The space whose rows in the disassembly show the breakpoint; of several, the first. */
function spaceOfFilter({ world, vm }: WorldFilter): Space {
  if (world === 'guest') return guestSpace(vm ?? 1);
  return spaceByName(world) ?? HOST;
}

/** DAP's breakpoint modes. */
function modeFilter(mode: string | undefined): WorldFilter {
  if (mode === undefined || mode === 'any') return { world: 'any' };
  if (mode === 'host' || mode === 'hyp' || mode === 'guest') return { world: mode };
  throw new Error(`there is no breakpoint mode '${mode}'; there is any, host, hyp and guest`);
}

/** Both filters at once, or undefined when nothing passes both. */
function narrowed(own: WorldFilter, asked: WorldFilter): WorldFilter | undefined {
  if (asked.world === 'any') return own;
  if (own.world === 'any') return { ...own, world: asked.world };
  return own.world === asked.world ? own : undefined;
}

/** Condition, hit count and log message of a breakpoint. @throws Error in words */
function behaviour(live: Live, asked: Asked): Partial<CodeBreakpoint> {
  const world = expressionWorld(live);
  const made: { -readonly [K in keyof CodeBreakpoint]?: CodeBreakpoint[K] } = {};
  if (asked.condition !== undefined && asked.condition.trim() !== '') {
    const text = asked.condition;
    const tree = parse(text);
    made.condition = (context: Context) =>
      isTrue(evaluate(text, expressionContext(world, innermostFrame(world, context))), tree);
  }
  if (asked.hitCondition !== undefined && asked.hitCondition.trim() !== '')
    made.hitCondition = parseHitCondition(asked.hitCondition);
  if (asked.logMessage !== undefined && asked.logMessage !== '') {
    const parts = asked.logMessage.split(/\{([^{}]*)\}/);
    made.log = (context: Context) => {
      const inFrame = expressionContext(world, innermostFrame(world, context));
      return parts
        .map((part, i) => {
          if (i % 2 === 0) return part;
          try {
            return evaluate(part, inFrame).text();
          } catch (error) {
            return `<${error instanceof Error ? error.message : String(error)}>`;
          }
        })
        .join('');
    };
  }
  return made;
}
