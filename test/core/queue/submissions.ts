import type { Session } from '../../../sdk/context.ts';
import type { Content } from '../../../core/database/database.ts';
import type { ArrivalOutcome, QueuedMessage, Submission } from '../../../core/queue/queue.ts';

export const session: Session = {
  id: 's1',
  protocol: 'smtp',
  remote: { address: '192.0.2.7', port: 40_000 },
  local: { address: '192.0.2.1', port: 25 },
  tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
  identity: null,
  ehlo: 'client.example.org',
  tags: { spam: 'no' },
};

export const inline = (text: string): Content => ({ kind: 'inline', octets: Buffer.from(text) });

export function submission(change: Partial<Submission> = {}): Submission {
  return {
    traceId: 't1',
    virtualServer: 'mx',
    source: 'smtp',
    reversePath: 'ann@example.org',
    recipients: ['bob@example.test'],
    session,
    content: inline('Subject: hello\r\n\r\nhello\r\n'),
    ...change,
  };
}

/** What onArrival comes to when no sink has an opinion. */
export function unedited({ reversePath, recipients, tags }: QueuedMessage): ArrivalOutcome & { kind: 'arrived' } {
  return { kind: 'arrived', content: null, reversePath, recipients: recipients.map(({ address }) => address), tags };
}
