import type { Decision } from '../../../sdk/decisions.ts';
import { reply, type Reply } from '../../../sdk/reply.ts';
import { closing, err, type Response, type ResponseCode } from './response.ts';

/**
 * What a client is told when the sinks decided against it.
 *
 * @param permanent the response code for a refusal for good: `AUTH` where it is about who the client is (RFC 3206 §5)
 * @returns null when the decision lets it go on
 */
export function refusalOf(decision: Decision, permanent: ResponseCode = 'SYS/PERM'): Response | null {
  if (!('reply' in decision) || decision.kind === 'reply') return null;
  const { code, text } = decision.reply;
  const refusal = err(text, code < 500 ? 'SYS/TEMP' : permanent);
  return decision.kind === 'disconnect' ? closing(refusal) : refusal;
}

const statuses = {
  'IN-USE': [451, '2.0'],
  AUTH: [535, '7.8'],
  'SYS/TEMP': [451, '3.0'],
  'SYS/PERM': [554, '3.0'],
} as const satisfies Record<ResponseCode, readonly [number, string]>;

/** POP3 has no reply codes, onReject has: what SMTP would have said (RFC 5321 §4.2, RFC 3463). */
export function replyOf({ text, code }: Extract<Response, { kind: 'err' }>): Reply {
  const [number, detail] = code === null ? ([500, '5.0'] as const) : statuses[code];
  return reply(number, detail, text);
}
