/** A disk image that is never written: what the machine writes is kept in pages of its own. */

const PAGE_BYTES = 4096;

export class CopyOnWriteDisk {
  /** Written pages, by number. */
  private pages = new Map<number, Uint8Array>();
  /** Bytes: those of the image, rounded up to a whole sector; what is past the image's end reads as zero. */
  readonly size: number;

  constructor(private readonly image: Uint8Array) {
    this.size = Math.ceil(image.length / 512) * 512;
  }

  /** Copies the disk from byte `from` on into `bytes`. */
  read(from: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = from + done;
      const inPage = at % PAGE_BYTES;
      const count = Math.min(bytes.length - done, PAGE_BYTES - inPage);
      const page = this.pages.get(Math.floor(at / PAGE_BYTES));
      const source = page?.subarray(inPage, inPage + count) ?? this.image.subarray(at, at + count);
      bytes.set(source, done);
      bytes.fill(0, done + source.length, done + count);
      done += count;
    }
  }

  write(from: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = from + done;
      const inPage = at % PAGE_BYTES;
      const count = Math.min(bytes.length - done, PAGE_BYTES - inPage);
      this.page(Math.floor(at / PAGE_BYTES)).set(bytes.subarray(done, done + count), inPage);
      done += count;
    }
  }

  writeZeroes(from: number, length: number): void {
    for (let at = from; at < from + length;) {
      const inPage = at % PAGE_BYTES;
      const count = Math.min(from + length - at, PAGE_BYTES - inPage);
      this.page(Math.floor(at / PAGE_BYTES)).fill(0, inPage, inPage + count);
      at += count;
    }
  }

  /** Forgets what was written. */
  discardChanges(): void {
    this.pages.clear();
  }

  /** Pages written, with their numbers. */
  save(): [page: number, bytes: Uint8Array][] {
    return [...this.pages].map(([page, bytes]) => [page, Uint8Array.from(bytes)]);
  }
  restore(pages: readonly (readonly [page: number, bytes: Uint8Array])[]): void {
    this.pages = new Map(pages.map(([page, bytes]) => [page, Uint8Array.from(bytes)]));
  }

  private page(number: number): Uint8Array {
    let page = this.pages.get(number);
    if (page === undefined) {
      page = new Uint8Array(PAGE_BYTES);
      page.set(this.image.subarray(number * PAGE_BYTES, (number + 1) * PAGE_BYTES));
      this.pages.set(number, page);
    }
    return page;
  }
}
