import { z } from 'zod';
import { durationOption } from '../../units.ts';

/** Limits of one POP3 virtual server, beside those on connections. */
export const pop3Limits = {
  /** Silence after which the connection is closed; RFC 1939 §3 wants at least 10 minutes. */
  idle: durationOption({ min: 1_000 }).prefault('10m'),
  /** Octets of a command line; RFC 2449 §4 wants at least 255. */
  commandLength: z.int('expected a whole number').min(255).max(65_536).default(512),
};
