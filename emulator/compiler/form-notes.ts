/** Takes notes of which D registers a form reads and writes, and in what pieces; and of what it needs. */
import type { FormBuilder, Node, Piece, Requirement } from '../isa/vfp/forms/form-builder';

export interface PieceAccess {
  readonly piece: Piece;
  readonly word: number;
  readonly writes: boolean;
}

const SOME = {} as Node;
const some = (): Node => SOME;

export class FormNotes implements FormBuilder {
  readonly accesses: PieceAccess[] = [];
  readonly requirements = new Set<Requirement>();

  op = some;
  lane = some;
  shuffle = some;
  i32 = some;
  i64 = some;
  f64 = some;
  f32 = some;
  splat = some;
  keep = some;
  fpscr = some;
  choose(_: Node, then: () => Node, otherwise: () => Node): Node {
    then();
    return otherwise();
  }
  read(piece: Piece, word: number): Node {
    this.accesses.push({ piece, word, writes: false });
    return SOME;
  }
  write(piece: Piece, word: number): void {
    this.accesses.push({ piece, word, writes: true });
  }
  setFpscr(): void {
    // Not of the D registers.
  }
  saturated(): void {
    // As setFpscr.
  }
  needs(...requirements: readonly Requirement[]): void {
    for (const requirement of requirements) this.requirements.add(requirement);
  }
  leaveWhere(_: Node, except?: () => Node): void {
    except?.();
  }
}
