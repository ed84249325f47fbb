import { createSmtpServer, type SmtpOptions } from '../protocols/smtp/smtp.ts';
import { virtualServerOptions } from '../servers/options.ts';
import type { Sink } from '../../sdk/runtime.ts';
import { createWorld, type World } from '../../sdk/testing/testing.ts';
import { createScriptedClient, type ScriptedClient } from './session/client.ts';
import { createServices, type Accepted, type SessionSink } from './session/services.ts';
import { connectedPair } from './session/wire.ts';

export type SessionOptions = {
  /** Asked in this order; run in this process, not in the sandbox. */
  readonly sinks: readonly (Sink | SessionSink)[];
  /** Who has a mailbox; `alice@example.test` and `bob@example.test` when left out. All at `example.test` is ours. */
  readonly users?: readonly string[];
  /** Keeps kv and the clock of the sinks. */
  readonly world?: World;
};

/** A client in a session with a real SMTP virtual server, inside this process. */
export type SmtpSession = AsyncDisposable &
  ScriptedClient & {
    /** What was accepted, with the edits of the sinks. */
    readonly accepted: readonly Accepted[];
    readonly world: World;
  };

/**
 * Opens an SMTP session without a port: the conversation, its replies and the order of events are those of Sluice.
 * `onArrival` and what comes after the queue do not happen here.
 *
 * @example
 * await using session = await smtpSession({ sinks: [sink] });
 * await session.play(`
 *   S: 220 …
 *   C: EHLO client.example
 *   S: 250*`);
 */
export async function smtpSession({ sinks, users, world = createWorld() }: SessionOptions): Promise<SmtpSession> {
  const accepted: Accepted[] = [];
  const services = await createServices({ sinks, users, world, accepted });
  const server = createSmtpServer('mx', optionsOf(written), () => null, services);
  const wire = connectedPair();
  const client = createScriptedClient(wire.client);
  server.accept(wire.server);
  return {
    accepted,
    world,
    play: (script) => client.play(script),
    get transcript() {
      return client.transcript;
    },
    async [Symbol.asyncDispose]() {
      wire.client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** What `sluice.yaml` says when it says nothing. */
const written = virtualServerOptions.parse({ id: 'mx', protocol: 'smtp', listen: ['127.0.0.1:25'] });

function optionsOf(options: typeof written): SmtpOptions {
  if (options.protocol !== 'smtp') throw new TypeError('an SMTP virtual server is SMTP');
  return { ...options, hostname: 'mail.example.test' };
}
