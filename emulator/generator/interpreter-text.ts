/** The text of generated/interpreter.ts. */
import { CORE } from '../state/layout';
import { PSEUDO, PSEUDO_COUNT, type HandlerTable } from '../interpreter/handler-table';
import type { Handler, Handlers } from './handlers';
import { LEAVE } from './symbolic-builder';

/** Word indices by the names that handlers use. */
const WORDS: Readonly<Record<string, number>> = {
  PC: CORE.R + 15,
  PC_READ: CORE.PC_READ,
  N: CORE.N,
  Z: CORE.Z,
  C: CORE.C,
  V: CORE.V,
  Q: CORE.Q,
  GE: CORE.GE,
  ITSTATE: CORE.ITSTATE,
  PSR: CORE.PSR,
  EXCLUSIVE_VALID: CORE.EXCLUSIVE_VALID,
};

/** Conditions 0–13 as tests of the flags, and what they are called. */
export const CONDITIONS: readonly (readonly [name: string, test: string])[] = [
  ['EQ', 's[S.Z] === 0'],
  ['NE', 's[S.Z] !== 0'],
  ['CS', 's[S.C] !== 0'],
  ['CC', 's[S.C] === 0'],
  ['MI', 's[S.N] < 0'],
  ['PL', 's[S.N] >= 0'],
  ['VS', 's[S.V] < 0'],
  ['VC', 's[S.V] >= 0'],
  ['HI', 's[S.C] !== 0 && s[S.Z] !== 0'],
  ['LS', 's[S.C] === 0 || s[S.Z] === 0'],
  ['GE', '(s[S.N] ^ s[S.V]) >= 0'],
  ['LT', '(s[S.N] ^ s[S.V]) < 0'],
  ['GT', 's[S.Z] !== 0 && (s[S.N] ^ s[S.V]) >= 0'],
  ['LE', 's[S.Z] === 0 || (s[S.N] ^ s[S.V]) < 0'],
];

/** Characters of handlers inside `execute`: some 48 KB of bytecode, of the 60 KB that V8 optimises. */
const MOST_INLINE = 90_000;
const PARAMETERS = [
  ['x', 'Executor'],
  ['o', 'Int32Array'],
  ['p', 'number'],
] as const;
/** What a handler's function takes from the Executor, where its text uses it. */
const PRELUDE = ['s', 'm8', 'm16', 'm32', 'readBase', 'writeBase'];
const RUNTIME: Readonly<Record<string, readonly string[]>> = {
  '../emulator/interpreter/arithmetic': ['divS', 'divU', 'mulHighS', 'mulHighU'],
  '../emulator/interpreter/elements': ['loadVfpElements', 'storeVfpElements'],
  '../emulator/interpreter/exclusives': ['loadExclusive', 'storeExclusive'],
  '../emulator/interpreter/multiple': [
    'loadMultiple',
    'loadMultipleWithPc',
    'loadPair',
    'loadVfpMultiple',
    'storeMultiple',
    'storePair',
    'storeVfpMultiple',
  ],
};

/** A handler as a function of its own. */
export function handlerFunction(handler: Handler): string {
  const body = handler.lines.filter((line) => line.trim() !== LEAVE);
  const text = body.join('\n');
  const prelude = PRELUDE.filter((name) => new RegExp(`\\b${name}\\b`).test(text)).map(
    (name) => `  const ${name} = x.${name};`,
  );
  const used = [...prelude, ...body].join('\n');
  const parameters = PARAMETERS.map(
    ([name, type]) => (new RegExp(`\\b${name}\\b`).test(used) ? '' : '_') + `${name}: ${type}`,
  );
  return [
    ...comment(handler),
    `function ${handler.name}(${parameters.join(', ')}): void {`,
    ...prelude,
    ...body,
    '}',
  ].join('\n');
}

function comment({ labels }: Handler): string[] {
  const shown = labels.slice(0, 4).map((label) => `// ${label}`);
  return labels.length > 4 ? [...shown, `// and ${labels.length - 4} more`] : shown;
}

/** A handler as a case of `execute`, under a condition if one is given. */
function inlineCase(handler: Handler, number: number, condition?: string): string[] {
  const pad = '        ';
  const lines = handler.lines.map((line) => pad + line.replace(LEAVE, 'end = x.end;'));
  const body =
    condition === undefined
      ? lines
      : [`${pad}  if (${condition}) {`, ...lines.map((l) => `  ${l}`), `${pad}  }`];
  return [
    ...comment(handler).map((line) => pad + line),
    `${pad}case ${number}: {`,
    ...body,
    `${pad}  break;`,
    `${pad}}`,
  ];
}

