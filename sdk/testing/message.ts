import type { MessageData, PartData, Protection } from '../message.ts';
import { base64, utf8, word } from './octets.ts';

/** What a test says of a message; everything has a default. */
export type MessageOptions = {
  /** A mailbox as it stands in the field: `Ann <ann@client.example>`. */
  readonly from?: string;
  readonly to?: string | readonly string[];
  readonly subject?: string;
  /** text/plain; null for none. A short one when neither it nor `html` is given. */
  readonly text?: string | null;
  /** text/html; null for none. With `text` the two become a multipart/alternative. */
  readonly html?: string | null;
  readonly attachments?: readonly Attachment[];
  /** More fields, below those of the message: `{ 'X-Spam': 'yes' }`. */
  readonly fields?: Readonly<Record<string, string | readonly string[]>>;
  /** `signed` puts it in a multipart/signed (its signature does not verify), `encrypted` replaces it by a CMS body. */
  readonly protection?: 'none' | 'signed' | 'encrypted';
};

export type Attachment = {
  readonly filename: string;
  /** `application/octet-stream` when left out. */
  readonly type?: string;
  /** Text, written in UTF-8. */
  readonly content?: string;
  /** Octets, instead of `content`. */
  readonly base64?: string;
};

/** A message for a test: what the event carries, and what the `message` capability answers. */
export type TestMessage = {
  readonly kind: 'test-message';
  readonly data: MessageData;
  readonly text: string | null;
  readonly html: string | null;
  /** The whole message, one character an octet, lines ending in CRLF. */
  readonly octets: string;
};

/** One part on its way: header fields of its own, body, and the parts in it. */
type Draft = {
  readonly type: string;
  readonly charset?: string;
  readonly disposition?: string;
  readonly filename?: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
  readonly parts: readonly Draft[];
};

/**
 * Makes a message. Its octets and what an event tells of it agree, as they do in Sluice (a test of ours compares them).
 *
 * @example message({ subject: 'Invoice', html: '<p>Pay</p>', attachments: [{ filename: 'a.pdf', base64: 'JVBERi0=' }] })
 */
export function message(options: MessageOptions = {}): TestMessage {
  const { html = null, protection = 'none' } = options;
  const text = options.text === undefined && html === null ? 'Hello, world.' : (options.text ?? null);
  const content = mixed([bodyOf(text, html), ...(options.attachments ?? []).map(attachmentOf)]);
  const root = protect(content, protection);
  const fields = [...fieldsOf(options), ...root.fields];
  const octets = written(fields, root.body);
  // LIMIT: Sluice reads no text out of a message that is signed as a whole, so neither does the kit.
  const isReadable = protection === 'none';
  return {
    kind: 'test-message',
    data: { size: octets.length, fields, tree: partOf(root, ''), protection },
    text: isReadable ? readText(text, html) : null,
    html: isReadable ? html : null,
    octets,
  };
}

/** What `message.text()` answers: lines end in `\n`. A message of neither form is an empty text. */
function readText(text: string | null, html: string | null): string | null {
  if (text === null) return html === null ? '' : null;
  return `${text.replace(/\n$/, '')}\n`;
}

function fieldsOf(options: MessageOptions): readonly (readonly [string, string])[] {
  const { from = 'Ann <ann@client.example>', to = 'bob@example.test', subject = 'Hello', fields = {} } = options;
  const more = Object.entries(fields).flatMap(([name, values]) =>
    [values].flat().map((value) => [name, word(value)] as const),
  );
  return [
    ['From', from],
    ['To', [to].flat().join(', ')],
    ['Subject', word(subject)],
    ['Date', 'Mon, 23 Nov 2026 12:00:00 +0000'],
    ['Message-ID', '<test@client.example>'],
    ...more,
    ['MIME-Version', '1.0'],
  ];
}

const lines = (text: string): string => utf8(text.replaceAll(/\r?\n/g, '\r\n'));

