/**
 * What a semantic function said, before it is text: a list of steps over a graph of expressions. An expression
 * stands for the value at the moment it was made; one that is used twice, or that reads state which a later step
 * changes before the use, becomes a `const` where it was made; every other one is written where it is used.
 */
import type { Value } from '../isa/builder';

/** Writes the text of an expression as a 32-bit integer. */
export type Print = (expression: Expression) => string;

export interface Printer {
  readonly value: Print;
  /** As the condition of an `if`. */
  readonly test: Print;
}

interface Parts {
  readonly args?: readonly Expression[];
  readonly value: (printer: Printer) => string;
  /** The text of `value !== 0`, where there is a better one. */
  readonly test?: (printer: Printer) => string;
  /** True when it reads registers or flags. */
  readonly reads?: boolean;
  /** A constant or a name: never worth a `const` of its own. */
  readonly atom?: boolean;
}

export class Expression implements Value {
  declare readonly __value: 'i32';
  uses = 0;
  visited = false;
  /** Name of its `const`, once written. */
  name: string | undefined;
  named = false;

  constructor(
    readonly parts: Parts,
    /** Its place among the steps. */
    readonly sequence: number,
  ) {}

  get isTest(): boolean {
    return this.parts.test !== undefined;
  }
}

type Step =
  | { readonly kind: 'define'; readonly expression: Expression }
  | {
      readonly kind: 'effect';
      readonly sequence: number;
      readonly args: readonly Expression[];
      readonly result: Expression | undefined;
      /** Lines of text; `result` is the name of the result, or undefined where nobody uses it. */
      readonly lines: (printer: Printer, result: string | undefined) => readonly string[];
    }
  | {
      readonly kind: 'when';
      readonly sequence: number;
      readonly condition: Expression;
      readonly then: readonly Step[];
      readonly otherwise: readonly Step[];
    };

/** Collects steps, and writes them. */
export class Program {
  private sequence = 0;
  private readonly effects: number[] = [];
  private steps: Step[] = [];
  private names = 0;

  expression(parts: Parts): Expression {
    const expression = new Expression(parts, this.sequence++);
    if (parts.atom !== true) this.steps.push({ kind: 'define', expression });
    return expression;
  }

  /** A step that changes state. */
  effect(args: readonly Expression[], lines: (printer: Printer) => readonly string[]): void {
    this.push(args, undefined, lines);
  }

  /** A step that changes state, or may, and gives a value. */
  effectWithResult(
    args: readonly Expression[],
    lines: (printer: Printer, result: string | undefined) => readonly string[],
  ): Expression {
    const result = new Expression({ value: () => '', atom: true }, this.sequence++);
    result.named = true;
    this.push(args, result, lines);
    return result;
  }

  private push(
    args: readonly Expression[],
    result: Expression | undefined,
    lines: (printer: Printer, result: string | undefined) => readonly string[],
  ): void {
    const sequence = this.sequence++;
    this.effects.push(sequence);
    this.steps.push({ kind: 'effect', sequence, args, result, lines });
  }

  when(condition: Expression, then: () => void, otherwise: () => void): void {
    const sequence = this.sequence++;
    const outer = this.steps;
    const branch = (body: () => void): readonly Step[] => {
      this.steps = [];
      body();
      return this.steps;
    };
    const step: Step = {
      kind: 'when',
      sequence,
      condition,
      then: branch(then),
      otherwise: branch(otherwise),
    };
    this.steps = outer;
    this.steps.push(step);
  }

  /** The program's text, one string for each line, indented by `indent` levels of two spaces. */
  write(indent: number): string[] {
    const roots = rootsOf(this.steps);
    for (const [expression] of roots) this.countUse(expression);
    for (const [expression, at] of roots) this.place(expression, at);
    return this.lines(this.steps, indent);
  }

  private countUse(expression: Expression): void {
    if (expression.uses++ === 0) for (const arg of expression.parts.args ?? []) this.countUse(arg);
  }

  /** Decides whether an expression needs a name, given the step at which it is used. */
  private place(expression: Expression, at: number): void {
    if (expression.visited) return;
    expression.visited = true;
    const { atom, reads, args } = expression.parts;
    if (
      atom !== true &&
      (expression.uses > 1 || (reads === true && this.effectBetween(expression.sequence, at)))
    )
      expression.named = true;
    for (const arg of args ?? []) this.place(arg, expression.named ? expression.sequence : at);
  }

  private effectBetween(from: number, to: number): boolean {
    return this.effects.some((sequence) => sequence > from && sequence < to);
  }

  private lines(steps: readonly Step[], indent: number): string[] {
    const pad = '  '.repeat(indent);
    const out: string[] = [];
    for (const step of steps) {
      if (step.kind === 'define') {
        const { expression } = step;
        if (!expression.named || expression.uses === 0) continue;
        const text = strip(expression.parts.value(printer));
        expression.name = this.newName();
        out.push(`${pad}const ${expression.name} = ${text};`);
      } else if (step.kind === 'effect') {
        const { result } = step;
        const name = result !== undefined && result.uses > 0 ? this.newName() : undefined;
        for (const line of step.lines(printer, name)) out.push(pad + line);
        if (result !== undefined) result.name = name;
      } else {
        out.push(`${pad}if (${strip(printer.test(step.condition))}) {`);
        out.push(...this.lines(step.then, indent + 1));
        if (step.otherwise.length > 0) {
          out.push(`${pad}} else {`);
          out.push(...this.lines(step.otherwise, indent + 1));
        }
        out.push(`${pad}}`);
      }
    }
    return out;
  }

  private newName(): string {
    return `t${++this.names}`;
  }
}

/** Every expression that a step uses directly, with the step's place. */
function rootsOf(steps: readonly Step[]): [Expression, number][] {
  return steps.flatMap((step): [Expression, number][] => {
    if (step.kind === 'define') return [];
    if (step.kind === 'effect') return step.args.map((arg) => [arg, step.sequence]);
    return [[step.condition, step.sequence], ...rootsOf(step.then), ...rootsOf(step.otherwise)];
  });
}

/** Text that needs no brackets: a word of the core or an operand. */
const PLAIN = /^(o\[p \+ \d\]|s\[(\w|\.)+\]|s\[o\[p \+ \d\]\])$/;

const printer: Printer = {
  value: (expression) => {
    if (expression.name !== undefined) return expression.name;
    const text = expression.parts.value(printer);
    return expression.parts.atom === true || PLAIN.test(text) ? text : `(${text})`;
  },
  test: (expression) => {
    const { test } = expression.parts;
    if (expression.name === undefined && test !== undefined) return `(${test(printer)})`;
    return `(${printer.value(expression)} !== 0)`;
  },
};

/** Text without the pair of brackets around all of it, if there is one. */
export function strip(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0 && i < text.length - 1) return text;
  }
  return text.slice(1, -1);
}
