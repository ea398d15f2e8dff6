import type { Operand } from '../builder';
import type { Row } from '../row';

/** A semantic function as rows hold it. */
export type Semantics = Row['semantics'];
/** The operands of one instruction by name. */
export type Operands = Readonly<Record<string, Operand>>;
