/**
 * Functions whose code was written over, for when the same bytes are back at the same place: whoever ends a program and
 * begins it again, such as a host its guest, mostly puts it where it was. Its code need not get hot again then, and V8
 * need not compile it. A function belongs to the table that its module was given.
 */
import type { TableFunction } from './function-table';
import { entryOf, holds, type KeptTranslation } from './translations';

/** With the function that V8 has made of it. */
export interface CompiledTranslation extends KeptTranslation {
  readonly body: TableFunction;
}

/** Most functions that are kept, and most of those that are entered at one place. */
const MOST = 256;
const MOST_AT_PLACE = 4;

export class ParkedCode {
  /** The oldest first. */
  private readonly parked = new Set<CompiledTranslation>();
  /** By the place of each entry, the oldest first. */
  private readonly byEntry = new Map<number, CompiledTranslation[]>();

  add(one: CompiledTranslation): void {
    this.parked.add(one);
    if (this.parked.size > MOST) this.remove(this.parked.values().next().value as CompiledTranslation);
    for (const place of placesOf(one)) {
      const others = this.byEntry.get(place) ?? [];
      if (others.length === MOST_AT_PLACE) this.remove(others[0]!);
      this.byEntry.set(place, [...(this.byEntry.get(place) ?? []), one]);
    }
  }

  /** One that is entered at a place, of what `memory` holds, and `fits`; it is kept here no longer. */
  take(
    place: number,
    memory: Uint8Array,
    fits: (one: CompiledTranslation) => boolean,
  ): CompiledTranslation | undefined {
    const found = this.byEntry.get(place)?.find((one) => holds(memory, one) && fits(one));
    if (found !== undefined) this.remove(found);
    return found;
  }

  clear(): void {
    this.parked.clear();
    this.byEntry.clear();
  }

  private remove(one: CompiledTranslation): void {
    this.parked.delete(one);
    for (const place of placesOf(one)) {
      const left = (this.byEntry.get(place) ?? []).filter((other) => other !== one);
      if (left.length === 0) this.byEntry.delete(place);
      else this.byEntry.set(place, left);
    }
  }
}

function placesOf({ translation }: CompiledTranslation): number[] {
  return translation.entries.map((entry) => entryOf(translation, entry));
}
