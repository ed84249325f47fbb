import { z } from 'zod';
import type { AuthFailure, Authentication, SignedFields } from '../../sdk/capabilities/mailauth.ts';
import type { Answer, SigningKey, Work } from '../mailauth/task.ts';
import type { Capability, HostCall } from './capability.ts';
import type { ReadKey } from './secrets.ts';

/** What answers, in a thread of its own: the mailauth room. */
export type MailAuthRoom = { run(octets: Uint8Array, work: Work): Promise<Answer> };

/** Where nobody authenticates mail: a workshop, a test. */
export const noMailAuth: MailAuthRoom = { run: async () => ({ kind: 'failed', reason: 'unread' }) };

export type MailAuthParts = {
  readonly room: MailAuthRoom;
  readonly readKey: ReadKey;
  /** What a virtual server calls itself. */
  readonly hostname: (virtualServer: string) => Promise<string>;
};

const none = z.tuple([]);
const domain = z.string().min(1).max(253).toLowerCase();
const onlyDomain = z.tuple([domain]);
const oneLine = z
  .string()
  .max(16 * 1024)
  .regex(/^[\t -~]*$/, 'expected one line of ASCII');
const sealing = z.tuple([domain, oneLine, z.enum(['none', 'pass'])]);

/** `mailauth`: mail is verified and signed by the host; of a key nothing but its signatures goes out. */
export function mailauthCapability(parts: MailAuthParts): Capability<'mailauth'> {
  const known = new WeakMap<Uint8Array, Map<string, Promise<Authentication | AuthFailure>>>();
  return {
    async verify(call, args) {
      none.parse(args);
      const { octets } = messageIn(call);
      // Several sinks may ask about one message, and DNS is slow.
      const answers = known.get(octets) ?? new Map<string, Promise<Authentication | AuthFailure>>();
      known.set(octets, answers);
      const { virtualServer } = call.binding;
      const answer = answers.get(virtualServer) ?? verify(parts, call, octets);
      answers.set(virtualServer, answer);
      return await answer;
    },
    async sign(call, args) {
      const [wanted] = onlyDomain.parse(args);
      const octets = await newest(call);
      if (octets === null) return unsealed;
      return fieldsOf(await parts.room.run(octets, { kind: 'sign', keys: await keysOf(parts, call, wanted) }));
    },
    async seal(call, args) {
      const [wanted, results, chain] = sealing.parse(args);
      const octets = await newest(call);
      const [key] = await keysOf(parts, call, wanted);
      if (octets === null || !key) return unsealed;
      return fieldsOf(await parts.room.run(octets, { kind: 'seal', key, results, chain }));
    },
  };
}

const unsealed: SignedFields = {
  kind: 'refused',
  reason: 'an S/MIME signature is still to be put back: bind what edits signed mail to an earlier event, onArrival',
};

async function verify(
  { room, hostname }: MailAuthParts,
  { binding, client }: HostCall<'mailauth'>,
  octets: Uint8Array,
): Promise<Authentication | AuthFailure> {
  const authservId = await hostname(binding.virtualServer);
  const origin = client ?? { address: '', helo: '', reversePath: '' };
  const answer = await room.run(octets, { kind: 'verify', origin, authservId });
  return answer.kind === 'verified' || answer.kind === 'failed' ? answer : { kind: 'failed', reason: 'unread' };
}

const fieldsOf = (answer: Answer): SignedFields =>
  answer.kind === 'verified' ? { kind: 'failed', reason: 'unread' } : answer;

function messageIn({ message }: HostCall<'mailauth'>): NonNullable<HostCall<'mailauth'>['message']> {
  if (message) return message;
  throw new RangeError('this event has no message to look at');
}

/** @returns the message with the edits so far; null while nobody can say what it will be */
async function newest(call: HostCall<'mailauth'>): Promise<Uint8Array | null> {
  const message = messageIn(call);
  return message.newest ? await message.newest() : message.octets;
}

/** @throws RangeError when the binding grants none for the domain, or one cannot be read */
async function keysOf(
  { readKey }: MailAuthParts,
  { binding, grant }: HostCall<'mailauth'>,
  wanted: string,
): Promise<readonly SigningKey[]> {
  const granted = grant.sign.filter((one) => one.domain === wanted);
  if (granted.length === 0)
    throw new RangeError(
      `no key of ${wanted} is granted: add it to grants.mailauth.sign of the binding ${binding.key}`,
    );
  return await Promise.all(
    granted.map(async ({ domain: of, selector, key }) => {
      return { domain: of, selector, pem: await readKey(binding, `${selector}._domainkey.${of}`, key) };
    }),
  );
}
