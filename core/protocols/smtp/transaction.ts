import type { Envelope } from '../../../sdk/fields.ts';
import type { Generation } from '../../events/generation.ts';
import type { RecipientReporting, Reporting } from '../../queue/queue.ts';
import type { ChunkReader } from './chunk-reader.ts';
import type { ContentReceiver } from './content-receiver.ts';
import type { Parameters } from './parameters.ts';

/** Content on its way in by BDAT. `abandon` after the content was taken does no harm. */
export type Chunks = {
  readonly reader: ChunkReader;
  readonly receiver: ContentReceiver;
  abandon(): void;
};

/**
 * One mail transaction, from MAIL to end-of-data (RFC 5321 §3.3). Ours, and not smtp-server's envelope, which takes
 * `Bob@` and `bob@` for one recipient. It pins the generation of bindings: a reload is for the next transaction.
 */
export class Transaction {
  /** Of the message: log, trace, Received field and the reply that says where it is queued. */
  readonly traceId: string;
  readonly generation: Generation;
  readonly parameters: Parameters;
  /** `''` is the null reverse-path. */
  reversePath: string;
  /** RCPT commands answered with 250; of these some may be dropped or stand for several recipients. */
  taken = 0;
  #chunks: Chunks | null = null;
  readonly #recipients = new Map<string, Recipient>();
  #isOpen = true;

  constructor(traceId: string, generation: Generation, reversePath: string, parameters: Parameters) {
    this.traceId = traceId;
    this.generation = generation;
    this.reversePath = reversePath;
    this.parameters = parameters;
    generation.retain();
  }

  /** In the order they came. Local-parts are told apart by case (RFC 5321 §2.4), domains are not. */
  get recipients(): readonly string[] {
    return Array.from(this.#recipients.values(), ({ address }) => address);
  }

  get size(): number {
    return this.#recipients.size;
  }

  /** Whether the client said SMTPUTF8: addresses and header may be in UTF-8 (RFC 6531 §3.4). */
  get isInternational(): boolean {
    return 'SMTPUTF8' in this.parameters;
  }

  get envelope(): Envelope {
    return { reversePath: this.reversePath, recipients: this.recipients };
  }

  /** What the client asked of reports, in the order of `recipients`; null when it asked nothing. @source RFC 3461 §4 */
  get reporting(): Reporting | null {
    const [ret, envid] = [textOf(this.parameters, 'RET'), textOf(this.parameters, 'ENVID')];
    const recipients = Array.from(this.#recipients.values(), ({ reporting }) => reporting);
    const isAsked = ret !== null || envid !== null || recipients.some((one) => one !== null);
    return isAsked ? { ret, envid, recipients } : null;
  }

  /**
   * Named twice, it is there once.
   *
   * @param address in the form of `Address.text`
   * @param parameters of RCPT; none for a recipient a sink named
   */
  add(address: string, parameters: Parameters | null = null): void {
    const key = keyOf(address);
    if (this.#recipients.has(key)) return;
    const notify = parameters && textOf(parameters, 'NOTIFY');
    const orcpt = parameters && asXtext(textOf(parameters, 'ORCPT'));
    const reporting = notify === null && orcpt === null ? null : { notify, orcpt };
    this.#recipients.set(key, { address, reporting });
  }

  remove(address: string): void {
    this.#recipients.delete(keyOf(address));
  }

  /** Content that comes in chunks; null before the first. */
  get chunks(): Chunks | null {
    return this.#chunks;
  }

  /** The first chunk is coming. */
  chunk(chunks: Chunks): Chunks {
    this.#chunks = chunks;
    return chunks;
  }

  /** Unpins the generation and lets go of chunks that are here; twice does no harm. */
  end(): void {
    this.#chunks?.abandon();
    this.#chunks = null;
    if (this.#isOpen) this.generation.release();
    this.#isOpen = false;
  }
}

type Recipient = { readonly address: string; readonly reporting: RecipientReporting | null };

function textOf(parameters: Parameters, name: string): string | null {
  const value = parameters[name];
  return typeof value === 'string' ? value : null;
}

const hex = (char: string): string => `\\x{${char.codePointAt(0)?.toString(16).toUpperCase()}}`;

/** `utf-8;bücher@…` in the form that needs no SMTPUTF8 further on: `utf-8;b\x{FC}cher@…`. @source RFC 6533 §3 */
function asXtext(orcpt: string | null): string | null {
  return orcpt && orcpt.replaceAll(/[^\0-\x7f]/gu, hex);
}

function keyOf(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  return address.slice(0, at) + address.slice(at).toLowerCase();
}
