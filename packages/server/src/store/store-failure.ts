import { ApiError } from '@ai-sessions/protocol';

/**
 * The database did not do what it was asked for reasons of its own: nothing of the call happened, and it may go well later.
 * `full`: there is no room on its disk. `gone`: it answers no more calls at all. `failed`: anything else (the disk, its permissions).
 */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
  readonly reason: 'full' | 'gone' | 'failed';

  constructor(reason: StoreFailure['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What a caller of the API is told of it. */
export function toldOfStore({ reason }: StoreFailure): ApiError {
  return reason === 'full'
    ? new ApiError(
        'unavailable',
        'The server has no room left to store anything. What was confirmed before is safe. Try again later; the operator has to make room.',
        { retryAfterSeconds: 10 },
      )
    : new ApiError('unavailable', 'The database does not answer. Try again in a moment.', { retryAfterSeconds: 2 });
}
