/** An expression that cannot be read or computed. `message` is a sentence; `position` points into the text. */
export class ExpressionError extends Error {
  /**
   * @param reason the sentence without the position
   * @param position index of the first character concerned
   * @param length number of characters concerned, at least 1
   */
  constructor(
    readonly reason: string,
    readonly position: number,
    readonly length = 1,
  ) {
    super(`${reason} (at column ${position + 1})`);
    this.name = 'ExpressionError';
  }
}
