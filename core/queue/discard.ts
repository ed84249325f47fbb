import type { Content, ContentStore } from '../database/database.ts';
import { asFault } from '../errors.ts';

/**
 * An operation that certainly did not happen leaves no file behind. After any other fault the operation may have
 * happened: the file stays, and the sweep at the next start decides.
 */
export async function orDiscard<T>(
  store: ContentStore,
  contents: readonly Content[],
  operation: Promise<T>,
): Promise<T> {
  try {
    return await operation;
  } catch (cause) {
    const { code } = asFault(cause);
    if (code === 'database.full' || code === 'queue.fence')
      await Promise.allSettled(contents.map((one) => store.discard(one)));
    throw cause;
  }
}
