import { openSmtp } from '../support/smtp-client.ts';
import type { Ledger } from './ledger.ts';
import type { Parcel } from './parcel.ts';

/** What the courier needs to know. */
export type Round = {
  readonly port: number;
  readonly connections: number;
  readonly ledger: Ledger;
  /** @returns the next message to send; null: no more */
  readonly next: () => Parcel | null;
  /** Hears the reply to end-of-data of every message: the text after 250. */
  readonly onAccepted?: (parcel: Parcel, text: string) => void;
};

/**
 * Sends messages over several connections at once until there are no more or the server is gone, and writes down
 * which were sent and which were answered with 250. A message is offered once: what was not acknowledged is not sent again.
 *
 * @throws Error when the server refuses a message: these are all good
 */
export async function deliverRound(round: Round): Promise<void> {
  await Promise.all(Array.from({ length: round.connections }, () => deliverOver(round)));
}

async function deliverOver({ port, ledger, next, onAccepted }: Round): Promise<void> {
  try {
    await using client = await openSmtp(port);
    for (let parcel = next(); parcel !== null; parcel = next()) {
      ledger.send(parcel);
      const { code, text } = await client.send('courier@example.test', parcel.recipients, parcel.content);
      if (code !== 250) throw new Error(`parcel ${parcel.id} was refused: ${code} ${text}`);
      ledger.acknowledge(parcel);
      onAccepted?.(parcel, text);
    }
    await client.quit();
  } catch (cause) {
    if (!isGone(cause)) throw cause;
  }
}

/** The server was killed, which is what these tests are about. */
function isGone(cause: unknown): boolean {
  const text = cause instanceof Error ? `${cause.message} ${'code' in cause ? String(cause.code) : ''}` : '';
  return /closed the connection|ECONNRESET|ECONNREFUSED|EPIPE/.test(text);
}
