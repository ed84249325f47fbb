import { reply, type Reply } from '../../sdk/reply.ts';
import type { Resolved } from '../directory/directory.ts';
import type { Generation } from '../events/generation.ts';
import type { QueuedMessage, ResolvedRecipient } from '../queue/queue.ts';
import type { DeliveryParts } from './parts.ts';
import { subjectOf } from './trace.ts';

/** The recipients after aliases and groups. */
export type Expanded = {
  readonly recipients: readonly ResolvedRecipient[];
  /** Those a sink refused, and those that lead nowhere, by the address they were sent to. */
  readonly refused: readonly { readonly recipient: string; readonly reply: Reply }[];
  /** A sink wants the whole to wait. */
  readonly deferred: Reply | null;
  /** Whether anything is other than before. */
  readonly isChanged: boolean;
};

/** Addresses looked at for one message: what is bigger is a loop or an attack. */
const mostAddresses = 10_000;
const loop = reply(554, '4.6', 'The alias leads back to itself');

type Todo = { readonly recipient: ResolvedRecipient; readonly origin: string };

/**
 * Looks every recipient up, and those that aliases and groups stand for in their place; each address once, so that no
 * loop has an effect. Members are reported as the one they stand for (RFC 3461 §5.2.7).
 *
 * @param generation whose onResolve is asked; null: nobody's
 * @throws Fault when the directory cannot be asked
 */
export async function expand(
  parts: DeliveryParts,
  message: QueuedMessage,
  generation: Generation | null,
): Promise<Expanded> {
  const pending = message.recipients.filter(({ state }) => state === 'pending');
  const todo: Todo[] = pending.map(({ address, notify, orcpt }) => ({
    recipient: { address, notify, orcpt },
    origin: address,
  }));
  const seen = new Set<string>();
  const found: Todo[] = [];
  const refused: { recipient: string; reply: Reply }[] = [];
  let [deferred, isChanged]: [Reply | null, boolean] = [null, false];
  for (let next = todo.shift(); next && seen.size < mostAddresses; next = todo.shift()) {
    const { recipient, origin } = next;
    const key = recipient.address.toLowerCase();
    if (seen.has(key)) continue;
    seen.add(key);
    const said = await lookUp(parts, message, { address: recipient.address, generation });
    if (said.kind === 'leaf') found.push(next);
    else isChanged = true;
    if (said.kind === 'refused') refused.push({ recipient: origin, reply: said.reply });
    if (said.kind === 'deferred') deferred = said.reply;
    if (said.kind === 'members')
      todo.push(...said.members.map((address) => ({ recipient: { ...recipient, address }, origin })));
  }
  const served = new Set([...found.map(({ origin }) => origin), ...refused.map((one) => one.recipient)]);
  const lost = pending.filter(({ address }) => !served.has(address) && isChanged);
  const loops = found.length === 0 ? lost.map(({ address }) => ({ recipient: address, reply: loop })) : [];
  return { recipients: found.map(({ recipient }) => recipient), refused: [...refused, ...loops], deferred, isChanged };
}

type LookedUp =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'members'; readonly members: readonly string[] }
  | { readonly kind: 'refused' | 'deferred'; readonly reply: Reply };

async function lookUp(
  parts: DeliveryParts,
  message: QueuedMessage,
  { address, generation }: { readonly address: string; readonly generation: Generation | null },
): Promise<LookedUp> {
  const resolved = await parts.directory.resolve(address);
  if (!generation || generation.bindings(message.virtualServer, 'onResolve').length === 0)
    return asFound(membersOf(resolved));
  const payload = { recipient: address, result: shownKind[resolved.kind], members: membersOf(resolved) };
  const verdict = await parts.dispatcher.ask(generation, 'onResolve', subjectOf(parts, message), payload);
  const { decision } = verdict;
  if (decision.kind === 'reject') return { kind: 'refused', reply: decision.reply };
  if (decision.kind === 'defer') return { kind: 'deferred', reply: decision.reply };
  return asFound(verdict.payload.members);
}

/** What sinks are told: a folder is where somebody of ours has mail, another host is another host. */
const shownKind = {
  user: 'user',
  forward: 'forward',
  folder: 'user',
  elsewhere: 'remote',
  unknown: 'unknown',
  remote: 'remote',
} as const;

const membersOf = (resolved: Resolved): readonly string[] => (resolved.kind === 'forward' ? resolved.to : []);
const asFound = (members: readonly string[]): LookedUp =>
  members.length > 0 ? { kind: 'members', members } : { kind: 'leaf' };
