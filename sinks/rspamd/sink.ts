import {
  defer,
  defineSink,
  next,
  noted,
  quarantine,
  reject,
  removeFields,
  setField,
  type DecisionFor,
  type EditFor,
  type Message,
  type SinkEvent,
} from '@sluice/sdk';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

z.config(en());

const settings = z.strictObject({
  /** Where its normal worker answers; the host has to be in `grants.http.hosts`. */
  url: z._default(
    z.string().check(z.regex(/^https?:\/\/[^\s/]{1,300}$/, 'expected a URL such as http://127.0.0.1:11333')),
    'http://127.0.0.1:11333',
  ),
  /** The name of a granted secret, for a worker that wants a password. */
  password: z.optional(z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected the name of a secret'))),
  /** What becomes of mail it says `reject` about. */
  onReject: z._default(z.enum(['reject', 'quarantine', 'mark'], 'expected reject, quarantine or mark'), 'reject'),
  /** What becomes of mail while it does not answer. */
  unreachable: z._default(z.enum(['defer', 'pass'], 'expected defer or pass'), 'defer'),
});

/** What `/checkv2` answers, as far as it is looked at. */
const verdict = z.object({
  action: z.string(),
  score: z.number(),
  required_score: z.optional(z.number()),
  subject: z.optional(z.string()),
  symbols: z.optional(z.record(z.string(), z.unknown())),
  messages: z.optional(z.object({ smtp_message: z.optional(z.string()) })),
});

/** Asks rspamd what a message is, and does what it says. See README.md beside this file. */
export default defineSink({
  name: 'rspamd',
  version: '1.0.0',
  description: 'Asks rspamd about each message: refuses, defers or marks it.',
  role: 'decides',
  needs: ['http', 'message'],
  wants: ['secrets'],
  settings,

  async onEndOfData(event, { http, log }) {
    const { settings: its } = event;
    const password = its.password === undefined ? {} : { Password: { secret: its.password } };
    const headers = { ...headersFor(event), ...password };
    const answer = await http.post(`${its.url}/checkv2`, { headers, body: 'message' });
    const read = answer.kind === 'response' && answer.status === 200 ? verdict.safeParse(parse(answer.body)) : null;
    if (read?.success) return answerOf(read.data, event);
    const why = answer.kind === 'failed' ? answer.reason : `status ${answer.status}`;
    log.warn('rspamd does not answer', { why });
    return its.unreachable === 'defer' ? defer('The message cannot be checked now', { status: '7.1' }) : next();
  },
});

type Event = SinkEvent<'onEndOfData', z.output<typeof settings>>;

/** What its protocol calls the envelope and the client. */
function headersFor({ envelope, session, virtualServer, traceId }: Event): Readonly<Record<string, string>> {
  const about: readonly (readonly [string, string | null | undefined])[] = [
    ['From', envelope.reversePath],
    ['Rcpt', envelope.recipients.slice(0, 100).join(', ')],
    ['IP', session?.remote.address],
    ['Helo', session?.ehlo],
    ['User', session?.identity],
    ['MTA-Name', virtualServer.id],
    ['Queue-Id', traceId],
  ];
  return Object.fromEntries(about.flatMap(([name, value]) => (value ? [[name, printable(value)]] : [])));
}

function answerOf(
  said: z.output<typeof verdict>,
  { message, settings: { onReject } }: Event,
): DecisionFor<'onEndOfData'> {
  const { action, score, required_score: required = 0, messages, symbols = {} } = said;
  const names = Object.keys(symbols).slice(0, 100);
  const values = { action, score, required, symbols: names };
  const text = (messages?.smtp_message ?? '').replaceAll(/[^ -~]/g, ' ').slice(0, 200);
  if (action === 'reject' && onReject === 'reject')
    return noted(reject(text || 'Message refused as spam', { status: '7.1' }), action, values);
  if (action === 'soft reject' || action === 'greylist')
    return noted(defer(text || 'Try again later', { status: '7.1' }), action, values);
  const result = `${action}; ${score.toFixed(2)} / ${required.toFixed(2)}; ${names.join(' ')}`;
  const edits = [setField('X-Spamd-Result', printable(result).slice(0, 900)), ...marksFor(said, message)];
  const isHeld = action === 'reject' && onReject === 'quarantine';
  return noted(isHeld ? quarantine(`rspamd: ${score}`, ...edits) : next(...edits), action, values);
}

/** A mark that came from outside says nothing. */
function marksFor({ action, subject }: z.output<typeof verdict>, message: Message): readonly EditFor<'onEndOfData'>[] {
  if (action === 'no action') return message.field('X-Spam') === null ? [] : [removeFields('X-Spam')];
  const rewritten = action === 'rewrite subject' && subject !== undefined;
  const clean = (subject ?? '').replaceAll(/\p{Cc}/gu, ' ').slice(0, 900);
  return [setField('X-Spam', 'Yes'), ...(rewritten ? [setField('Subject', clean)] : [])];
}

const printable = (text: string): string => text.replaceAll(/[^ -~]/g, '?').slice(0, 4_000);

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
