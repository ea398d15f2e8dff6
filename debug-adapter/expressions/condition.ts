import {
  commonKind,
  compare,
  complement,
  compute,
  convertTo,
  type Int,
  isComparison,
  negate,
} from './arithmetic';
import type { Expression, IntegerKind } from './ast';
import type { ExpressionContext } from './context';
import { ExpressionError } from './errors';
import { evaluateTree, isTrue } from './evaluate';
import { parse } from './parser';

/** A field of an event that conditions may name: a number of `bits` bits (1 for a flag), or a text. */
export type FieldDescription = { readonly bits: number; readonly signed?: boolean } | { readonly text: true };
export type FieldTable = Readonly<Record<string, FieldDescription>>;

/** The fields of one event; a field that this event doesn't have is absent, and makes the condition false. */
export type EventFields = Readonly<Record<string, number | bigint | boolean | string | undefined>>;

/** A condition, parsed once. */
export interface Condition {
  readonly text: string;
  /** It looks at the event only: `test` needs no context and takes well below a microsecond. */
  readonly isPure: boolean;
  /**
   * Whether the condition holds for an event.
   * @param context where registers, variables and memory come from; needed unless the condition is pure
   * @throws ExpressionError when it cannot be computed (division by zero, memory that isn't there)
   */
  test(event: EventFields, context?: ExpressionContext): boolean;
}

/**
 * Compiles a condition such as `ec == 0x24 && ipa >= 0x0a000000 && write`.
 * @param fields what the event offers; other names need a context when the condition is tested
 * @throws ExpressionError for a text that cannot be parsed
 */
export function compileCondition(
  text: string,
  fields: FieldTable,
  options: { readonly isTypeName?: (name: string) => boolean } = {},
): Condition {
  const tree = parse(text, options);
  const compiled = compile(tree, fields);
  if (compiled) {
    const truth = truthOf(compiled);
    return { text, isPure: true, test: (event) => truth(event) === true };
  }
  return { text, isPure: false, test: (event, context) => testInContext(tree, event, fields, context) };
}

/** Thrown through the evaluator when the event lacks a field that its kind can have. */
class AbsentField extends Error {}

function testInContext(
  tree: Expression,
  event: EventFields,
  fields: FieldTable,
  context: ExpressionContext | undefined,
): boolean {
  if (!context)
    throw new ExpressionError('This condition needs registers or variables, which are not available here', 0);
  const withEvent: ExpressionContext = Object.assign(Object.create(context) as ExpressionContext, {
    eventField: (name: string) => {
      const value = event[name];
      if (value === undefined && Object.hasOwn(fields, name)) throw new AbsentField();
      return value ?? context.eventField?.(name);
    },
  });
  try {
    return isTrue(evaluateTree(tree, withEvent), tree);
  } catch (error) {
    if (error instanceof AbsentField) return false;
    throw error;
  }
}

/** undefined: the event lacks a field, so the whole condition is false unless another branch decides. */
type Number_ = (event: EventFields) => Int | undefined;
type Text = (event: EventFields) => string | undefined;
type Truth = (event: EventFields) => boolean | undefined;
type Compiled =
  | { readonly kind: 'number'; readonly type: IntegerKind; readonly run: Number_ }
  | { readonly kind: 'text'; readonly run: Text };

/** Closures for the pure part of the language; undefined when the tree needs a context. */
function compile(node: Expression, fields: FieldTable): Compiled | undefined {
  switch (node.kind) {
    case 'integer': {
      const value = convertTo(node.type, node.value);
      return { kind: 'number', type: node.type, run: () => value };
    }
    case 'string': {
      const { value } = node;
      return { kind: 'text', run: () => value };
    }
    case 'name':
      return compileField(node.name, fields);
    case 'unary':
      return compileUnary(node, fields);
    case 'binary':
      return compileBinary(node, fields);
    case 'logical': {
      const [left, right] = [compile(node.left, fields), compile(node.right, fields)];
      if (!left || !right) return undefined;
      return boolean(
        node.operator === '&&' ? both(truthOf(left), truthOf(right)) : either(truthOf(left), truthOf(right)),
      );
    }
    case 'conditional': {
      const parts = [node.test, node.yes, node.no].map((part) => compile(part, fields));
      const [test, yes, no] = parts;
      if (!test || yes?.kind !== 'number' || no?.kind !== 'number') return undefined;
      const truth = truthOf(test);
      const run = (event: EventFields) => {
        const answer = truth(event);
        return answer === undefined ? undefined : answer ? yes.run(event) : no.run(event);
      };
      // Each branch keeps its own type in the evaluator; the kinds only agree when they are equal.
      return yes.type === no.type ? { kind: 'number', type: yes.type, run } : undefined;
    }
    default:
      return undefined;
  }
}

