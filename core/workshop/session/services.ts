import type { Sink, WirePayload } from '../../../sdk/runtime.ts';
import type { World } from '../../../sdk/testing/testing.ts';
import { createBinding, type Binding } from '../../events/binding.ts';
import { createDispatcher, type CallSink } from '../../events/dispatch.ts';
import { createGeneration } from '../../events/generation.ts';
import { bindingOptions } from '../../events/options.ts';
import type { SmtpServices } from '../../protocols/smtp/smtp.ts';
import { acceptedMessage } from '../../queue/input.ts';
import { openLog } from '../../telemetry/telemetry.ts';
import { standInGrants } from '../stand-in-grants.ts';
import { openTrialMessage } from '../trial-message.ts';
import { createMemoryContent } from './content.ts';

/** A sink and its binding: `rule`, `settings`, `priority` … as in `sluice.yaml`. */
export type SessionSink = { readonly sink: Sink; readonly [said: string]: unknown };

/** A message the server took. */
export type Accepted = {
  readonly reversePath: string;
  readonly recipients: readonly string[];
  /** Its octets as UTF-8, the Received field included. */
  readonly text: string;
};

export type ServicesOptions = {
  readonly sinks: readonly (Sink | SessionSink)[];
  readonly users: readonly string[] | undefined;
  readonly world: World;
  /** Gets every message that is taken. */
  readonly accepted: Accepted[];
};

/** What an SMTP server needs, in memory: nothing is stored, and a mailbox is a name. */
export async function createServices(options: ServicesOptions): Promise<SmtpServices> {
  const { users = ['alice@example.test', 'bob@example.test'], world, accepted } = options;
  const bound = await Promise.all(options.sinks.map(bind));
  const bySink = new Map(bound.map(({ binding, sink }) => [binding.key, sink]));
  const generation = createGeneration(
    1,
    bound.map(({ binding }) => binding),
    () => undefined,
  );
  const content = createMemoryContent();
  const known = new Set(users);
  let ids = 0;
  return {
    dispatcher: createDispatcher({ callSink: callIn(bySink, world), record: () => undefined, now: () => world.now }),
    generation: () => generation,
    queue: {
      async accept(submission) {
        const octets = await content.read(submission.content);
        const { reversePath, recipients } = submission;
        accepted.push({ reversePath, recipients, text: Buffer.from(octets).toString() });
        return acceptedMessage(submission, accepted.length, world.now);
      },
    },
    directory: {
      async resolve(address) {
        const user = address.toLowerCase();
        if (!user.endsWith('@example.test')) return { kind: 'remote' };
        return known.has(user) ? { kind: 'user', user, mailbox: `${user}/INBOX` } : { kind: 'unknown' };
      },
      isLocalDomain: (domain) => domain === 'example.test',
    },
    // Any password is right: whom a sink lets in is what a test is about.
    auth: {
      verify: async (user) => (known.has(user) ? { kind: 'right', user } : { kind: 'wrong' }),
      scramKeys: async () => ({ kind: 'held' }),
      settle: () => ({ kind: 'wrong' }),
      verifyToken: async () => ({ kind: 'wrong' }),
    },
    content,
    openEditable: async (octets) => openTrialMessage(octets),
    log: openLog({ level: 'fatal' }),
    record: () => undefined,
    now: () => world.now,
    randomId: () => `session${(ids += 1)}`,
  };
}

/** @throws Error with what is wrong with the binding or its settings */
async function bind(given: Sink | SessionSink): Promise<{ readonly binding: Binding; readonly sink: Sink }> {
  const { sink, ...said } = 'sink' in given ? given : { sink: given };
  const { manifest } = sink;
  const grants = standInGrants(manifest.needs);
  const options = bindingOptions.parse({ grants, ...said, sink: manifest.name });
  const problems = await sink.runtime.configure(options.settings);
  if (problems.length > 0) throw new Error(`settings of ${manifest.name}: ${problems.join('\n')}`);
  const virtualServer = { id: 'mx', protocol: 'smtp' } as const;
  const reading = createBinding({ ...options, virtualServer }, { hash: 'in-process', manifest });
  if (reading.kind === 'binding') return { binding: reading.binding, sink };
  throw new Error(reading.problems.map(({ text }) => text).join('\n'));
}

function callIn(sinks: ReadonlyMap<string, Sink>, world: World): CallSink {
  return async ({ binding, event, payload, message }) => {
    const sink = sinks.get(binding.key);
    const wire: WirePayload = JSON.parse(JSON.stringify(payload));
    const answer: unknown = await sink?.runtime.handle(event, wire, async (name, args) => {
      if (name === 'log.write') return null;
      if (name === 'message.text') return (await message?.text()) ?? null;
      if (name === 'message.html') return (await message?.html()) ?? null;
      return await world.call(name, args, null);
    });
    return answer === undefined ? undefined : JSON.parse(JSON.stringify(answer));
  };
}
