// An asynchronous external abort, made by the user: QEMU's boards, and so these, have no access that ends in one.

export interface AsynchronousAbortArguments {
  /** A frame of the context that is to have it, which must be executing; the one where the machine stopped, if not given. */
  frameId?: number;
}

export interface AsynchronousAbort {
  /** The core on which it is pending: it is taken where it is not masked. */
  core: number;
}
