import { z } from 'zod';
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
  /** Messages on one connection, then 421. */
  messagesPerConnection: z.int('expected a whole number').min(1).max(1_000_000).default(10_000),
};

/** What only an SMTP virtual server has. */
export const smtpOptions = {
  /** How long the greeting is held back to catch those who talk before it. */
  greetingDelay: durationOption({ max: 60_000 }).prefault('0s'),
};
