import { z } from 'zod';
import { minute, second } from '../../../sdk/durations.ts';
import { tokenOptions, type TokenOptions } from '../../auth/tokens.ts';
import { durationOption } from '../../units.ts';

/** Limits of one POP3 session, beside those on connections. */
export const pop3Limits = {
  /** The autologout timer: silence after which the connection is closed; at least 10 minutes (RFC 1939 §3). */
  idle: durationOption({ min: 10 * minute }).prefault('10m'),
  /** How often a client may fail to log in before the connection is closed. */
  loginAttempts: z.int('expected a whole number').min(1).max(20).default(3),
  /** The pause before a failed login is answered, which slows down guessing. */
  loginDelay: durationOption({ max: 60 * second }).prefault('2s'),
  /** How many -ERR a client may collect before the connection is closed. */
  errors: z.int('expected a whole number').min(1).max(10_000).default(50),
};

/** What only a POP3 virtual server has. */
export const pop3Options = {
  /** USER and PASS in the clear also where the client is not on this machine (RFC 2595 §2.2 advises against it). */
  allowPlaintext: z.boolean('expected true or false').default(false),
  /** OAUTHBEARER and XOAUTH2 with tokens of one issuer; not offered when left out. */
  tokens: tokenOptions.optional().transform((tokens) => tokens ?? null),
};

/** The options as the server uses them: durations in milliseconds. */
export type Pop3Options = {
  readonly allowPlaintext: boolean;
  readonly tokens?: TokenOptions | null;
  readonly limits: {
    readonly idle: number;
    readonly loginAttempts: number;
    readonly loginDelay: number;
    readonly errors: number;
  };
};
