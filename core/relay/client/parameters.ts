import { reply, type Reply } from '../../../sdk/reply.ts';
import type { RelayMail, RelayRecipient } from '../mail.ts';
import { is8bit } from './content.ts';
import type { Extensions } from './session.ts';

const tooLarge = reply(552, '3.4', 'The message is larger than the next host takes');
const no8bit = reply(554, '6.3', 'The next host takes no 8-bit content, and it is not converted');
const noUtf8 = reply(553, '6.7', 'The next host takes no internationalized addresses');
const unsafe = reply(553, '1.3', 'An address cannot be sent to the next host');

const isAscii = (text: string): boolean => !/[^ -~]/.test(text);
/** What would end the argument or the line. */
const isUnsafe = (address: string): boolean => /\p{Cc}/u.test(address) || address.length > 320;

/** Octets the server takes at most; null when it did not say. @source RFC 1870 §4: zero says nothing */
export function largestFor(extensions: Extensions): number | null {
  const most = Number(extensions.get('SIZE') ?? 0);
  return most > 0 ? most : null;
}

type Asked = { readonly reversePath: string; readonly addresses: readonly string[]; readonly octets: Uint8Array };

/**
 * Why this message cannot go to a server that announced this; null when it can. A header in UTF-8 needs SMTPUTF8 only
 * with an address that does: without, it is what it always was, 8-bit octets.
 *
 * @source RFC 1870 §6.1, RFC 6152 §3, RFC 6531 §3.5
 */
export function whatIsMissing(extensions: Extensions, { reversePath, addresses, octets }: Asked): Reply | null {
  if ([reversePath, ...addresses].some(isUnsafe)) return unsafe;
  const most = largestFor(extensions);
  if (most !== null && octets.length > most) return tooLarge;
  if (!isInternational(reversePath, addresses)) {
    return extensions.has('8BITMIME') || !is8bit(octets) ? null : no8bit;
  }
  return extensions.has('SMTPUTF8') && extensions.has('8BITMIME') ? null : noUtf8;
}

const isInternational = (reversePath: string, addresses: readonly string[]): boolean =>
  !isAscii(reversePath) || !addresses.every(isAscii);

/** @source RFC 5321 §4.1.1.2, RFC 3461 §4.3, §4.4 */
export function mailCommand(extensions: Extensions, mail: RelayMail): string {
  const { reversePath, octets, recipients, ret, envid } = mail;
  const isUtf8 = isInternational(
    reversePath,
    recipients.map(({ address }) => address),
  );
  const parameters = [
    ...(extensions.has('SIZE') ? [`SIZE=${octets.length}`] : []),
    ...(extensions.has('8BITMIME') && (isUtf8 || is8bit(octets)) ? ['BODY=8BITMIME'] : []),
    ...(isUtf8 ? ['SMTPUTF8'] : []),
    ...(extensions.has('DSN') && ret !== null ? [`RET=${ret}`] : []),
    ...(extensions.has('DSN') && envid !== null ? [`ENVID=${envid}`] : []),
  ];
  return `MAIL FROM:<${reversePath}>${parameters.map((one) => ` ${one}`).join('')}\r\n`;
}

/** @source RFC 5321 §4.1.1.3, RFC 3461 §4.1, §4.2 */
export function rcptCommand(extensions: Extensions, { notify, orcpt }: RelayRecipient, address: string): string {
  const parameters = extensions.has('DSN')
    ? [...(notify !== null ? [`NOTIFY=${notify}`] : []), ...(orcpt !== null ? [`ORCPT=${orcpt}`] : [])]
    : [];
  return `RCPT TO:<${address}>${parameters.map((one) => ` ${one}`).join('')}\r\n`;
}
