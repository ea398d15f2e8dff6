/** What the arguments of each request must be, so that a wrong one is named instead of misunderstood. */
import { RequestError } from './protocol-error';

type Kind = 'text' | 'number' | 'object' | 'list' | 'boolean' | 'texts' | 'objects';

const WORDS: Readonly<Record<Kind, string>> = {
  text: 'a string',
  number: 'a whole number',
  object: 'an object',
  list: 'a list',
  boolean: 'true or false',
  texts: 'a list of strings',
  objects: 'a list of objects',
};

/** A name that ends in `?` may be absent. */
type Shape = Readonly<Record<string, Kind>>;

const SOURCE_LINE: Shape = { line: 'number', 'column?': 'number', ...behaviour() };
const NAMED: Shape = { name: 'text', ...behaviour() };
const AT: Shape = { instructionReference: 'text', 'offset?': 'number', ...behaviour() };
const FILTER: Shape = { filterId: 'text', 'condition?': 'text', 'mode?': 'text' };

function behaviour(): Shape {
  return { 'condition?': 'text', 'hitCondition?': 'text', 'logMessage?': 'text', 'mode?': 'text' };
}

const THREAD: Shape = { threadId: 'number' };
const STEP: Shape = { threadId: 'number', 'granularity?': 'text' };

const ARGUMENTS: Readonly<Record<string, Shape>> = {
  setBreakpoints: { source: 'object', 'breakpoints?': 'objects' },
  setFunctionBreakpoints: { breakpoints: 'objects' },
  setInstructionBreakpoints: { breakpoints: 'objects' },
  setExceptionBreakpoints: { 'filters?': 'texts', 'filterOptions?': 'objects' },
  breakpointLocations: { source: 'object', line: 'number', 'endLine?': 'number' },
  next: STEP,
  stepIn: STEP,
  stepOut: STEP,
  stackTrace: { ...THREAD, 'startFrame?': 'number', 'levels?': 'number' },
  scopes: { frameId: 'number' },
  variables: { variablesReference: 'number', 'start?': 'number', 'count?': 'number', 'format?': 'object' },
  setVariable: { variablesReference: 'number', name: 'text', value: 'text' },
  evaluate: { expression: 'text', 'frameId?': 'number', 'context?': 'text', 'format?': 'object' },
  setExpression: { expression: 'text', value: 'text', 'frameId?': 'number' },
  completions: { text: 'text', column: 'number', 'frameId?': 'number' },
  readMemory: { memoryReference: 'text', 'offset?': 'number', count: 'number' },
  writeMemory: { memoryReference: 'text', 'offset?': 'number', data: 'text', 'allowPartial?': 'boolean' },
  disassemble: {
    memoryReference: 'text',
    'offset?': 'number',
    'instructionOffset?': 'number',
    instructionCount: 'number',
  },
  source: { 'source?': 'object', 'sourceReference?': 'number' },
  'worldswitch/snapshot': { stopNumber: 'number', 'parts?': 'texts' },
  'worldswitch/translate': { expression: 'text', 'frameId?': 'number' },
  'worldswitch/asynchronousAbort': { 'frameId?': 'number' },
  'worldswitch/consoleInput': { console: 'text', text: 'text' },
};

/** The members of lists in arguments: `command.argument`. */
const MEMBERS: Readonly<Record<string, Shape>> = {
  'setBreakpoints.breakpoints': SOURCE_LINE,
  'setFunctionBreakpoints.breakpoints': NAMED,
  'setInstructionBreakpoints.breakpoints': AT,
  'setExceptionBreakpoints.filterOptions': FILTER,
  'setBreakpoints.source': { 'path?': 'text', 'name?': 'text' },
  'breakpointLocations.source': { 'path?': 'text' },
  'source.source': { 'name?': 'text', 'sourceReference?': 'number' },
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const FITS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => Number.isSafeInteger(value),
  object: isObject,
  list: (value) => Array.isArray(value),
  boolean: (value) => typeof value === 'boolean',
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  objects: (value) => Array.isArray(value) && value.every(isObject),
};

/** @throws RequestError naming the request and the argument that is missing or of the wrong type */
export function checkArguments(command: string, args: Readonly<Record<string, unknown>>): void {
  if (!Object.hasOwn(ARGUMENTS, command)) return;
  check(command, '', ARGUMENTS[command]!, args);
  for (const name of Object.keys(args)) {
    const members = MEMBERS[`${command}.${name}`];
    if (members === undefined || args[name] === undefined || args[name] === null) continue;
    const value = args[name] as Record<string, unknown> | Record<string, unknown>[];
    if (Array.isArray(value))
      value.forEach((item, index) => check(command, `${name}[${index}].`, members, item));
    else check(command, `${name}.`, members, value);
  }
}

function check(command: string, prefix: string, shape: Shape, args: Readonly<Record<string, unknown>>): void {
  for (const [key, kind] of Object.entries(shape)) {
    const optional = key.endsWith('?');
    const name = optional ? key.slice(0, -1) : key;
    const value = args[name];
    if (optional && (value === undefined || value === null)) continue;
    if (FITS[kind](value)) continue;
    throw new RequestError(
      `'${command}' needs '${prefix}${name}', ${WORDS[kind]}${value === undefined ? '' : `; it was given ${shown(value)}`}`,
      false,
    );
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