function matches(patterns: readonly RegExp[], handler: Handler): boolean {
  return handler.labels.some((label) => patterns.some((pattern) => pattern.test(label)));
}

/** Patterns of the labels of handlers: see hot.ts. */
export interface HandlerLists {
  readonly inline: readonly RegExp[];
  readonly fused: readonly RegExp[];
  readonly warm: readonly RegExp[];
}

/** How handlers are numbered. */
export interface Numbering {
  /** By place in Handlers.handlers. */
  readonly numbers: readonly number[];
  /** By place there: its number with condition 0, the others following. */
  readonly fusedFrom: ReadonlyMap<number, number>;
  /** Places of those that are inline, and of all others. */
  readonly hot: readonly number[];
  readonly cold: readonly number[];
  /** The first number of a handler that is a function, and of one that is nothing else. */
  readonly firstFunction: number;
  readonly firstCold: number;
}

/**
 * @param inline which handlers `execute` has inline. @param fused which of them also exist with each condition.
 */
export function numberHandlers(
  { handlers }: Handlers,
  { inline, fused }: Pick<HandlerLists, 'inline' | 'fused'>,
): Numbering {
  const places = handlers.map((_, index) => index);
  const isHot = (index: number): boolean =>
    matches(inline, handlers[index]) || matches(fused, handlers[index]);
  const hot = places.filter(isHot);
  const cold = places.filter((index) => !isHot(index));
  const numbers = new Array<number>(handlers.length);
  const fusedFrom = new Map<number, number>();
  let number = PSEUDO_COUNT;
  for (const index of hot) {
    if (!matches(fused, handlers[index])) continue;
    fusedFrom.set(index, number);
    number += CONDITIONS.length;
  }
  const firstFunction = number;
  for (const index of hot) numbers[index] = number++;
  const firstCold = number;
  for (const index of cold) numbers[index] = number++;
  return { numbers, fusedFrom, hot, cold, firstFunction, firstCold };
}

/** @param warm which handlers of those that are inline `runOps` has inline too. */
export function interpreterText(
  all: Handlers,
  { numbers, fusedFrom, hot, cold, firstFunction, firstCold }: Numbering,
  warm: readonly RegExp[],
): string {
  const fusedCases: string[] = [];
  for (const [index, first] of fusedFrom) {
    const handler = all.handlers[index];
    for (const [condition, [name, test]] of CONDITIONS.entries())
      fusedCases.push(
        ...inlineCase({ ...handler, labels: [`${handler.labels[0]} if ${name}`] }, first + condition, test),
      );
  }
  const hotCases: string[] = [];
  const warmCases: string[] = [];
  const warmNumbers: number[] = [];
  for (const index of hot) {
    const lines = inlineCase(all.handlers[index], numbers[index]);
    hotCases.push(...lines);
    if (!matches(warm, all.handlers[index])) continue;
    warmCases.push(...lines);
    warmNumbers.push(numbers[index]);
  }
  const cases = [...fusedCases, ...hotCases];
  const characters = cases.join('\n').length;
  if (characters > MOST_INLINE)
    throw new Error(`${characters} characters of inline handlers are more than ${MOST_INLINE}: see hot.ts`);
  const ordered = [...hot, ...cold].map((index) => all.handlers[index]);
  const functions = ordered.map(handlerFunction);
  const text = [...functions, ...cases].join('\n');
  return [
    '// Generated by emulator/generator from the table of instructions: change the rows, not this file.',
    "import type { Block } from '../emulator/interpreter/block';",
    "import type { Executor } from '../emulator/interpreter/executor';",
    "import type { HandlerTable } from '../emulator/interpreter/handler-table';",
    ...Object.entries(RUNTIME).flatMap(([module, names]) => {
      const used = names.filter((name) => new RegExp(`\\b${name}\\(`).test(text));
      return used.length > 0 ? [`import { ${used.join(', ')} } from '${module}';`] : [];
    }),
    '',
    'const enum S {',
    ...Object.entries(WORDS).map(([name, index]) => `  ${name} = ${index},`),
    '}',
    '',
    functions.join('\n\n'),
    '',
    'const HANDLERS: readonly ((x: Executor, o: Int32Array, p: number) => void)[] = [',
    ...ordered.map(({ name }) => `  ${name},`),
    '];',
    '',
    ...executeText(cases, firstFunction),
    '',
    ...executeCalledText([...fusedCases, ...warmCases], firstFunction),
    '',
    '/** The op at place `p`, which is a function; throws what its instruction throws. */',
    'export function runOp(x: Executor, p: number): void {',
    '  const { ops: o } = x;',
    `  HANDLERS[o[p] - ${firstFunction}](x, o, p);`,
    '}',
    '',
    ...tableText(all, numbers, fusedFrom, { inline: firstCold, warm: warmNumbers }),
    '',
  ].join('\n');
}

