import { ExpressionError } from './errors';

export interface Token {
  readonly kind: 'integer' | 'float' | 'string' | 'name' | 'register' | 'space' | 'operator' | 'end';
  /** The token as written; for `register` without `$`, for `space` without `:`; for `string` the decoded text. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** For `integer`: value, and which types its suffix and base allow. */
  readonly value?: bigint;
  readonly literal?: { readonly unsigned: boolean; readonly longLong: boolean; readonly decimal: boolean };
}

/** Names that can be a space prefix (`vm1:0xc0008000`); any other name before `:` belongs to `?:`. */
export const SPACE_NAME = /^(host|hyp|guest|secure|monitor|pa|ipa\d*|vm\d+)$/;

/** Longest first, so that `>>=` isn't read as `>>` and `=`. */
const OPERATORS: readonly string[] = [
  '<<=', '>>=', '->', '++', '--', '<<', '>>', '<=', '>=', '==', '!=', '&&', '||', '+=', '-=', '*=', '/=', '%=', '&=',
  '^=', '|=', '+', '-', '*', '/', '%', '<', '>', '=', '!', '~', '&', '|', '^', '?', ':', '(', ')', '[', ']', '.', ',',
]; // prettier-ignore

const ESCAPES: Readonly<Record<string, number>> = {
  a: 7, b: 8, e: 27, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92, "'": 39, '"': 34, '?': 63,
}; // prettier-ignore

/** Splits an expression into tokens, the last of which is `end`. @throws ExpressionError */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at];
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    const token = /[0-9]/.test(character)
      ? numberAt(text, at)
      : /[A-Za-z_$]/.test(character)
        ? nameAt(text, at)
        : character === "'"
          ? characterAt(text, at)
          : character === '"'
            ? stringAt(text, at)
            : operatorAt(text, at);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: '', start: text.length, end: text.length });
  return tokens;
}

function numberAt(text: string, start: number): Token {
  const float = /^(\d+\.\d*([eE][+-]?\d+)?|\d+[eE][+-]?\d+)[fF]?/.exec(text.slice(start));
  if (float)
    return { kind: 'float', text: float[0].replace(/[fF]$/, ''), start, end: start + float[0].length };
  const word = /^[0-9A-Za-z_]+/.exec(text.slice(start))?.[0] ?? '';
  const match = /^(0[xX][0-9A-Fa-f_]+|0[bB][01_]+|[0-9_]+)(u|U)?(ll|LL|l|L)?(u|U)?$/.exec(word);
  if (!match || (match[2] && match[4]))
    throw new ExpressionError(
      `"${word}" is not a number: write 42, 0x2a, 0b101010, with u or ull behind it if needed`,
      start,
      word.length,
    );
  const digits = match[1].replace(/_/g, '');
  // A leading 0 means octal in C.
  const octal = /^0[0-9]+$/.test(digits);
  if (octal && /[89]/.test(digits))
    throw new ExpressionError(
      `"${word}" begins with 0, which means octal, but has a digit 8 or 9`,
      start,
      word.length,
    );
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  if (value >= 1n << 64n) throw new ExpressionError(`"${word}" needs more than 64 bits`, start, word.length);
  const literal = {
    unsigned: match[2] !== undefined || match[4] !== undefined,
    longLong: /ll/i.test(match[3] ?? ''),
    decimal: /^[1-9]|^0$/.test(digits),
  };
  return { kind: 'integer', text: word, start, end: start + word.length, value, literal };
}

function nameAt(text: string, start: number): Token {
  const isRegister = text[start] === '$';
  const from = isRegister ? start + 1 : start;
  const name = /^[A-Za-z0-9_]*/.exec(text.slice(from))?.[0] ?? '';
  const end = from + name.length;
  if (isRegister) {
    if (name === '') throw new ExpressionError('The name of a register is missing after $', start);
    return { kind: 'register', text: name, start, end };
  }
  if (text[end] === ':' && SPACE_NAME.test(name)) return { kind: 'space', text: name, start, end: end + 1 };
  return { kind: 'name', text: name, start, end };
}

/** One character of a literal, with escapes; gives its code and the index behind it. */
function unescape(text: string, at: number, start: number): { code: number; next: number } {
  if (text[at] !== '\\') {
    const code = text.codePointAt(at) ?? 0;
    return { code, next: at + (code > 0xffff ? 2 : 1) };
  }
  const number = /^\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3})/.exec(text.slice(at));
  if (number) {
    const digits = number[1];
    const code = digits[0] === 'x' ? parseInt(digits.slice(1), 16) : parseInt(digits, 8) & 255;
    return { code, next: at + number[0].length };
  }
  const code = ESCAPES[text[at + 1] ?? ''];
  if (code === undefined)
    throw new ExpressionError('An escape such as \\n or \\x41 is expected after \\', at, 2);
  if (at + 1 >= text.length) throw new ExpressionError('The literal has no end', start);
  return { code, next: at + 2 };
}

function characterAt(text: string, start: number): Token {
  if (start + 1 >= text.length || text[start + 1] === "'")
    throw new ExpressionError("A character is missing between the quotes: write 'a'", start);
  const { code, next } = unescape(text, start + 1, start);
  if (text[next] !== "'")
    throw new ExpressionError("The closing quote ' of the character is missing", start, next - start);
  const literal = { unsigned: false, longLong: false, decimal: true };
  return {
    kind: 'integer',
    text: text.slice(start, next + 1),
    start,
    end: next + 1,
    value: BigInt(code),
    literal,
  };
}

function stringAt(text: string, start: number): Token {
  let decoded = '';
  for (let at = start + 1; at < text.length;) {
    if (text[at] === '"') return { kind: 'string', text: decoded, start, end: at + 1 };
    const { code, next } = unescape(text, at, start);
    decoded += String.fromCodePoint(code);
    at = next;
  }
  throw new ExpressionError('The closing quote " of the text is missing', start, text.length - start);
}

function operatorAt(text: string, start: number): Token {
  const operator = OPERATORS.find((candidate) => text.startsWith(candidate, start));
  if (!operator)
    throw new ExpressionError(`The character ${JSON.stringify(text[start])} has no meaning here`, start);
  return { kind: 'operator', text: operator, start, end: start + operator.length };
}
