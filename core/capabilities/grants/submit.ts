import { z } from 'zod';
import { isAddress } from '../../events/address.ts';
import { granted } from './granted.ts';

const such = 'expected an address, or *@ and a domain';
const sender = z
  .string({ error: such })
  .refine((text) => isAddress(text.startsWith('*@') ? `any${text.slice(1)}` : text), such);

/** What a sink may send. */
export const submitGrant = granted({
  /** Messages in one hour of the clock. */
  perHour: z.int('expected a whole number').min(1).max(100_000).default(60),
  /** Addresses of one message. */
  recipients: z.int('expected a whole number').min(1).max(100).default(10),
  /** What From and the reverse-path may be; without one, From is postmaster of the virtual server. */
  from: z.array(sender).max(64).default([]),
});
