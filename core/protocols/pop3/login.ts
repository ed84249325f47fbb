import { setTimeout as wait } from 'node:timers/promises';
import type { Verified } from '../../auth/auth.ts';
import type { Client } from './client.ts';
import { Maildrop } from './maildrop.ts';
import { lockMaildrop } from './maildrop-lock.ts';
import { refusalOf } from './refusal.ts';
import { closing, err, type Response } from './response.ts';
import type { SessionEvents } from './session-events.ts';
import type { Pop3Services, SessionParts } from './services.ts';

/** How an attempt to log in ended. Whoever gets the lock disposes of it. */
export type LoginOutcome =
  | { readonly kind: 'refused'; readonly response: Response }
  | { readonly kind: 'open'; readonly drop: Maildrop; readonly lock: Disposable };

export type Login = {
  /** USER and PASS. */
  withPassword(user: string, password: string): Promise<LoginOutcome>;
  /** What a mechanism found out. @param named who the client says it is */
  conclude(mechanism: string, named: string, verified: Verified): Promise<LoginOutcome>;
};

/**
 * Counts the attempts of one session: each failure is answered late, the last one closes the connection.
 *
 * @param signal ends the waiting when the client is gone
 */
export function createLogin(parts: SessionParts, client: Client, events: SessionEvents, signal: AbortSignal): Login {
  const { services } = parts;
  let failures = 0;

  async function refuse(response: Response): Promise<LoginOutcome> {
    const { loginAttempts, loginDelay } = parts.options.limits;
    failures += 1;
    await wait(loginDelay, undefined, { signal });
    return { kind: 'refused', response: failures < loginAttempts ? response : closing(response) };
  }

  async function conclude(mechanism: string, user: string, outcome: Verified): Promise<LoginOutcome> {
    if (outcome.kind === 'held') return await refuse(err('too many failed logins, try again later', 'AUTH'));
    const identity = outcome.kind === 'right' ? outcome.user : null;
    const verified = identity !== null;
    const { decision } = await events.ask('onAuth', { mechanism, identity: identity ?? user, verified });
    const refusal = refusalOf(decision, 'AUTH');
    events.record('login', JSON.stringify({ user: identity ?? user, verified, refused: refusal !== null }));
    if (refusal !== null || identity === null) return await refuse(refusal ?? err('authentication failed', 'AUTH'));
    events.identify(identity);
    return await openMaildrop(services, identity);
  }

  return {
    conclude,
    async withPassword(user, password) {
      return await conclude('USER', user, await services.auth.verify(user, password, client.remote.address));
    },
  };
}

/** Locks the maildrop of a user and takes the snapshot the session will see (RFC 1939 §4). */
async function openMaildrop({ store }: Pop3Services, user: string): Promise<LoginOutcome> {
  const mailbox = store.mailboxOf(user);
  const lock = lockMaildrop(store, mailbox);
  if (lock === null) return { kind: 'refused', response: err('another session has this maildrop', 'IN-USE') };
  try {
    const [messages, uidValidity] = await Promise.all([store.list(mailbox), store.uidValidity(mailbox)]);
    const drop = new Maildrop(messages, uidValidity, {
      octets: (uid) => store.octets(mailbox, uid),
      expunge: (uids) => store.expunge(mailbox, uids),
    });
    return { kind: 'open', drop, lock };
  } catch (cause) {
    lock[Symbol.dispose]();
    throw cause;
  }
}