function textDraft(type: string, text: string): Draft {
  const fields = [
    ['Content-Type', `${type}; charset=utf-8`],
    ['Content-Transfer-Encoding', '8bit'],
  ] as const;
  return { type, charset: 'utf-8', fields, body: lines(text), parts: [] };
}

function bodyOf(text: string | null, html: string | null): Draft {
  const plain = text === null ? [] : [textDraft('text/plain', `${text.replace(/\n$/, '')}\n`)];
  const rich = html === null ? [] : [textDraft('text/html', html)];
  const [only = textDraft('text/plain', ''), other] = [...plain, ...rich];
  return other ? multipart('multipart/alternative', [only, other], 'alternative') : only;
}

function attachmentOf({ filename, type = 'application/octet-stream', content = '', base64: given }: Attachment): Draft {
  const encoded = given ?? base64(utf8(content));
  const fields = [
    ['Content-Type', type],
    ['Content-Transfer-Encoding', 'base64'],
    ['Content-Disposition', `attachment; ${parameterOf(filename)}`],
  ] as const;
  const body = encoded.replaceAll(/.{76}(?=.)/g, '$&\r\n');
  return { type, disposition: 'attachment', filename, fields, body, parts: [] };
}

/** RFC 2231 where the name is not ASCII. */
function parameterOf(filename: string): string {
  return /^[\u0020-\u007e]*$/.test(filename)
    ? `filename="${filename.replaceAll(/["\\]/g, '\\$&')}"`
    : `filename*=utf-8''${encodeURIComponent(filename)}`;
}

function mixed(parts: readonly Draft[]): Draft {
  const [first = textDraft('text/plain', ''), ...others] = parts;
  return others.length === 0 ? first : multipart('multipart/mixed', parts, 'mixed');
}

function multipart(type: string, parts: readonly Draft[], boundary: string, more = ''): Draft {
  const body = parts.map(({ fields, body: inner }) => `--${boundary}\r\n${written(fields, inner)}\r\n`).join('');
  const fields = [['Content-Type', `${type}${more}; boundary=${boundary}`]] as const;
  return { type, fields, body: `${body}--${boundary}--\r\n`, parts };
}

/** A CMS body (RFC 5652): its content type and nothing in it, enough to be recognised. */
function cms(contentType: string, filename: string, body: string): Draft {
  const fields = [
    ['Content-Type', contentType],
    ['Content-Transfer-Encoding', 'base64'],
    ['Content-Disposition', `attachment; ${parameterOf(filename)}`],
  ] as const;
  return { type: contentType.replace(/;.*/, ''), disposition: 'attachment', filename, fields, body, parts: [] };
}

const signedData = 'MAsGCSqGSIb3DQEHAg==';
const envelopedData = 'MAsGCSqGSIb3DQEHAw==';

function protect(content: Draft, protection: Protection): Draft {
  if (protection === 'encrypted')
    return cms('application/pkcs7-mime; smime-type=enveloped-data', 'smime.p7m', envelopedData);
  if (protection !== 'signed') return content;
  const parts = [content, cms('application/pkcs7-signature', 'smime.p7s', signedData)];
  return multipart('multipart/signed', parts, 'signed', '; protocol="application/pkcs7-signature"; micalg=sha-256');
}

function written(fields: readonly (readonly [string, string])[], body: string): string {
  return `${fields.map(([name, value]) => `${name}: ${utf8(value)}\r\n`).join('')}\r\n${body}`;
}

/** Numbered as IMAP does (RFC 9051 §6.4.5.1). */
function partOf({ type, charset, disposition, filename, body, parts }: Draft, path: string): PartData {
  return {
    path,
    type,
    charset: charset ?? null,
    disposition: disposition ?? null,
    filename: filename ?? null,
    size: body.length,
    parts: parts.map((part, at) => partOf(part, path === '' ? String(at + 1) : `${path}.${at + 1}`)),
  };
}
