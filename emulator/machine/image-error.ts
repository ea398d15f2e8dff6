/** A file that cannot be loaded: the message says what was wrong, where, and what to do. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}
