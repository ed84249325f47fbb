import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport, type SendMailOptions } from 'nodemailer';

/** A message of the demo: octets as a mail client would send them. */
export type DemoMessage = {
  readonly title: string;
  readonly about: string;
  readonly recipient: string;
  readonly octets: Buffer;
  /** How its octets read as text in a terminal. */
  readonly charset: 'utf8' | 'latin1';
};

/** The author of all four. */
export const author = { name: 'Carol Sender', address: 'carol@example.test' };
export const messagesFolder = join(import.meta.dirname, 'messages');

const alice = 'alice@example.test';
const bob = 'bob@example.test';

/** The four messages of the demo. */
export async function createMessages() {
  return {
    plain: {
      title: '1. Plain text',
      about: 'the simplest message there is',
      recipient: alice,
      charset: 'utf8',
      octets: await plain(),
    },
    html: {
      title: '2. HTML and text, with an attachment',
      about: 'each form gets the disclaimer in its own way, the attachment does not',
      recipient: bob,
      charset: 'utf8',
      octets: await htmlWithAttachment(),
    },
    flowed: {
      title: '3. Flowed text in ISO-8859-1',
      about: 'what is added has to fit the charset and the flow (RFC 3676)',
      recipient: alice,
      charset: 'latin1',
      octets: flowed(),
    },
    signed: {
      title: '4. Signed with S/MIME',
      about: 'a signature covers octets, so no sink may touch those (RFC 8551)',
      recipient: alice,
      charset: 'latin1',
      octets: await readFile(join(messagesFolder, 'signed.eml')),
    },
  } as const satisfies Record<string, DemoMessage>;
}

function plain(): Promise<Buffer> {
  return compose({
    to: alice,
    subject: 'Lunch on Friday',
    text: 'Dear Alice,\n\nshall we have lunch on Friday? The place by the river has a table at noon.\n\nCarol\n',
  });
}

function htmlWithAttachment(): Promise<Buffer> {
  return compose({
    to: bob,
    subject: 'Figures of October',
    text: 'Dear Bob,\n\nthe figures are attached. Two of them are still estimates.\n\nCarol\n',
    html: '<html><body><p>Dear Bob,</p><p>the figures are <b>attached</b>. Two of them are still estimates.</p><p>Carol</p></body></html>\n',
    attachments: [{ filename: 'october.csv', content: 'month,orders\nOctober,1204\n' }],
  });
}

/** Composed by the library as any Node program would. @returns octets with CRLF line ends */
async function compose(content: SendMailOptions): Promise<Buffer> {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message } = await composer.sendMail({ from: author, date: new Date(), ...content });
  if (!Buffer.isBuffer(message)) throw new TypeError('the composer was asked for a buffer');
  return message;
}

/** Written by hand: soft line breaks are a space before the CRLF; the signature separator is `-- `. */
function flowed(): Buffer {
  const lines = [
    `From: ${author.name} <${author.address}>`,
    `To: Alice <${alice}>`,
    'Subject: =?ISO-8859-1?Q?Gr=FC=DFe_aus_K=F6ln?=',
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <flowed.${Date.now()}@example.test>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=ISO-8859-1; format=flowed',
    'Content-Transfer-Encoding: 8bit',
    '',
    'Liebe Alice,',
    '',
    'schöne Grüße aus Köln. Das Wetter ist trüb, aber die Brötchen schmecken ',
    'vorzüglich, und übermorgen fahren wir weiter nach Düsseldorf.',
    '',
    'Carol',
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}
