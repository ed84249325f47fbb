import { isNamed, readLines, valueOf, type HeaderLine } from '../message/fields.ts';
import { isAddress } from '../events/address.ts';
import { readAddresses } from './addresses.ts';
import { withCrlf } from './line-ends.ts';

/** A file of a pickup folder as a message, or why it is none. */
export type PickedUp =
  | {
      readonly kind: 'mail';
      readonly reversePath: string;
      readonly recipients: readonly string[];
      readonly octets: Uint8Array;
    }
  | { readonly kind: 'malformed'; readonly reason: string };

export type Circumstances = {
  /** What the virtual server calls itself. */
  readonly hostname: string;
  /** Trace id of the message. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
};

const longestHeader = 2 ** 20;
const mostRecipients = 10_000;
const malformed = (reason: string): PickedUp => ({ kind: 'malformed', reason });

/**
 * Reads envelope and message. `x-sender` and `x-receiver` (one or more of each line) are the envelope and are taken out;
 * without them it is Sender, else From, and To, Cc and Bcc. Bcc never leaves. What a submission lacks is added: Date and
 * Message-ID (RFC 6409 §8), and the trace field (RFC 5321 §4.4).
 *
 * @param file lines end in CRLF or LF
 */
export function readMail(file: Uint8Array, circumstances: Circumstances): PickedUp {
  const octets = withCrlf(file);
  if (octets === null) return malformed('a NUL, or a CR without LF, which no mail may have');
  const blank = octets.indexOf('\r\n\r\n');
  const end = blank < 0 ? octets.length : blank + 2;
  if (end > longestHeader) return malformed(`the header is longer than ${longestHeader} octets`);
  const lines = readLines(octets, { from: 0, to: end });
  const stray = lines.findIndex(({ name }) => name === null);
  if (lines.length === 0 || stray >= 0) return malformed(`field ${stray + 1} of the header is no "Name: value"`);
  const envelope = envelopeOf(lines);
  if ('reason' in envelope) return malformed(envelope.reason);
  const header = lines.filter((line) => !private_.some((name) => isNamed(line, name)));
  const added = Buffer.from(addedFields(header, circumstances));
  return {
    kind: 'mail',
    ...envelope,
    octets: Buffer.concat([added, ...header.map((one) => one.octets), octets.subarray(end)]),
  };
}

/** Fields that are for us alone. */
const private_ = ['x-sender', 'x-receiver', 'bcc'];

type Envelope = { readonly reversePath: string; readonly recipients: readonly string[] };
type Problem = { readonly reason: string };

function envelopeOf(lines: readonly HeaderLine[]): Envelope | Problem {
  const reversePath = reversePathOf(lines);
  if (reversePath === null) return { reason: 'neither x-sender nor Sender nor From holds one address' };
  const recipients = recipientsOf(lines);
  if (recipients === null) return { reason: 'x-receiver, To, Cc or Bcc holds something that is no address' };
  if (recipients.length === 0) return { reason: 'nobody to send it to: no x-receiver, To, Cc or Bcc' };
  if (recipients.length > mostRecipients) return { reason: `more than ${mostRecipients} recipients` };
  return { reversePath, recipients };
}

const valuesOf = (lines: readonly HeaderLine[], name: string): readonly string[] =>
  lines.filter((line) => isNamed(line, name)).map(valueOf);

/** @returns `''` for `<>`, the null reverse-path; null when there is none */
function reversePathOf(lines: readonly HeaderLine[]): string | null {
  const said = valuesOf(lines, 'x-sender')[0];
  if (said !== undefined) {
    const address = bare(said);
    return address === '' || isAddress(address) ? address : null;
  }
  const [first] = [...valuesOf(lines, 'sender'), ...valuesOf(lines, 'from')];
  return (first === undefined ? null : readAddresses(first)?.[0]) ?? null;
}

function recipientsOf(lines: readonly HeaderLine[]): readonly string[] | null {
  const said = valuesOf(lines, 'x-receiver').map(bare);
  if (said.length > 0) return said.every(isAddress) ? [...new Set(said)] : null;
  const read = ['to', 'cc', 'bcc'].flatMap((name) => valuesOf(lines, name)).map(readAddresses);
  const all = read.filter((one) => one !== null);
  return all.length < read.length ? null : [...new Set(all.flat())];
}

const bare = (text: string): string => (text.startsWith('<') && text.endsWith('>') ? text.slice(1, -1) : text);

function addedFields(header: readonly HeaderLine[], { hostname, id, at }: Circumstances): string {
  const date = new Date(at).toUTCString().replace('GMT', '+0000');
  const lacks = (name: string): boolean => !header.some((line) => isNamed(line, name));
  return [
    `Received: from pickup by ${hostname} id ${id};\r\n\t${date}\r\n`,
    ...(lacks('date') ? [`Date: ${date}\r\n`] : []),
    ...(lacks('message-id') ? [`Message-ID: <${id}@${hostname}>\r\n`] : []),
  ].join('');
}
