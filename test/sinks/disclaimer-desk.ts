import { openMessage } from '../../core/message/message.ts';
import { protectionOf } from '../../core/smime/smime.ts';
import type { DirectoryEntry } from '../../sdk/capabilities/directory.ts';
import type { Session } from '../../sdk/context.ts';
import type { Edit } from '../../sdk/edits.ts';
import disclaimer from '../../sinks/disclaimer/sink.ts';
import { fire } from '../support/fire.ts';

type Delivery = {
  readonly reversePath?: string;
  readonly recipients?: readonly string[];
  readonly session?: Session | null;
  /** What the directory answers; it is not granted when left out. */
  readonly lookup?: (address: string) => DirectoryEntry;
};

type Done = {
  /** The octets afterwards; the very same when nothing was edited. */
  readonly written: Buffer;
  readonly edits: readonly Edit[];
  /** What the note says. */
  readonly said: string;
  /** What it carries. */
  readonly proof: unknown;
  /** Lines of the log. */
  readonly log: readonly string[];
  /** Why the core made no edit; null when it did, or there was none. */
  readonly refused: string | null;
};

type MessageEdits = Parameters<ReturnType<typeof openMessage>['edit']>[0];
const isForMessage = (edit: Edit): edit is MessageEdits[number] => /field|text|part|wrap/.test(edit.kind);

/** One message past the disclaimer sink, in this process: the core's index, its readers and its writer are the real ones. */
export async function disclaim(
  mail: Uint8Array | string,
  settings: object,
  {
    reversePath = 'jane@example.test',
    recipients = ['bob@else.example'],
    session = null,
    lookup = notGranted,
  }: Delivery = {},
): Promise<Done> {
  const octets = typeof mail === 'string' ? Buffer.from(mail) : mail;
  const model = openMessage(octets);
  const host = {
    'message.text': () => model.text(),
    'message.html': () => model.html(),
    'clock.now': () => Date.UTC(2026, 10, 23, 12),
    'directory.lookup': (address: unknown) => lookup(String(address)),
  };
  const message = model.data(protectionOf(model).protection);
  const payload = { envelope: { reversePath, recipients }, message };
  const fired = await fire(disclaimer, 'onArrival', payload, { settings, host, context: { session } });
  const edits = fired.decision.kind === 'next' ? fired.decision.edits : [];
  const refusal = model.edit(edits.filter(isForMessage)).find(({ kind }) => kind === 'skipped');
  return {
    written: Buffer.from(model.write()),
    edits,
    said: fired.note?.text ?? '',
    proof: fired.note?.values,
    log: fired.log,
    refused: refusal?.kind === 'skipped' ? refusal.reason : null,
  };
}

/** As the core refuses a capability. */
export function notGranted(): never {
  throw new RangeError('directory is not granted: add directory to the grants of the binding');
}

/** A message of text and HTML, or of one of them. */
export function mailOf(
  { text, html }: { readonly text?: string; readonly html?: string },
  fields: readonly string[] = [],
): string {
  const header = [
    'From: Jane Doe <jane@example.test>',
    'To: bob@else.example',
    'Subject: Re: plan',
    'MIME-Version: 1.0',
    ...fields,
  ];
  const lines =
    text !== undefined && html !== undefined
      ? [
          'Content-Type: multipart/alternative; boundary=b1',
          '',
          '--b1',
          ...part('plain', text),
          '--b1',
          ...part('html', html),
          '--b1--',
          '',
        ]
      : part(text === undefined ? 'html' : 'plain', text ?? html ?? '');
  return [...header, ...lines].join('\r\n');
}

function part(type: string, body: string): readonly string[] {
  return [
    `Content-Type: text/${type}; charset=utf-8`,
    'Content-Transfer-Encoding: 8bit',
    '',
    body.replaceAll(/\r?\n/g, '\r\n'),
  ];
}
