import type {
  ArithmeticOperator,
  BinaryOperator,
  Expression,
  IntegerKind,
  TypeName,
  UnaryOperator,
} from './ast';
import { BASIC_TYPES, isBuiltinTypeName } from './builtin-types';
import { ExpressionError } from './errors';
import { type Token, tokenize } from './lexer';

/** How tightly operators bind (C11 6.5.5 to 6.5.14); larger is tighter. */
const BINARY_POWER: Readonly<Record<string, number>> = {
  '||': 3,
  '&&': 4,
  '|': 5,
  '^': 6,
  '&': 7,
  '==': 8,
  '!=': 8,
  '<': 9,
  '<=': 9,
  '>': 9,
  '>=': 9,
  '<<': 10,
  '>>': 10,
  '+': 11,
  '-': 11,
  '*': 12,
  '/': 12,
  '%': 12,
};
const ASSIGNMENT_POWER = 1;
const CONDITIONAL_POWER = 2;
const UNARY_POWER = 13;
const UNARY_OPERATORS: ReadonlySet<string> = new Set(['+', '-', '!', '~', '*', '&']);
const ASSIGNMENTS: ReadonlySet<string> = new Set([
  '=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '<<=',
  '>>=',
]);
const TAG_KEYWORDS: ReadonlySet<string> = new Set(['struct', 'union', 'enum']);
const DEEPEST = 200;

export interface ParseOptions {
  /** Whether a name is a type (a typedef), which decides between `(u32)-1` and `(x)-1`. */
  readonly isTypeName?: (name: string) => boolean;
}

/** Parses a whole expression. @throws ExpressionError with the place and the reason */
export function parse(text: string, options: ParseOptions = {}): Expression {
  const parser = new Parser(tokenize(text), options.isTypeName ?? (() => false));
  return parser.whole();
}

