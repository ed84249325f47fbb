import { asFault } from '../../errors.ts';
import { isConfidential } from '../../auth/auth.ts';
import type { Client } from './client.ts';
import { overseen } from './command-event.ts';
import { interpret, isCommand, verbOf } from './interpreter.ts';
import type { Line } from './line-reader.ts';
import { createLogin } from './login.ts';
import { octetsIn, type Maildrop } from './maildrop.ts';
import { refusalOf, replyOf } from './refusal.ts';
import { closing, err, ok, type Response } from './response.ts';
import { openEvents, type SessionEvents } from './session-events.ts';
import type { SessionParts } from './services.ts';
import type { Stage, Transaction } from './stage.ts';

/** One POP3 session: command lines in, responses out. It knows of no socket. */
export type Session = {
  readonly traceId: string;
  /** Asks onConnect. @returns the greeting, or the refusal the connection ends with */
  greet(): Promise<Response>;
  /** Runs one command. Never throws: what nobody foresaw is logged and becomes `-ERR [SYS/TEMP]`. */
  answer(line: Line): Promise<Response>;
  /** The connection is closed: lets the maildrop go and removes nothing (RFC 1939 §6). */
  end(): void;
};

/**
 * Starts a session in the AUTHORIZATION state.
 *
 * @param signal aborted when the client is gone
 */
export function openSession(parts: SessionParts, client: Client, signal: AbortSignal): Session {
  const events = openEvents(parts, client);
  const login = createLogin(parts, client, events, signal);
  const takesPasswords = parts.options.allowPlaintext || isConfidential(client);
  let lock: Disposable | null = null;
  let retrieved = 0;
  let errors = 0;

  let stage: Stage = {
    kind: 'authorization',
    takesPasswords,
    user: null,
    async login(user, password) {
      const outcome = await login(user, password);
      if (outcome.kind === 'refused') return outcome.response;
      ({ lock } = outcome);
      stage = transactionOver(outcome.drop, takesPasswords, events);
      const messages = outcome.drop.list();
      return ok(`maildrop has ${messages.length} messages (${octetsIn(messages)} octets)`);
    },
  };

  /** Tells of every -ERR, and ends a session that collects too many. */
  function watched(verb: string, response: Response): Response {
    if (response.kind !== 'err') return response;
    errors += 1;
    events.tell('onReject', { verb, reply: replyOf(response) });
    return errors < parts.options.limits.errors ? response : closing(response);
  }

  function faulty(thrown: unknown): Response {
    if (!signal.aborted) parts.services.log.error({ fault: asFault(thrown), traceId: events.traceId }, 'pop3 fault');
    return err('local error, try again later', 'SYS/TEMP');
  }

  return {
    traceId: events.traceId,
    async greet() {
      const { decision, edits } = await events.ask('onConnect', {});
      const refusal = refusalOf(decision);
      if (refusal !== null) return watched('connect', closing(refusal));
      const greeting = edits.findLast((edit) => edit.kind === 'set-greeting');
      return ok(greeting?.text ?? 'POP3 server ready');
    },
    async answer(line) {
      const verb = verbOf(line);
      const asked = { line, isKnown: isCommand(verb) };
      const response = await overseen(events, parts, asked, () => interpret(stage, line)).catch(faulty);
      if (verb === 'RETR' && response.kind === 'message') retrieved += 1;
      // Whatever became of the removal, QUIT ends the session (RFC 1939 §6).
      return watched(verb, verb === 'QUIT' ? closing(response) : response);
    },
    end() {
      lock?.[Symbol.dispose]();
      events.tell('onDisconnect', { accepted: retrieved });
    },
  };
}

function transactionOver(drop: Maildrop, takesPasswords: boolean, events: SessionEvents): Transaction {
  return {
    kind: 'transaction',
    takesPasswords,
    drop,
    async refusalOf(verb, { uid, size }) {
      const { decision } = await events.ask('onRetrieve', { verb, uid, size });
      return refusalOf(decision);
    },
  };
}