/** From a block to the next one: what comes before its ops. */
const ENTER = [
  '    while (x.event !== 0) if (x.look()) return;',
  '    const pc = s[S.PC];',
  '    const key = ((s[S.PSR] >>> 5) & 1) | (s[S.ITSTATE] << 1);',
  '    let block = previous.first;',
  '    if (block.va !== pc || block.key !== key) block = previous.second;',
  '    if (block.va !== pc || block.key !== key || m32[x.fetchBase + (pc >>> 12)] !== block.entry)',
  '      block = x.find(previous, key);',
  '    if (--block.heat === 0) x.hot(block);',
  '    x.end = block.end;',
  '    if (x.executed + block.cost > x.limit) {',
  '      const entered = x.enter(block);',
  '      if (entered === undefined) return;',
  '      block = entered;',
  '    }',
];

/** The ops of `block` up to `x.end`. */
function opsText(cases: readonly string[], firstFunction: number): string[] {
  return [
    '    let end = x.end;',
    '    x.block = block;',
    '    s[S.PC] = block.next;',
    '    s[S.ITSTATE] = block.nextItstate;',
    '    let p = block.start;',
    '    for (; p < end; p += 8)',
    '      switch (o[p]) {',
    ...CONDITIONS.flatMap(([name, test], i) => [
      `        case ${PSEUDO.CONDITION + i}: // ${name}`,
      `          if (!(${test})) p += 8;`,
      '          break;',
    ]),
    `        case ${PSEUDO.PC_READ}:`,
    '          s[S.PC_READ] = o[p + 1];',
    '          break;',
    ...cases,
    '        default:',
    `          HANDLERS[o[p] - ${firstFunction}](x, o, p);`,
    '          end = x.end;',
    '      }',
    '    if (p === block.end) x.executed += block.count;',
    '    else x.leave(p);',
  ];
}

function executeText(cases: readonly string[], firstFunction: number): string[] {
  return [
    '/** Runs blocks until the Executor says that the run is over; throws what an instruction throws. */',
    'export function execute(x: Executor): void {',
    '  const { s, m8, m16, m32, ops: o } = x;',
    '  let previous = x.block;',
    '  for (;;) {',
    ...ENTER,
    '    const { readBase, writeBase } = x;',
    ...opsText(cases, firstFunction),
    '    previous = block;',
    '  }',
    '}',
  ];
}

/** Every handler is called here but those that the list of cases has. */
function executeCalledText(cases: readonly string[], firstFunction: number): string[] {
  return [
    '/** The ops of a block up to `x.end`; throws what an instruction throws. */',
    'export function runOps(x: Executor, block: Block): void {',
    '  const { s, m32, ops: o, readBase, writeBase } = x;',
    ...opsText(cases, firstFunction).map((line) => line.slice(2)),
    '}',
    '',
    '/** Like `execute`, for code that is executed a few times, before all of that is worth being optimized. */',
    'export function executeCalled(x: Executor): void {',
    '  const { s, m32 } = x;',
    '  let previous = x.block;',
    '  for (;;) {',
    ...ENTER,
    '    runOps(x, block);',
    '    previous = block;',
    '  }',
    '}',
  ];
}

function tableText(
  all: Handlers,
  numbers: readonly number[],
  fusedFrom: ReadonlyMap<number, number>,
  { inline, warm }: Pick<HandlerTable, 'inline' | 'warm'>,
): string[] {
  return [
    'export const HANDLER_TABLE: HandlerTable = {',
    `  inline: ${inline},`,
    `  warm: ${JSON.stringify(warm)},`,
    '  variants: [',
    ...all.variants.map(
      ({ handler, slots, ends }) =>
        `    { handler: ${numbers[handler]}, slots: ${JSON.stringify(slots)}, ends: ${ends} },`,
    ),
    '  ],',
    '  rows: {',
    ...Object.entries(all.rows).map(
      ([name, { keys, forms }]) =>
        `    ${JSON.stringify(name)}: { keys: ${JSON.stringify(keys)}, forms: ${JSON.stringify(forms)} },`,
    ),
    '  },',
    `  fused: new Map(${JSON.stringify([...fusedFrom].map(([index, from]) => [numbers[index], from]))}),`,
    '};',
  ];
}
