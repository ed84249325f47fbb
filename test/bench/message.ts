import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Joiner, Rewriter, Splitter } from '@zone-eu/mailsplit';
import { openMessage } from '../../core/message/message.ts';
import { protectionOf } from '../../core/smime/smime.ts';
import { appendField, insertText } from '../../sdk/edits.ts';
import { createLargeMail, createMails } from './message-mails.ts';
import { benchStall } from './message-stall.ts';
import { medianOf, type Result } from './result.ts';

type Wants = (name: string) => boolean;

const disclaimer = {
  plain: '\n-- \nFußnote: Example Ltd, registered in Example Town',
  html: '<div><p>Fußnote: <b>Example Ltd</b>, registered in Example Town</p></div>',
};
const edits = [insertText(disclaimer), appendField('X-Sluice-Disclaimer', 'default')];
/** Milliseconds of one measurement, and how many there are; both contenders take turns. */
const slice = 300;
const rounds = 7;
const stalls = 21;

/** What an edit costs, from octets to octets, here and with mailsplit on the same mails. No server, no sandbox. */
export async function benchMessage(say: (text: string) => void, wants: Wants): Promise<readonly Result[]> {
  const stall = ['message.loop.work', 'message.loop.stall'].some((name) => wants(`${name}.max`))
    ? await benchStall(say)
    : [];
  const edited = ['message.edit.60k', 'message.edit.25m.stall', 'message.index.large'].some(wants)
    ? await benchEdits()
    : [];
  return [...edited, ...stall];
}

async function benchEdits(): Promise<readonly Result[]> {
  const mails = createMails();
  const ours: number[] = [];
  const classified: number[] = [];
  const theirs: number[] = [];
  const kinds = [
    [ours, async (mail: Buffer) => editMail(mail, false)],
    [classified, async (mail: Buffer) => editMail(mail, true)],
    [theirs, rewrite],
  ] as const;
  for (const [, edit] of kinds) await rateOf(mails, edit); // warm
  for (let round = 0; round < rounds; round += 1)
    for (const [rates, edit] of kinds) rates.push(await rateOf(mails, edit));
  const large = createLargeMail();
  return [
    { name: 'message.edit.60k', value: medianOf(ours), unit: 'messages/s' },
    { name: 'message.edit.60k.classified', value: medianOf(classified), unit: 'messages/s' },
    { name: 'message.edit.60k.vs-mailsplit', value: medianOf(ours) / medianOf(theirs), unit: 'times' },
    { name: 'message.index.large', value: indexRate(large), unit: 'GB/s' },
    { name: 'message.edit.25m.stall', value: stallOf(large), unit: 'ms' },
  ];
}

function editMail(mail: Buffer, classify: boolean): Uint8Array {
  const message = openMessage(mail);
  if (classify && protectionOf(message).protection !== 'none') throw new Error('a plain mail is taken for protected');
  const skipped = message.edit(edits).find(({ kind }) => kind === 'skipped');
  if (skipped) throw new Error(`the mail cannot be edited: ${JSON.stringify(skipped)}`);
  return message.write();
}

/** @returns messages a second; each mail as often as the others */
async function rateOf(mails: readonly Buffer[], edit: (mail: Buffer) => Promise<Uint8Array>): Promise<number> {
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < slice; count += mails.length) for (const mail of mails) await edit(mail);
  return (count * 1000) / (performance.now() - start);
}

/** The same edits with mailsplit: text appended to both forms, a field added. */
async function rewrite(mail: Buffer): Promise<Uint8Array> {
  const rewriter = new Rewriter((node) => node.contentType === 'text/plain' || node.contentType === 'text/html');
  rewriter.on('node', ({ node, decoder, encoder }) => {
    const html = node.contentType === 'text/html';
    decoder.on('data', (chunk) => void encoder.write(chunk));
    decoder.on('end', () => void encoder.end(html ? disclaimer.html : disclaimer.plain));
  });
  const addField = new Transform({
    objectMode: true,
    transform(data, _, done) {
      if (data.type === 'node' && data.root) data.headers.add('X-Sluice-Disclaimer', 'default', Infinity);
      done(null, data);
    },
  });
  const written: Buffer[] = [];
  await pipeline([mail], new Splitter(), addField, rewriter, new Joiner(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) written.push(chunk);
  });
  return Buffer.concat(written);
}

function indexRate(mail: Buffer): number {
  const rates: number[] = [];
  for (let round = 0; round < stalls; round += 1) {
    const start = performance.now();
    if (openMessage(mail).limit !== null) throw new Error('the large mail is over a limit');
    rates.push(mail.length / (performance.now() - start) / 1e6);
  }
  return medianOf(rates);
}

/** How long the calling thread is busy with one large mail, from octets to edited octets, classification included. */
function stallOf(mail: Buffer): number {
  const durations: number[] = [];
  for (let round = 0; round < stalls; round += 1) {
    const start = performance.now();
    editMail(mail, true);
    durations.push(performance.now() - start);
  }
  return medianOf(durations);
}
