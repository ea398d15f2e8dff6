/** Trees of expressions. `start` and `end` are places in the text, for messages. */

interface Place {
  readonly start: number;
  readonly end: number;
}

export type UnaryOperator = '+' | '-' | '!' | '~' | '*' | '&';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator;

/** The type of an integer literal by C's rules (C11 6.4.4.1) for ILP32. */
export type IntegerKind = 'i32' | 'u32' | 'i64' | 'u64';

/** A type as written in a cast or sizeof. */
export interface TypeName extends Place {
  readonly keyword: 'struct' | 'union' | 'enum' | 'any' | 'basic';
  /** Tag or typedef name; for `basic` the canonical C name (`unsigned int`). */
  readonly name: string;
  readonly pointers: number;
  /** Array dimensions, outermost first. */
  readonly dimensions: readonly number[];
}

export type Expression =
  | ({ readonly kind: 'integer'; readonly value: bigint; readonly type: IntegerKind } & Place)
  | ({ readonly kind: 'float'; readonly value: number } & Place)
  | ({ readonly kind: 'string'; readonly value: string } & Place)
  | ({ readonly kind: 'name'; readonly name: string } & Place)
  | ({ readonly kind: 'register'; readonly name: string; readonly field?: string } & Place)
  | ({ readonly kind: 'space'; readonly space: string; readonly operand: Expression } & Place)
  | ({ readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression } & Place)
  | ({ readonly kind: 'sizeof'; readonly operand: Expression | TypeName; readonly ofType: boolean } & Place)
  | ({ readonly kind: 'cast'; readonly type: TypeName; readonly operand: Expression } & Place)
  | ({
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    } & Place)
  | ({
      readonly kind: 'logical';
      readonly operator: '&&' | '||';
      readonly left: Expression;
      readonly right: Expression;
    } & Place)
  | ({
      readonly kind: 'conditional';
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    } & Place)
  | ({
      readonly kind: 'assign';
      readonly operator: ArithmeticOperator | undefined;
      readonly target: Expression;
      readonly value: Expression;
    } & Place)
  | ({
      readonly kind: 'member';
      readonly object: Expression;
      readonly name: string;
      readonly arrow: boolean;
    } & Place)
  | ({ readonly kind: 'index'; readonly object: Expression; readonly index: Expression } & Place)
  | ({ readonly kind: 'call'; readonly name: string; readonly parameters: readonly Expression[] } & Place);

/** All names of variables, fields and functions that an expression mentions. */
export function identifiersIn(expression: Expression): string[] {
  const names = new Set<string>();
  const visit = (node: Expression): void => {
    if (node.kind === 'name' || node.kind === 'call') names.add(node.name);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(expression);
  return [...names];
}

export function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'space':
    case 'unary':
    case 'cast':
      return [node.operand];
    case 'sizeof':
      return node.ofType ? [] : [node.operand as Expression];
    case 'binary':
    case 'logical':
      return [node.left, node.right];
    case 'conditional':
      return [node.test, node.yes, node.no];
    case 'assign':
      return [node.target, node.value];
    case 'member':
      return [node.object];
    case 'index':
      return [node.object, node.index];
    case 'call':
      return node.parameters;
    default:
      return [];
  }
}
