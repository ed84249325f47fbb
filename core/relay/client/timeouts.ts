import { minute } from '../../../sdk/durations.ts';

/** How long a client waits for each reply, in milliseconds. @source RFC 5321 §4.5.3.2 */
export const timeouts = {
  greeting: 5 * minute,
  /** EHLO, AUTH, STARTTLS, RSET, QUIT: the RFC says nothing; as MAIL. */
  command: 5 * minute,
  mail: 5 * minute,
  rcpt: 5 * minute,
  /** DATA, until the 354. */
  data: 2 * minute,
  /** Each write of content. */
  block: 3 * minute,
  /** The reply to the final dot: a message given up here is delivered twice. */
  dot: 10 * minute,
  /** A goodbye nobody needs to wait for. */
  quit: 2_000,
} as const;

export type Waiting = keyof typeof timeouts;
