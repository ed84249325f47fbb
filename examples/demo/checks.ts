import { spawnSync } from 'node:child_process'; // oxlint-disable-line no-restricted-imports -- openssl is the judge of the signature
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { messagesFolder, type DemoMessage } from './messages.ts';
import { faint, type Screen } from './screen.ts';
import type { Step } from './steps.ts';

type Found = {
  readonly show: Screen;
  readonly message: DemoMessage;
  /** As read back. */
  readonly octets: Buffer;
  /** What the sinks did on arrival. */
  readonly asked: readonly Step[];
};

/** Fields that every MTA puts on top (RFC 5321 §4.4), and Delivered-To. */
const traceFields = /^(?:(?:Return-Path|Delivered-To|Received|X-Stamp):[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)+$/;

/** Both sinks did their work once, and nothing that was sent is gone. */
export async function checkEdited({ show, message, octets, asked, stamp }: Found & { readonly stamp: string }) {
  const [before, after] = await Promise.all([simpleParser(message.octets), simpleParser(octets)]);
  const names = asked.map(({ sink }) => sink).join(', then ');
  show.check(`the sinks were asked in the order of their priorities: ${names}`, names === 'disclaimer, then stamp');
  const stamps = octets.toString('latin1').match(/^X-Stamp: .*$/gm) ?? [];
  const isStamped = stamps.length === 1 && (stamps[0]?.includes(`: ${stamp} version`) ?? false);
  show.check(`stamped once, by the ${stamp} version`, isStamped, stamps.join(', '));
  show.check('the text is what was sent, then the disclaimer, once', isExtended(before.text, after.text), after.text);
  if (before.html)
    show.check('so is the HTML', isExtended(textOf(before.html), textOf(after.html)), String(after.html));
  for (const [at, { filename, checksum }] of before.attachments.entries()) {
    const isSame = after.attachments[at]?.checksum === checksum;
    show.check(`the attachment ${filename} is octet for octet what was sent`, isSame);
  }
}

/** Nothing but trace fields and the stamp came to it, and openssl still accepts the signature. */
export function checkUntouched({ show, message, octets, asked }: Found): void {
  const at = octets.length - message.octets.length;
  const isSame = at > 0 && octets.subarray(at).equals(message.octets);
  show.check(
    'the core kept the disclaimer out of what is signed, and let the stamp into the header, which no signature covers',
    asked.map(({ wasRefused }) => wasRefused).join() === 'true,false',
  );
  show.check('below the trace fields it is octet for octet what was sent', isSame);
  show.check(
    'above that there are trace fields and the stamp, and nothing else',
    traceFields.test(octets.subarray(0, at).toString('latin1')),
  );

  const verified = spawnSync('openssl', verify, { input: octets, encoding: 'utf8' });
  if (verified.error) show.line(faint('   openssl is not here, so the signature was not verified'));
  else show.check('openssl verifies the signature of what was delivered', verified.status === 0, verified.stderr);
}

const verify = ['cms', '-verify', '-CAfile', join(messagesFolder, 'authority.pem'), '-out', '/dev/null'];

/** Whether the words of `before` come first, unchanged, and something after them. */
function isExtended(before = '', after = ''): boolean {
  const [old, now] = [wordsOf(before), wordsOf(after)];
  return now.startsWith(old) && now.length > old.length && now.lastIndexOf(old) === 0;
}

const wordsOf = (text: string): string => text.split(/\s+/).filter(Boolean).join(' ');

/** What a reader of the HTML sees, roughly. */
const textOf = (html: string | false = ''): string => (html === false ? '' : html.replaceAll(/<[^<>]*>/g, ' '));
