/** A request that cannot be answered: the message is shown to the person as it is. */
export class RequestError extends Error {
  override readonly name = 'RequestError';

  constructor(
    message: string,
    /** False for what a client asks by itself, such as a hover over something that has no value. */
    readonly showUser = true,
  ) {
    super(message);
  }
}
