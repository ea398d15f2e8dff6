import type { ExpressionContext } from '../../../debug-adapter/expressions/context';
import { lookupGlobal } from '../../../debug-adapter/expressions/lookup';
import { hex, type MachineAccess } from '../../../debug-adapter/symbols/access';
import { Frame, type Program } from '../../../debug-adapter/symbols/program';

/** The context of a program that isn't running: memory is what the file says, there are no registers. */
export function programContext(program: Program): ExpressionContext {
  const access: MachineAccess = {
    readMemory(address, length) {
      const bytes = program.elf.readAtAddress(address, length);
      if (bytes) return bytes;
      if (program.contains(address)) return new Uint8Array(length);
      throw new Error(`${hex(address)} is not in the file`);
    },
    readRegister: () => undefined,
    symbolize: (address) => program.symbolize(address),
  };
  const frame = Frame.of(0, access);
  return {
    access,
    lookup: (name) => lookupGlobal(program, frame, name),
    typeByName: (name, kind) => program.typeByName(name, kind),
    readRegister: () => undefined,
    writeRegister: (name) => {
      throw new Error(`${name} cannot be set: the program is not running`);
    },
    inSpace: () => undefined,
  };
}
