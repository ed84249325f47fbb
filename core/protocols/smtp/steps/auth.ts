import { setTimeout as wait } from 'node:timers/promises';
import { readResponse, startSasl, type SaslExchange, type SaslStep } from '../../../auth/sasl.ts';
import { Fault } from '../../../errors.ts';
import { refusalOf, say, sayAndClose, type Answer } from '../answer.ts';
import { ask, isAsked } from '../ask.ts';
import { takesPasswords, verifierOf } from '../capabilities.ts';
import type { CommandLine } from '../line-reader.ts';
import { note } from '../notes.ts';
import { replies } from '../replies.ts';
import type { Server } from '../services.ts';
import type { SmtpSession } from '../session.ts';

/**
 * AUTH. Never the password, nor what it is in, goes into an event, a log or a trace.
 *
 * @source RFC 4954 §4
 */
export function auth(server: Server, session: SmtpSession, argument: string): Answer | Promise<Answer> {
  const [, mechanism = '', initial = null] = /^(\S+)(?: +(\S+))?$/.exec(argument) ?? [];
  if (session.ehlo === null || !session.isExtended) return say(replies.noEhlo);
  if (session.identity !== null) return say(replies.alreadyAuthenticated);
  if (session.transaction !== null) return say(replies.authInTransaction);
  if (mechanism === '') return say(replies.commandSyntax('AUTH <mechanism> [<initial response>]'));
  if (!takesPasswords(server, session)) return say(replies.encryptionNeeded);
  const exchange = startSasl(mechanism, verifierOf(server, session));
  // What onEhlo hid is not there.
  if (exchange === null || !session.offers('AUTH')) return say(replies.mechanismUnknown);
  const login = { server, session, mechanism: mechanism.toUpperCase(), exchange };
  if (initial === null) return proceed(login, null);
  return respond(login, initial === '=' ? '' : initial);
}

type Login = {
  readonly server: Server;
  readonly session: SmtpSession;
  readonly mechanism: string;
  readonly exchange: SaslExchange;
};

function respond(login: Login, base64: string): Answer | Promise<Answer> {
  if (base64 === '*') return say(replies.authCancelled);
  const octets = readResponse(base64);
  return octets === null ? say(replies.authSyntax) : proceed(login, octets);
}

async function proceed(login: Login, response: Buffer | null): Promise<Answer> {
  const step = await tryStep(login, response);
  if (step === null) return say(replies.authLater);
  if (step.kind === 'malformed') return say(replies.authSyntax);
  if (step.kind === 'done') return await conclude(login, step);
  return {
    kind: 'line',
    reply: replies.challenge(step.octets.toString('base64')),
    take: (line) => takeLine(login, line),
  };
}

/** @returns null when too many passwords are being checked already */
async function tryStep({ exchange }: Login, response: Buffer | null): Promise<SaslStep | null> {
  try {
    return await exchange(response);
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'auth.busy') return null;
    throw cause;
  }
}

function takeLine(login: Login, line: CommandLine): Answer | Promise<Answer> {
  if (line.kind === 'line') return respond(login, line.text);
  if (line.problem === 'endless') return sayAndClose(replies.tooManyErrors);
  return say(line.problem === 'too-long' ? replies.authTooLong : replies.authSyntax);
}

async function conclude(login: Login, { named, verified }: Extract<SaslStep, { kind: 'done' }>): Promise<Answer> {
  const { server, session, mechanism } = login;
  if (verified.kind === 'held') return say(replies.authHeld);
  const user = verified.kind === 'right' ? verified.user : null;
  const refused = await refusalBySinks(login, user ?? named, user !== null);
  const decision = user === null || refused ? 'refused' : 'accepted';
  note(server, session.id, { event: 'AUTH', decision, detail: JSON.stringify({ mechanism, identity: user ?? named }) });
  if (user !== null && refused === null) {
    session.authenticate(user);
    return say(replies.authenticated);
  }
  session.failedLogins += 1;
  const { loginAttempts, loginDelay } = server.options.limits;
  await wait(loginDelay, undefined, { signal: session.signal }).catch(() => undefined);
  if (session.failedLogins >= loginAttempts) return sayAndClose(replies.tooManyLogins);
  return refused ?? say(replies.credentialsRefused);
}

async function refusalBySinks(
  { server, session, mechanism }: Login,
  identity: string,
  verified: boolean,
): Promise<Answer | null> {
  if (!isAsked(server, 'onAuth', server.services.generation())) return null;
  const { decision } = await ask(server, session, { event: 'onAuth', payload: { mechanism, identity, verified } });
  return refusalOf(decision);
}
