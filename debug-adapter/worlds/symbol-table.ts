/**
 * Which program's symbols hold for which world: several at once, each at its own slide, before the MMU is on
 * (physical addresses) and after.
 */
import { MODES, Psr, CORE, SYS, SECURE_BANK, type World } from '../../emulator';
import { Program } from '../symbols/program';
import type { Context } from './context';

/** For whom a program's symbols hold. */
export interface SymbolScope {
  readonly world: 'hyp' | 'host' | 'guest' | 'secure' | 'any' | `guest ${number}`;
  readonly privilege: 'PL0' | 'PL1' | 'any';
  /** `physical`: while the world's stage 1 is off; `virtual`: while it is on. */
  readonly phase: 'physical' | 'virtual' | 'both';
}

export interface LoadedProgram {
  readonly program: Program;
  readonly scope: SymbolScope;
  /** Path or name of the file. */
  readonly file: string;
}

export class SymbolTable {
  private readonly loaded: LoadedProgram[] = [];

  get programs(): readonly LoadedProgram[] {
    return this.loaded;
  }

  add(entry: LoadedProgram): void {
    this.loaded.push(entry);
  }

  /**
   * Adds an ELF file for a scope. With the phase `both`, a program linked at virtual addresses different from its
   * physical ones is added twice, so that the code that runs before the MMU is on has its symbols too.
   * @throws SymbolFileError when the file is no complete ELF32 ARM file
   */
  load(bytes: Uint8Array, file: string, slide: number, scope: SymbolScope): void {
    const program = Program.load(bytes, { name: file, slide });
    const first = program.elf.segments.find((segment) => segment.type === 1 && segment.memorySize > 0);
    const toPhysical = first === undefined ? 0 : first.paddr - first.vaddr;
    if (scope.phase !== 'both' || toPhysical === 0) {
      this.add({ program, scope, file });
      return;
    }
    this.add({ program, scope: { ...scope, phase: 'virtual' }, file });
    const physical = Program.load(bytes, { name: file, slide: slide + toPhysical });
    // The code that turns the MMU on runs at physical addresses with translation on, through an identity map.
    this.add({ program: physical, scope: { ...scope, phase: 'both' }, file });
  }

  /** The programs whose symbols may hold in a context, best first. */
  of(context: Context): Program[] {
    const privilege = context.registers.privilegeLevel === 0 ? 'PL0' : 'PL1';
    const phase = stage1On(context) ? 'virtual' : 'physical';
    return this.loaded
      .filter(
        ({ scope }) =>
          worldMatches(scope.world, context.world, context.vm) &&
          (scope.privilege === 'any' || context.world === 'hyp' || scope.privilege === privilege) &&
          (scope.phase === 'both' || scope.phase === phase),
      )
      .map(({ program }) => program);
  }

  /** The program that has code or data at `address` of a context. */
  at(context: Context, address: number): Program | undefined {
    return this.of(context).find((program) => program.contains(address));
  }

  /** Programs a breakpoint in `world` may be resolved in, whatever executes now. */
  ofWorld(world: World | 'any', vm?: number): readonly LoadedProgram[] {
    return this.loaded.filter(({ scope }) => world === 'any' || worldMatches(scope.world, world, vm));
  }
}

function worldMatches(scope: SymbolScope['world'], world: World, vm: number | undefined): boolean {
  if (scope === 'any' || scope === world) return true;
  return world === 'guest' && scope === `guest ${vm}`;
}

/** True when stage 1 of the context's own regime is on. */
export function stage1On(context: Context): boolean {
  const { u32, secure } = context.registers;
  if (context.world === 'hyp') return (u32[SYS.HSCTLR]! & 1) !== 0;
  return (u32[SYS.SCTLR + (secure ? SECURE_BANK : 0)]! & 1) !== 0;
}

/** The manual's name of a context's mode, such as `svc`. */
export function modeName(context: Context): string {
  return MODES[context.registers.i32[CORE.PSR]! & Psr.M]?.name ?? '?';
}
