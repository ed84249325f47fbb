import type { MessageEdit, OpenMessage } from '../../../message/message.ts';
import { openMessage } from '../../../message/message.ts';
import { breathe } from '../../heavy.ts';
import type { NoticeLanguage, ProtectionPolicy, SignerRecord } from '../contract.ts';
import { fieldValues } from '../originators.ts';
import { words, type NoticeKind } from './wording.ts';

/** What a notice says about the signatures a message had. */
export type NoticeFacts = {
  readonly kind: NoticeKind;
  readonly signers: readonly SignerRecord[];
  /** Epoch ms. */
  readonly verifiedAt: number;
  /** What the message said of its language as it arrived; null when it said nothing. */
  readonly language: NoticeLanguage | null;
};

/**
 * Puts a notice below the text of a message, in every form it has, or beside it where it has none.
 *
 * @returns the octets; null when it cannot be put anywhere
 */
export async function addNotice(
  octets: Uint8Array,
  facts: NoticeFacts,
  policy: ProtectionPolicy,
): Promise<Uint8Array | null> {
  await breathe(octets);
  const message = openMessage(octets);
  const text = noticeText(facts, policy, languageFor(message, facts, policy));
  const inserted = message.edit([{ kind: 'insert-text', position: 'after', plain: `\n${text}\n`, html: htmlOf(text) }]);
  if (inserted.every(({ kind }) => kind === 'done')) return await message.writeInTurns();
  const added = message.edit([partEdit(text)]);
  return added.every(({ kind }) => kind === 'done') ? await message.writeInTurns() : null;
}

const htmlOf = (text: string): string => `<p>${escapeHtml(text).replaceAll('\n', '<br>')}</p>`;

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const partEdit = (text: string): MessageEdit => ({
  kind: 'add-part',
  part: {
    type: 'text/plain',
    content: { kind: 'text', text: `${text}\n` },
    charset: 'utf-8',
    disposition: 'inline',
    filename: null,
  },
});

/** The text of a notice. What strangers chose, names and addresses, is on one line and bounded. */
export function noticeText(
  { kind, signers, verifiedAt }: NoticeFacts,
  policy: ProtectionPolicy,
  language: NoticeLanguage,
): string {
  const { notices, verdicts, nobody } = words[language];
  const own = ownWording(policy, [`${kind}.${language}`, language]);
  const values: ReadonlyMap<string, string> = new Map([
    ['signer', signers.map((one) => nameOf(one) ?? nobody).join(', ') || nobody],
    ['verdict', [...new Set(signers.map(({ verdict }) => verdicts[verdict]))].join(', ') || verdicts.unknown],
    ['time', `${new Date(verifiedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`],
  ]);
  return (own ?? notices[kind]).replaceAll(/\{(\w+)\}/g, (written, name: string) => values.get(name) ?? written);
}

function ownWording({ wording }: ProtectionPolicy, keys: readonly string[]): string | null {
  const key = keys.find((one) => wording !== null && Object.hasOwn(wording, one));
  return key === undefined ? null : (wording?.[key] ?? null);
}

/** How a signer is called: by address, else by the subject of the certificate. */
export const nameOf = ({ addresses, subject }: SignerRecord): string | null => addresses[0] ?? subject;

const languageFor = (message: OpenMessage, facts: NoticeFacts, { language }: ProtectionPolicy): NoticeLanguage =>
  language === 'from-message' ? (facts.language ?? languageOf(message) ?? 'en') : language;

/** The first language a message says it is in, if there is a wording in it. @source RFC 3282 */
export function languageOf(message: OpenMessage): NoticeLanguage | null {
  const [named = ''] = fieldValues(message, 'Content-Language');
  const primary = /^\s*([a-z]{2})(?![a-z])/i.exec(named)?.[1]?.toLowerCase();
  return isLanguage(primary) ? primary : null;
}

const isLanguage = (name: string | undefined): name is NoticeLanguage =>
  name !== undefined && Object.hasOwn(words, name);
