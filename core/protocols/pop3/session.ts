import { asFault } from '../../errors.ts';
import type { Client } from './client.ts';
import { overseen } from './command-event.ts';
import { openEntrance } from './entrance.ts';
import { interpret, isCommand, verbOf } from './interpreter.ts';
import type { Line } from './line-reader.ts';
import { createLogin, type LoginOutcome } from './login.ts';
import { octetsIn, type Maildrop } from './maildrop.ts';
import { refusalOf, replyOf } from './refusal.ts';
import { closing, err, ok, type Response } from './response.ts';
import { openEvents, type SessionEvents } from './session-events.ts';
import type { SessionParts } from './services.ts';
import type { Access, Stage, Transaction } from './stage.ts';

/** One POP3 session: command lines in, responses out. It knows of no socket. */
export type Session = {
  readonly traceId: string;
  /** Asks onConnect. @returns the greeting, or the refusal the connection ends with */
  greet(): Promise<Response>;
  /** Runs one command. Never throws: what nobody foresaw is logged and becomes `-ERR [SYS/TEMP]`. */
  answer(line: Line): Promise<Response>;
  /** Whether the next line answers a challenge, and may be longer than a command. */
  readonly awaitsResponse: boolean;
  /** STLS is done: what was said in the clear is forgotten. */
  secured(client: Client): void;
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
  let lock: Disposable | null = null;
  let retrieved = 0;
  let errors = 0;
  function enter(outcome: LoginOutcome): Response {
    if (outcome.kind === 'refused') return outcome.response;
    ({ lock } = outcome);
    stage = transactionOver(outcome.drop, entrance.access, events);
    const messages = outcome.drop.list();
    return ok(`maildrop has ${messages.length} messages (${octetsIn(messages)} octets)`);
  }

  const entrance = openEntrance(parts, client, login, enter);
  let stage: Stage = entrance.stage;

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
    get awaitsResponse() {
      return entrance.awaitsResponse;
    },
    secured(now) {
      entrance.secured(now);
      events.secure(now.tls);
      events.tell('onStartTls', {});
    },
    async answer(line) {
      if (entrance.awaitsResponse) return watched('AUTH', await entrance.respond(line).catch(faulty));
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

function transactionOver(drop: Maildrop, access: () => Access, events: SessionEvents): Transaction {
  return {
    kind: 'transaction',
    access,
    drop,
    async refusalOf(verb, { uid, size }) {
      const { decision } = await events.ask('onRetrieve', { verb, uid, size });
      return refusalOf(decision);
    },
  };
}
