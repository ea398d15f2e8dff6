/** The table of functions in which compiled code goes on in other code: its entries, and the type they have. */
import { ValueType } from './wasm/opcodes';
import type { FunctionType } from './wasm/module';

/** Entries of the table: each instance has a copy of it in some versions of V8. */
export const SLOTS = 4096;
/** Slot of a function that returns at once: what an empty entry of the jump cache leads to. */
export const NOWHERE = 0;
/**
 * Slot of the function that lets the interpreter execute what is at CORE.R + 15, and goes on behind it. Its label is a
 * Leave: why.
 */
export const GATEWAY = 1;
/** Slot of the function that enters threaded code; its label is where in the machine's memory a block's header is. */
export const THREADED = 2;
/** The first slot of regions. */
export const FIRST_SLOT = 3;

const I32 = ValueType.I32;
/** Of a region's function: core, context, left, label. */
export const REGION_TYPE: FunctionType = { parameters: [I32, I32, I32, I32], results: [I32] };
