import type { Session } from '../../../sdk/context.ts';
import { parseRange } from '../../events/cidr.ts';
import type { SmtpOptions } from './services.ts';

/**
 * Whether a client may send to domains that are not ours: who authenticated, where that is allowed, and addresses the
 * configuration names. Nobody else, whatever they say of themselves: never an open relay.
 */
export function mayRelay({ authenticated, from }: SmtpOptions['relay'], session: Session): boolean {
  if (authenticated && session.identity !== null) return true;
  return from.some((range) => parseRange(range)?.(session.remote.address) ?? false);
}
