import type { Reply } from '../../sdk/reply.ts';
import { asFault } from '../errors.ts';
import { leave, type Session, type SessionOptions } from './client/session.ts';
import { transact } from './client/transaction.ts';
import type { RelayHooks } from './hooks.ts';
import { allOf, type RelayMail, type RelayResult } from './mail.ts';
import type { NextHops } from './next-hops.ts';
import type { NextRoute } from './next-route.ts';
import { noHost, replyTo, tryHop } from './try-hop.ts';

export type DestinationParts = {
  readonly route: NextRoute;
  readonly nextHops: () => Promise<NextHops>;
  readonly connectTimeout: number;
  /** Ends every connection: the process stops. */
  readonly signal: AbortSignal;
  /** How long it is left alone after no host took a connection. */
  readonly rest: number;
  readonly now: () => number;
  readonly randomId: () => string;
};

/** Messages at a time to a destination that has not shown yet that it takes any: a black hole costs two places. */
const probes = 2;
/** How long a session is kept for the next message, in milliseconds; shorter than any server keeps it. */
const idleFor = 2_000;

/**
 * One destination: its sessions, and whether it is worth trying. Sessions are kept for a moment for the next message;
 * while nobody there takes a connection, a message is answered at once and not tried.
 */
export class Destination implements Disposable {
  readonly #parts: DestinationParts;
  readonly #idle: { readonly session: Session; readonly timer: NodeJS.Timeout }[] = [];
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #isProven = false;
  #down: { readonly until: number; readonly reply: Reply } | null = null;
  /** Messages under way here. */
  pending = 0;

  constructor(parts: DestinationParts) {
    this.#parts = parts;
  }

  /** Whether another message may be handed in now. */
  get hasRoom(): boolean {
    return this.#isProven || this.#isDown() || this.pending < probes;
  }

  get isIdle(): boolean {
    return this.pending === 0 && this.#idle.length === 0 && !this.#isDown();
  }

  /** Never rejects: what cannot be handed over now is deferred. */
  async send(mail: RelayMail, hooks: RelayHooks): Promise<readonly RelayResult[]> {
    if (this.#isDown()) return allOf(mail, this.#down?.reply ?? noHost);
    this.pending += 1;
    await this.#place();
    try {
      return await this.#sendOver(mail, hooks);
    } catch (thrown) {
      return allOf(mail, replyTo(asFault(thrown)));
    } finally {
      this.pending -= 1;
      this.#open -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Forgets that it was down: an operator wants it tried now. */
  retry(): void {
    this.#down = null;
  }

  [Symbol.dispose](): void {
    for (const { session, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      leave(session.connection);
    }
  }

  #isDown(): boolean {
    return this.#down !== null && this.#parts.now() < this.#down.until;
  }

  async #place(): Promise<void> {
    while (this.#open >= this.#parts.route.connections) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#open += 1;
  }

  /** A session that was kept may have been closed meanwhile: then the message did not leave, and goes over a new one. */
  async #sendOver(mail: RelayMail, hooks: RelayHooks): Promise<readonly RelayResult[]> {
    const kept = this.#takeIdle();
    if (kept) {
      const before = kept.connection.heard;
      try {
        return await this.#transact(kept, mail, hooks);
      } catch (thrown) {
        kept.connection[Symbol.dispose]();
        if (kept.connection.heard > before || asFault(thrown).code !== 'relay.lost') throw thrown;
      }
    }
    const opened = await this.#openAny(mail, hooks);
    return 'session' in opened
      ? await this.#transact(opened.session, mail, hooks)
      : allOf(mail, opened.reply, opened.host);
  }

  async #transact(session: Session, mail: RelayMail, hooks: RelayHooks): Promise<readonly RelayResult[]> {
    const { results, isUsable } = await transact(session, mail, hooks).catch((thrown: unknown) => {
      session.connection[Symbol.dispose]();
      throw thrown;
    });
    if (isUsable && session.connection.isOpen && !isUsedUp(session, this.#parts.route)) {
      this.#keep(session, hooks);
    } else {
      await hooks.sessionEnd?.(session.about);
      leave(session.connection);
    }
    return results;
  }

  #takeIdle(): Session | null {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      clearTimeout(kept.timer);
      if (kept.session.connection.isOpen) return kept.session;
      kept.session.connection[Symbol.dispose]();
    }
    return null;
  }

  #keep(session: Session, hooks: RelayHooks): void {
    const end = (): void => {
      const at = this.#idle.findIndex((kept) => kept.session === session);
      if (at >= 0) this.#idle.splice(at, 1);
      const ended = hooks.sessionEnd?.(session.about) ?? Promise.resolve();
      void ended.catch(() => undefined).finally(() => leave(session.connection));
    };
    this.#idle.push({ session, timer: setTimeout(end, idleFor) });
  }

  /** One host after the other until one takes mail (RFC 5321 §5.1). */
  async #openAny(
    mail: RelayMail,
    hooks: RelayHooks,
  ): Promise<{ readonly session: Session } | { readonly reply: Reply; readonly host: string | null }> {
    const found = await this.#parts.nextHops();
    if (found.kind === 'none') return { reply: found.reply, host: null };
    const { route, connectTimeout, randomId, signal } = this.#parts;
    const options: SessionOptions = { route, name: mail.name, connectTimeout, signal, id: randomId(), hooks };
    let last: { readonly reply: Reply; readonly host: string | null } = { reply: noHost, host: null };
    for (const hop of found.hops) {
      const tried = await tryHop(hop, options);
      if ('session' in tried) {
        this.#isProven = true;
        this.#down = null;
        return tried;
      }
      last = tried;
    }
    if (last.reply.code < 500) this.#rest(last.reply);
    return last;
  }

  #rest(why: Reply): void {
    this.#isProven = false;
    this.#down = { until: this.#parts.now() + this.#parts.rest, reply: why };
  }
}

const isUsedUp = ({ messages, octets }: Session, route: NextRoute): boolean =>
  messages >= route.messagesPerConnection || octets >= route.octetsPerConnection;
