import type { Step } from '../answer.ts';
import { auth } from './auth.ts';
import { bdat } from './bdat.ts';
import { data } from './data.ts';
import { ehlo, helo } from './ehlo.ts';
import { help } from './help.ts';
import { mail } from './mail.ts';
import { noop } from './noop.ts';
import { quit } from './quit.ts';
import { rcpt } from './rcpt.ts';
import { rset } from './rset.ts';
import { startTls } from './starttls.ts';
import { vrfy } from './vrfy.ts';

/**
 * `free`  more commands may follow in the same group once PIPELINING is announced
 * `last`  the client must wait for the reply (RFC 2920 §3.1): what is here already was not meant as SMTP
 * `any`   never checked: what follows is thrown away, or is no command
 */
export type Grouping = 'free' | 'last' | 'any';

/** Every command served, by verb in upper case. */
export const steps: ReadonlyMap<string, { readonly step: Step; readonly grouping: Grouping }> = new Map([
  ['EHLO', { step: ehlo, grouping: 'last' }],
  ['HELO', { step: helo, grouping: 'last' }],
  ['STARTTLS', { step: startTls, grouping: 'any' }],
  ['AUTH', { step: auth, grouping: 'last' }],
  ['MAIL', { step: mail, grouping: 'free' }],
  ['RCPT', { step: rcpt, grouping: 'free' }],
  ['DATA', { step: data, grouping: 'last' }],
  ['BDAT', { step: bdat, grouping: 'any' }],
  ['RSET', { step: rset, grouping: 'free' }],
  ['NOOP', { step: noop, grouping: 'free' }],
  ['VRFY', { step: vrfy, grouping: 'free' }],
  ['HELP', { step: help, grouping: 'free' }],
  ['QUIT', { step: quit, grouping: 'any' }],
]);
