/** Notes why compiled code was left, and for what it let the interpreter do an instruction. */
import { Compiler } from '../../../emulator/compiler/compiler';
import type { CompiledCode } from '../../../emulator/interpreter/block';
import { LEAVE_SHIFT, type Leave, type Outside } from '../../../emulator/interpreter/second-tier';

export class LeavingCompiler extends Compiler {
  /** In order. */
  readonly left: Leave[] = [];

  override run(core: number, context: number, left: number, code: CompiledCode, outside: Outside): number {
    const result = super.run(core, context, left, code, {
      reach: (...given) => outside.reach(...given),
      interpret: (leave, rest) => {
        this.left.push(leave);
        return outside.interpret(leave, rest);
      },
      executeOp: (...given) => outside.executeOp(...given),
    });
    this.left.push(result & ((1 << LEAVE_SHIFT) - 1));
    return result;
  }
}
