import { z } from 'zod';
import { tokenOptions } from '../../auth/tokens.ts';
import { parseRange } from '../../events/cidr.ts';
import { durationOption, sizeOption } from '../../units.ts';

/** Limits of one SMTP virtual server, beside those on connections. */
export const smtpLimits = {
  /** Octets of a message; announced with SIZE (RFC 1870). */
  size: sizeOption({ min: 64 * 1024, max: 2 ** 31 - 1 }).prefault('25MB'),
  /** Recipients of a message; RFC 5321 §4.5.3.1.8 wants at least 100. */
  recipients: z.int('expected a whole number').min(1).max(10_000).default(100),
  /** Octets of a command line; RFC 5321 §4.5.3.1.4 wants at least 512. */
  commandLength: z.int('expected a whole number').min(512).max(65_536).default(2_048),
  /** Silence after which the connection is closed; RFC 5321 §4.5.3.2.7 wants 5 minutes. */
  idle: durationOption({ min: 1_000 }).prefault('5m'),
  /** How often a client may fail to log in before the connection is closed. */
  loginAttempts: z.int('expected a whole number').min(1).max(20).default(3),
  /** The pause before a failed login is answered, which slows down guessing. */
  loginDelay: durationOption({ max: 60_000 }).prefault('2s'),
  /** Refusals for syntax and sequence (x.5.z) since the last message that was taken; one more and it is 421. */
  errors: z.int('expected a whole number').min(1).max(10_000).default(20),
  /** The pause before a refusal (4yz, 5yz) is said, which slows down who tries things out; none by default. */
  tarpit: durationOption({ max: 60_000 }).prefault('0s'),
  /** Messages on one connection, then 421. */
  messagesPerConnection: z.int('expected a whole number').min(1).max(1_000_000).default(10_000),
};

/** What only an SMTP virtual server has. */
export const smtpOptions = {
  /** How long the greeting is held back to catch those who talk before it. */
  greetingDelay: durationOption({ max: 60_000 }).prefault('0s'),
  auth: z
    .strictObject({
      /** Passwords in the clear also where the client is not on this machine (RFC 4954 §4 forbids to invite them). */
      allowPlaintext: z.boolean('expected true or false').default(false),
      /** Mail is taken only from who has authenticated: a submission server (RFC 6409 §4.3). */
      required: z.boolean('expected true or false').default(false),
      /** OAUTHBEARER and XOAUTH2 with tokens of one issuer; not offered when left out. */
      tokens: tokenOptions.optional().transform((tokens) => tokens ?? null),
    })
    .prefault({}),
  /**
   * What VRFY tells: `ambiguous` nobody anything (252), `authenticated` whether there is such a mailbox to who
   * authenticated, `off` that there is no such command.
   */
  vrfy: z
    .enum(['ambiguous', 'authenticated', 'off'], { error: 'expected ambiguous, authenticated or off' })
    .default('ambiguous'),
  /** Mail is taken only over TLS; not for a server the whole Internet sends to (RFC 3207 §4). */
  requireTls: z.boolean('expected true or false').default(false),
  /** Who may send to domains that are not ours. By default nobody but those who authenticated. */
  relay: z
    .strictObject({
      authenticated: z.boolean().default(true),
      from: z
        .array(
          z.string().refine((text) => parseRange(text) !== null, {
            error: "expected an address or a range such as '192.0.2.0/24'",
          }),
        )
        .default([]),
    })
    .prefault({}),
};
