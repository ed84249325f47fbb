import { z } from 'zod';
import { durationOption, sizeOption } from '../../units.ts';
import { granted } from './granted.ts';

const such = 'expected where clamd listens: 127.0.0.1:3310, scanner.example:3310 or /run/clamav/clamd.ctl';

/** Which scanner looks at messages. */
export const scanGrant = granted({
  /** Host and port, or the path of a Unix socket. Named by the administrator, so it may be at a private address. */
  clamd: z
    .string({ error: such })
    .regex(/^(?:\/[^\0]{1,100}|(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]+\]):\d{1,5})$/, such),
  timeout: durationOption({ min: 10, max: 120_000 }).default(30_000),
  /** Octets of the largest message it is sent; clamd's own StreamMaxLength is 25 MB unless it says otherwise. */
  size: sizeOption({ min: 1 }).default(25 * 2 ** 20),
});
