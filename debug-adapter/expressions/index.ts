/** The public face of the expression language. */
export { identifiersIn, type Expression } from './ast';
export {
  compileCondition,
  type Condition,
  type EventFields,
  type FieldDescription,
  type FieldTable,
} from './condition';
export type { CallResult, ExpressionContext, RegisterValue } from './context';
export { ExpressionError } from './errors';
export { assign, evaluate, evaluateTree, isTrue, parseIn, TextValue } from './evaluate';
export { lookupGlobal, lookupInFrame } from './lookup';
export { parse } from './parser';
