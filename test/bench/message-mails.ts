import { encodeBase64 } from '../../core/message/base64.ts';
import { encodeQuotedPrintable } from '../../core/message/codings/quoted-printable.ts';

const header = [
  'Received: from client.example.org (client.example.org [192.0.2.7])',
  '\tby mail.example.test with ESMTPS id 4711; Mon, 23 Nov 2026 12:00:01 +0000',
  'From: Carol Load <carol@example.org>',
  'To: Alice <alice@example.test>',
  'Subject: a message to edit',
  'Date: Mon, 23 Nov 2026 12:00:00 +0000',
  'Message-ID: <edit@client.example.org>',
  'MIME-Version: 1.0',
  '',
].join('\r\n');
const words =
  'Sluice fragt kleine Programme, was mit einer Nachricht geschehen soll – eines nach dem anderen – für 5 €'.split(' ');

/** Numbers that look random and are the same in every run. */
function createNumbers(): () => number {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state;
  };
}

const next = createNumbers();
const sentence = (count: number): string =>
  Array.from({ length: count }, () => words[next() % words.length] ?? '').join(' ');
const row = (): string =>
  `<tr><td style="padding:0 10px;font-family:Arial,sans-serif"><p class="text">${sentence(25)}<br>` +
  `<a href="https://example.org/?article=${next()}&amp;from=mail">${sentence(3)}</a></p></td></tr>\r\n`;

function repeat(size: number, make: () => string): string {
  let text = '';
  while (text.length < size) text += make();
  return text;
}

const part = (type: string, transfer: string, body: Buffer, more = ''): Buffer =>
  Buffer.concat([
    Buffer.from(`Content-Type: ${type}\r\nContent-Transfer-Encoding: ${transfer}\r\n${more}\r\n`),
    body,
    Buffer.from('\r\n'),
  ]);
const quoted = (type: string, text: string): Buffer =>
  part(`${type}; charset=utf-8`, 'quoted-printable', encodeQuotedPrintable(Buffer.from(text), { lineEnd: '\r\n' }));
const plainPart = (size: number): Buffer =>
  quoted(
    'text/plain',
    repeat(size, () => `${sentence(11)}\r\n`),
  );
const htmlPart = (size: number): Buffer =>
  quoted(
    'text/html',
    `<!DOCTYPE html>\r\n<html><head><style>p{margin:0}</style></head>\r\n<body><table>\r\n${repeat(size, row)}</table></body></html>\r\n`,
  );
const filePart = (size: number): Buffer =>
  part(
    'application/pdf',
    'base64',
    encodeBase64(Buffer.from(Uint8Array.from({ length: size }, () => next() >> 8)), '\r\n'),
    'Content-Disposition: attachment; filename=report.pdf\r\n',
  );

function multipart(subtype: string, boundary: string, parts: readonly Buffer[]): Buffer {
  const delimiter = Buffer.from(`--${boundary}\r\n`);
  return Buffer.concat([
    Buffer.from(`Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n`),
    ...parts.flatMap((one) => [delimiter, one]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
}

const message = (entity: Buffer): Buffer => Buffer.concat([Buffer.from(header), entity]);

/** What people send: about 60 KB as HTML alone, and as text, HTML and a file. */
export const createMails = (): readonly Buffer[] => [
  message(htmlPart(50_000)),
  message(
    multipart('mixed', 'm', [multipart('alternative', 'a', [plainPart(7_000), htmlPart(20_000)]), filePart(21_000)]),
  ),
];

const largeEntity = (): Buffer =>
  multipart('mixed', 'm', [multipart('alternative', 'a', [plainPart(7_000), htmlPart(20_000)]), filePart(18_500_000)]);

/** The same with a file of 18 MB: 25 MB on the wire. */
export const createLargeMail = (): Buffer => message(largeEntity());

/** One text of 25 MB. */
export const createLargePlainMail = (): Buffer =>
  message(
    part(
      'text/plain; charset=utf-8',
      '8bit',
      Buffer.from(
        repeat(100_000, () => `${sentence(11)}\r\n`)
          .repeat(250)
          .slice(0, 24_000_000),
      ),
    ),
  );

/** A large mail under a signature nobody can read. */
export const createLargeSignedMail = (): Buffer =>
  message(
    multipart('signed; protocol="application/pkcs7-signature"; micalg=sha-256', 's', [
      Buffer.concat([largeEntity(), Buffer.from('\r\n')]),
      part('application/pkcs7-signature; name=smime.p7s', 'base64', Buffer.from('MIIB')),
    ]),
  );
