/** Numbers for things that a client may ask about while the machine stands still: frames, scopes, variables. */
export class Handles {
  private next = 1;
  private readonly things = new Map<number, unknown>();

  /** A number for `thing`, valid until `clear`. */
  create(thing: unknown): number {
    const handle = this.next++;
    this.things.set(handle, thing);
    return handle;
  }

  get(handle: number): unknown {
    return this.things.get(handle);
  }

  /** Forgets everything. Numbers are not used again, so that a late question finds nothing instead of the wrong thing. */
  clear(): void {
    this.things.clear();
  }
}