function compileField(name: string, fields: FieldTable): Compiled | undefined {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) return undefined;
  if ('text' in field) {
    return {
      kind: 'text',
      run: (event) => {
        const value = event[name];
        return value === undefined ? undefined : String(value);
      },
    };
  }
  const { bits, signed = false } = field;
  const type: IntegerKind =
    bits < 32 || (bits === 32 && signed) ? 'i32' : bits === 32 ? 'u32' : signed ? 'i64' : 'u64';
  return {
    kind: 'number',
    type,
    run: (event) => {
      const value = event[name];
      if (typeof value === 'number') return value;
      if (typeof value === 'boolean') return value ? 1 : 0;
      return typeof value === 'bigint' ? convertTo(type, value) : undefined;
    },
  };
}

function compileUnary(node: Expression & { kind: 'unary' }, fields: FieldTable): Compiled | undefined {
  const operand = compile(node.operand, fields);
  if (!operand) return undefined;
  if (node.operator === '!') {
    const truth = truthOf(operand);
    return boolean((event) => {
      const answer = truth(event);
      return answer === undefined ? undefined : !answer;
    });
  }
  if (operand.kind !== 'number' || node.operator === '*' || node.operator === '&') return undefined;
  const { type, run } = operand;
  const apply = { '-': negate, '~': complement, '+': convertTo }[node.operator];
  return {
    kind: 'number',
    type,
    run: (event) => {
      const value = run(event);
      return value === undefined ? undefined : apply(type, value);
    },
  };
}

function compileBinary(node: Expression & { kind: 'binary' }, fields: FieldTable): Compiled | undefined {
  const [left, right] = [compile(node.left, fields), compile(node.right, fields)];
  if (!left || !right) return undefined;
  const { operator } = node;
  if (left.kind === 'text' || right.kind === 'text') {
    if (left.kind !== 'text' || right.kind !== 'text' || !isComparison(operator)) return undefined;
    return boolean((event) => {
      const [a, b] = [left.run(event), right.run(event)];
      return a === undefined || b === undefined
        ? undefined
        : compare(operator, a < b ? -1 : a > b ? 1 : 0, 0);
    });
  }
  const isShift = operator === '<<' || operator === '>>';
  const type = isShift ? left.type : commonKind(left.type, right.type);
  const [first, second] = [converted(left, type), isShift ? right.run : converted(right, type)];
  if (isComparison(operator))
    return boolean((event) => {
      const a = first(event);
      const b = second(event);
      return a === undefined || b === undefined ? undefined : compare(operator, a, b);
    });
  return {
    kind: 'number',
    type,
    run: (event) => {
      const a = first(event);
      const b = second(event);
      if (a === undefined || b === undefined) return undefined;
      try {
        return compute(operator, type, a, b);
      } catch (error) {
        throw new ExpressionError((error as Error).message, node.start, node.end - node.start);
      }
    },
  };
}

function converted(operand: Compiled & { kind: 'number' }, type: IntegerKind): Number_ {
  const { run } = operand;
  if (operand.type === type) return run;
  return (event) => {
    const value = run(event);
    return value === undefined ? undefined : convertTo(type, value);
  };
}

function boolean(truth: Truth): Compiled {
  return {
    kind: 'number',
    type: 'i32',
    run: (event) => {
      const answer = truth(event);
      return answer === undefined ? undefined : answer ? 1 : 0;
    },
  };
}

function truthOf(compiled: Compiled): Truth {
  if (compiled.kind === 'text') {
    const { run } = compiled;
    return (event) => {
      const text = run(event);
      return text === undefined ? undefined : text !== '';
    };
  }
  const { run } = compiled;
  return (event) => {
    const value = run(event);
    return value === undefined ? undefined : value !== 0;
  };
}

/** An absent field on one side doesn't matter when the other side decides. */
function both(left: Truth, right: Truth): Truth {
  return (event) => {
    const first = left(event);
    if (first === false) return false;
    const second = right(event);
    return second === false ? false : first === undefined ? undefined : second;
  };
}

function either(left: Truth, right: Truth): Truth {
  return (event) => {
    const first = left(event);
    if (first) return true;
    const second = right(event);
    return second ? true : first === undefined ? undefined : second;
  };
}