class Parser {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly isTypedef: (name: string) => boolean,
  ) {}

  whole(): Expression {
    if (this.peek().kind === 'end') throw new ExpressionError('The expression is empty', 0);
    const expression = this.expression(0);
    const rest = this.peek();
    if (rest.kind !== 'end') this.unexpected(rest, 'an operator or the end');
    return expression;
  }

  private peek(ahead = 0): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)];
  }

  private next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.at++;
    return token;
  }

  private isOperator(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'operator' && token.text === text;
  }

  private expect(text: string, after: string): Token {
    if (!this.isOperator(text)) this.unexpected(this.peek(), `"${text}" ${after}`);
    return this.next();
  }

  private unexpected(token: Token, expected: string): never {
    const found = token.kind === 'end' ? 'the expression ends' : `"${token.text}" stands`;
    throw new ExpressionError(
      `Here ${found}, but ${expected} is expected`,
      token.start,
      Math.max(1, token.end - token.start),
    );
  }

  /** Pratt's method: an operand, then every operator that binds tighter than `power`. */
  private expression(power: number): Expression {
    if (++this.depth > DEEPEST)
      throw new ExpressionError('The expression is nested too deeply', this.peek().start);
    let left = this.operand();
    for (;;) {
      const token = this.peek();
      if (token.kind !== 'operator') break;
      const binding = BINARY_POWER[token.text];
      if (binding !== undefined && binding > power) {
        this.next();
        const right = this.expression(binding);
        const place = { start: left.start, end: right.end };
        left =
          token.text === '&&' || token.text === '||'
            ? { kind: 'logical', operator: token.text, left, right, ...place }
            : { kind: 'binary', operator: token.text as BinaryOperator, left, right, ...place };
      } else if (token.text === '?' && power < CONDITIONAL_POWER) {
        this.next();
        const yes = this.expression(0);
        this.expect(':', 'of "?:"');
        const no = this.expression(CONDITIONAL_POWER - 1);
        left = { kind: 'conditional', test: left, yes, no, start: left.start, end: no.end };
      } else if (ASSIGNMENTS.has(token.text) && power <= ASSIGNMENT_POWER) {
        this.next();
        const value = this.expression(ASSIGNMENT_POWER - 1);
        const operator = token.text === '=' ? undefined : (token.text.slice(0, -1) as ArithmeticOperator);
        left = { kind: 'assign', operator, target: left, value, start: left.start, end: value.end };
      } else break;
    }
    this.depth--;
    return left;
  }

  private operand(): Expression {
    const token = this.peek();
    if (token.kind === 'space') {
      this.next();
      const operand = this.expression(UNARY_POWER);
      return { kind: 'space', space: token.text, operand, start: token.start, end: operand.end };
    }
    if (token.kind === 'operator' && UNARY_OPERATORS.has(token.text)) {
      this.next();
      const operand = this.expression(UNARY_POWER);
      return {
        kind: 'unary',
        operator: token.text as UnaryOperator,
        operand,
        start: token.start,
        end: operand.end,
      };
    }
    if (token.kind === 'operator' && (token.text === '++' || token.text === '--'))
      throw new ExpressionError(
        `"${token.text}" is not supported: write x ${token.text[0]}= 1`,
        token.start,
        2,
      );
    if (token.kind === 'name' && token.text === 'sizeof') return this.sizeofOperand(token);
    if (this.isOperator('(') && this.startsType(1)) return this.cast(token);
    return this.postfix(this.primary());
  }

  private sizeofOperand(token: Token): Expression {
    this.next();
    if (this.isOperator('(') && this.startsType(1)) {
      this.next();
      const type = this.typeName();
      const { end } = this.expect(')', 'after the type');
      return { kind: 'sizeof', operand: type, ofType: true, start: token.start, end };
    }
    const operand = this.expression(UNARY_POWER);
    return { kind: 'sizeof', operand, ofType: false, start: token.start, end: operand.end };
  }

  private cast(token: Token): Expression {
    this.next();
    const type = this.typeName();
    this.expect(')', 'after the type');
    const operand = this.expression(UNARY_POWER);
    return { kind: 'cast', type, operand, start: token.start, end: operand.end };
  }

  /** Whether the token `ahead` begins a type. `(name *)` can be nothing else, even if the name isn't known yet. */
  private startsType(ahead: number): boolean {
    const token = this.peek(ahead);
    if (token.kind !== 'name') return false;
    const { text } = token;
    if (TAG_KEYWORDS.has(text) || BASIC_TYPES.isKeyword(text)) return true;
    if (this.isTypedef(text) || isBuiltinTypeName(text)) return true;
    let after = ahead + 1;
    if (!this.isOperator('*', after)) return false;
    while (this.isOperator('*', after)) after++;
    return this.isOperator(')', after);
  }

  private typeName(): TypeName {
    const first = this.peek();
    const words: string[] = [];
    let tagged: { keyword: 'struct' | 'union' | 'enum'; name: string } | undefined;
    let typedef: string | undefined;
    while (this.peek().kind === 'name') {
      const { text } = this.peek();
      if (text === 'const' || text === 'volatile') {
        this.next();
      } else if (TAG_KEYWORDS.has(text)) {
        this.next();
        const name = this.next();
        if (name.kind !== 'name') this.unexpected(name, `the name of a ${text}`);
        tagged = { keyword: text as 'struct', name: name.text };
      } else if (BASIC_TYPES.isKeyword(text)) words.push(this.next().text);
      else if (!tagged && !typedef && words.length === 0) typedef = this.next().text;
      else this.unexpected(this.peek(), '"*" or ")"');
    }
    let pointers = 0;
    for (; this.isOperator('*'); pointers++) {
      this.next();
      while (this.peek().kind === 'name' && ['const', 'volatile'].includes(this.peek().text)) this.next();
    }
    const dimensions: number[] = [];
    while (this.isOperator('[')) {
      this.next();
      const size = this.next();
      if (size.kind !== 'integer') this.unexpected(size, 'the number of elements');
      dimensions.push(Number(size.value));
      this.expect(']', 'after the number of elements');
    }
    const place = { start: first.start, end: this.peek().start, pointers, dimensions };
    if (tagged) return { ...tagged, ...place };
    if (typedef) return { keyword: 'any', name: typedef, ...place };
    const name = BASIC_TYPES.canonical(words);
    if (!name)
      throw new ExpressionError(
        `"${words.join(' ')}" is not a type of C`,
        first.start,
        Math.max(1, place.end - first.start),
      );
    return { keyword: 'basic', name, ...place };
  }

  private primary(): Expression {
    const token = this.next();
    const place = { start: token.start, end: token.end };
    switch (token.kind) {
      case 'integer':
        return { kind: 'integer', value: token.value ?? 0n, type: integerKind(token), ...place };
      case 'float':
        return { kind: 'float', value: Number(token.text), ...place };
      case 'string':
        return { kind: 'string', value: token.text, ...place };
      case 'register':
        return this.register(token);
      case 'name':
        return this.isOperator('(') ? this.call(token) : { kind: 'name', name: token.text, ...place };
      default:
        if (token.kind === 'operator' && token.text === '(') {
          const inner = this.expression(0);
          const { end } = this.expect(')', 'to close the parenthesis');
          return { ...inner, start: token.start, end };
        }
        return this.unexpected(token, 'a value');
    }
  }

  private register(token: Token): Expression {
    const place = { start: token.start, end: token.end };
    if (!this.isOperator('.')) return { kind: 'register', name: token.text, ...place };
    this.next();
    const field = this.next();
    if (field.kind !== 'name') this.unexpected(field, `the name of a field of ${token.text}`);
    return { kind: 'register', name: token.text, field: field.text, start: token.start, end: field.end };
  }

  private call(name: Token): Expression {
    this.next();
    const parameters: Expression[] = [];
    while (!this.isOperator(')')) {
      if (parameters.length > 0) this.expect(',', 'between two arguments');
      parameters.push(this.expression(0));
    }
    const { end } = this.next();
    return { kind: 'call', name: name.text, parameters, start: name.start, end };
  }

  private postfix(operand: Expression): Expression {
    let object = operand;
    for (;;) {
      const { start } = object;
      if (this.isOperator('[')) {
        this.next();
        const index = this.expression(0);
        const { end } = this.expect(']', 'after the index');
        object = { kind: 'index', object, index, start, end };
      } else if (this.isOperator('.') || this.isOperator('->')) {
        const arrow = this.next().text === '->';
        const name = this.next();
        if (name.kind !== 'name') this.unexpected(name, 'the name of a member');
        object = { kind: 'member', object, name: name.text, arrow, start, end: name.end };
      } else if (this.isOperator('++') || this.isOperator('--')) {
        const { text, start: place } = this.peek();
        throw new ExpressionError(`"${text}" is not supported: write x ${text[0]}= 1`, place, 2);
      } else return object;
    }
  }
}

/** First type of C's list that holds the value (C11 6.4.4.1); hexadecimal ones may be unsigned. */
function integerKind(token: Token): IntegerKind {
  const { value = 0n, literal } = token;
  const { unsigned = false, longLong = false, decimal = true } = literal ?? {};
  if (!longLong) {
    if (!unsigned && value < 1n << 31n) return 'i32';
    if ((unsigned || !decimal) && value < 1n << 32n) return 'u32';
  }
  return unsigned || value >= 1n << 63n ? 'u64' : 'i64';
}
