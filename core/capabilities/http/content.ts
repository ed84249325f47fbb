import type { HttpBody } from '../../../sdk/capabilities/http.ts';
import type { Caller } from '../capability.ts';

/** What is sent, and what it is when the headers do not say. */
export type Content = { readonly octets: Uint8Array; readonly type: string };

/** @throws RangeError when the message is wanted and there is none, or it is not granted */
export function bodyOf(
  body: HttpBody | null,
  { key, sink, grants }: Caller,
  message: Uint8Array | null,
): Content | null {
  if (body === null) return null;
  if (body === 'message') {
    if (!grants.message)
      throw new RangeError(
        `sending the message is not granted: add needs: ['message'] to sink ${sink} and message to the grants of ${key}`,
      );
    if (!message) throw new RangeError('this event has no message to send');
    return { octets: message, type: 'message/rfc822' };
  }
  if ('text' in body) return { octets: Buffer.from(body.text), type: 'text/plain; charset=utf-8' };
  if ('json' in body) return { octets: Buffer.from(JSON.stringify(body.json) ?? 'null'), type: 'application/json' };
  return { octets: Buffer.from(body.base64, 'base64'), type: 'application/octet-stream' };
}

/** What the connection and its framing are made of, and what would speak for somebody else: the core says these. */
const own = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'cookie',
  'date',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
]);

/**
 * The header section as it is sent, secrets put in.
 *
 * @throws RangeError for a header the core says itself, and for a secret that is none
 */
export async function headersOf(
  given: Readonly<Record<string, string | { readonly secret: string; readonly prefix?: string | undefined }>>,
  content: Content | null,
  readSecret: (name: string) => Promise<string>,
): Promise<Readonly<Record<string, string>>> {
  const headers = new Map<string, string>([
    ['accept-encoding', 'identity'],
    ['connection', 'close'],
    ['user-agent', 'sluice'],
  ]);
  if (content) headers.set('content-type', content.type);
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (own.has(lower) || lower.startsWith('proxy-') || lower.startsWith('sec-'))
      throw new RangeError(`the header ${name} is not for a sink to say`);
    headers.set(lower, typeof value === 'string' ? value : await withSecret(value, readSecret));
  }
  if (content) headers.set('content-length', String(content.octets.length));
  return Object.fromEntries(headers);
}

async function withSecret(
  { secret, prefix = '' }: { readonly secret: string; readonly prefix?: string | undefined },
  readSecret: (name: string) => Promise<string>,
): Promise<string> {
  const value = await readSecret(secret);
  if (!/^[ -~]*$/.test(value))
    throw new RangeError(`secret ${secret} cannot stand in a header: it is more than one line of ASCII`);
  return prefix + value;
}
