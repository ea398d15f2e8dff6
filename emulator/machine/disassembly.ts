/** Disassembly with the names that the whole emulator knows: system registers, and symbols that the caller knows. */
import { disassemble } from '../isa/disassembler';
import type { DecodeContext } from '../isa/row';
import { findRegister, registerKey } from '../system/registers/table';

/**
 * One instruction as text.
 * @param word A32 word, T32 halfword, or both T32 halfwords with the first in bits 31–16.
 * @param symbolize gives a name for an address, for branch targets.
 */
export function disassembleInstruction(
  word: number,
  context: DecodeContext,
  symbolize: (address: number) => string | undefined = () => undefined,
): string {
  const { text } = disassemble(word, context, ({ coprocessor, opc1, crn, crm, opc2 }) => {
    if (coprocessor !== 14 && coprocessor !== 15) return undefined;
    const wide = opc2 < 0;
    return findRegister(registerKey(coprocessor, wide ? 64 : 32, opc1, crn, crm, wide ? 0 : opc2))?.name;
  });
  // A branch ends with its target's address: `bl 0xc0008120`.
  const target = /^(?:b|bl|blx|cbz|cbnz)(?:[a-z]{2})?(?:\.[nw])?\s.*?(0x[0-9a-f]+)$/.exec(text);
  const name = target === null ? undefined : symbolize(Number(target[1]));
  return name === undefined ? text : `${text} <${name}>`;
}
